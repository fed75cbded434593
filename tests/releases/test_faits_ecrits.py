"""Each fact that a release published as an example stands where it did, to the byte, and today's contracts read it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from contracts import flux
from deploy.catalogue import SERVICES
from services.socle.facts.codec import Codec
from tests.releases.ecarts import perdus
from tests.releases.release import Release, connues

RACINE = Path(__file__).parents[2]
CODECS: Mapping[str, Codec[Any]] = {nom: definition.codec for nom, definition in SERVICES.items()} | {
    "flux": Codec[Any](flux.Event)
}
VERSIONS = pytest.mark.parametrize("release", connues(), ids=lambda release: release.fiche.version)


@VERSIONS
def test_les_exemples_n_ont_pas_bouge(release: Release) -> None:
    faux = [
        chemin
        for chemin, empreinte in release.faits.items()
        if not (RACINE / chemin).is_file() or hashlib.sha256((RACINE / chemin).read_bytes()).hexdigest() != empreinte
    ]
    assert release.faits
    assert faux == [], "a fact once written stays as it was: a new shape is a new version, with a fixture of its own"


@VERSIONS
def test_les_exemples_se_lisent_tout_entiers(release: Release) -> None:
    perdu: list[str] = []
    for chemin in release.faits:
        nom, _, version = Path(chemin).stem.partition(".v")
        codec, octets = CODECS[Path(chemin).parent.name], (RACINE / chemin).read_bytes()
        event = codec.decode(nom, int(version), octets)
        if codec.schema_version(event) == int(version):
            perdu += perdus(json.loads(octets), json.loads(codec.encode(event)), nom)
    assert perdu == []


def test_la_premiere_version_est_gardee() -> None:
    """An empty list of releases would make every test of this folder pass."""
    assert "0.1.0" in [release.fiche.version for release in connues()]

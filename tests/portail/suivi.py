"""Households at each stage of their follow-up, brought there through the APIs: what the référent's pages are tested on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol
from uuid import uuid4

from msgspec import Struct

from tests.portail.conftest import Lieu

AGENT, COORDINATEUR, REFERENT = "semis.agent", "tremplin17.coordinateur", "tremplin17.referent"
ETAPES = ("orientee", "acceptee", "adhesion", "entretien", "contrat", "sous_contrat")


class Suivi(Struct):
    """A dossier under the test's hand. `version`: after the last command."""

    lieu: Lieu
    dossier: str
    contrat: str = ""
    objectif: str = ""
    version: int = 0

    @property
    def adresse(self) -> str:
        return f"/dossiers/{self.dossier}"

    async def faire(self, sujet: str, nom: str, corps: dict[str, Any] | None = None) -> None:
        fait = await self.lieu.monde.poster(sujet, f"/v1{self.adresse}/{nom}", corps)
        assert fait.status_code == 200, f"{nom}: {fait.text}"
        self.version = fait.json()["version"]

    async def vu(self, sujet: str = REFERENT) -> dict[str, Any]:
        """The dossier, once the views show the last command."""
        found = await self.lieu.monde.lire(sujet, f"/v1{self.adresse}", au_moins=self.version)
        assert found.status_code == 200, found.text
        vu: dict[str, Any] = found.json()
        self.version = max(self.version, vu["version"])
        return vu


class Creer(Protocol):
    """« Camille {nom} », at the stage `jusqua` of ETAPES; followed by the référent from its acceptance on."""

    async def __call__(self, nom: str, jusqua: str = "sous_contrat") -> Suivi: ...


@asynccontextmanager
async def menages(lieu: Lieu) -> AsyncIterator[Creer]:
    """Makes households, and closes what is left of them at the end: the convention's places are everybody's."""
    faits: list[Suivi] = []

    async def creer(nom: str, jusqua: str = "sous_contrat") -> Suivi:
        faits.append(await _menage(lieu, nom, jusqua))
        return faits[-1]

    yield creer
    for s in faits:
        fin = {"motif": "fin_convention", "situation": "inconnue"}
        await lieu.monde.poster(COORDINATEUR, f"/v1{s.adresse}/clore", fin)  # refused where there is nothing to close


async def _menage(lieu: Lieu, nom: str, jusqua: str) -> Suivi:
    identite = {"nom": nom, "prenom": "Camille", "naissance": "1990-02-28", "telephone": "00 00 00 00 00"}
    corps = {
        "menage": str(uuid4()),
        "identite": identite,
        "composition": {
            "adultes": 1, "enfants": 2, "type_menage": "famille_monoparentale", "tranche_age": "25-39",
        },
        "logement": {"commune": "17415", "qpv": False},
        "publics": ["sans_domicile"],
    }  # fmt: skip
    repere = await lieu.monde.poster(AGENT, "/v1/dossiers/reperer", corps)
    assert repere.status_code == 201, repere.text
    s = Suivi(lieu, repere.json()["id"])
    for etape in ETAPES[: ETAPES.index(jusqua) + 1]:
        await _VERS[etape](s)
    await s.vu()
    return s


async def _orienter(s: Suivi) -> None:
    o, poses = s.lieu.reseau.organisations, s.lieu.reseau.poses
    await s.faire(AGENT, "poser-diagnostic", {"motifs": ["impayes"], "constat": "Un constat qui reste au bailleur."})
    for finalite in ("transmission", "partage_synthese"):
        await s.faire(AGENT, "recueillir-consentement", {"finalite": finalite, "support": "rendez_vous_bureau"})
    demande = {
        "association": o["tremplin17"],
        "dispositif": poses["dispositif.semis"],
        "convention": s.lieu.conventions["semis"],
    }
    await s.faire(AGENT, "orienter", {**demande, "motifs": ["impayes"], "expose": "Un budget à refaire."})  # fmt: skip


async def _accepter(s: Suivi) -> None:
    await s.faire(COORDINATEUR, "accepter-orientation")
    await s.faire(COORDINATEUR, "designer-referent", {"referent": s.lieu.reseau.membres[REFERENT]})


async def _adherer(s: Suivi) -> None:
    await s.faire(REFERENT, "recueillir-adhesion", {"support": "rendez_vous_bureau"})


async def _tenir_entretien(s: Suivi) -> None:
    besoins = [{"theme": "logement-hebergement", "score": 2}, {"theme": "difficultes-financieres", "score": 3}]
    await s.faire(REFERENT, "tenir-entretien-initial", {"besoins": besoins, "support": "visite_domicile"})


async def _preparer(s: Suivi) -> None:
    s.contrat, s.objectif = str(uuid4()), str(uuid4())
    objectif = {"objectif": s.objectif, "theme": "logement-hebergement", "intitule": "Payer le loyer courant"}
    promet = {"partie": "bailleur", "texte": "Étaler la dette sur six mois"}
    dates = {"debut": "2026-01-05", "fin": "2026-12-31", "calendrier": ["2026-03-05"]}
    await s.faire(
        REFERENT, "preparer-contrat", {"contrat": s.contrat, "objectifs": [objectif], "engagements": [promet], **dates}
    )


async def _signer(s: Suivi) -> None:
    for sujet, partie in ((REFERENT, "menage"), (REFERENT, "association"), (AGENT, "bailleur")):
        await s.faire(sujet, "signer-contrat", {"contrat": s.contrat, "partie": partie, "moyen": "papier"})


_VERS = {
    "orientee": _orienter,
    "acceptee": _accepter,
    "adhesion": _adherer,
    "entretien": _tenir_entretien,
    "contrat": _preparer,
    "sous_contrat": _signer,
}

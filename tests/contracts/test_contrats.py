"""The committed contracts hold, and the tools that say so would say otherwise."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

import jsonschema_rs
import msgspec
import pytest

from contracts import codes
from contracts import dossiers as d
from contracts.catalogue import CATALOGUE
from contracts.envelope import en_tetes
from contracts.flux import FluxOrientationAcceptee, enveloppe
from contracts.generer import FIXTURES, SCHEMAS, main, produire
from contracts.listes import SituationDeSortie
from contracts.message import Message
from contracts.verifier import verifier
from contracts.versions import Etapes, VersionIllisible, relire
from services.dossiers import app as dossiers
from services.notifications import app as notifications
from services.partenaires import app as partenaires
from services.socle.facts.codec import Codec, EvenementIllisible
from services.socle.service import Definition

CLASSES = {classe.__name__: classe for classes in CATALOGUE.values() for classe in classes}
FICHIERS = sorted(FIXTURES.glob("*/*.json"))


def charger(fichier: Path) -> Any:
    return json.loads(fichier.read_text())


@dataclass
class Copie:
    """A copy of what is published, to be spoilt."""

    schemas: Path
    fixtures: Path
    index: Path

    def generer(self) -> int:
        return main(self.schemas, self.fixtures, self.index)

    def verifier(self) -> str:
        return "\n".join(verifier(self.schemas, self.fixtures, self.index))

    def changer(self, fichier: Path, changement: Callable[[Any], None]) -> str:
        document = charger(fichier)
        changement(document)
        fichier.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
        return fichier.read_text()


@pytest.fixture
def copie(tmp_path: Path) -> Copie:
    shutil.copytree(SCHEMAS, tmp_path / "schemas")
    shutil.copytree(FIXTURES, tmp_path / "fixtures")
    shutil.copy(codes.INDEX, tmp_path / "index.json")
    return Copie(tmp_path / "schemas", tmp_path / "fixtures", tmp_path / "index.json")


def test_the_committed_contracts_hold() -> None:
    assert verifier() == []


# What was published asked for something today's class no longer gives: each spoils the copy as if that had been its promise.


def _publiait_un_champ(schema: Any) -> None:
    schema["properties"]["ancien"] = {"type": "string"}


def _n_exigeait_pas(schema: Any) -> None:
    del schema["properties"]["motif"]
    schema["required"].remove("motif")


def _publiait_un_nombre(schema: Any) -> None:
    schema["properties"]["motif"] = {"type": "integer"}


@pytest.mark.parametrize(
    ("changement", "dit"),
    [
        (_publiait_un_champ, "ancien : champ supprimé"),
        (_n_exigeait_pas, "motif : nouveau champ obligatoire"),
        (_publiait_un_nombre, "motif : le type a changé"),
    ],
)
def test_a_breaking_change_is_refused_and_nothing_is_written(
    copie: Copie, changement: Callable[[Any], None], dit: str, capsys: pytest.CaptureFixture[str]
) -> None:
    perime = copie.schemas / "dossiers/DossierClos.v1.json"
    perime.write_text("{}")
    fichier = copie.schemas / "dossiers/OrientationRefusee.v1.json"
    avant = copie.changer(fichier, changement)
    assert copie.generer() == 1
    message = capsys.readouterr().err
    assert f"OrientationRefusee.v1.json : {dit}" in message
    assert "schema_version" in message
    assert "contracts/versions.py" in message
    assert (fichier.read_text(), perime.read_text()) == (avant, "{}")
    assert dit in copie.verifier()


def test_a_new_optional_field_is_written(copie: Copie) -> None:
    fichier = copie.schemas / "dossiers/MenageRepere.v1.json"
    copie.changer(fichier, lambda schema: schema["$defs"]["Identite"]["properties"].pop("courriel"))
    assert "MenageRepere.v1.json : n'est plus à jour" in copie.verifier()
    assert copie.generer() == 0
    assert copie.verifier() == ""
    assert "courriel" in charger(fichier)["$defs"]["Identite"]["properties"]


def test_a_published_event_does_not_disappear(copie: Copie) -> None:
    shutil.copy(copie.schemas / "dossiers/DossierClos.v1.json", copie.schemas / "dossiers/DossierOublie.v1.json")
    assert copie.generer() == 1
    assert "DossierOublie.v1.json : un événement publié ne disparaît pas" in copie.verifier()


def test_a_class_does_not_go_back_a_version(copie: Copie) -> None:
    shutil.copy(copie.schemas / "dossiers/DossierClos.v1.json", copie.schemas / "dossiers/DossierClos.v2.json")
    assert copie.generer() == 1


@pytest.mark.parametrize("chemin", ["dossiers/DossierClos.v1.json", "asyncapi/flux.json"])
def test_a_missing_or_strange_file_is_seen(copie: Copie, chemin: str) -> None:
    (copie.schemas / chemin).unlink()
    (copie.schemas / "dossiers/brouillon.json").write_text("{}")
    dit = copie.verifier()
    assert f"{chemin} : manque" in dit
    assert "brouillon.json : rien ne produit ce fichier" in dit


def test_a_stale_index_of_codes_is_seen(copie: Copie) -> None:
    copie.changer(copie.index, lambda index: index["themes"].pop())
    assert "index.json : n'est plus à jour" in copie.verifier()
    assert copie.generer() == 0
    assert copie.verifier() == ""


# Fixtures: facts as they were once written


@pytest.mark.parametrize("fichier", FICHIERS, ids=lambda f: f.stem)
def test_every_old_fact_is_read_by_the_runtime_and_fits_its_schema(fichier: Path) -> None:
    nom, _, version = fichier.stem.partition(".v")
    service = fichier.parent.name
    event = relire(fichier.read_bytes(), CLASSES[nom], int(version))
    codec: Codec[Any] = Codec(CLASSES[nom])
    assert codec.decode(nom, int(version), fichier.read_bytes()) == event
    schema = charger(SCHEMAS / service / fichier.name)
    juge = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    assert juge.is_valid(charger(fichier))
    assert not juge.is_valid({**charger(fichier), "type": "Autre"})


def test_fixtures_hold_personal_data_sealed() -> None:
    oriente = charger(FIXTURES / "dossiers/MenageOriente.v1.json")
    assert all(valeur.startswith("chiffre:1:") for valeur in [*oriente["identite"].values(), oriente["expose"]])


def test_a_fact_that_no_longer_reads_is_seen(copie: Copie) -> None:
    copie.changer(copie.fixtures / "dossiers/DossierClos.v1.json", lambda fait: fait.pop("motif"))
    copie.changer(copie.fixtures / "dossiers/MenageOriente.v1.json", lambda fait: fait["identite"].update(surnom="x"))
    copie.changer(copie.fixtures / "dossiers/NoteDeposee.v1.json", lambda fait: fait.update(type="NotePosee"))
    (copie.fixtures / "dossiers/PlacePrise.v1.json").unlink()
    (copie.fixtures / "dossiers/Inconnu.v1.json").write_text("{}")
    dit = copie.verifier()
    assert "DossierClos.v1.json : DossierClos v1" in dit
    assert "MenageOriente.v1.json : la classe ne lit plus identite.surnom" in dit
    assert "NoteDeposee.v1.json : son « type »" in dit
    assert "PlacePrise.v1.json : manque" in dit
    assert "Inconnu.v1.json : aucun événement" in dit


def test_a_fixture_is_never_made_again(copie: Copie) -> None:
    fichier = copie.fixtures / "dossiers/DossierClos.v1.json"
    avant = copie.changer(fichier, lambda fait: fait.update(motif="relogement"))
    assert copie.generer() == 0
    assert fichier.read_text() == avant


# Upcasters, with an artificial old shape: version 1 wrote « issue » where version 3 writes « situation » and « le »


class Parti(Message, frozen=True):
    schema_version: ClassVar[int] = 3
    titre: ClassVar[str] = "Parti"
    menage: UUID
    situation: SituationDeSortie
    le: date


ANCIEN = {"type": "Parti", "menage": str(UUID(int=1)), "issue": "inconnue"}
OCTETS = msgspec.json.encode(ANCIEN)
ETAPES: Etapes = {
    ("Parti", 1): lambda fait: {"type": fait["type"], "menage": fait["menage"], "situation": fait["issue"]},
    ("Parti", 2): lambda fait: {**fait, "le": "2026-01-05"},
}


def test_an_old_fact_climbs_every_step() -> None:
    deuxieme = msgspec.json.encode({**ANCIEN, "situation": "inconnue"})
    for version, octets in ((1, OCTETS), (2, deuxieme)):
        assert relire(octets, Parti, version, ETAPES) == Parti(UUID(int=1), "inconnue", date(2026, 1, 5))


def test_the_runtime_climbs_the_same_steps() -> None:
    codec: Codec[Any] = Codec(Parti, ETAPES)
    assert codec.decode("Parti", 1, OCTETS) == relire(OCTETS, Parti, 1, ETAPES)


@pytest.mark.parametrize(
    ("version", "etapes", "dit"),
    [
        (1, {}, "aucun passage de la version 1 à la version 2"),
        (1, {("Parti", 1): ETAPES["Parti", 1]}, "aucun passage de la version 2 à la version 3"),
        (4, ETAPES, "plus récent que ce programme"),
        (3, ETAPES, "Parti v3"),
        (1, {**ETAPES, ("Parti", 1): lambda fait: {"situation": fait["absente"]}}, "absente"),
    ],
)
def test_a_missing_step_is_named(version: int, etapes: dict[Any, Any], dit: str) -> None:
    with pytest.raises(VersionIllisible, match=dit) as vu:
        relire(OCTETS, Parti, version, etapes)
    codec: Codec[Any] = Codec(Parti, etapes)
    with pytest.raises(EvenementIllisible) as au_travail:
        codec.decode("Parti", version, OCTETS)
    assert str(au_travail.value) == f"Parti v{version}: {vu.value.raison}"


def test_what_cannot_be_read_quotes_no_value_to_the_log() -> None:
    octets = msgspec.json.encode({"type": "Parti", "menage": "Lucienne Aubert", "situation": "x", "le": "2026-01-05"})
    cite: Etapes = {("Parti", 2): lambda fait: {"menage": UUID(fait["menage"])}}
    for version, etapes in ((3, ETAPES), (2, cite)):
        codec: Codec[Any] = Codec(Parti, etapes)
        with pytest.raises(EvenementIllisible) as illisible:
            codec.decode("Parti", version, octets)
        assert "Lucienne" not in str(illisible.value)


@pytest.mark.parametrize(
    "definition", [dossiers.SERVICE, partenaires.SERVICE, notifications.SERVICE], ids=lambda d: d.nom
)
def test_every_service_reads_old_facts_with_the_published_steps(definition: Definition[Any, Any]) -> None:
    for topic, codec in {definition.nom: definition.codec, **definition.topics}.items():
        for fichier in FIXTURES.glob(f"{topic}/*.json"):
            nom, _, version = fichier.stem.partition(".v")
            assert codec.decode(nom, int(version), fichier.read_bytes()) == relire(
                fichier.read_bytes(), CLASSES[nom], int(version)
            )


def test_the_verifier_reads_old_facts_through_the_steps(tmp_path: Path) -> None:
    schemas, fixtures, index = tmp_path / "schemas", tmp_path / "fixtures", tmp_path / "index.json"
    catalogue = {"dossiers": (Parti,)}
    assert main(schemas, fixtures, index, catalogue) == 0
    shutil.copy(schemas / "dossiers/Parti.v3.json", schemas / "dossiers/Parti.v1.json")
    assert "fixtures/dossiers/Parti.v1.json : manque" in verifier(schemas, fixtures, index, catalogue, ETAPES)[0]
    (fixtures / "dossiers/Parti.v1.json").write_bytes(OCTETS)
    assert verifier(schemas, fixtures, index, catalogue, ETAPES) == []
    # What the verifier lets pass a service reads; what it refuses a service refuses, for the same reason.
    au_travail: Codec[Any] = Codec(Parti, ETAPES)
    assert au_travail.decode("Parti", 1, OCTETS) == Parti(UUID(int=1), "inconnue", date(2026, 1, 5))
    assert "aucun passage" in verifier(schemas, fixtures, index, catalogue, {})[0]
    sans_etapes: Codec[Any] = Codec(Parti, {})
    with pytest.raises(EvenementIllisible, match="aucun passage"):
        sans_etapes.decode("Parti", 1, OCTETS)


def test_two_services_do_not_publish_the_same_name(tmp_path: Path) -> None:
    catalogue = {"dossiers": (d.DossierClos,), "partenaires": (d.DossierClos,)}
    main(tmp_path, tmp_path, tmp_path / "index.json", catalogue)
    assert "DossierClos : publié par dossiers et par partenaires" in verifier(
        tmp_path, tmp_path, tmp_path / "index.json", catalogue
    )


# What the documents say


def test_schemas_carry_the_accented_name_the_marks_and_the_list() -> None:
    schema = produire()["dossiers/MenageOriente.v1.json"]
    assert schema["title"] == "MénageOrienté"
    assert schema["$id"] == "urn:maillage:schema:dossiers:MenageOriente.v1"
    assert schema["properties"]["expose"]["x-personnel"] is True
    assert schema["properties"]["motifs"]["items"]["x-liste"] == "motif_orientation"
    assert schema["$defs"]["Logement"]["properties"]["typologie"]["anyOf"][0]["x-liste"] == "typologie_logement"
    assert all(classe.titre for classe in CLASSES.values())


@pytest.mark.parametrize("service", CATALOGUE)
def test_asyncapi_names_every_event_and_its_schema(service: str) -> None:
    fichier = SCHEMAS / "asyncapi" / f"{service}.json"
    messages = charger(fichier)["components"]["messages"]
    assert list(messages) == [classe.__name__ for classe in CATALOGUE[service]]
    for message in messages.values():
        assert (fichier.parent / message["payload"]["schema"]["$ref"]).resolve().is_file()


def test_asyncapi_describes_the_headers_that_are_sent() -> None:
    schema = charger(SCHEMAS / "asyncapi/flux.json")["components"]["schemas"]["EnTetes"]
    juge = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    fait = FluxOrientationAcceptee("m-3f9c2a7be01d54c8", "2026-W03")
    envoyes = {nom: valeur.decode() for nom, valeur in en_tetes(enveloppe(fait, UUID(int=1), UUID(int=2), 7, "e1"))}
    assert juge.is_valid(envoyes)
    assert envoyes.keys() <= schema["properties"].keys()
    for nom in schema["required"]:
        assert not juge.is_valid({cle: valeur for cle, valeur in envoyes.items() if cle != nom})


@pytest.mark.usefixtures("processus")
def test_a_funder_can_import_the_contracts_with_msgspec_alone() -> None:
    programme = """
import sys
avant = set(sys.modules)
import contracts.generer, contracts.verifier, contracts.flux, contracts.envelope
fichiers = {nom: getattr(sys.modules[nom], "__file__", None) or "" for nom in set(sys.modules) - avant}
print(*{nom.partition(".")[0] for nom, fichier in fichiers.items() if "site-packages" in fichier})
print(*{nom.partition(".")[0] for nom in fichiers} & {"services", "deploy"})
"""
    dit = subprocess.run([sys.executable, "-c", programme], capture_output=True, text=True, check=True)
    etrangers, maison = dit.stdout.splitlines()
    assert set(etrangers.split()) - {"typing_extensions"} == {"msgspec"}  # msgspec takes the other where it finds it
    assert maison == ""

"""The story itself: that it holds every event and fills every personal field, so that a matrix without holes means something.

An event or a personal field added tomorrow fails here until the story plays it and the table says who may see it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args
from urllib.parse import urlsplit

from msgspec import inspect as mi

from contracts import dossiers
from deploy.roles import Acces
from services.dossiers.app import EVENEMENTS
from services.socle.base.database import connect
from tests.frontieres.conftest import Scene
from tests.frontieres.exploration import points
from tests.frontieres.partage import COMMANDES, SANS_DONNEES, lignes
from tests.frontieres.recit import CODES
from tests.infra import Postgres

DE_LA_CONVENTION = {"PlacePrise", "PlaceRendue"}
"""Facts of a convention's places: nobody writes anything in them."""


async def _faits(postgres: Postgres, acces: Acces, dossier: str | None = None) -> list[Any]:
    """The events of our dossier (of all), as they are stored: texts sealed."""
    dsn = urlsplit(postgres.dsn_admin)._replace(path=f"/{acces.base('dossiers')}").geturl()
    connection = await connect(dsn)
    try:
        rows = await connection.fetch(
            "SELECT type, schema_version, data FROM faits.events WHERE $1::uuid IS NULL OR stream_id = $1", dossier
        )
    finally:
        await connection.close()
    return [EVENEMENTS.decode(*row) for row in rows]


async def test_tout_ce_qui_peut_arriver_arrive(scene: Scene, postgres: Postgres, acces: Acces) -> None:
    joues = {type(fait).__name__ for fait in await _faits(postgres, acces)}
    assert joues == {event.__name__ for event in get_args(dossiers.Event)}


async def test_chaque_texte_personnel_porte_sa_marque(scene: Scene, postgres: Postgres, acces: Acces) -> None:
    """Each personal field of each event was written at least once, with a text that is found nowhere else."""
    faits = await _faits(postgres, acces, scene.notre.dossier)
    ouverts = await scene.monde.apps["dossiers"].state.moyens.trousseau.ouvrir(faits)
    marques = set(scene.notre.marques.values()) | set(CODES["naissance"])
    attendus = {chemin for event in get_args(dossiers.Event) for chemin in _personnels(event)}
    ecrits = set()
    for fait in ouverts:
        for chemin, texte in _valeurs(type(fait).__name__, mi.type_info(type(fait)), fait):
            assert texte in marques or not texte, chemin
            ecrits |= {chemin} if texte else set()
    assert attendus == ecrits
    for fait, ouvert in zip(faits, ouverts, strict=True):
        for (_, scelle), (_, clair) in zip(
            _valeurs("", mi.type_info(type(fait)), fait), _valeurs("", mi.type_info(type(fait)), ouvert), strict=True
        ):
            assert not clair or clair not in scelle


def _personnels(classe: type) -> Iterator[str]:
    """The path of each personal field of a class."""
    yield from _chemins(classe.__name__, mi.type_info(classe))


def _chemins(ici: str, forme: mi.Type) -> Iterator[str]:
    match forme:
        case mi.Metadata(extra_json_schema=schema, type=inner):
            if (schema or {}).get("x-personnel"):
                yield ici
            else:
                yield from _chemins(ici, inner)
        case mi.StructType(fields=fields):
            for field in fields:
                yield from _chemins(f"{ici}.{field.name}", field.type)
        case mi.VarTupleType(item_type=item) | mi.ListType(item_type=item):
            yield from _chemins(ici, item)
        case mi.UnionType(types=types):
            for une in types:
                yield from _chemins(ici, une)


def _valeurs(ici: str, forme: mi.Type, valeur: Any) -> Iterator[tuple[str, str]]:
    """(path, text) of each personal field of a value."""
    match forme:
        case mi.Metadata(extra_json_schema=schema, type=inner):
            if (schema or {}).get("x-personnel"):
                yield ici, valeur
            else:
                yield from _valeurs(ici, inner, valeur)
        case mi.StructType(fields=fields):
            for field in fields:
                yield from _valeurs(f"{ici}.{field.name}", field.type, getattr(valeur, field.name))
        case mi.VarTupleType(item_type=item) | mi.ListType(item_type=item):
            for element in valeur:
                yield from _valeurs(ici, item, element)
        case mi.UnionType(types=types) if valeur is not None:
            [une] = [t for t in types if not isinstance(t, mi.NoneType)]
            yield from _valeurs(ici, une, valeur)


def test_la_table_parle_de_tout_ce_qui_est_ecrit(scene: Scene) -> None:
    dites = [ligne.marque for ligne in lignes()]
    assert len(dites) == len(set(dites))
    assert set(dites) == set(scene.notre.marques)


def test_la_table_a_toutes_ses_lignes() -> None:
    """Those of the design, with or without data so far."""
    assert {ligne.information for ligne in lignes()} | set(SANS_DONNEES) == {
        "identity, contacts",
        "household composition",
        "home, lease, arrears, troubles",
        "orientation motives",
        "stage and due dates",
        "contract",
        "objectives, themes, scores",
        "shared summary",
        "notes",
        "appointments",
        "partner mobilised",
        "rights, aids",
        "documents",
        "closing",
    }


def test_on_sait_qui_commande_quoi() -> None:
    """Every POST of every service is in the table of commands."""
    assert {(point.service, point.gabarit) for point in points("post")} == set(COMMANDES)


def test_rien_d_autre_n_ecoute() -> None:
    """GET and POST are all there is: another method would have an address that nobody asked."""
    for methode in ("put", "patch", "delete", "options", "head", "trace"):
        assert points(methode) == []


def test_les_marques_ne_se_contiennent_pas(scene: Scene) -> None:
    """A mark found is that mark: none is part of another, or of the other network's."""
    toutes = [*scene.notre.marques.values(), *scene.leur.marques.values()]
    assert len(toutes) == len(set(toutes))
    assert not [(a, b) for a in toutes for b in toutes if a != b and a in b]

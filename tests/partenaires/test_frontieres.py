"""Who sees what of partenaires: every account through every endpoint, then every table under the API's own role.

Two networks share nothing; whatever one of them can tell about the other is a leak: an id, a name, a title, a count.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer
from fastapi.routing import APIRoute

from deploy.moteurs.kafka import Kafka
from services.partenaires.app import EVENEMENTS, SERVICE, VUES
from services.socle.base.database import connect
from services.socle.rebuild import Rebuild
from tests.infra import Postgres
from tests.partenaires.reseau import MEMBRES, MOTIF, Reseau

NOTRES, AUTRES = ("semis", "tremplin17", "etat"), ("autre-bailleur", "autre-association", "autre-financeur")
ETRANGERS = [f"{nom}.{compte}" for nom in AUTRES for compte in MEMBRES[nom][1]]
PROCHES = [f"{nom}.{compte}" for nom in NOTRES for compte in MEMBRES[nom][1]]

LISTES = ["organisations", "dispositifs", "conventions"]


def secrets(reseau: Reseau, reseau_de: tuple[str, ...]) -> set[str]:
    """Everything that tells of a network: ids of organisations, members, dispositif and convention, and the names."""
    return (
        {reseau.organisations[nom] for nom in reseau_de}
        | {id_ for nom, id_ in reseau.membres.items() if nom.split(".")[0] in reseau_de}
        | {id_ for nom, id_ in reseau.poses.items() if nom.split(".")[1] in reseau_de}
        | {f'"{nom}"' for nom in reseau_de}
        | {f"Insertion {reseau_de[0]}", f"{MOTIF} {reseau_de[0]}"}
    )


def fiches(reseau: Reseau) -> list[str]:
    """Every address about one thing of our network."""
    return [
        *(f"organisations/{reseau.organisations[nom]}" for nom in NOTRES),
        *(f"organisations/{reseau.organisations[nom]}/membres" for nom in NOTRES),
        f"dispositifs/{reseau.poses['dispositif.semis']}",
        f"conventions/{reseau.poses['convention.semis']}",
        *(f"organisations/{reseau.organisations[nom]}/gestes" for nom in NOTRES),
        f"conventions/{reseau.poses['convention.semis']}/gestes",
    ]


def commandes(reseau: Reseau) -> list[tuple[str, dict[str, Any]]]:
    """Every command on one thing of our network, each of which its own people could carry out."""
    ligne = {"financeur": reseau.organisations["etat"], "source": "avdl", "montant_centimes": 1}
    semis, convention = (
        f"organisations/{reseau.organisations['semis']}",
        f"conventions/{reseau.poses['convention.semis']}",
    )
    return [
        (f"{semis}/inviter-membre", {"nom": "Intrus Exemple"}),
        (f"{semis}/habiliter-membre", {"membre": reseau.membres["semis.agent"], "sujet": "s", "roles": ["agent"]}),
        (f"{semis}/retirer-membre", {"membre": reseau.membres["semis.agent"]}),
        (f"{convention}/signer", {}),
        (f"{convention}/etablir-plan-de-financement", {"annee": 2026, "lignes": [ligne]}),
        (f"{convention}/activer", {}),
        (f"{convention}/echoir", {}),
    ]


def test_la_matrice_couvre_toute_l_api() -> None:
    """An endpoint added later fails here until it is in the lists above."""
    connus = {f"/v1/{liste}" for liste in LISTES}
    connus |= {f"/v1/{quoi}" for quoi in ("organisations/inscrire", "dispositifs/ouvrir", "conventions/proposer")}
    connus |= {"/v1/organisations/{organisation}", "/v1/organisations/{organisation}/membres"}
    connus |= {"/v1/dispositifs/{dispositif}", "/v1/conventions/{convention}"}
    connus |= {f"/v1/organisations/{{organisation}}/{c}-membre" for c in ("inviter", "habiliter", "retirer")}
    connus |= {
        f"/v1/conventions/{{convention}}/{c}" for c in ("signer", "etablir-plan-de-financement", "activer", "echoir")
    }
    connus |= {f"/v1/{quoi}s/{{{quoi}}}/gestes" for quoi in ("organisation", "convention")}
    assert {r.path for routes in SERVICE.routes for r in routes.routes if isinstance(r, APIRoute)} == connus


@pytest.mark.parametrize(
    ("sujet", "attendu"),
    [
        ("semis.responsable", {"signer": "deja_fait", "etablir-plan-de-financement": None}),
        ("semis.agent", {"signer": "role_insuffisant", "etablir-plan-de-financement": "role_insuffisant"}),
        ("tremplin17.coordinateur", {"signer": "deja_fait", "etablir-plan-de-financement": None}),
    ],
)
async def test_chacun_lit_ce_qu_il_peut_faire_de_sa_convention(
    reseau: Reseau, sujet: str, attendu: dict[str, str | None]
) -> None:
    gestes = (await reseau.lire(sujet, f"conventions/{reseau.poses['convention.semis']}/gestes")).json()["gestes"]
    assert {nom: non and non["code"] for nom, non in gestes.items()} == attendu


@pytest.mark.parametrize("sujet", ["etat.analyste", "exploitant", "horloge"])
async def test_qui_n_y_fait_rien_n_y_lit_aucun_geste(reseau: Reseau, sujet: str) -> None:
    reponse = await reseau.lire(sujet, f"conventions/{reseau.poses['convention.semis']}/gestes")
    assert (reponse.status_code, reponse.json()["code"]) == (404, "inconnu")


# Through the API


@pytest.mark.parametrize("sujet", ETRANGERS)
async def test_un_autre_reseau_ne_trouve_rien_du_notre(reseau: Reseau, sujet: str) -> None:
    for adresse in fiches(reseau):
        reponse = await reseau.lire(sujet, adresse)
        inexistant = await reseau.lire(sujet, adresse.replace(adresse.split("/")[1], str(uuid4())))
        assert reponse.status_code == inexistant.status_code == 404, adresse
        vu, vide = ({k: v for k, v in r.json().items() if k != "correlation"} for r in (reponse, inexistant))
        assert vu == vide, adresse


@pytest.mark.parametrize("sujet", ETRANGERS)
async def test_les_listes_et_les_comptes_s_arretent_au_reseau(reseau: Reseau, sujet: str) -> None:
    for liste in LISTES:
        reponse = await reseau.lire(sujet, liste, limite=200)
        assert reponse.status_code == 200
        fuites = {secret for secret in secrets(reseau, NOTRES) if secret in reponse.text}
        assert not fuites, liste
        page = reponse.json()
        assert page["total"] == len(page["elements"]) == (3 if liste == "organisations" else 1), liste


@pytest.mark.parametrize("sujet", ETRANGERS)
async def test_un_autre_reseau_ne_commande_rien_chez_nous(reseau: Reseau, sujet: str) -> None:
    avant = await _etat(reseau)
    for adresse, corps in commandes(reseau):
        reponse = await reseau.poster(sujet, adresse, corps)
        assert (reponse.status_code, reponse.json()["code"]) == (404, "inconnu"), adresse
    assert await _etat(reseau) == avant


async def _etat(reseau: Reseau) -> list[Any]:
    reponses = [await reseau.lire("semis.responsable", adresse) for adresse in fiches(reseau)]
    return [(r.status_code, r.json() if r.status_code == 200 else None) for r in reponses]


MEMBRES_404 = {"inviter-membre": 404, "habiliter-membre": 404, "retirer-membre": 404}
HORLOGE_404 = {"activer": 404, "echoir": 404}


@pytest.mark.parametrize(
    ("sujet", "attendu"),
    [
        ("semis.agent", {"inviter-membre": 403, "signer": 403, "etablir-plan-de-financement": 403} | HORLOGE_404),
        ("tremplin17.coordinateur", {"signer": 200} | MEMBRES_404 | HORLOGE_404),
        ("tremplin17.referent", {"signer": 403, "etablir-plan-de-financement": 403} | MEMBRES_404 | HORLOGE_404),
        ("etat.analyste", {"signer": 404, "etablir-plan-de-financement": 404} | MEMBRES_404 | HORLOGE_404),
        ("exploitant", {"inviter-membre": 403, "signer": 404, "etablir-plan-de-financement": 404} | HORLOGE_404),
        ("horloge", {"signer": 404, "etablir-plan-de-financement": 404, "activer": 200, "echoir": 409} | MEMBRES_404),
    ],
)
async def test_chacun_ne_fait_que_ce_qui_est_a_lui(reseau: Reseau, sujet: str, attendu: dict[str, int]) -> None:
    """What is somebody's right and not changing anything here (signing again) answers 200."""
    avant = await _etat(reseau)
    statuts = {
        nom: (await reseau.poster(sujet, adresse, corps)).status_code
        for adresse, corps in commandes(reseau)
        if (nom := adresse.rsplit("/", 1)[1]) in attendu
    }
    assert statuts == attendu
    assert await _etat(reseau) == avant


@pytest.mark.parametrize("sujet", [*PROCHES, *ETRANGERS, "horloge"])
async def test_le_nom_d_un_membre_ne_quitte_pas_son_organisation(reseau: Reseau, sujet: str) -> None:
    """Not even towards a partner of the same convention: the only names anyone reads are those of their own colleagues."""
    chez_soi = f"organisations/{reseau.organisations.get(sujet.split('.')[0], reseau.installee.services)}/membres"
    for adresse in [*LISTES, *fiches(reseau), "moi"]:
        if adresse != chez_soi:
            assert MOTIF not in (await reseau.lire(sujet, adresse)).text, adresse
    if sujet != "horloge":
        assert MOTIF in (await reseau.lire(sujet, chez_soi)).text


async def test_le_financeur_voit_sa_convention_et_aucun_membre(reseau: Reseau) -> None:
    assert (await reseau.lire("etat.analyste", f"conventions/{reseau.poses['convention.semis']}")).status_code == 200
    for nom in ("semis", "tremplin17"):
        fiche = f"organisations/{reseau.organisations[nom]}"
        assert (await reseau.lire("etat.analyste", fiche)).status_code == 200
        assert (await reseau.lire("etat.analyste", f"{fiche}/membres")).status_code == 404
    membres = {id_ for nom, id_ in reseau.membres.items() if not nom.startswith("etat")}
    for adresse in [*LISTES, *fiches(reseau)]:
        texte = (await reseau.lire("etat.analyste", adresse)).text
        assert not {m for m in membres if m in texte}, adresse


async def test_l_exploitant_voit_les_membres_mais_aucune_convention(reseau: Reseau) -> None:
    for liste in ("dispositifs", "conventions"):
        assert (await reseau.lire("exploitant", liste)).json() == {"elements": [], "suivant": None, "total": 0}
    for quoi in ("dispositif", "convention"):
        reponse = await reseau.lire("exploitant", f"{quoi}s/{reseau.poses[f'{quoi}.semis']}")
        assert reponse.status_code == 404
    membres = await reseau.lire("exploitant", f"organisations/{reseau.organisations['semis']}/membres")
    assert {m["statut"] for m in membres.json()["elements"]} == {"habilite"}


# Through SQL, as the API's own role


@asynccontextmanager
async def regard(reseau: Reseau, sujet: str | None) -> AsyncIterator[asyncpg.Connection[Any]]:
    """A connection of role api that looks as `sujet` does; with None, as nobody."""
    connection = await connect(reseau.monde.acces.dsn("partenaires", "api"))
    try:
        async with connection.transaction(readonly=True):
            if sujet is not None:
                moi = (await reseau.lire(sujet, "moi")).json()
                await connection.execute(
                    """SELECT set_config('maillage.organisation', $1, true), set_config('maillage.membre', $2, true),
                              set_config('maillage.roles', $3, true)""",
                    moi["organisation"],
                    moi["membre"],
                    ",".join(moi["roles"]),
                )
            yield connection
    finally:
        await connection.close()


async def lignes(connection: asyncpg.Connection[Any]) -> dict[str, list[str]]:
    """Every row of every view the connection sees, as text."""
    return {
        vue.name: [str(dict(row)) for row in await connection.fetch(f"SELECT * FROM vues.{vue.name}")] for vue in VUES
    }


async def fuites(reseau: Reseau, sujet: str) -> set[str]:
    """The views in which `sujet`, of the other network, sees anything of ours."""
    async with regard(reseau, sujet) as connection:
        vues = await lignes(connection)
    ids = {UUID(s) for s in secrets(reseau, NOTRES) if len(s) == 36}
    return {nom for nom, rows in vues.items() if any(str(id_) in row for row in rows for id_ in ids)}


async def test_sans_se_nommer_on_ne_voit_rien(reseau: Reseau) -> None:
    async with regard(reseau, None) as connection:
        assert {nom: len(rows) for nom, rows in (await lignes(connection)).items()} == {vue.name: 0 for vue in VUES}


@pytest.mark.parametrize("sujet", ETRANGERS)
async def test_en_sql_non_plus_un_autre_reseau_ne_voit_rien(reseau: Reseau, sujet: str) -> None:
    assert await fuites(reseau, sujet) == set()


LIGNES = {
    "semis.agent": {"acces": 2, "membres": 2, "organisations": 3, "dispositifs": 1, "conventions": 1},
    "tremplin17.referent": {"acces": 2, "membres": 2, "organisations": 3, "dispositifs": 1, "conventions": 1},
    "etat.analyste": {"acces": 1, "membres": 1, "organisations": 3, "dispositifs": 1, "conventions": 1},
    "horloge": {"acces": 1, "membres": 1, "organisations": 1, "dispositifs": 0, "conventions": 0},
    "exploitant": {"acces": 12, "membres": 12, "organisations": 8, "dispositifs": 0, "conventions": 0},
}
"""How many rows of each view each account sees, and no more."""


@pytest.mark.parametrize(("sujet", "attendu"), LIGNES.items())
async def test_chacun_voit_exactement_ses_lignes(reseau: Reseau, sujet: str, attendu: dict[str, int]) -> None:
    async with regard(reseau, sujet) as connection:
        vues = await lignes(connection)
    assert {nom: len(rows) for nom, rows in vues.items()} == attendu
    # What was typed about a person is sealed even here.
    assert MOTIF not in str(vues)


@pytest.mark.parametrize("vue", [vue.name for vue in VUES])
async def test_ouvrir_une_politique_se_verrait(reseau: Reseau, vue: str) -> None:
    """The checks above can fail: with a policy that lets everything through, the same look finds the leak."""
    proprietaire = await connect(reseau.monde.acces.dsn("partenaires", "proprietaire"))
    try:
        await proprietaire.execute(f"CREATE POLICY trou ON vues.{vue} FOR SELECT TO partenaires_api USING (true)")
        assert vue in await fuites(reseau, "autre-bailleur.agent")
    finally:
        await proprietaire.execute(f"DROP POLICY IF EXISTS trou ON vues.{vue}")
        await proprietaire.close()


async def test_une_vue_reconstruite_a_les_memes_lignes_et_les_memes_frontieres(reseau: Reseau) -> None:
    acces = reseau.monde.acces
    owner, reader, writer = [await connect(acces.dsn("partenaires", f)) for f in ("proprietaire", "suite", "suite")]
    try:
        for vue in VUES:
            bilan = await Rebuild("partenaires", vue, EVENEMENTS, SERVICE.lecteur).run(owner, reader, writer)
            assert bilan.differences == 0, vue.name
            assert bilan.lignes > 0, vue.name
    finally:
        for connection in (owner, reader, writer):
            await connection.close()
    for sujet in ETRANGERS:
        assert await fuites(reseau, sujet) == set()
    async with regard(reseau, "etat.analyste") as connection:
        assert {nom: len(rows) for nom, rows in (await lignes(connection)).items()} == LIGNES["etat.analyste"]


async def test_le_role_de_l_api_ne_lit_aucun_fait_et_n_ecrit_rien(reseau: Reseau) -> None:
    connection = await connect(reseau.monde.acces.dsn("partenaires", "api"))
    try:
        interdits = ["SELECT * FROM faits.events", "SELECT * FROM faits.streams", "SELECT * FROM faits.commands"]
        for vue in VUES:
            interdits += [f"DELETE FROM vues.{vue.name}", f"TRUNCATE vues.{vue.name}", f"DROP TABLE vues.{vue.name}"]
        for ordre in interdits:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(ordre)
    finally:
        await connection.close()


# At rest


async def _octets(dsn: str) -> bytes:
    """Every row of every table of a database, binary columns both as hexadecimal and as they are."""
    connection = await connect(dsn)
    try:
        tables = await connection.fetch(
            """SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
                WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"""
        )
        found = b""
        for (table,) in tables:
            for row in await connection.fetch(f"SELECT * FROM {table}"):
                found += b"".join(v if isinstance(v, bytes) else str(v).encode() for v in row.values())
        return found
    finally:
        await connection.close()


async def test_le_nom_d_un_membre_n_est_en_clair_nulle_part(
    reseau: Reseau, postgres: Postgres, kafka_du_module: Kafka
) -> None:
    """In no table, whoever reads it, and on no topic; the public name beside it shows that the search finds things."""
    acces = reseau.monde.acces
    admin = urlsplit(postgres.dsn_admin)
    for base in (acces.base("partenaires"), acces.base_cles):
        octets = await _octets(admin._replace(path=f"/{base}").geturl())
        assert MOTIF.encode() not in octets
        assert base == acces.base_cles or b"Insertion semis" in octets
    consumer = AIOKafkaConsumer(
        "partenaires", bootstrap_servers=kafka_du_module.bootstrap, auto_offset_reset="earliest", group_id=None
    )
    await consumer.start()
    try:
        messages = b""
        while batch := await consumer.getmany(timeout_ms=1500):
            messages += b"".join(
                (r.value or b"") + str(r.headers).encode() for records in batch.values() for r in records
            )
    finally:
        await consumer.stop()
    assert MOTIF.encode() not in messages
    assert b"Insertion semis" in messages

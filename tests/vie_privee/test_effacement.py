"""Erasure: what was written about a household is nowhere in clear before, and nowhere readable after.

Before anything is erased, everything personal is already sealed wherever it rests: erasing destroys two keys, and that is
why every copy goes with them, in the write-ahead log, on Kafka and in backups.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest

from tests.frontieres.exploration import Vue
from tests.frontieres.recit import Recit, effacer, raconter
from tests.vie_privee import fouille
from tests.vie_privee.conftest import PUBLIC, Deploiement, Effacement, Trouve, textes

EFFACE = "(effacé)"

DU_BAILLEUR = {"diagnostic.constat", *(f"expose.{n}" for n in range(1, 7))}
"""What the landlord alone wrote. The identity it typed too; the association keeps its own copy of that once it accepts."""
IDENTITE = {f"identite.{champ}" for champ in ("nom", "prenom", "telephone", "courriel", "adresse")} | {"naissance"}


def ecrits(recit: Recit) -> set[str]:
    """Every mark of the story that is somebody's text."""
    return {nom for nom, marque in recit.marques.items() if marque.strip('"') in textes(recit)}


def lus(trouve: Trouve, recit: Recit, prefixe: str) -> set[str]:
    """Which of them the accounts of one organisation read."""
    tout = b"\n".join(v.octets for compte, vues in trouve.lus.items() if compte.startswith(prefixe) for v in vues)
    return {nom for nom in ecrits(recit) if recit.marques[nom].encode() in tout}


# At rest


@pytest.mark.parametrize("moment", ["avant", "entre", "apres"])
def test_rien_n_est_en_clair_nulle_part(effacement: Effacement, deploiement: Deploiement, moment: str) -> None:
    """In no file of the deployment (PostgreSQL's pages and write-ahead log, Kafka's segments, every log), no row of any
    table, no record of any topic. The public name beside it is found in each of these: looking for a text finds it."""
    trouve: Trouve = getattr(effacement, moment)
    for ou in (trouve.fichiers, trouve.tables, trouve.sujets):
        assert {lieu: vus - {PUBLIC} for lieu, vus in ou.items() if vus - {PUBLIC}} == {}
        assert any(PUBLIC in vus for vus in ou.values())
    assert any("pg_wal" in lieu for lieu in trouve.fichiers)
    assert any("pgdata/base/" in lieu for lieu in trouve.fichiers)
    if deploiement.apache:
        assert any("kafka/messages/partenaires-" in lieu for lieu in trouve.fichiers)


def test_tout_ce_qui_s_ecrit_est_fouille(effacement: Effacement, deploiement: Deploiement) -> None:
    """Each service's log is below the folder, and says what happened: the household's dossier is named in it."""
    for service in ("dossiers", "notifications"):
        journal = (deploiement.racine / f"{service}.log").read_text()
        assert effacement.recit.dossier in journal or service != "dossiers"
        assert journal
    assert (deploiement.racine / "postgres" / "postgres.log").exists()


# What is read


def test_avant_chacun_lit_ce_qui_est_a_lui(effacement: Effacement) -> None:
    """So that what follows shows an erasure: before it there was something to read."""
    recit = effacement.recit
    assert IDENTITE | {"diagnostic.constat", "expose.6"} <= lus(effacement.avant, recit, "semis.")
    assert IDENTITE | {"note.equipe", "entretien.synthese", "cloture.precision"} <= lus(
        effacement.avant, recit, "tremplin17."
    )


def test_effacer_d_un_cote_laisse_a_l_autre_sa_copie_et_rien_d_autre(effacement: Effacement) -> None:
    recit = effacement.recit
    bailleur, association = lus(effacement.entre, recit, "semis."), lus(effacement.entre, recit, "tremplin17.")
    if effacement.premier == recit.roles.responsable:
        assert bailleur == set()
        # Its own copy of who the household is, and all that it wrote; nothing the landlord had.
        assert association == lus(effacement.avant, recit, "tremplin17.") - DU_BAILLEUR
        assert IDENTITE <= association
    else:
        assert association == set()
        assert bailleur == lus(effacement.avant, recit, "semis.") & (IDENTITE | DU_BAILLEUR)
        assert IDENTITE <= bailleur


def test_apres_personne_ne_lit_plus_rien(effacement: Effacement) -> None:
    """No account of any organisation, by any address: body, headers, errors."""
    assert lus(effacement.apres, effacement.recit, "") == set()


def test_une_donnee_effacee_n_est_jamais_une_erreur(effacement: Effacement) -> None:
    """What was readable answers still, erased or emptied; nothing is an internal error."""
    for trouve in (effacement.entre, effacement.apres):
        assert max(vue.statut for vues in trouve.lus.values() for vue in vues) < 500
        for compte in ("semis.agent", "tremplin17.referent"):
            assert _du_dossier(trouve.lus[compte], effacement.recit.dossier).statut == 200
    if effacement.premier == effacement.recit.roles.responsable:
        vue = _du_dossier(effacement.entre.lus["tremplin17.referent"], effacement.recit.dossier)
        assert EFFACE.encode() in vue.corps  # what the landlord had written to the association


def _du_dossier(vues: list[Vue], dossier: str) -> Vue:
    return next(vue for vue in vues if vue.adresse == f"/v1/dossiers/{dossier}")


# What is left


async def test_il_ne_reste_que_la_marque_des_cles(effacement: Effacement, deploiement: Deploiement) -> None:
    """Two rows without their key, so that nobody makes the household another by mistake."""
    rows = await _admin(
        deploiement,
        "maillage_cles",
        "SELECT organisation::text, enveloppe, detruite_le FROM dossiers.cles WHERE personne = $1::text::uuid",
        effacement.recit.menage,
    )
    organisations = deploiement.terrain.organisations
    assert {row["organisation"] for row in rows} == {organisations["semis"], organisations["tremplin17"]}
    assert all(row["enveloppe"] is None and row["detruite_le"] is not None for row in rows)


async def test_on_ne_peut_plus_rien_ecrire_sur_ce_menage(effacement: Effacement, deploiement: Deploiement) -> None:
    """Neither in its dossier nor in another one opened for the same household."""
    recit, terrain = effacement.recit, deploiement.terrain
    for jouee in {j.commande: j for j in recit.jouees}.values():
        if jouee.commande in ("reperer", "effacer-donnees", "expirer-orientation") or jouee.commande.startswith(
            "constater"
        ):
            continue
        reponse = await terrain.poster(jouee.sujet, "dossiers", jouee.chemin, jouee.corps)
        assert reponse.status_code == 409, f"{jouee.commande}: {reponse.text}"
        assert reponse.json()["code"] == "donnees_effacees", jouee.commande
    [reperer] = [j for j in recit.jouees if j.commande == "reperer"]
    reponse = await terrain.poster(reperer.sujet, "dossiers", "/v1/dossiers/reperer", reperer.corps)
    assert (reponse.status_code, reponse.json()["code"]) == (409, "donnees_effacees")


async def test_effacer_deux_fois_ne_change_rien(effacement: Effacement, deploiement: Deploiement) -> None:
    for sujet in (effacement.premier, effacement.second):
        chemin = f"/v1/dossiers/{effacement.recit.dossier}/effacer-donnees"
        reponse = await deploiement.terrain.poster(sujet, "dossiers", chemin)
        assert reponse.status_code == 200


async def test_une_sauvegarde_remise_ne_ressuscite_personne(deploiement: Deploiement) -> None:
    """The rows that an erasure had removed, copied back from before it: they are there, and read « (effacé) »."""
    recit = deploiement.recit("restaure")

    async def rien(recit: Recit, moment: str) -> None:
        return None

    await raconter(recit, rien)
    await deploiement.terrain.calme()
    tables = ("notes", "frise", "portefeuille", "orientations", "rendez_vous", "rendez_vous_communs")
    copies = {
        table: [
            row[0]
            for row in await _admin(
                deploiement,
                "maillage_dossiers",
                f"SELECT to_jsonb(t)::text FROM vues.{table} t WHERE stream_id = $1::text::uuid",
                recit.dossier,
            )
        ]
        for table in tables
    }
    assert all(copies.values())
    await effacer(recit, recit.roles.responsable, recit.roles.coordinateur)
    await deploiement.terrain.calme()
    for table, rows in copies.items():
        await _admin(
            deploiement,
            "maillage_dossiers",
            f"DELETE FROM vues.{table} WHERE stream_id = $1::text::uuid",
            recit.dossier,
        )
        for row in rows:
            await _admin(
                deploiement,
                "maillage_dossiers",
                f"INSERT INTO vues.{table} SELECT (jsonb_populate_record(NULL::vues.{table}, $1::text::jsonb)).*",
                row,
            )
    for sujet in ("semis.agent", "tremplin17.referent"):
        for suffixe in ("", "/frise", "/notes", "/rendez-vous"):
            reponse = await deploiement.lire(sujet, f"/v1/dossiers/{recit.dossier}{suffixe}")
            if sujet == "tremplin17.referent":
                assert reponse.status_code == 200
            if reponse.status_code == 200:
                assert EFFACE in reponse.text
            assert not [t for t in textes(recit) if t in reponse.text]


async def _admin(deploiement: Deploiement, base: str, ordre: str, *valeurs: Any) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(urlsplit(deploiement.dsn_admin)._replace(path=f"/{base}").geturl())
    try:
        found: list[asyncpg.Record] = await connection.fetch(ordre, *valeurs)
        return found
    finally:
        await connection.close()


# That the search can fail


async def test_un_texte_en_clair_serait_trouve(deploiement: Deploiement) -> None:
    """A name typed where names do not belong (an organisation's) is found in every place that was searched above."""
    temoin = f"Temoin.{uuid4().hex[:8]}"
    corps = {"nom": temoin, "nature": "bailleur", "commune": "17300", "emetteur": "https://identite.exemple.fr"}
    reponse = await deploiement.terrain.poster("exploitant", "partenaires", "/v1/organisations/inscrire", corps)
    assert reponse.status_code == 201
    await deploiement.terrain.calme()
    connection = await asyncpg.connect(deploiement.dsn_admin)
    await connection.execute("CHECKPOINT")
    await connection.close()
    ou = fouille.fichiers(deploiement.racine, [temoin])
    assert any("pg_wal" in lieu for lieu in ou)
    assert any("pgdata/base/" in lieu for lieu in ou)
    assert not deploiement.apache or any("kafka/messages" in lieu for lieu in ou)
    tables = await fouille.tables(deploiement.dsn_admin, [temoin])
    assert {"maillage_partenaires: faits.events", "maillage_partenaires: vues.organisations"} <= set(tables)
    assert set(await fouille.sujets(deploiement.ici.kafka, [temoin])) == {"partenaires"}

"""Who opened which dossier: written before the answer leaves, read by the parties as far as each may know."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.socle.base.clock import regler
from services.socle.base.database import connect
from tests.dossiers.quartier import SEMIS, TREMPLIN, Quartier
from tests.monde import DEBUT

LECTURES = ("", "/frise", "/notes")


async def journal(q: Quartier, sujet: str, dossier: str) -> list[dict[str, Any]]:
    lu = await q.lire(sujet, f"/v1/dossiers/{dossier}/consultations")
    assert lu["total"] == len(lu["elements"])
    elements: list[dict[str, Any]] = lu["elements"]
    return elements


async def lignes(q: Quartier, dossier: str) -> list[tuple[Any, ...]]:
    """What the table holds, as only its server's administrator could see it: by the owner, within the boundary."""
    connection = await connect(q.monde.acces.dsn("dossiers", "proprietaire"))
    try:
        async with connection.transaction():
            await connection.execute("SELECT set_config('maillage.roles', 'service', true)")
            found = await connection.fetch(
                "SELECT membre, quoi, quart, instant FROM faits.consultations WHERE dossier = $1", UUID(dossier)
            )
    finally:
        await connection.close()
    return [tuple(row) for row in found]


def a_midi_et(q: Quartier, minutes: int) -> None:
    regler(q.monde.horloge, datetime(DEBUT.year, DEBUT.month, DEBUT.day, 11, tzinfo=UTC) + timedelta(minutes=minutes))


async def test_une_ligne_par_membre_et_par_quart_d_heure(q: Quartier) -> None:
    dossier = await q.reperer("Exemple", "Journal")
    await q.accepter(dossier)
    a_midi_et(q, 16)
    for lecture in (*LECTURES, *LECTURES, ""):
        await q.lire("tremplin.referent", f"/v1/dossiers/{dossier}{lecture}")
    a_midi_et(q, 29)
    await q.lire("tremplin.referent", f"/v1/dossiers/{dossier}")
    a_midi_et(q, 30)
    await q.lire("tremplin.referent", f"/v1/dossiers/{dossier}")
    a_midi_et(q, 0)
    referent = str(q.membres["tremplin.referent"])
    vu = [ligne for ligne in await journal(q, "tremplin.coordinateur", dossier) if ligne["membre"] == referent]
    assert [(ligne["instant"][11:16], ligne["quoi"]) for ligne in vu] == [
        ("11:30", ["dossier"]), ("11:16", ["dossier", "frise", "notes"]),
    ]  # fmt: skip
    assert vu[0] == {
        "jour": "2026-01-05", "organisation": str(TREMPLIN), "membre": referent, "roles": ["referent"],
        "quoi": ["dossier"], "instant": "2026-01-05T11:30:00Z",
    }  # fmt: skip


async def test_chacun_voit_les_siens_et_de_l_autre_seulement_les_jours(q: Quartier) -> None:
    dossier = await q.reperer("Exemple", "Parties")
    await q.lire("semis.responsable", f"/v1/dossiers/{dossier}")
    q.monde.jour(DEBUT + timedelta(days=3))
    await q.accepter(dossier)
    await q.lire("tremplin.referent", f"/v1/dossiers/{dossier}/notes")
    await q.lire("semis.agent", f"/v1/dossiers/{dossier}")
    du_bailleur = await journal(q, "semis.agent", dossier)
    autres = [ligne for ligne in du_bailleur if ligne["organisation"] != str(SEMIS)]
    assert autres == [
        {
            "jour": "2026-01-08",
            "organisation": str(TREMPLIN),
            "membre": None,
            "roles": None,
            "quoi": None,
            "instant": None,
        }
    ]
    noms = {ligne["membre"] for ligne in du_bailleur} - {None}
    assert noms == {str(q.membres["semis.agent"]), str(q.membres["semis.responsable"])}
    de_l_association = await journal(q, "tremplin.referent", dossier)
    assert [ligne["jour"] for ligne in de_l_association if ligne["organisation"] == str(SEMIS)] == ["2026-01-08"]
    assert not {str(q.membres[s]) for s in ("semis.agent", "semis.responsable")} & {
        x["membre"] for x in de_l_association
    }
    q.monde.jour(DEBUT)


async def test_une_demande_retiree_ne_dit_plus_rien_du_bailleur(q: Quartier) -> None:
    dossier = await q.reperer("Exemple", "Retiré")
    await q.orienter(dossier)
    await q.lire("tremplin.referent", f"/v1/dossiers/{dossier}")
    assert {x["organisation"] for x in await journal(q, "tremplin.referent", dossier)} == {str(SEMIS), str(TREMPLIN)}
    await q.fait("semis.agent", dossier, "retirer-orientation", {"motif": "situation_resolue"})
    assert {x["organisation"] for x in await journal(q, "tremplin.referent", dossier)} == {str(TREMPLIN)}


async def test_qui_ne_voit_pas_le_dossier_n_en_voit_pas_le_journal(q: Quartier) -> None:
    dossier = await q.reperer("Exemple", "Fermé")
    for sujet in ("tremplin.referent", "autre-bailleur.agent", "etat.analyste", "operateur"):
        for lecture in ("", "/consultations"):
            ici = await q.monde.lire(sujet, f"/v1/dossiers/{dossier}{lecture}")
            ailleurs = await q.monde.lire(sujet, f"/v1/dossiers/{uuid4()}{lecture}")
            assert (
                (ici.status_code, ici.json()["code"])
                == (ailleurs.status_code, ailleurs.json()["code"])
                == (404, "inconnu")
            )
    assert {membre for membre, *_ in await lignes(q, dossier)} <= {q.membres["semis.agent"]}, "a refusal opened nothing"


async def test_sans_journal_rien_ne_s_ouvre(q: Quartier) -> None:
    """A dossier that cannot be journalled is not shown; one already written down in this quarter of an hour is."""
    connu, neuf = await q.reperer("Exemple", "Connu"), await q.reperer("Exemple", "Neuf")
    await q.lire("semis.responsable", f"/v1/dossiers/{connu}")
    connection = await connect(q.monde.acces.dsn("dossiers", "proprietaire"))
    try:
        await connection.execute("REVOKE INSERT ON faits.consultations FROM dossiers_ajout")
        reponse = await q.monde.lire("semis.responsable", f"/v1/dossiers/{neuf}")
        assert reponse.status_code >= 500
        assert "Neuf" not in reponse.text
        assert (await q.monde.lire("semis.responsable", f"/v1/dossiers/{connu}")).status_code == 200
    finally:
        await connection.execute("GRANT INSERT ON faits.consultations TO dossiers_ajout")
        await connection.close()
    assert (await q.monde.lire("semis.responsable", f"/v1/dossiers/{neuf}")).status_code == 200


async def test_apres_l_effacement_le_journal_ne_garde_que_des_identifiants(q: Quartier) -> None:
    dossier = await q.reperer("Exemple", "Effacé")
    await q.lire("semis.agent", f"/v1/dossiers/{dossier}")
    await q.fait("semis.responsable", dossier, "effacer-donnees")
    vu = await journal(q, "semis.responsable", dossier)
    assert str(q.membres["semis.agent"]) in {ligne["membre"] for ligne in vu}
    assert "Exemple" not in str(vu)


async def test_la_suite_vient_par_curseur(q: Quartier) -> None:
    dossier = await q.reperer("Exemple", "Longtemps")
    for minutes in (0, 15, 30, 45, 60):
        a_midi_et(q, minutes)
        await q.lire("semis.responsable", f"/v1/dossiers/{dossier}")
    a_midi_et(q, 0)
    vus: list[str] = []
    params: dict[str, Any] = {"limite": 2}
    while True:
        lu = await q.lire("semis.agent", f"/v1/dossiers/{dossier}/consultations", **params)
        vus += [f"{ligne['instant'][11:16]} {ligne['membre']}" for ligne in lu["elements"]]
        if lu["suivant"] is None:
            break
        params["apres"] = lu["suivant"]
    assert len(vus) == len(set(vus)) == lu["total"] == 6
    assert [v[:5] for v in vus if v.endswith(str(q.membres["semis.responsable"]))] == [
        "12:00", "11:45", "11:30", "11:15", "11:00",
    ]  # fmt: skip


@pytest.mark.parametrize("role", ["ajout", "api", "suite", "proprietaire"])
async def test_personne_ne_change_ni_n_efface_le_journal(q: Quartier, role: str) -> None:
    dossier = await q.reperer("Exemple", f"Durable {role}")
    await q.lire("semis.agent", f"/v1/dossiers/{dossier}")
    avant = await lignes(q, dossier)
    connection = await connect(q.monde.acces.dsn("dossiers", role))
    try:
        for ordre in ("UPDATE faits.consultations SET quoi = 'rien'", "DELETE FROM faits.consultations"):
            try:
                assert await connection.execute(ordre) in ("UPDATE 0", "DELETE 0")
                assert role == "proprietaire"
            except asyncpg.InsufficientPrivilegeError:
                assert role != "proprietaire"
        if role != "proprietaire":
            for ordre in ("SELECT * FROM faits.consultations", "TRUNCATE faits.consultations"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(ordre)
    finally:
        await connection.close()
    assert await lignes(q, dossier) == avant != []

"""The inbox: each is told what concerns them, nobody else is, and what was read stays read."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from msgspec.structs import replace

from contracts import dossiers as d
from services.notifications.app import VUES
from services.socle.base.database import connect
from services.socle.delivery import kafka
from services.socle.rebuild import fingerprint, rebuild
from services.socle.views.view import View
from tests.dossiers import histoire as h
from tests.monde import DEBUT, SERVICE
from tests.notifications import scene as s

TOUS = tuple(s.MEMBRES)


async def menage(scene: s.Scene, *suite: d.Event, referent: str = "tremplin.referent") -> UUID:
    """A household under contract, and what became of it."""
    dossier = uuid4()
    faits = s.sous_contrat(DEBUT, date(2026, 12, 31), scene.membres[referent])
    await scene.m.faits_dossiers(dossier, *faits, *suite, par=s.SEMIS)
    return dossier


async def lire(scene: s.Scene, sujet: str, message: str | UUID, **en_tetes: str) -> Any:
    return await scene.m.poster(sujet, f"/v1/boite/{message}/lire", service="notifications", **en_tetes)


async def test_une_orientation_est_annoncee_aux_coordinateurs_et_a_personne_d_autre(scene: s.Scene) -> None:
    dossier = uuid4()
    await scene.m.faits_dossiers(dossier, *s.oriente(DEBUT, date(2026, 1, 20)), par=s.SEMIS)
    message = await scene.recoit("tremplin.coordinateur", dossier, "orientation_recue")
    assert message["libelle"] == "Un ménage vous est adressé : répondez avant la fin du 20 janvier 2026."
    assert "vous coordonnez" in message["raison"]
    assert message["lu_le"] is None
    for autre in TOUS:
        if autre != "tremplin.coordinateur":
            assert await scene.objets(autre, dossier) == [], autre


async def test_chacun_a_ses_messages_et_le_bailleur_ne_lit_rien_de_ceux_de_l_association(scene: s.Scene) -> None:
    retard = d.ReevaluationEnRetard(date(2026, 3, 5), date(2026, 3, 6))
    escalade = d.ReevaluationEscaladee(date(2026, 3, 5), date(2026, 3, 20))
    tenue = replace(h.reevalue(1, date(2026, 3, 5), date(2026, 5, 5), date(2026, 3, 21)), scores=(d.Score("sante", 1),))
    dossier = await menage(scene, retard, escalade, tenue)
    await scene.recoit("tremplin.coordinateur", dossier, "reevaluation_escaladee")
    # All these facts are told in the landlord's name: what it did itself is not announced to it.
    assert await scene.objets("tremplin.referent", dossier) == [
        "dossier_confie", "contrat_en_vigueur", "reevaluation_en_retard",
    ]  # fmt: skip
    assert await scene.objets("tremplin.coordinateur", dossier) == ["orientation_recue", "reevaluation_escaladee"]
    for autre in ("tremplin.referent2", "etat.analyste", "autre.agent", SERVICE):
        assert await scene.objets(autre, dossier) == [], autre


async def test_le_bailleur_apprend_les_dates_et_rien_du_suivi(scene: s.Scene) -> None:
    dossier = uuid4()
    debut = s.oriente(DEBUT, date(2026, 1, 20))
    await scene.m.faits_dossiers(dossier, *debut, par=s.SEMIS)
    suite = s.sous_contrat(DEBUT, date(2026, 12, 31), scene.membres["tremplin.referent"])[3:]
    tenue = replace(h.reevalue(1, date(2026, 3, 5), date(2026, 5, 5), date(2026, 3, 5)), scores=(d.Score("sante", 1),))
    note = d.NoteDeposee(uuid4(), "equipe", "sante", "Une note.", date(2026, 3, 6))
    await scene.m.faits_dossiers(dossier, *suite, tenue, note, par=s.TREMPLIN)
    dernier = await scene.recoit("semis.agent", dossier, "suivi_reevalue")
    assert dernier["libelle"] == "Le suivi a été réévalué ; la prochaine réévaluation est prévue le 5 mai 2026."
    assert await scene.objets("semis.agent", dossier) == [
        "orientation_acceptee", "contrat_a_signer", "contrat_en_vigueur", "suivi_reevalue",
    ]  # fmt: skip
    assert {frozenset(m) for m in await scene.boite("semis.agent", dossier)} == {
        frozenset({"message", "dossier", "objet", "libelle", "raison", "echeance", "le", "instant", "lu_le"})
    }
    assert await scene.objets("autre.agent", dossier) == []


async def test_un_message_suit_le_referent_du_moment(scene: s.Scene) -> None:
    releve = d.ReferentDesigne(scene.membres["tremplin.referent2"], date(2026, 2, 1))
    retard = d.ReevaluationEnRetard(date(2026, 3, 5), date(2026, 3, 6))
    dossier = await menage(scene, releve, retard)
    await scene.recoit("tremplin.referent2", dossier, "reevaluation_en_retard")
    assert await scene.objets("tremplin.referent2", dossier) == ["dossier_confie", "reevaluation_en_retard"]
    assert "reevaluation_en_retard" not in await scene.objets("tremplin.referent", dossier)


# Reading


async def non_lus(scene: s.Scene, sujet: str) -> int:
    return int((await scene.m.lire(sujet, "/v1/boite", "notifications")).json()["non_lus"])


async def test_un_message_lu_le_reste_et_pour_soi_seul(scene: s.Scene) -> None:
    dossier = await menage(scene)
    message = (await scene.recoit("tremplin.referent", dossier, "contrat_en_vigueur"))["message"]
    avant = await non_lus(scene, "tremplin.referent")
    cle = str(uuid4())
    lu = await lire(scene, "tremplin.referent", message, **{"Idempotency-Key": cle})
    assert lu.status_code == 200, lu.text
    async with asyncio.timeout(5):
        while await non_lus(scene, "tremplin.referent") != avant - 1:
            await asyncio.sleep(0.02)
    [vu] = [m for m in await scene.boite("tremplin.referent", dossier) if m["message"] == message]
    assert vu["lu_le"] is not None
    assert message not in {m["message"] for m in await scene.boite("tremplin.referent", dossier, non_lus=True)}
    # The same request again, and another that asks the same: nothing changes.
    for encore in ({"Idempotency-Key": cle}, {}):
        redit = await lire(scene, "tremplin.referent", message, **encore)
        assert (redit.status_code, redit.json()) == (200, lu.json())
    assert await non_lus(scene, "tremplin.referent") == avant - 1


async def test_un_message_a_toute_une_organisation_se_lit_chacun_pour_soi(scene: s.Scene) -> None:
    collegue = "semis.responsable"
    await scene.m.membre(collegue, s.SEMIS, "bailleur", "responsable")
    await scene.m.attendre(collegue, "/v1/moi", service="notifications")
    dossier = uuid4()
    await scene.m.faits_dossiers(dossier, *s.oriente(DEBUT, date(2026, 1, 20)), par=s.SEMIS)
    await scene.m.faits_dossiers(dossier, replace(h.acceptee, le=DEBUT), par=s.TREMPLIN)
    message = (await scene.recoit("semis.agent", dossier, "orientation_acceptee"))["message"]
    assert (await lire(scene, "semis.agent", message)).status_code == 200
    async with asyncio.timeout(5):
        while await scene.boite("semis.agent", dossier, non_lus=True):
            await asyncio.sleep(0.02)
    assert len(await scene.boite(collegue, dossier, non_lus=True)) == 1


async def test_on_ne_lit_que_ses_messages(scene: s.Scene) -> None:
    dossier = await menage(scene)
    message = (await scene.recoit("tremplin.referent", dossier, "contrat_en_vigueur"))["message"]
    for autre in TOUS:
        if autre != "tremplin.referent":
            reponse = await lire(scene, autre, message)
            assert (reponse.status_code, reponse.json()["code"]) == (404, "inconnu"), autre
    assert (await lire(scene, "tremplin.referent", uuid4())).status_code == 404
    assert (await lire(scene, "tremplin.referent", "pas-un-uuid")).status_code == 404
    sans_cle = await scene.m.clients["notifications"].post(
        f"/v1/boite/{message}/lire", json={}, headers=scene.m.jeton("tremplin.referent")
    )
    assert (sans_cle.status_code, sans_cle.json()["code"]) == (400, "cle_idempotence_absente")


async def test_la_boite_se_parcourt_page_par_page_sans_rien_perdre(scene: s.Scene) -> None:
    dossiers = [uuid4() for _ in range(7)]
    for n, dossier in enumerate(dossiers):
        limite = DEBUT + timedelta(days=15 + n)
        await scene.m.faits_dossiers(dossier, *s.oriente(DEBUT, limite), par=s.SEMIS)
        await scene.recoit("tremplin.coordinateur", dossier, "orientation_recue")
    lus: list[str] = []
    params: dict[str, str] = {}
    while True:
        page = (await scene.m.lire("tremplin.coordinateur", "/v1/boite", "notifications", limite=3, **params)).json()
        lus += [m["message"] for m in page["elements"]]
        if page["suivant"] is None:
            break
        params = {"apres": page["suivant"]}
    assert len(lus) == len(set(lus)) == page["total"] == page["tous"] >= 7
    assert page["non_lus"] <= page["total"]
    nouveaux = (await scene.m.lire("tremplin.coordinateur", "/v1/boite", "notifications", non_lus=True)).json()
    assert (nouveaux["total"], nouveaux["tous"]) == (page["non_lus"], page["tous"])


# Made anew


@pytest.mark.parametrize("vue", VUES, ids=lambda vue: str(vue.name))
async def test_une_vue_refaite_est_la_meme_et_rien_n_est_redit(scene: s.Scene, vue: View) -> None:
    """Messages are facts of this service: made anew, an inbox holds what it held, and nobody is told twice."""
    dossier = await menage(scene, d.ReevaluationEnRetard(date(2026, 3, 5), date(2026, 3, 6)))
    await scene.recoit("tremplin.referent", dossier, "reevaluation_en_retard")
    suite = scene.m.acces.dsn("notifications", "suite")
    owner, reader = await connect(scene.m.acces.dsn("notifications", "proprietaire")), await connect(suite)
    try:
        dits = await reader.fetchval("SELECT count(*) FROM faits.events")
        avant = await fingerprint(reader, vue)
        bilan = await rebuild(s.SANS_TACHES, vue, owner, suite, lambda: kafka.client(scene.m.settings))
        assert (bilan.differences, bilan.lignes) == (0, avant[0])
        assert await fingerprint(reader, vue) == avant
        assert await reader.fetchval("SELECT count(*) FROM faits.events") == dits
    finally:
        await owner.close()
        await reader.close()


# The database holds the boundary by itself


@pytest.mark.parametrize("sujet", TOUS)
async def test_sous_ses_propres_droits_nul_ne_voit_les_lignes_des_autres(scene: s.Scene, sujet: str) -> None:
    """Through SQL, as the API's role: 0 rows that are not the caller's, in every table of the service."""
    await menage(scene)
    organisation, _, role = s.MEMBRES[sujet]
    connection = await asyncpg.connect(scene.m.acces.dsn("notifications", "api"))
    try:
        async with connection.transaction():
            for nom, valeur in (("organisation", organisation), ("membre", scene.membres[sujet]), ("roles", role)):
                await connection.execute("SELECT set_config($1, $2, true)", f"maillage.{nom}", str(valeur))
            vues = {v.name: await connection.fetch(f"SELECT * FROM vues.{v.name}") for v in VUES}
    finally:
        await connection.close()
    for nom in ("acces", "flux"):
        assert vues[nom] == [], nom
    for nom in ("organisations", "suivis", "echeancier", "traitees"):
        assert vues[nom] == [] or role == "service", nom
    assert role == "analyste" or vues["conventions"] == []
    for ligne in vues["boite"]:
        assert ligne["organisation"] == organisation
        assert ligne["membre"] in (None, scene.membres[sujet])
        assert ligne["role"] in (None, role)
    assert all(ligne["membre"] == scene.membres[sujet] for ligne in vues["lectures"])

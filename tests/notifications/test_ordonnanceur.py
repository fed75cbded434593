"""The scheduler against the real services: on the day, once, in order, however late."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import asyncpg
import pytest
from msgspec.structs import replace

from contracts import dossiers as d
from contracts import partenaires as p
from services.notifications import http as api
from services.notifications.chapitres.courrier import stream_du_courrier
from services.socle.base.clock import regler
from tests.infra import Postgres
from tests.notifications import scene as s

SIGNATURE, FIN = date(2026, 1, 5), date(2026, 6, 30)
"""Due on 5 March and 5 May."""

DU_CALENDRIER = {"ReevaluationEnRetard", "ReevaluationEscaladee", "ReevaluationManquee", "OrientationExpiree"}

CONSTATS = [
    ("ReevaluationEnRetard", "2026-03-06"),
    ("ReevaluationEscaladee", "2026-03-20"),
    ("ReevaluationManquee", "2026-05-06"),
    ("ReevaluationEnRetard", "2026-05-06"),
    ("ReevaluationEscaladee", "2026-05-20"),
]
RAPPELS = [("reevaluation_dans_14_jours", "2026-02-19"), ("reevaluation_dans_7_jours", "2026-02-26")]


async def constats(scene: s.Scene, dossier: UUID) -> list[tuple[str, str]]:
    """The calendar's facts of a dossier: (type, day)."""
    return [(t, e["le"]) for t, e in await scene.faits("dossiers", dossier) if t in DU_CALENDRIER]


async def rappels(scene: s.Scene, dossier: UUID) -> list[tuple[str, str]]:
    """The reminders recorded about a dossier: (object, day)."""
    courrier = await scene.faits("notifications", stream_du_courrier(dossier))
    return [(e["objet"], e["le"]) for t, e in courrier if t == "MessageAdresse" and "_jours" in e["objet"]]


async def sans_suite(scene: s.Scene, suivi: UUID) -> list[tuple[str, str]]:
    """The tasks that came to nothing: (task, reason)."""
    courrier = await scene.faits("notifications", stream_du_courrier(suivi))
    return [(e["tache"], e["raison"]) for t, e in courrier if t == "EcheanceSansSuite"]


async def contrat(scene: s.Scene, *suite: d.Event) -> UUID:
    dossier = uuid4()
    faits = s.sous_contrat(SIGNATURE, FIN, scene.membres["tremplin.referent"])
    await scene.m.faits_dossiers(dossier, *faits, *suite, par=s.SEMIS)
    await scene.vu(dossier)
    return dossier


async def orientation(scene: s.Scene, limite: date, le: date = date(2026, 1, 5)) -> UUID:
    dossier = uuid4()
    await scene.m.faits_dossiers(dossier, *s.oriente(le, limite), par=s.SEMIS)
    await scene.vu(dossier)
    return dossier


@pytest.fixture
def scene(calendrier: s.Scene) -> s.Scene:
    return calendrier


# Day by day, and late


async def test_jour_apres_jour(scene: s.Scene) -> None:
    dossier = await contrat(scene)
    async with scene.en_marche():
        await scene.vivre(*s.jours(date(2026, 2, 18), date(2026, 3, 21)), *s.jours(date(2026, 5, 4), date(2026, 5, 21)))
    assert await constats(scene, dossier) == CONSTATS
    assert await rappels(scene, dossier) == RAPPELS
    assert await sans_suite(scene, dossier) == []


async def test_arrete_dix_jours_il_donne_les_memes_faits_dans_le_meme_ordre(scene: s.Scene) -> None:
    dossier = await contrat(scene)
    for arrete_le in (date(2026, 2, 18), date(2026, 2, 28), date(2026, 3, 12), date(2026, 4, 28), date(2026, 5, 15)):
        async with scene.en_marche():
            await scene.vivre(arrete_le)
        scene.m.jour(arrete_le + timedelta(days=10))
        async with scene.en_marche():
            await scene.vivre(arrete_le + timedelta(days=10))
    assert await constats(scene, dossier) == CONSTATS
    assert await rappels(scene, dossier) == RAPPELS


async def test_arrete_cinq_mois_il_rattrape_tout_dans_l_ordre(scene: s.Scene) -> None:
    dossier = await contrat(scene)
    async with scene.en_marche():
        await scene.vivre(date(2026, 7, 1))
    assert await constats(scene, dossier) == [*CONSTATS, ("ReevaluationManquee", "2026-07-01")]
    assert await rappels(scene, dossier) == RAPPELS


# Once


async def commandes(postgres: Postgres, scene: s.Scene, stream: UUID) -> int:
    """How many commands of the clock's the dossiers service took for a dossier, effect or not."""
    base = urlsplit(postgres.dsn_admin)._replace(path=f"/{scene.m.acces.base('dossiers')}").geturl()
    admin = await asyncpg.connect(base)
    try:
        return int(
            await admin.fetchval(
                "SELECT count(*) FROM faits.commands WHERE organisation = $1 AND stream_id = $2", s.MAILLAGE, stream
            )
        )
    finally:
        await admin.close()


async def test_deux_copies_a_la_fois_font_chaque_chose_une_fois(scene: s.Scene, postgres: Postgres) -> None:
    dossiers = [await contrat(scene) for _ in range(6)]
    expirees = [await orientation(scene, date(2026, 1, 20)) for _ in range(6)]
    scene.m.jour(date(2026, 3, 21))
    # Both believe they lead: only the ids of their requests keep them apart.
    async with scene.ordonnanceur() as une, scene.ordonnanceur() as autre:
        await scene.passer(une, autre)
    for dossier in dossiers:
        assert await constats(scene, dossier) == CONSTATS[:2]
        assert await rappels(scene, dossier) == RAPPELS
        assert await sans_suite(scene, dossier) == []
        assert await commandes(postgres, scene, dossier) == 2
    for dossier in expirees:
        assert await constats(scene, dossier) == [("OrientationExpiree", "2026-01-21")]
        assert await sans_suite(scene, dossier) == []
        assert await commandes(postgres, scene, dossier) == 1


async def test_une_copie_prend_la_suite_de_celle_qui_s_arrete(scene: s.Scene) -> None:
    dossier = await contrat(scene)
    async with scene.en_marche():
        async with scene.en_marche():
            await scene.vivre(date(2026, 2, 19))
        await scene.vivre(date(2026, 3, 6))
    async with scene.en_marche():
        await scene.vivre(date(2026, 3, 20))
    assert await constats(scene, dossier) == CONSTATS[:2]
    assert await rappels(scene, dossier) == RAPPELS


# When the others do not answer, or say no


@pytest.mark.parametrize(
    "panne", [{"url_dossiers": "http://127.0.0.1:1"}, {"jeton_url": "http://127.0.0.1:1"}, {"jeton_client": "inconnu"}]
)
async def test_sans_reponse_rien_n_est_passe(scene: s.Scene, panne: dict[str, str]) -> None:
    dossier = await contrat(scene)
    scene.m.jour(date(2026, 3, 21))
    async with scene.ordonnanceur(**panne) as une:
        await scene.passer(une)
    # The reminders are ours; what comes after them waits for an answer.
    assert await rappels(scene, dossier) == RAPPELS
    assert (await constats(scene, dossier), await sans_suite(scene, dossier)) == ([], [])
    async with scene.ordonnanceur() as une:
        await scene.passer(une)
    assert await constats(scene, dossier) == CONSTATS[:2]


async def annonce(scene: s.Scene, fin: date, **jours: date) -> UUID:
    """A contract whose fact announced other days than those the rules give."""
    *histoire, dernier = s.sous_contrat(SIGNATURE, fin, scene.membres["tremplin.referent"])
    assert isinstance(dernier, d.ContratSigne)
    assert dernier.constats is not None
    dossier = uuid4()
    faux = replace(dernier, constats=replace(dernier.constats, **jours))
    await scene.m.faits_dossiers(dossier, *histoire, faux, par=s.SEMIS)
    await scene.vu(dossier)
    return dossier


async def test_trop_tot_pour_le_service_c_est_redemande(scene: s.Scene) -> None:
    """Its clock may be behind ours: it decides when the day has come."""
    dossier = await annonce(scene, FIN, retard=date(2026, 3, 5))
    for jour, attendus in ((date(2026, 3, 5), []), (date(2026, 3, 6), CONSTATS[:1])):
        scene.m.jour(jour)
        async with scene.ordonnanceur() as une:
            await scene.passer(une)
        assert (await constats(scene, dossier), await sans_suite(scene, dossier)) == (attendus, [])


async def test_un_refus_est_note_et_n_arrete_pas_la_suite(scene: s.Scene) -> None:
    dossier = await annonce(scene, FIN, retard=date(2026, 3, 1))
    for jour, attendus in ((date(2026, 3, 3), []), (date(2026, 3, 20), CONSTATS[:2])):
        scene.m.jour(jour)
        async with scene.ordonnanceur() as une:
            await scene.passer(une)
        assert await constats(scene, dossier) == attendus
        assert await sans_suite(scene, dossier) == [("constater-retard", "pas_encore_du")]


async def test_ce_qui_n_a_rien_donne_n_est_pas_redemande(scene: s.Scene) -> None:
    """The contract ends before the fifteenth day of lateness, and the fact announced one."""
    dossier = await annonce(scene, date(2026, 3, 10), escalade=date(2026, 3, 7))
    async with scene.en_marche():
        await scene.vivre(date(2026, 3, 12))
    assert await constats(scene, dossier) == [CONSTATS[0], ("ReevaluationManquee", "2026-03-11")]
    assert await sans_suite(scene, dossier) == [("constater-escalade", "deja_fait")]


# Conventions


async def test_une_convention_signee_commence_a_son_premier_jour_et_finit_apres_son_dernier(scene: s.Scene) -> None:
    debut, fin = date(2026, 2, 2), date(2026, 3, 31)
    signee, non_signee = uuid4(), uuid4()
    for une in (signee, non_signee):
        await scene.m.faits_partenaires(
            une,
            p.ConventionProposee(une, s.DISPOSITIF, s.SEMIS, s.TREMPLIN, 3, debut, fin, p.Regles(), date(2026, 1, 5)),
        )
    for qui in (s.SEMIS, s.TREMPLIN):
        await scene.m.faits_partenaires(signee, p.ConventionSignee(signee, qui, uuid4(), date(2026, 1, 6)))
    await scene.vu(signee, non_signee, service="partenaires")
    async with scene.en_marche():
        await scene.vivre(date(2026, 2, 1))
        assert len(await scene.faits("partenaires", signee)) == 3
        await scene.vivre(date(2026, 2, 2), date(2026, 4, 10))
    faits = [(t, e["le"]) for t, e in await scene.faits("partenaires", signee)]
    assert faits[3:] == [("ConventionActivee", "2026-02-02"), ("ConventionEchue", "2026-04-01")]
    assert await sans_suite(scene, non_signee) == [("activer", "convention_non_signee")]


# The calendar of Paris


@pytest.mark.parametrize(
    ("limite", "minuit"),
    [
        (date(2026, 3, 28), datetime(2026, 3, 28, 23, tzinfo=UTC)),  # then the clocks go forward
        (date(2026, 3, 29), datetime(2026, 3, 29, 22, tzinfo=UTC)),  # after a day of 23 hours
        (date(2026, 10, 25), datetime(2026, 10, 25, 23, tzinfo=UTC)),  # after a day of 25 hours
        (date(2026, 12, 31), datetime(2026, 12, 31, 23, tzinfo=UTC)),
        (date(2028, 2, 29), datetime(2028, 2, 29, 23, tzinfo=UTC)),
    ],
)
async def test_un_jour_finit_a_minuit_a_paris(scene: s.Scene, limite: date, minuit: datetime) -> None:
    dossier = await orientation(scene, limite, limite - timedelta(days=3))
    async with scene.ordonnanceur() as une:
        regler(scene.m.horloge, minuit - timedelta(seconds=1))
        await scene.passer(une)
        assert await constats(scene, dossier) == []
        regler(scene.m.horloge, minuit)
        await scene.passer(une)
    lendemain = (limite + timedelta(days=1)).isoformat()
    assert await constats(scene, dossier) == [("OrientationExpiree", lendemain)]


# The door of the local clock


async def test_rattraper_dit_ce_qui_reste(scene: s.Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "PATIENCE", 0.1)
    dossier = await orientation(scene, date(2026, 1, 20))
    scene.m.jour(date(2026, 1, 21))
    fait = await scene.rattraper()
    assert not fait["a_jour"]
    [reste] = [x for x in fait["restent"] if x["stream_id"] == str(dossier)]
    assert (reste["tache"], reste["le"]) == ("orientation_a_repondre", "2026-01-15")


async def test_rattraper_n_est_pas_pour_les_personnes(scene: s.Scene) -> None:
    for sujet in ("semis.agent", "tremplin.coordinateur", "etat.analyste"):
        reponse = await scene.m.poster(sujet, "/v1/echeancier/rattraper", service="notifications")
        assert (reponse.status_code, reponse.json()["code"]) == (403, "role_insuffisant")


async def test_ce_que_les_autres_ont_enregistre_est_vu_avant_qu_on_reponde(scene: s.Scene) -> None:
    """The answer comes when the facts are back: nothing is left to wait for, in whatever view."""
    dossier = await orientation(scene, date(2026, 1, 20))
    async with scene.en_marche():
        await scene.vivre(date(2026, 1, 21))
        messages: list[dict[str, Any]] = []
        async with asyncio.timeout(5):
            while "orientation_expiree" not in {m["objet"] for m in messages}:
                messages = await scene.boite("semis.agent", dossier)
    assert await constats(scene, dossier) == [("OrientationExpiree", "2026-01-21")]

"""The scheduler against the real dossiers service: on the day, once, in order, however late."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid4

from services.notifications.courrier import stream_du_courrier
from tests.notifications import scene as s

SIGNATURE, FIN = date(2026, 1, 5), date(2026, 6, 30)
PREMIERE, DEUXIEME, TROISIEME = date(2026, 3, 5), date(2026, 5, 5), date(2026, 7, 6)

DU_CALENDRIER = ("ReevaluationEnRetard", "ReevaluationEscaladee", "ReevaluationManquee", "OrientationExpiree")


async def du_calendrier(scene: s.Scene, dossier: UUID) -> list[tuple[str, str]]:
    """The calendar's facts of a dossier: (type, day)."""
    return [(t, e["le"]) for t, e in await scene.faits("dossiers", dossier) if t in DU_CALENDRIER]


async def rappels(scene: s.Scene, dossier: UUID) -> list[tuple[str, str]]:
    """The reminders recorded about a dossier: (object, day)."""
    courrier = await scene.faits("notifications", stream_du_courrier(dossier))
    return [(e["objet"], e["le"]) for t, e in courrier if t == "MessageAdresse" and "_jours" in e["objet"]]


ATTENDUS = [
    ("ReevaluationEnRetard", "2026-03-06"),
    ("ReevaluationEscaladee", "2026-03-20"),
    ("ReevaluationManquee", "2026-05-06"),
    ("ReevaluationEnRetard", "2026-05-06"),
]


async def test_jour_apres_jour(scene: s.Scene) -> None:
    dossier = uuid4()
    await scene.m.faits_dossiers(
        dossier, *s.sous_contrat(SIGNATURE, FIN, scene.membres["tremplin.referent"]), par=s.SEMIS
    )
    await scene.vu(dossier)
    async with scene.en_marche():
        await scene.vivre(*s.jours(date(2026, 2, 18), date(2026, 3, 21)), *s.jours(date(2026, 5, 4), date(2026, 5, 7)))
    assert await du_calendrier(scene, dossier) == ATTENDUS
    assert await rappels(scene, dossier) == [
        ("reevaluation_dans_14_jours", "2026-02-19"), ("reevaluation_dans_7_jours", "2026-02-26"),
    ]  # fmt: skip

"""The inbox: each is told what concerns them, and nobody else is."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from tests.monde import DEBUT, SERVICE
from tests.notifications import scene as s


async def test_une_orientation_est_annoncee_aux_coordinateurs(scene: s.Scene) -> None:
    dossier = uuid4()
    await scene.m.faits_dossiers(dossier, *s.oriente(DEBUT, date(2026, 1, 20)), par=s.SEMIS)
    message = await scene.recoit("tremplin.coordinateur", dossier, "orientation_recue")
    assert message["libelle"] == "Un ménage vous est adressé : répondez avant la fin du 20 janvier 2026."
    assert "vous coordonnez" in message["raison"]
    assert message["lu_le"] is None
    for autre in ("semis.agent", "tremplin.referent", "etat.analyste", "autre.agent", SERVICE):
        assert await scene.objets(autre, dossier) == [], autre

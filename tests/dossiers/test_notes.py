from __future__ import annotations

import pytest
from pydantic import ValidationError

from contracts.dossiers import NoteDeposee
from services.dossiers.chapitres.notes import DeposerNote, notes
from tests.dossiers import histoire as h
from tests.dossiers.exemples import noter
from tests.scenario import etant_donne

etant_donne_que = etant_donne(notes)
deposee = NoteDeposee(noter.note, "equipe", "vivre_ensemble", "Un voisin aide.", h.janvier(15))


def test_l_association_depose_une_note() -> None:
    for qui in (h.referent, h.coordinateur):
        etant_donne_que(*h.A_L_ACCEPTATION).quand(noter, qui(h.janvier(15))).alors(deposee)


def test_une_note_peut_n_avoir_pas_de_theme() -> None:
    [fait] = (
        etant_donne_que(*h.A_L_ACCEPTATION)
        .quand(noter.model_copy(update={"theme": None}), h.referent(h.janvier(15)))
        .take()
    )
    assert fait.theme is None


def test_une_note_dit_quelque_chose() -> None:
    with pytest.raises(ValidationError, match="à remplir"):
        DeposerNote(note=noter.note, niveau="equipe", texte=" \n ")


def test_pas_de_note_avant_l_acceptation() -> None:
    for histoire in (h.A_L_ORIENTATION, (*h.A_L_ORIENTATION, h.refusee)):
        etant_donne_que(*histoire).quand(noter, h.referent(h.janvier(15))).refus("orientation_non_acceptee")


def test_le_bailleur_ne_depose_pas_de_note() -> None:
    etant_donne_que(*h.A_L_ACCEPTATION).quand(noter, h.responsable(h.janvier(15))).refus("reserve_a_l_association")


def test_une_note_n_en_remplace_pas_une_autre() -> None:
    for histoire in (h.A_L_ACCEPTATION, h.A_L_ADHESION):
        etant_donne_que(*histoire, deposee).quand(noter, h.referent(h.janvier(16))).refus("note_deja_deposee")

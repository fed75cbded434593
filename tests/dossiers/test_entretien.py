from __future__ import annotations

import pytest
from pydantic import ValidationError

from services.dossiers.chapitres.entretien import BesoinSaisi, TenirEntretienInitial, entretien
from tests.dossiers import histoire as h
from tests.dossiers.exemples import tenir_entretien
from tests.scenario import etant_donne

etant_donne_que = etant_donne(entretien)


def test_l_association_tient_l_entretien_initial_apres_l_adhesion() -> None:
    etant_donne_que(*h.A_L_ADHESION).quand(tenir_entretien, h.referent(h.janvier(16))).alors(h.entretien_tenu)


def test_pas_d_entretien_sans_adhesion() -> None:
    for histoire in (h.A_L_ORIENTATION, h.A_L_ACCEPTATION, (*h.A_L_ACCEPTATION, h.n_adhere_pas)):
        etant_donne_que(*histoire).quand(tenir_entretien, h.referent(h.janvier(16))).refus("adhesion_absente")


def test_il_ne_se_tient_qu_une_fois() -> None:
    etant_donne_que(*h.A_L_ENTRETIEN).quand(tenir_entretien, h.referent(h.janvier(17))).refus("entretien_deja_tenu")


def test_chaque_theme_n_y_figure_qu_une_fois() -> None:
    double = tenir_entretien.model_copy(update={"besoins": tenir_entretien.besoins * 2})
    etant_donne_que(*h.A_L_ADHESION).quand(double, h.referent(h.janvier(16))).refus("en_double")


@pytest.mark.parametrize("score", [0, 6])
def test_un_score_va_de_1_a_5(score: int) -> None:
    with pytest.raises(ValidationError):
        BesoinSaisi(theme="sante", score=score)


@pytest.mark.parametrize("score", [1, 5])
def test_bornes_comprises(score: int) -> None:
    assert BesoinSaisi(theme="sante", score=score).score == score


def test_l_entretien_releve_au_moins_un_besoin() -> None:
    with pytest.raises(ValidationError):
        TenirEntretienInitial(besoins=(), support="telephone")


def test_le_bailleur_ne_tient_pas_l_entretien() -> None:
    etant_donne_que(*h.A_L_ADHESION).quand(tenir_entretien, h.agent(h.janvier(16))).refus("reserve_a_l_association")

"""The calendar of the example: signed on 20 January 2026 for the year, every two months.

Due on 20 March, 20 May, 20 July, 21 September (the 20th is a Sunday) and 20 November.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from msgspec.structs import replace
from pydantic import ValidationError

from contracts.dossiers import (
    ReevaluationEnRetard,
    ReevaluationEscaladee,
    ReevaluationManquee,
    Score,
)
from services.dossiers.chapitres.suivi import (
    ConstaterEscalade,
    ConstaterManquee,
    ConstaterRetard,
    ProgressionSaisie,
    ReevaluerSuivi,
    ScoreSaisi,
    suivi,
)
from services.socle.facts.refusal import Refus
from tests.dossiers import histoire as h
from tests.dossiers.exemples import reevaluer
from tests.scenario import etant_donne

etant_donne_que = etant_donne(suivi)

AVRIL_4 = date(2026, 4, 4)
en_retard = ReevaluationEnRetard(h.mars(20), h.mars(21))
escaladee = ReevaluationEscaladee(h.mars(20), AVRIL_4)
manquee = ReevaluationManquee(h.mars(20), h.mai(20), h.mai(21), h.constats(h.mai(20)))
premiere = h.reevalue(1, h.mars(20), h.mai(20), h.mars(20))
retard, escalade, manque = (c(echeance=h.mars(20)) for c in (ConstaterRetard, ConstaterEscalade, ConstaterManquee))


def avec_scores(**scores: int) -> ReevaluerSuivi:
    saisis = tuple(ScoreSaisi(theme=theme.replace("__", "-"), score=score) for theme, score in scores.items())
    return reevaluer.model_copy(update={"scores": saisis})


def avec_progressions(*objectifs: UUID) -> ReevaluerSuivi:
    return reevaluer.model_copy(
        update={"progressions": tuple(ProgressionSaisie(objectif=o, avancement=50) for o in objectifs)}
    )


# Reviewing


def test_la_reevaluation_repond_a_l_echeance_et_fixe_la_suivante() -> None:
    etant_donne_que(*h.EN_SUIVI).quand(reevaluer, h.referent(h.mars(20))).alors(premiere)


def test_chaque_reevaluation_a_son_numero() -> None:
    etant_donne_que(*h.EN_SUIVI, premiere).quand(reevaluer, h.referent(h.mai(20))).alors(
        h.reevalue(2, h.mai(20), date(2026, 7, 20), h.mai(20))
    )


def test_tenue_un_peu_en_avance_elle_repond_a_l_echeance() -> None:
    etant_donne_que(*h.EN_SUIVI).quand(reevaluer, h.referent(h.mars(6))).alors(
        h.reevalue(1, h.mars(20), h.mai(20), h.mars(6))
    )


def test_tenue_bien_en_avance_elle_s_ajoute_et_l_echeance_demeure() -> None:
    etant_donne_que(*h.EN_SUIVI).quand(reevaluer, h.referent(h.mars(5))).alors(
        h.reevalue(1, None, h.mars(20), h.mars(5))
    )


def test_saisie_deux_fois_elle_ne_repond_pas_a_deux_echeances() -> None:
    etant_donne_que(*h.EN_SUIVI, premiere).quand(reevaluer, h.referent(h.mars(20))).alors(
        h.reevalue(2, None, h.mai(20), h.mars(20))
    )


def test_tenue_en_retard_elle_ne_decale_pas_le_calendrier() -> None:
    etant_donne_que(*h.EN_SUIVI, en_retard).quand(reevaluer, h.referent(h.mars(30))).alors(
        h.reevalue(1, h.mars(20), h.mai(20), h.mars(30))
    )


def test_un_dimanche_ne_decale_pas_les_echeances_suivantes() -> None:
    apres_trois = (*h.EN_SUIVI, h.reevalue(3, date(2026, 7, 20), date(2026, 9, 21), date(2026, 7, 20)))
    etant_donne_que(*apres_trois).quand(reevaluer, h.referent(date(2026, 9, 21))).alors(
        h.reevalue(4, date(2026, 9, 21), date(2026, 11, 20), date(2026, 9, 21))
    )


def test_apres_la_derniere_echeance_il_n_y_en_a_plus() -> None:
    apres_quatre = (*h.EN_SUIVI, h.reevalue(4, date(2026, 9, 21), date(2026, 11, 20), date(2026, 9, 21)))
    derniere = h.reevalue(5, date(2026, 11, 20), None, date(2026, 11, 20))
    etant_donne_que(*apres_quatre).quand(reevaluer, h.referent(date(2026, 11, 20))).alors(derniere)
    etant_donne_que(*apres_quatre, derniere).quand(reevaluer, h.referent(h.FIN)).alors(h.reevalue(6, None, None, h.FIN))


def test_la_date_de_la_reevaluation_peut_etre_d_avant_la_saisie() -> None:
    tenue = reevaluer.model_copy(update={"le": h.mars(18)})
    etant_donne_que(*h.EN_SUIVI).quand(tenue, h.referent(h.mars(20))).alors(
        h.reevalue(1, h.mars(20), h.mai(20), h.mars(18))
    )


def test_mais_pas_d_avant_la_signature() -> None:
    avant = reevaluer.model_copy(update={"le": h.janvier(19)})
    etant_donne_que(*h.EN_SUIVI).quand(avant, h.referent(h.mars(20))).refus("date_anterieure")


def test_pas_de_reevaluation_sans_contrat_en_vigueur() -> None:
    for histoire in (h.A_L_ENTRETIEN, h.AU_CONTRAT, (*h.AU_CONTRAT, *h.signatures[:2])):
        etant_donne_que(*histoire).quand(reevaluer, h.referent(h.mars(20))).refus("contrat_absent")


def test_un_contrat_echu_ne_se_reevalue_plus() -> None:
    etant_donne_que(*h.EN_SUIVI).quand(reevaluer, h.referent(date(2027, 1, 1))).refus("contrat_echu")


def test_le_bailleur_ne_reevalue_pas() -> None:
    etant_donne_que(*h.EN_SUIVI).quand(reevaluer, h.agent(h.mars(20))).refus("reserve_a_l_association")


# Scores and progress


def test_chaque_theme_de_l_entretien_a_un_score() -> None:
    etant_donne_que(*h.EN_SUIVI).quand(avec_scores(vivre_ensemble=3), h.referent(h.mars(20))).refus("score_manquant")


def test_un_theme_nouveau_peut_s_ajouter_et_se_suit_desormais() -> None:
    trois = avec_scores(difficultes__financieres=3, vivre_ensemble=3, sante=2)
    [fait] = etant_donne_que(*h.EN_SUIVI).quand(trois, h.referent(h.mars(20))).take()
    assert fait.scores[2] == Score("sante", 2)
    etant_donne_que(*h.EN_SUIVI, fait).quand(reevaluer, h.referent(h.mai(20))).refus("score_manquant")


def test_un_theme_nouveau_est_de_la_liste() -> None:
    invente = avec_scores(difficultes__financieres=3, vivre_ensemble=3, jardinage=2)
    etant_donne_que(*h.EN_SUIVI).quand(invente, h.referent(h.mars(20))).refus("code_inconnu")


def test_un_theme_retire_de_la_liste_se_suit_jusqu_au_bout() -> None:
    ancien = replace(h.entretien_tenu, besoins=(replace(h.entretien_tenu.besoins[0], theme="theme_d_autrefois"),))
    histoire = tuple(ancien if fait is h.entretien_tenu else fait for fait in h.EN_SUIVI)
    assert etant_donne_que(*histoire).quand(avec_scores(theme_d_autrefois=4), h.referent(h.mars(20))).take()


def test_un_theme_n_a_qu_un_score() -> None:
    double = reevaluer.model_copy(update={"scores": reevaluer.scores * 2})
    etant_donne_que(*h.EN_SUIVI).quand(double, h.referent(h.mars(20))).refus("en_double")


def test_sans_entretien_on_suit_les_themes_des_objectifs() -> None:
    souple = replace(h.oriente, conditions=replace(h.conditions, entretien_requis=False))
    histoire = (*h.AU_REPERAGE, souple, h.acceptee, h.adhere, h.prepare, *h.signatures)
    etant_donne_que(*histoire).quand(avec_scores(vivre_ensemble=3), h.referent(h.mars(20))).refus("score_manquant")
    assert etant_donne_que(*histoire).quand(reevaluer, h.referent(h.mars(20))).take()


def test_chaque_objectif_du_contrat_a_sa_progression() -> None:
    etant_donne_que(*h.EN_SUIVI).quand(avec_progressions(h.BUDGET), h.referent(h.mars(20))).refus(
        "progression_manquante"
    )


def test_et_aucun_autre() -> None:
    etant_donne_que(*h.EN_SUIVI).quand(
        avec_progressions(h.BUDGET, h.VOISINS, UUID(int=0x99)), h.referent(h.mars(20))
    ).refus("objectif_inconnu")


def test_un_objectif_n_a_qu_une_progression() -> None:
    etant_donne_que(*h.EN_SUIVI).quand(avec_progressions(h.BUDGET, h.BUDGET), h.referent(h.mars(20))).refus("en_double")


@pytest.mark.parametrize("avancement", [-1, 101])
def test_un_avancement_va_de_0_a_100(avancement: int) -> None:
    with pytest.raises(ValidationError):
        ProgressionSaisie(objectif=h.BUDGET, avancement=avancement)


@pytest.mark.parametrize("avancement", [0, 100])
def test_bornes_comprises(avancement: int) -> None:
    assert ProgressionSaisie(objectif=h.BUDGET, avancement=avancement).avancement == avancement


# What the clock finds


def test_le_lendemain_de_l_echeance_elle_est_en_retard() -> None:
    etant_donne_que(*h.EN_SUIVI).quand(retard, h.horloge(h.mars(20))).refus("pas_encore_du")
    etant_donne_que(*h.EN_SUIVI).quand(retard, h.horloge(h.mars(21))).alors(en_retard)


def test_quinze_jours_apres_elle_remonte_au_coordinateur() -> None:
    etant_donne_que(*h.EN_SUIVI, en_retard).quand(escalade, h.horloge(date(2026, 4, 3))).refus("pas_encore_du")
    etant_donne_que(*h.EN_SUIVI, en_retard).quand(escalade, h.horloge(AVRIL_4)).alors(escaladee)


def test_l_echeance_suivante_passee_elle_est_manquee() -> None:
    histoire = (*h.EN_SUIVI, en_retard, escaladee)
    etant_donne_que(*histoire).quand(manque, h.horloge(h.mai(20))).refus("pas_encore_du")
    etant_donne_que(*histoire).quand(manque, h.horloge(h.mai(21))).alors(manquee)


def test_constater_deux_fois_ne_change_rien() -> None:
    etant_donne_que(*h.EN_SUIVI, en_retard).quand(retard, h.horloge(h.mars(22))).rien()
    etant_donne_que(*h.EN_SUIVI, en_retard, escaladee).quand(escalade, h.horloge(h.mai(1))).rien()
    etant_donne_que(*h.EN_SUIVI, en_retard, escaladee, manquee).quand(manque, h.horloge(h.mai(22))).rien()


@pytest.mark.parametrize("constatation", [retard, escalade, manque])
def test_une_reevaluation_tenue_n_est_ni_en_retard_ni_manquee(constatation: object) -> None:
    etant_donne_que(*h.EN_SUIVI, premiere).quand(constatation, h.horloge(h.mai(21))).rien()


@pytest.mark.parametrize("constatation", [retard, escalade, manque])
def test_sans_contrat_il_n_y_a_rien_a_constater(constatation: object) -> None:
    etant_donne_que(*h.AU_CONTRAT).quand(constatation, h.horloge(h.mai(21))).rien()


def test_une_echeance_a_venir_n_est_pas_encore_due() -> None:
    etant_donne_que(*h.EN_SUIVI).quand(ConstaterRetard(echeance=h.mai(20)), h.horloge(h.mai(1))).refus("pas_encore_du")


def test_une_horloge_arretee_constate_les_memes_faits_dans_l_ordre() -> None:
    etant_donne_que(*h.EN_SUIVI).quand(retard, h.horloge(h.mars(31))).alors(en_retard)
    etant_donne_que(*h.EN_SUIVI).quand(escalade, h.horloge(AVRIL_4)).alors(en_retard, escaladee)
    etant_donne_que(*h.EN_SUIVI).quand(manque, h.horloge(date(2026, 6, 30))).alors(en_retard, escaladee, manquee)


def test_la_reevaluation_dit_d_abord_ce_que_l_horloge_n_a_pas_encore_dit() -> None:
    etant_donne_que(*h.EN_SUIVI).quand(reevaluer, h.referent(h.mars(23))).alors(
        en_retard, h.reevalue(1, h.mars(20), h.mai(20), h.mars(23))
    )
    etant_donne_que(*h.EN_SUIVI).quand(reevaluer, h.referent(h.mai(22))).alors(
        en_retard,
        escaladee,
        manquee,
        ReevaluationEnRetard(h.mai(20), h.mai(21)),
        h.reevalue(1, h.mai(20), date(2026, 7, 20), h.mai(22)),
    )


def test_apres_une_echeance_manquee_la_suivante_court() -> None:
    histoire = (*h.EN_SUIVI, en_retard, escaladee, manquee)
    etant_donne_que(*histoire).quand(ConstaterRetard(echeance=h.mai(20)), h.horloge(h.mai(21))).alors(
        ReevaluationEnRetard(h.mai(20), h.mai(21))
    )


def test_la_derniere_echeance_est_manquee_quand_le_contrat_prend_fin() -> None:
    derniere = date(2026, 11, 20)
    histoire = (*h.EN_SUIVI, h.reevalue(4, date(2026, 9, 21), derniere, date(2026, 9, 21)))
    etant_donne_que(*histoire).quand(ConstaterManquee(echeance=derniere), h.horloge(date(2027, 2, 1))).alors(
        ReevaluationEnRetard(derniere, date(2026, 11, 21)),
        ReevaluationEscaladee(derniere, date(2026, 12, 5)),
        ReevaluationManquee(derniere, None, date(2027, 1, 1)),
    )


def test_une_echeance_trop_proche_de_la_fin_n_est_pas_remontee() -> None:
    fin = h.mars(25)
    histoire = (
        *h.A_L_ENTRETIEN,
        replace(h.prepare, fin=fin),
        *(replace(signature, fin=fin) for signature in h.signatures),
    )
    etant_donne_que(*histoire).quand(escalade, h.horloge(h.mai(1))).rien()
    etant_donne_que(*histoire).quand(manque, h.horloge(h.mai(1))).alors(
        en_retard, ReevaluationManquee(h.mars(20), None, h.mars(26))
    )


def test_remontee_et_manquee_le_meme_jour_dans_cet_ordre() -> None:
    fin = date(2026, 4, 3)
    histoire = (
        *h.A_L_ENTRETIEN,
        replace(h.prepare, fin=fin),
        *(replace(signature, fin=fin) for signature in h.signatures),
    )
    etant_donne_que(*histoire).quand(manque, h.horloge(h.mai(1))).alors(
        en_retard, escaladee, ReevaluationManquee(h.mars(20), None, AVRIL_4)
    )


def test_une_reevaluation_de_plus_n_efface_pas_le_retard() -> None:
    ancienne = reevaluer.model_copy(update={"le": h.mars(2)})
    histoire = (*h.EN_SUIVI, en_retard)
    [fait] = etant_donne_que(*histoire).quand(ancienne, h.referent(h.mars(23))).take()
    assert (fait.echeance, fait.prochaine_echeance) == (None, h.mars(20))
    etant_donne_que(*histoire, fait).quand(retard, h.horloge(h.mars(24))).rien()


def test_un_constat_premature_dit_a_partir_de_quand() -> None:
    with pytest.raises(Refus) as refus:
        etant_donne_que(*h.EN_SUIVI).quand(escalade, h.horloge(h.mars(25))).take()
    assert refus.value.details == {"a_partir_du": AVRIL_4}


def test_le_refus_nomme_les_themes_qui_manquent() -> None:
    with pytest.raises(Refus) as refus:
        etant_donne_que(*h.EN_SUIVI).quand(avec_scores(vivre_ensemble=3), h.referent(h.mars(20))).take()
    assert refus.value.details["themes"] == ["difficultes-financieres"]


def test_un_contrat_renouvele_a_ses_propres_echeances() -> None:
    renouvele = replace(
        h.prepare, contrat=UUID(int=0x29), debut=date(2027, 1, 4), fin=date(2027, 12, 31), le=date(2027, 1, 4)
    )
    signatures = tuple(
        replace(s, contrat=renouvele.contrat, fin=renouvele.fin, le=renouvele.le, prochaine_echeance=echeance)
        for s, echeance in zip(h.signatures, (None, None, date(2027, 3, 4)), strict=True)
    )
    histoire = (*h.EN_SUIVI, premiere, renouvele, *signatures)
    [fait] = etant_donne_que(*histoire).quand(reevaluer, h.referent(date(2027, 3, 4))).take()
    assert (fait.numero, fait.echeance, fait.prochaine_echeance) == (2, date(2027, 3, 4), date(2027, 5, 4))

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace
from pydantic import ValidationError

from contracts.dossiers import ContratSigne, Engagement
from services.dossiers.chapitres.contrat import EngagementSaisi, SignerContrat, contrat
from tests.dossiers import histoire as h
from tests.dossiers.exemples import preparer
from tests.scenario import etant_donne

etant_donne_que = etant_donne(contrat)
sans_engagement = preparer.model_copy(update={"engagements": ()})
AUTRE_CONTRAT = UUID(int=0x29)


def signer(partie: Any, **champs: Any) -> SignerContrat:
    return SignerContrat(**{"contrat": h.CONTRAT, "partie": partie, "moyen": "papier", **champs})


def preparer_avec(**change: Any) -> Any:
    return preparer.model_copy(update=change)


# Preparing


def test_l_association_prepare_le_contrat_apres_l_entretien() -> None:
    etant_donne_que(*h.A_L_ENTRETIEN).quand(sans_engagement, h.referent(h.janvier(19))).alors(h.prepare)


def test_pas_de_contrat_sans_adhesion() -> None:
    for histoire in (h.A_L_ORIENTATION, h.A_L_ACCEPTATION, (*h.A_L_ACCEPTATION, h.n_adhere_pas)):
        etant_donne_que(*histoire).quand(preparer, h.referent(h.janvier(19))).refus("adhesion_absente")


def test_pas_de_contrat_sans_l_entretien_que_le_dispositif_demande() -> None:
    etant_donne_que(*h.A_L_ADHESION).quand(preparer, h.referent(h.janvier(19))).refus("entretien_absent")


def test_un_dispositif_peut_se_passer_d_entretien() -> None:
    souple = replace(h.oriente, conditions=replace(h.conditions, entretien_requis=False))
    histoire = (*h.AU_REPERAGE, souple, h.acceptee, h.adhere)
    assert etant_donne_que(*histoire).quand(preparer, h.referent(h.janvier(19))).take()


def test_le_bailleur_et_le_menage_peuvent_s_engager() -> None:
    engage = preparer_avec(
        engagements=(
            EngagementSaisi(partie="bailleur", texte="Étaler la dette."),
            EngagementSaisi(partie="menage", texte="Venir aux rendez-vous."),
        )
    )
    [fait] = etant_donne_que(*h.A_L_ENTRETIEN).quand(engage, h.referent(h.janvier(19))).take()
    assert fait.engagements == (
        Engagement("bailleur", "Étaler la dette."),
        Engagement("menage", "Venir aux rendez-vous."),
    )


@pytest.mark.parametrize(
    ("change", "motif"),
    [
        ({"fin": h.janvier(20)}, "contrat_sans_duree"),
        ({"fin": h.janvier(19)}, "contrat_sans_duree"),
        ({"debut": h.janvier(4)}, "date_anterieure"),
        ({"fin": date(2206, 12, 31)}, "date_trop_lointaine"),
        ({"fin": date(9999, 12, 31)}, "date_trop_lointaine"),
        ({"objectifs": ()}, "objectif_absent"),
        ({"objectifs": preparer.objectifs * 2}, "en_double"),
        ({"calendrier": ()}, "calendrier_vide"),
        ({"calendrier": (h.mars(20), h.mars(20))}, "en_double"),
        ({"calendrier": (h.mars(20), h.janvier(19))}, "hors_contrat"),
        ({"calendrier": (date(2027, 1, 1),)}, "hors_contrat"),
        ({"objectifs": (preparer.objectifs[0].model_copy(update={"terme": date(2027, 1, 1)}),)}, "hors_contrat"),
    ],
)
def test_un_contrat_a_une_duree_un_objectif_et_un_calendrier(change: dict[str, Any], motif: str) -> None:
    etant_donne_que(*h.A_L_ENTRETIEN).quand(preparer_avec(**change), h.referent(h.janvier(19))).refus(motif)


def test_le_calendrier_peut_tomber_le_premier_et_le_dernier_jour() -> None:
    bords = preparer_avec(calendrier=(h.FIN, h.janvier(20)))
    [fait] = etant_donne_que(*h.A_L_ENTRETIEN).quand(bords, h.referent(h.janvier(19))).take()
    assert fait.calendrier == (h.janvier(20), h.FIN)


def test_il_peut_commencer_le_jour_du_reperage_et_durer_dix_ans() -> None:
    long = preparer_avec(debut=h.repere.le, fin=date(2036, 12, 31))
    assert etant_donne_que(*h.A_L_ENTRETIEN).quand(long, h.referent(h.janvier(19))).take()
    trop = preparer_avec(fin=date(2037, 1, 1))
    etant_donne_que(*h.A_L_ENTRETIEN).quand(trop, h.referent(h.janvier(19))).refus("date_trop_lointaine")


def test_il_se_prepare_a_nouveau_tant_que_personne_n_a_signe() -> None:
    autre = preparer_avec(contrat=AUTRE_CONTRAT)
    assert etant_donne_que(*h.AU_CONTRAT).quand(autre, h.referent(h.janvier(19))).take()


def test_mais_plus_des_la_premiere_signature() -> None:
    for le in (h.janvier(21), h.FIN):
        etant_donne_que(*h.AU_CONTRAT, h.signe("menage")).quand(preparer, h.referent(le)).refus("signature_commencee")


def test_ni_pendant_qu_un_contrat_court() -> None:
    etant_donne_que(*h.EN_SUIVI).quand(preparer_avec(contrat=AUTRE_CONTRAT), h.referent(h.FIN)).refus(
        "contrat_en_cours"
    )


def test_un_contrat_echu_se_renouvelle() -> None:
    suivant = preparer_avec(
        contrat=AUTRE_CONTRAT,
        debut=date(2027, 1, 4),
        fin=date(2027, 6, 30),
        objectifs=(preparer.objectifs[1],),
        calendrier=(date(2027, 3, 4),),
    )
    for histoire in (h.EN_SUIVI, (*h.AU_CONTRAT, h.signe("menage"))):
        assert etant_donne_que(*histoire).quand(suivant, h.referent(date(2027, 1, 4))).take()
        meme = suivant.model_copy(update={"contrat": h.CONTRAT})
        etant_donne_que(*histoire).quand(meme, h.referent(date(2027, 1, 4))).refus("contrat_deja_signe")


def test_le_bailleur_ne_prepare_pas_le_contrat() -> None:
    etant_donne_que(*h.A_L_ENTRETIEN).quand(preparer, h.agent(h.janvier(19))).refus("reserve_a_l_association")


# Signing


def test_chaque_partie_signe() -> None:
    etant_donne_que(*h.AU_CONTRAT).quand(signer("menage"), h.referent(h.janvier(20))).alors(h.signe("menage"))


def test_la_derniere_signature_met_le_contrat_en_vigueur_et_fixe_la_premiere_echeance() -> None:
    etant_donne_que(*h.AU_CONTRAT, *h.signatures[:2]).quand(signer("bailleur"), h.agent(h.janvier(20))).alors(
        h.signatures[2]
    )


def test_l_ordre_des_signatures_est_libre() -> None:
    histoire = (*h.AU_CONTRAT, h.signe("bailleur"), h.signe("menage"))
    etant_donne_que(*histoire).quand(signer("association"), h.coordinateur(h.janvier(20))).alors(
        h.signe("association", complet=True, prochaine=h.mars(20))
    )


def test_l_echeance_se_compte_de_la_signature_la_plus_tardive_meme_saisie_avant() -> None:
    histoire = (*h.AU_CONTRAT, h.signe("bailleur", h.janvier(26)), h.signe("association", h.janvier(21)))
    [fait] = etant_donne_que(*histoire).quand(signer("menage", le=h.janvier(20)), h.referent(h.janvier(27))).take()
    assert (fait.le, fait.prochaine_echeance) == (h.janvier(20), h.mars(26))


@pytest.mark.parametrize(
    ("signature", "echeance"),
    [
        (date(2026, 1, 22), date(2026, 3, 23)),  # 22 March 2026 is a Sunday
        (date(2026, 1, 29), date(2026, 3, 30)),  # Sunday the day the clocks change
        (date(2026, 2, 6), date(2026, 4, 7)),  # Easter Monday
        (date(2026, 3, 1), date(2026, 5, 2)),  # 1 May; 2 May is a Saturday, a working day
        (date(2025, 12, 31), date(2026, 2, 28)),
        (date(2027, 12, 31), date(2028, 2, 29)),
    ],
)
def test_une_echeance_n_est_ni_un_dimanche_ni_un_jour_ferie(signature: date, echeance: date) -> None:
    en_cours = replace(h.prepare, debut=signature, fin=signature.replace(year=signature.year + 1, day=28), le=signature)
    histoire = (*h.A_L_ENTRETIEN, en_cours, h.signe("menage", signature), h.signe("association", signature))
    [fait] = etant_donne_que(*histoire).quand(signer("bailleur"), h.agent(signature)).take()
    assert fait.prochaine_echeance == echeance


def test_la_periodicite_est_celle_du_dispositif() -> None:
    mensuel = replace(h.oriente, conditions=replace(h.conditions, periodicite_mois=1))
    histoire = (*h.AU_REPERAGE, mensuel, h.acceptee, h.adhere, h.entretien_tenu, h.prepare, *h.signatures[:2])
    [fait] = etant_donne_que(*histoire).quand(signer("bailleur"), h.agent(h.janvier(20))).take()
    assert fait.prochaine_echeance == date(2026, 2, 20)


def test_un_contrat_trop_court_n_a_pas_d_echeance() -> None:
    court = replace(h.prepare, fin=h.mars(19))
    histoire = (*h.A_L_ENTRETIEN, court, h.signe("menage"), h.signe("association"))
    [fait] = etant_donne_que(*histoire).quand(signer("bailleur"), h.agent(h.janvier(20))).take()
    assert (fait.complet, fait.prochaine_echeance) == (True, None)


def test_une_echeance_peut_tomber_le_dernier_jour() -> None:
    juste = replace(h.prepare, fin=h.mars(20))
    histoire = (*h.A_L_ENTRETIEN, juste, h.signe("menage"), h.signe("association"))
    [fait] = etant_donne_que(*histoire).quand(signer("bailleur"), h.agent(h.janvier(20))).take()
    assert fait.prochaine_echeance == h.mars(20)


def test_chaque_partie_ne_signe_qu_une_fois() -> None:
    etant_donne_que(*h.AU_CONTRAT, h.signe("menage")).quand(signer("menage"), h.referent(h.janvier(21))).refus(
        "deja_signe"
    )
    etant_donne_que(*h.EN_SUIVI).quand(signer("menage"), h.referent(h.janvier(21))).refus("deja_signe")


def test_l_association_ne_signe_pas_pour_le_bailleur() -> None:
    etant_donne_que(*h.AU_CONTRAT).quand(signer("bailleur"), h.coordinateur(h.janvier(20))).refus("reserve_au_bailleur")


@pytest.mark.parametrize("partie", ["menage", "association"])
def test_ni_le_bailleur_pour_les_autres(partie: str) -> None:
    etant_donne_que(*h.AU_CONTRAT).quand(signer(partie), h.agent(h.janvier(20))).refus("reserve_a_l_association")


def test_personne_d_autre_ne_signe() -> None:
    with pytest.raises(ValidationError):
        signer("financeur")


def test_on_ne_signe_pas_un_contrat_qui_n_est_pas_pret() -> None:
    etant_donne_que(*h.A_L_ENTRETIEN).quand(signer("menage"), h.referent(h.janvier(20))).refus("contrat_absent")


def test_on_ne_signe_que_le_contrat_qu_on_a_lu() -> None:
    etant_donne_que(*h.AU_CONTRAT, replace(h.prepare, contrat=AUTRE_CONTRAT)).quand(
        signer("menage"), h.referent(h.janvier(20))
    ).refus("contrat_remplace")
    etant_donne_que(*h.EN_SUIVI).quand(signer("menage", contrat=AUTRE_CONTRAT), h.referent(h.janvier(25))).refus(
        "contrat_remplace"
    )


def test_un_nouveau_contrat_repart_sans_signature() -> None:
    histoire = (*h.AU_CONTRAT, replace(h.prepare, contrat=AUTRE_CONTRAT), ContratSigne(
        AUTRE_CONTRAT, "menage", "papier", False, h.janvier(20), h.FIN, None, h.janvier(20)
    ))  # fmt: skip
    [fait] = etant_donne_que(*histoire).quand(signer("bailleur", contrat=AUTRE_CONTRAT), h.agent(h.janvier(20))).take()
    assert not fait.complet


def test_une_signature_ne_precede_pas_le_contrat() -> None:
    etant_donne_que(*h.AU_CONTRAT).quand(signer("menage", le=h.janvier(18)), h.referent(h.janvier(20))).refus(
        "date_anterieure"
    )


def test_ni_ne_suit_sa_fin() -> None:
    assert etant_donne_que(*h.AU_CONTRAT).quand(signer("menage"), h.referent(h.FIN)).take()
    etant_donne_que(*h.AU_CONTRAT).quand(signer("menage"), h.referent(date(2027, 1, 1))).refus("contrat_echu")

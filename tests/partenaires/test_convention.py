from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace
from pydantic import ValidationError

from contracts.partenaires import (
    ConventionActivee,
    ConventionEchue,
    ConventionProposee,
    LigneDeFinancement,
    PlanDeFinancementEtabli,
    Regles,
)
from services.partenaires.chapitres.convention import (
    ActiverConvention,
    EchoirConvention,
    EtablirPlanDeFinancement,
    EtablirPlanEntreConnus,
    ProposerConvention,
    ProposerEntreConnus,
    SignerConvention,
    convention,
)
from services.partenaires.chapitres.dispositif import ReglesDemandees
from tests.partenaires.personnages import (
    AUTRE_BAILLEUR,
    CONVENTION,
    DECEMBRE,
    DISPOSITIF,
    JANVIER,
    JUIN,
    MARS,
    REGLES,
    activee,
    echue,
    nomme,
    par_l_association,
    par_l_exploitant,
    par_l_horloge,
    par_le_bailleur,
    proposee,
    signee_de_l_association,
    signee_du_bailleur,
)
from tests.scenario import ASSOCIATION, BAILLEUR, FINANCEUR, acte, etant_donne

etant_donne_que = etant_donne(convention)

par_un_autre_bailleur = acte(JANVIER, AUTRE_BAILLEUR, "responsable")
signer, activer, echoir = SignerConvention(), ActiverConvention(), EchoirConvention()
LENDEMAIN = date(2027, 1, 1)


def proposer(
    dispositif: bool = True, bailleur: str | None = "bailleur", association: str | None = "association", **champs: Any
) -> ProposerEntreConnus:
    demande = {
        "dispositif": DISPOSITIF,
        "bailleur": BAILLEUR,
        "association": ASSOCIATION,
        "places": 30,
        "debut": JANVIER,
        "fin": DECEMBRE,
    }
    return ProposerEntreConnus(
        demande=ProposerConvention.model_validate(demande | champs),
        regles_du_dispositif=ReglesDemandees(delai_reponse_jours=21) if dispositif else None,
        nature_bailleur=bailleur,
        nature_association=association,
    )


def financer(
    annee: int, *lignes: tuple[UUID, str, int], connus: dict[UUID, str] | None = None
) -> EtablirPlanEntreConnus:
    demande = {
        "annee": annee,
        "lignes": [{"financeur": f, "source": source, "montant_centimes": centimes} for f, source, centimes in lignes],
    }
    natures = {BAILLEUR: "bailleur", FINANCEUR: "financeur"}
    return EtablirPlanEntreConnus(
        demande=EtablirPlanDeFinancement.model_validate(demande), natures=natures if connus is None else connus
    )


# Proposition


@pytest.mark.parametrize("par", [par_le_bailleur(), par_l_association()])
def test_l_une_des_deux_parties_propose(par: Any) -> None:
    etant_donne_que().quand(proposer(), par).alors(
        ConventionProposee(
            nomme("convention", par),
            DISPOSITIF,
            BAILLEUR,
            ASSOCIATION,
            30,
            JANVIER,
            DECEMBRE,
            Regles(delai_reponse_jours=21),
            JANVIER,
        )
    )


def test_la_convention_peut_deroger_aux_regles_du_dispositif() -> None:
    (faite,) = etant_donne_que().quand(proposer(regles={"periodicite_mois": 3}), par_le_bailleur()).take()
    assert faite.regles == Regles(periodicite_mois=3, delai_reponse_jours=15)


def test_un_tiers_ne_propose_pas_entre_deux_autres() -> None:
    etant_donne_que().quand(proposer(), par_un_autre_bailleur).refus("partie_etrangere")
    etant_donne_que().quand(proposer(), par_l_exploitant()).refus("partie_etrangere")


def test_un_agent_ou_un_referent_ne_propose_pas() -> None:
    etant_donne_que().quand(proposer(), par_le_bailleur(role="agent")).refus("role_insuffisant")
    etant_donne_que().quand(proposer(), par_l_association(role="referent")).refus("role_insuffisant")


def test_une_convention_ne_se_propose_qu_une_fois() -> None:
    etant_donne_que(proposee).quand(proposer(), par_le_bailleur()).refus("convention_deja_proposee")


def test_un_dispositif_que_l_on_ne_connait_pas_est_refuse() -> None:
    etant_donne_que().quand(proposer(dispositif=False), par_le_bailleur()).refus("dispositif_inconnu")


@pytest.mark.parametrize(("bailleur", "association"), [(None, "association"), ("association", "association")])
def test_le_bailleur_est_un_bailleur(bailleur: str | None, association: str) -> None:
    etant_donne_que().quand(proposer(bailleur=bailleur, association=association), par_l_association()).refus(
        "partie_inconnue"
    )


@pytest.mark.parametrize("association", [None, "financeur", "bailleur"])
def test_l_association_est_une_association(association: str | None) -> None:
    etant_donne_que().quand(proposer(association=association), par_le_bailleur()).refus("partie_inconnue")


@pytest.mark.parametrize("fin", [JANVIER, date(2025, 12, 31)])
def test_une_convention_finit_apres_son_debut(fin: date) -> None:
    etant_donne_que().quand(proposer(fin=fin), par_le_bailleur()).refus("convention_sans_duree")


def test_on_ne_propose_pas_une_convention_deja_finie() -> None:
    etant_donne_que().quand(proposer(debut=date(2025, 1, 1), fin=date(2025, 12, 31)), par_le_bailleur()).refus(
        "convention_perimee"
    )


def test_on_propose_jusqu_au_dernier_jour() -> None:
    (faite,) = etant_donne_que().quand(proposer(debut=date(2025, 1, 1), fin=JANVIER), par_le_bailleur()).take()
    assert faite.fin == JANVIER


@pytest.mark.parametrize(
    "champs",
    [{"places": 0}, {"places": 10_001}, {"debut": date(1999, 1, 1)}, {"fin": date(9999, 12, 31)}, {"titre": "x"}],
)
def test_des_valeurs_impossibles_sont_refusees_a_la_saisie(champs: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        proposer(**champs)


# Signature


def test_une_premiere_signature_n_active_rien() -> None:
    etant_donne_que(proposee).quand(signer, par_le_bailleur()).alors(signee_du_bailleur)


def test_la_derniere_signature_active_une_convention_commencee() -> None:
    etant_donne_que(proposee, signee_du_bailleur).quand(signer, par_l_association()).alors(
        signee_de_l_association, activee
    )


def test_peu_importe_qui_signe_le_premier() -> None:
    etant_donne_que(proposee, signee_de_l_association).quand(signer, par_le_bailleur()).alors(
        signee_du_bailleur, activee
    )


def test_signee_en_retard_elle_court_du_jour_de_la_derniere_signature() -> None:
    etant_donne_que(proposee, signee_du_bailleur).quand(signer, par_l_association(MARS)).alors(
        replace(signee_de_l_association, le=MARS), replace(activee, le=MARS)
    )


def test_signee_d_avance_elle_attend_son_debut() -> None:
    en_juin = replace(proposee, debut=JUIN)
    etant_donne_que(en_juin, signee_du_bailleur).quand(signer, par_l_association()).alors(signee_de_l_association)


def test_une_signature_sur_papier_porte_sa_date() -> None:
    etant_donne_que(proposee).quand(SignerConvention(le=JANVIER), par_le_bailleur(MARS)).alors(signee_du_bailleur)


def test_signer_deux_fois_ne_change_rien() -> None:
    etant_donne_que(proposee, signee_du_bailleur).quand(signer, par_le_bailleur()).rien()
    etant_donne_que(proposee, signee_du_bailleur, signee_de_l_association, activee).quand(
        signer, par_le_bailleur(MARS)
    ).rien()


def test_on_ne_signe_pas_a_une_date_future() -> None:
    etant_donne_que(proposee).quand(SignerConvention(le=MARS), par_le_bailleur()).refus("date_future")


def test_on_ne_signe_pas_avant_la_proposition() -> None:
    etant_donne_que(proposee).quand(SignerConvention(le=date(2026, 1, 4)), par_le_bailleur()).refus(
        "signature_avant_proposition"
    )


def test_une_proposition_finie_ne_se_signe_plus() -> None:
    etant_donne_que(proposee).quand(signer, par_le_bailleur(LENDEMAIN)).refus("convention_perimee")


def test_elle_se_signe_encore_le_dernier_jour() -> None:
    etant_donne_que(proposee).quand(signer, par_le_bailleur(DECEMBRE)).alors(replace(signee_du_bailleur, le=DECEMBRE))


def test_seuls_le_responsable_et_le_coordinateur_signent() -> None:
    etant_donne_que(proposee).quand(signer, par_le_bailleur(role="agent")).refus("role_insuffisant")
    etant_donne_que(proposee).quand(signer, par_l_association(role="referent")).refus("role_insuffisant")


def test_pour_les_autres_la_convention_n_existe_pas() -> None:
    plan = financer(2026, (BAILLEUR, "part_bailleur", 1))
    for par in (par_un_autre_bailleur, par_l_exploitant(), acte(JANVIER, FINANCEUR, "analyste")):
        for command in (signer, plan, activer, echoir):
            etant_donne_que(proposee).quand(command, par).refus("inconnu")


def test_une_convention_qui_n_existe_pas_ne_se_signe_pas() -> None:
    for command in (signer, financer(2026, (BAILLEUR, "part_bailleur", 1)), activer, echoir):
        etant_donne_que().quand(command, par_le_bailleur()).refus("inconnu")


# Début et fin, par l'horloge

en_juin = replace(proposee, debut=JUIN)
signee_pour_juin = (en_juin, signee_du_bailleur, signee_de_l_association)
en_cours = (proposee, signee_du_bailleur, signee_de_l_association, activee)


def test_l_horloge_active_au_premier_jour() -> None:
    etant_donne_que(*signee_pour_juin).quand(activer, par_l_horloge(JUIN)).alors(
        ConventionActivee(CONVENTION, DISPOSITIF, BAILLEUR, ASSOCIATION, 30, JUIN, DECEMBRE, REGLES, JUIN)
    )


def test_une_horloge_en_retard_raconte_la_meme_histoire() -> None:
    a_temps = etant_donne_que(*signee_pour_juin).quand(activer, par_l_horloge(JUIN)).take()
    etant_donne_que(*signee_pour_juin).quand(activer, par_l_horloge(date(2027, 2, 1))).alors(*a_temps)
    etant_donne_que(*en_cours).quand(echoir, par_l_horloge(date(2027, 2, 1))).alors(echue)


def test_l_horloge_n_active_pas_avant_le_premier_jour() -> None:
    etant_donne_que(*signee_pour_juin).quand(activer, par_l_horloge(date(2026, 5, 31))).refus(
        "convention_pas_commencee"
    )


def test_l_horloge_n_active_pas_ce_qui_n_est_pas_signe() -> None:
    etant_donne_que(proposee, signee_du_bailleur).quand(activer, par_l_horloge(MARS)).refus("convention_non_signee")


def test_activer_deux_fois_ne_change_rien() -> None:
    etant_donne_que(*en_cours).quand(activer, par_l_horloge(MARS)).rien()
    etant_donne_que(*en_cours, echue).quand(activer, par_l_horloge(LENDEMAIN)).rien()


def test_la_convention_echoit_le_lendemain_de_sa_fin() -> None:
    etant_donne_que(*en_cours).quand(echoir, par_l_horloge(DECEMBRE)).refus("convention_en_cours")
    etant_donne_que(*en_cours).quand(echoir, par_l_horloge(LENDEMAIN)).alors(
        ConventionEchue(CONVENTION, DECEMBRE, LENDEMAIN)
    )


def test_echoir_deux_fois_ne_change_rien() -> None:
    etant_donne_que(*en_cours, echue).quand(echoir, par_l_horloge(LENDEMAIN)).rien()


def test_une_proposition_jamais_active_n_echoit_pas() -> None:
    etant_donne_que(proposee, signee_du_bailleur).quand(echoir, par_l_horloge(LENDEMAIN)).refus("convention_non_active")


def test_les_parties_ne_font_pas_le_travail_de_l_horloge() -> None:
    for command in (activer, echoir):
        etant_donne_que(*signee_pour_juin).quand(command, par_le_bailleur(JUIN)).refus("inconnu")


# Financement

SAINTES = (
    (BAILLEUR, "part_bailleur", 20_000_00),
    (FINANCEUR, "avdl", 7_000_00),
    (FINANCEUR, "appel_a_projets", 20_000_00),
)
plan_de_saintes = PlanDeFinancementEtabli(
    CONVENTION, 2026, tuple(LigneDeFinancement(f, source, montant) for f, source, montant in SAINTES), JANVIER
)


@pytest.mark.parametrize("par", [par_le_bailleur(), par_l_association()])
def test_le_plan_de_saintes_compte_47_000_euros_de_trois_sources(par: Any) -> None:
    etant_donne_que(proposee).quand(financer(2026, *SAINTES), par).alors(plan_de_saintes)
    assert sum(ligne.montant_centimes for ligne in plan_de_saintes.lignes) == 47_000_00


def test_un_nouveau_plan_remplace_celui_de_l_annee() -> None:
    etant_donne_que(*en_cours, plan_de_saintes).quand(financer(2026, SAINTES[0]), par_le_bailleur(MARS)).alors(
        replace(plan_de_saintes, lignes=plan_de_saintes.lignes[:1], le=MARS)
    )


def test_etablir_le_meme_plan_ne_change_rien() -> None:
    etant_donne_que(*en_cours, plan_de_saintes).quand(financer(2026, *SAINTES), par_le_bailleur(MARS)).rien()


def test_revenir_a_un_plan_d_avant_est_un_changement() -> None:
    reduit = replace(plan_de_saintes, lignes=plan_de_saintes.lignes[:1])
    etant_donne_que(*en_cours, plan_de_saintes, reduit).quand(financer(2026, *SAINTES), par_le_bailleur()).alors(
        plan_de_saintes
    )


def test_seuls_le_responsable_et_le_coordinateur_etablissent_le_plan() -> None:
    for par in (par_le_bailleur(role="agent"), par_l_association(role="referent")):
        etant_donne_que(proposee).quand(financer(2026, *SAINTES), par).refus("role_insuffisant")


@pytest.mark.parametrize("annee", [2025, 2027])
def test_le_plan_porte_sur_une_annee_de_la_convention(annee: int) -> None:
    etant_donne_que(proposee).quand(financer(annee, *SAINTES), par_le_bailleur()).refus("annee_hors_convention")


def test_un_plan_sans_argent_est_refuse() -> None:
    etant_donne_que(proposee).quand(financer(2026, (BAILLEUR, "part_bailleur", 0)), par_le_bailleur()).refus(
        "plan_sans_montant"
    )


def test_une_ligne_peut_rester_a_zero_si_le_total_ne_l_est_pas() -> None:
    lignes = (BAILLEUR, "part_bailleur", 1), (FINANCEUR, "avdl", 0)
    (plan,) = etant_donne_que(proposee).quand(financer(2026, *lignes), par_le_bailleur()).take()
    assert [ligne.montant_centimes for ligne in plan.lignes] == [1, 0]


def test_une_source_hors_liste_est_refusee() -> None:
    etant_donne_que(proposee).quand(financer(2026, (BAILLEUR, "loterie", 1)), par_le_bailleur()).refus("code_inconnu")


@pytest.mark.parametrize("connus", [{}, {FINANCEUR: "exploitant"}, {FINANCEUR: "service"}])
def test_un_financeur_est_une_organisation_inscrite_qui_finance(connus: dict[UUID, str]) -> None:
    etant_donne_que(proposee).quand(financer(2026, (FINANCEUR, "avdl", 1), connus=connus), par_le_bailleur()).refus(
        "financeur_inconnu"
    )


def test_un_financeur_n_a_qu_une_ligne_par_source() -> None:
    lignes = (FINANCEUR, "avdl", 1), (FINANCEUR, "avdl", 2)
    etant_donne_que(proposee).quand(financer(2026, *lignes), par_le_bailleur()).refus("ligne_en_double")


def test_une_convention_echue_ne_change_plus_de_plan() -> None:
    etant_donne_que(*en_cours, echue).quand(financer(2026, *SAINTES), par_le_bailleur(LENDEMAIN)).refus(
        "convention_echue"
    )


def test_un_montant_negatif_est_refuse_a_la_saisie() -> None:
    with pytest.raises(ValidationError):
        financer(2026, (BAILLEUR, "part_bailleur", -1))

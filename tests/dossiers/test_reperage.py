from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from contracts.dossiers import DiagnosticPose, RencontreTenue
from services.dossiers.chapitres.reperage import (
    CompositionSaisie,
    IdentiteSaisie,
    LogementSaisi,
    PoserDiagnostic,
    RepererMenage,
    TenirRencontre,
    reperage,
)
from tests.dossiers import histoire as h
from tests.dossiers.exemples import identite_saisie, reperer
from tests.scenario import etant_donne

etant_donne_que = etant_donne(reperage)
poser = PoserDiagnostic(motifs=("impayes", "isolement"), constat="Seule, endettée.")
rencontrer = TenirRencontre(support="visite_domicile")


def test_le_bailleur_repere_un_menage() -> None:
    etant_donne_que().quand(reperer, h.agent(h.janvier(5))).alors(h.repere)


def test_un_responsable_du_bailleur_aussi() -> None:
    etant_donne_que().quand(reperer, h.responsable(h.janvier(5))).alors(h.repere)


def test_une_association_ne_repere_pas() -> None:
    etant_donne_que().quand(reperer, h.coordinateur(h.janvier(5))).refus("role_insuffisant")


def test_un_dossier_n_est_ouvert_qu_une_fois() -> None:
    etant_donne_que(h.repere).quand(reperer, h.agent(h.janvier(6))).refus("menage_deja_repere")


def test_le_reperage_peut_dater_d_avant() -> None:
    etant_donne_que().quand(reperer.model_copy(update={"le": h.janvier(5)}), h.agent(h.janvier(30))).alors(h.repere)


@pytest.mark.parametrize(("le", "motif"), [(date(1999, 12, 31), "date_anterieure"), (h.janvier(6), "date_future")])
def test_la_date_du_reperage_est_plausible(le: date, motif: str) -> None:
    etant_donne_que().quand(reperer.model_copy(update={"le": le}), h.agent(h.janvier(5))).refus(motif)


@pytest.mark.parametrize(("naissance", "motif"), [(date(1899, 1, 1), "date_anterieure"), (h.mai(1), "date_future")])
def test_la_date_de_naissance_est_plausible(naissance: date, motif: str) -> None:
    ne = reperer.model_copy(update={"identite": identite_saisie.model_copy(update={"naissance": naissance})})
    etant_donne_que().quand(ne, h.agent(h.janvier(5))).refus(motif)


def test_les_bornes_des_dates_sont_permises() -> None:
    ne = identite_saisie.model_copy(update={"naissance": date(1900, 1, 1)})
    ancien = reperer.model_copy(update={"identite": ne, "le": date(2000, 1, 1)})
    [fait] = etant_donne_que().quand(ancien, h.agent(h.janvier(5))).take()
    assert (fait.identite.naissance, fait.le) == ("1900-01-01", date(2000, 1, 1))


@pytest.mark.parametrize(
    "change",
    [
        {"identite": {"nom": "Exemple", "prenom": "Camille", "age": 40}},
        {"publics": []},
        {"composition": {"adultes": 0}},
    ],
)
def test_une_saisie_bancale_est_refusee(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        RepererMenage.model_validate(reperer.model_dump() | change)


@pytest.mark.parametrize(
    "le", [0, "0", 1767571200, "1767571200", True, "2026-01-05T00:00:00", "5/1/2026", "2026-13-01"]
)
def test_une_date_s_ecrit_d_une_seule_facon(le: object) -> None:
    assert TenirRencontre.model_validate({"support": "telephone", "le": "2026-01-05"}).le == h.janvier(5)
    with pytest.raises(ValidationError):
        TenirRencontre.model_validate({"support": "telephone", "le": le})


@pytest.mark.parametrize("adultes", ["1", True, 1.0])
def test_un_nombre_ne_se_devine_pas(adultes: object) -> None:
    with pytest.raises(ValidationError):
        CompositionSaisie.model_validate({"adultes": adultes, "type_menage": "personne_seule", "tranche_age": "25-39"})


@pytest.mark.parametrize("qpv", ["oui", "true", 1])
def test_ni_un_oui(qpv: object) -> None:
    with pytest.raises(ValidationError):
        LogementSaisi.model_validate({"commune": "17415", "qpv": qpv})


def test_une_personne_seule_n_a_pas_d_enfant_a_declarer() -> None:
    seule = CompositionSaisie(adultes=1, type_menage="personne_seule", tranche_age="25-39")
    assert seule.enfants == 0


def test_la_date_de_naissance_peut_rester_inconnue() -> None:
    sans = reperer.model_copy(update={"identite": identite_saisie.model_copy(update={"naissance": None})})
    [fait] = etant_donne_que().quand(sans, h.agent(h.janvier(5))).take()
    assert fait.identite.naissance == ""


def test_un_menage_a_un_nom() -> None:
    with pytest.raises(ValidationError, match="à remplir"):
        IdentiteSaisie(nom="  ", prenom="Camille")


def test_le_bailleur_pose_son_diagnostic() -> None:
    etant_donne_que(h.repere).quand(poser, h.agent(h.janvier(6))).alors(
        DiagnosticPose(("impayes", "isolement"), "Seule, endettée.", h.janvier(6))
    )


def test_le_diagnostic_se_pose_a_nouveau_apres_une_orientation_sans_suite() -> None:
    assert etant_donne_que(*h.A_L_ORIENTATION, h.refusee).quand(poser, h.agent(h.janvier(15))).take()


def test_le_diagnostic_ne_change_plus_une_fois_transmis() -> None:
    etant_donne_que(*h.A_L_ORIENTATION).quand(poser, h.agent(h.janvier(8))).refus("orientation_deja_ouverte")


def test_l_association_ne_pose_pas_le_diagnostic_du_bailleur() -> None:
    etant_donne_que(*h.A_L_ORIENTATION).quand(poser, h.referent(h.janvier(8))).refus("reserve_au_bailleur")


def test_le_bailleur_rencontre_le_menage_une_ou_plusieurs_fois() -> None:
    premiere = RencontreTenue("bailleur", "visite_domicile", h.janvier(6))
    etant_donne_que(h.repere).quand(rencontrer, h.agent(h.janvier(6))).alors(premiere)
    assert etant_donne_que(h.repere, premiere).quand(rencontrer, h.agent(h.janvier(7))).take()


def test_l_association_rencontre_le_menage_qu_on_lui_adresse() -> None:
    etant_donne_que(*h.A_L_ORIENTATION).quand(rencontrer, h.referent(h.janvier(8))).alors(
        RencontreTenue("association", "visite_domicile", h.janvier(8))
    )


def test_l_association_ne_rencontre_pas_un_menage_avant_l_orientation() -> None:
    etant_donne_que(*h.AU_REPERAGE).quand(rencontrer, h.referent(h.janvier(8))).refus("inconnu")


def test_ni_apres_une_orientation_sans_suite() -> None:
    etant_donne_que(*h.A_L_ORIENTATION, h.retiree).quand(rencontrer, h.referent(h.janvier(10))).refus(
        "orientation_absente"
    )


def test_le_bailleur_le_peut_toujours() -> None:
    assert etant_donne_que(*h.A_L_ORIENTATION, h.retiree).quand(rencontrer, h.agent(h.janvier(10))).take()

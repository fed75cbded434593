from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from contracts.partenaires import DispositifOuvert, Regles
from services.partenaires.chapitres.dispositif import OuvrirDispositif, dispositif
from tests.partenaires.personnages import (
    DISPOSITIF,
    JANVIER,
    nomme,
    par_l_association,
    par_l_exploitant,
    par_le_bailleur,
)
from tests.scenario import ASSOCIATION, BAILLEUR, FINANCEUR, acte, etant_donne

etant_donne_que = etant_donne(dispositif)

ouvrir = OuvrirDispositif.model_validate(
    {
        "nom": "Projet d'insertion sociale",
        "publics": ["locataire_en_difficulte", "sans_domicile"],
        "themes": ["vivre_ensemble"],
        "regles": {"periodicite_mois": 2, "delai_reponse_jours": 21},
    }
)


def ouvrir_avec(**champs: Any) -> OuvrirDispositif:
    return OuvrirDispositif.model_validate(ouvrir.model_dump() | champs)


def test_un_bailleur_ouvre_un_dispositif() -> None:
    par = par_le_bailleur()
    etant_donne_que().quand(ouvrir, par).alors(
        DispositifOuvert(
            nomme("dispositif", par),
            BAILLEUR,
            "Projet d'insertion sociale",
            ("locataire_en_difficulte", "sans_domicile"),
            ("vivre_ensemble",),
            Regles(periodicite_mois=2, delai_reponse_jours=21),
            JANVIER,
        )
    )


def test_une_association_porte_aussi_un_dispositif() -> None:
    par = par_l_association()
    (ouvert,) = etant_donne_que().quand(ouvrir, par).take()
    assert ouvert.organisation == ASSOCIATION


def test_sans_regles_une_reevaluation_tous_les_deux_mois() -> None:
    sans_regles = OuvrirDispositif(nom="P", publics=("jeunes",), themes=("sante",))
    (ouvert,) = etant_donne_que().quand(sans_regles, par_le_bailleur()).take()
    assert ouvert.regles == Regles()
    assert ouvert.regles.periodicite_mois == 2


@pytest.mark.parametrize(
    "par",
    [
        par_le_bailleur(role="agent"),
        par_l_association(role="referent"),
        par_l_exploitant(),
        acte(JANVIER, FINANCEUR, "analyste"),
    ],
)
def test_seuls_les_gestionnaires_d_un_bailleur_ou_d_une_association_ouvrent(par: Any) -> None:
    etant_donne_que().quand(ouvrir, par).refus("role_insuffisant")


def test_un_dispositif_ne_s_ouvre_qu_une_fois() -> None:
    deja = DispositifOuvert(DISPOSITIF, BAILLEUR, "P", ("jeunes",), ("sante",), Regles(), JANVIER)
    etant_donne_que(deja).quand(ouvrir, par_le_bailleur()).refus("dispositif_deja_ouvert")


def test_un_public_ou_un_theme_hors_liste_est_refuse() -> None:
    etant_donne_que().quand(ouvrir_avec(publics=("martiens",)), par_le_bailleur()).refus("code_inconnu")
    etant_donne_que().quand(ouvrir_avec(themes=("astrologie",)), par_le_bailleur()).refus("code_inconnu")


def test_un_public_cite_deux_fois_compte_une_fois() -> None:
    (ouvert,) = etant_donne_que().quand(ouvrir_avec(publics=("jeunes", "seniors", "jeunes")), par_le_bailleur()).take()
    assert ouvert.publics == ("jeunes", "seniors")


@pytest.mark.parametrize(
    "regles", [{"periodicite_mois": 0}, {"periodicite_mois": 13}, {"delai_reponse_jours": 0}, {"inconnue": 1}]
)
def test_des_regles_impossibles_sont_refusees_a_la_saisie(regles: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        ouvrir_avec(regles=regles)

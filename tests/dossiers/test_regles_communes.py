"""What holds for every command, run over one accepted example of each."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from pydantic import BaseModel, ValidationError

from tests.dossiers import histoire as h
from tests.dossiers.exemples import COMMANDES, COMMANDES_DE_L_HORLOGE, EXEMPLES, GESTES, TOUTES, Exemple, chapitre
from tests.scenario import Decision, etant_donne

COMMANDES_DATEES = [
    nom for nom, geste in COMMANDES.items() if "le" in geste.takes.model_fields and nom not in ("reperer",)
]


def jouer(nom: str, exemple: Exemple) -> Decision:
    return etant_donne(chapitre(nom))(*exemple.histoire).quand(exemple.commande, exemple.acte)


def test_chaque_commande_a_son_exemple() -> None:
    assert EXEMPLES.keys() == TOUTES.keys()


@pytest.mark.parametrize("nom", TOUTES)
def test_chaque_exemple_est_accepte(nom: str) -> None:
    assert jouer(nom, EXEMPLES[nom]).take()


@pytest.mark.parametrize("nom", TOUTES)
def test_une_organisation_etrangere_n_apprend_rien(nom: str) -> None:
    if nom == "reperer":  # opens a dossier of one's own
        return
    exemple = EXEMPLES[nom]
    jouer(nom, exemple._replace(acte=h.etranger(exemple.acte.le))).refus("inconnu")


@pytest.mark.parametrize("fin", [h.clos, h.efface_par_le_bailleur])
@pytest.mark.parametrize("nom", TOUTES)
def test_pas_meme_qu_un_dossier_est_fini(nom: str, fin: object) -> None:
    exemple = EXEMPLES[nom]
    if nom != "reperer":
        fini = exemple._replace(histoire=(*exemple.histoire, fin), acte=h.etranger(exemple.acte.le))
        jouer(nom, fini).refus("inconnu")


@pytest.mark.parametrize("nom", TOUTES)
def test_un_dossier_qui_n_existe_pas_est_inconnu(nom: str) -> None:
    if nom == "reperer":
        return
    jouer(nom, EXEMPLES[nom]._replace(histoire=())).refus("inconnu")


@pytest.mark.parametrize("nom", TOUTES)
def test_un_membre_sans_role_ne_peut_rien(nom: str) -> None:
    exemple = EXEMPLES[nom]
    sans_role = replace(exemple.acte, roles=frozenset({"analyste"}))
    jouer(nom, exemple._replace(acte=sans_role)).refus(
        "inconnu" if nom in COMMANDES_DE_L_HORLOGE else "role_insuffisant"
    )


@pytest.mark.parametrize("nom", COMMANDES_DE_L_HORLOGE)
def test_les_parties_ne_se_font_pas_passer_pour_l_horloge(nom: str) -> None:
    exemple = EXEMPLES[nom]
    jouer(nom, exemple._replace(acte=h.agent(exemple.acte.le))).refus("role_insuffisant")


@pytest.mark.parametrize("nom", COMMANDES)
def test_un_dossier_clos_n_accepte_plus_que_l_effacement(nom: str) -> None:
    exemple = EXEMPLES[nom]
    clos = exemple._replace(histoire=(*exemple.histoire, h.clos))
    match nom:
        case "reperer":
            jouer(nom, clos._replace(histoire=h.CLOS)).refus("dossier_clos")
        case "effacer-donnees":
            assert jouer(nom, clos).take()
        case _:
            jouer(nom, clos).refus("dossier_clos")


@pytest.mark.parametrize("fin", [h.clos, h.efface_par_le_bailleur])
@pytest.mark.parametrize("nom", COMMANDES_DE_L_HORLOGE)
def test_dans_un_dossier_fini_l_horloge_ne_trouve_rien_a_faire(nom: str, fin: object) -> None:
    exemple = EXEMPLES[nom]
    jouer(nom, exemple._replace(histoire=(*exemple.histoire, fin))).rien()


@pytest.mark.parametrize("nom", COMMANDES)
def test_un_dossier_efface_n_accepte_plus_que_l_autre_effacement(nom: str) -> None:
    exemple = EXEMPLES[nom]
    efface = exemple._replace(histoire=(*exemple.histoire, h.efface_par_le_bailleur))
    match nom:
        case "reperer":
            jouer(nom, efface._replace(histoire=(*h.CLOS, h.efface_par_le_bailleur))).refus("donnees_effacees")
        case "effacer-donnees":
            assert jouer(nom, efface).take()
        case _:
            jouer(nom, efface).refus("donnees_effacees")


@pytest.mark.parametrize("nom", COMMANDES_DATEES)
def test_un_fait_n_est_pas_date_de_demain(nom: str) -> None:
    exemple = EXEMPLES[nom]
    demain = exemple.commande.model_copy(update={"le": exemple.acte.le + timedelta(days=1)})
    jouer(nom, exemple._replace(commande=demain)).refus("date_future")


@pytest.mark.parametrize("nom", COMMANDES_DATEES)
def test_un_fait_ne_precede_pas_le_reperage(nom: str) -> None:
    exemple = EXEMPLES[nom]
    avant = exemple.commande.model_copy(update={"le": h.repere.le - timedelta(days=1)})
    jouer(nom, exemple._replace(commande=avant)).refus("date_anterieure")


@pytest.mark.parametrize("nom", [nom for nom in COMMANDES_DATEES if nom not in ("signer-contrat", "reevaluer")])
def test_un_fait_peut_dater_du_jour_du_reperage_ou_d_aujourd_hui(nom: str) -> None:
    exemple = EXEMPLES[nom]
    for le in (h.repere.le, exemple.acte.le):
        assert jouer(nom, exemple._replace(commande=exemple.commande.model_copy(update={"le": le}))).take()


@pytest.mark.parametrize("nom", COMMANDES)
def test_un_champ_mal_orthographie_est_refuse(nom: str) -> None:
    with pytest.raises(ValidationError, match="extra_forbidden|Extra inputs"):
        GESTES[nom].takes.model_validate({"n_existe_pas": 1})


@pytest.mark.parametrize("nom", COMMANDES_DATEES)
def test_la_date_dite_par_la_personne_est_celle_du_fait(nom: str) -> None:
    exemple = EXEMPLES[nom]
    dit = exemple.commande.model_copy(update={"le": exemple.acte.le})
    plus_tard = replace(exemple.acte, le=exemple.acte.le + timedelta(days=1))
    assert jouer(nom, exemple._replace(commande=dit, acte=plus_tard)).take()[-1].le == dit.le


def champs_codes() -> list[tuple[str, str]]:
    """(command, path of a field that holds a code), found in the fields' own pattern."""
    return [(nom, chemin) for nom, geste in COMMANDES.items() for chemin in _codes(geste.takes)]


def _codes(modele: type[BaseModel], chemin: str = "") -> list[str]:
    schema = modele.model_json_schema()

    def chercher(noeud: dict[str, Any], ou: str) -> list[str]:
        if "$ref" in noeud:
            return chercher(schema["$defs"][noeud["$ref"].split("/")[-1]], ou)
        trouves = [ou] if noeud.get("pattern", "").startswith("^[a-z0-9][a-z0-9_") else []
        for choix in noeud.get("anyOf", []):
            trouves += chercher(choix, ou)
        if "items" in noeud:
            trouves += chercher(noeud["items"], f"{ou}.0")
        for champ, valeur in noeud.get("properties", {}).items():
            trouves += chercher(valeur, f"{ou}.{champ}".strip("."))
        return trouves

    return chercher(schema, chemin)


def remplacer(valeur: Any, chemin: list[str], par: object) -> Any:
    """A copy of nested models and tuples with one place changed."""
    if not chemin:
        return par
    tete, reste = chemin[0], chemin[1:]
    if isinstance(valeur, tuple):
        rang = int(tete)
        return (*valeur[:rang], remplacer(valeur[rang], reste, par), *valeur[rang + 1 :])
    if isinstance(valeur, msgspec.Struct):  # wrapped: the fields are those of the demande
        return replace(valeur, demande=remplacer(valeur.demande, chemin, par))  # type: ignore[attr-defined]  # any wrapper
    return valeur.model_copy(update={tete: remplacer(getattr(valeur, tete), reste, par)})


@pytest.mark.parametrize(("nom", "chemin"), champs_codes())
def test_un_code_hors_de_sa_liste_est_refuse(nom: str, chemin: str) -> None:
    exemple = EXEMPLES[nom]
    commande = remplacer(exemple.commande, chemin.split("."), "n_existe_pas")
    if (nom, chemin) == ("retirer-consentement", "finalite"):
        jouer(nom, exemple._replace(commande=commande)).rien()  # nothing of that name was agreed to
    elif (nom, chemin) == ("reevaluer", "scores.0.theme"):
        jouer(nom, exemple._replace(commande=commande)).refus("score_manquant")  # and added: see test_suivi
    else:
        jouer(nom, exemple._replace(commande=commande)).refus("code_inconnu")


def test_un_code_n_est_en_usage_qu_a_partir_de_son_premier_jour() -> None:
    exemple = EXEMPLES["reperer"]
    avant_les_listes = replace(exemple.acte, le=date(2009, 12, 31))
    jouer("reperer", exemple._replace(acte=avant_les_listes)).refus("code_inconnu")

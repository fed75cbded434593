"""What each person finds at the top of every page, and where they arrive."""

from __future__ import annotations

from typing import NamedTuple

from contracts.codes import liste
from services.portail.session import Personne


class Lien(NamedTuple):
    libelle: str
    adresse: str


_REFERENT = (
    Lien("À faire", "/a-faire"),
    Lien("Ménages", "/menages"),
    Lien("Boîte", "/boite"),
    Lien("Recherche", "/recherche"),
)
_COORDINATEUR = (
    Lien("Orientations à traiter", "/orientations-a-traiter"),
    Lien("Charge par référent", "/charge"),
    Lien("À faire", "/a-faire"),
    Lien("Ménages", "/menages"),
    Lien("Conventions", "/conventions"),
    Lien("Boîte", "/boite"),
    Lien("Recherche", "/recherche"),
)
_BAILLEUR = (
    Lien("Mes orientations", "/orientations"),
    Lien("Conventions", "/conventions"),
    Lien("Boîte", "/boite"),
    Lien("Recherche", "/recherche"),
)
_FINANCEUR = (
    Lien("Conventions", "/conventions"),
    Lien("Indicateurs", "/indicateurs"),
    Lien("Flux", "/flux"),
    Lien("Boîte", "/boite"),
)
_EXPLOITANT = (Lien("État du système", "/etat"),)


def navigation(personne: Personne) -> tuple[Lien, ...]:
    """The person's own pages, the one they arrive at first."""
    match personne.nature:
        case "bailleur":
            return _BAILLEUR
        case "association":
            return _COORDINATEUR if "coordinateur" in personne.roles else _REFERENT
        case "financeur" | "collectivite":
            return _FINANCEUR
        case "exploitant":
            return _EXPLOITANT
        case _:
            return ()


def accueil(personne: Personne) -> str:
    liens = navigation(personne)
    return liens[0].adresse if liens else "/deconnexion"


def role(personne: Personne) -> str:
    """« Coordinateur, Référent »."""
    return ", ".join(liste("role").libelle(role) for role in personne.roles)

"""What each person finds at the top of every page, and where they arrive: who sees which entry of sommaire.MENU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from contracts.codes import liste
from services.portail.session import Personne


class Metier(NamedTuple):
    """Whoever works for an organisation of this nature; with a role, those who hold it."""

    nature: str
    role: str = ""

    def est_celui_de(self, personne: Personne) -> bool:
        return personne.nature == self.nature and (not self.role or self.role in personne.roles)


BAILLEUR = Metier("bailleur")
ASSOCIATION, COORDINATION = Metier("association"), Metier("association", "coordinateur")
FINANCEUR, COLLECTIVITE = Metier("financeur"), Metier("collectivite")
EXPLOITANT = Metier("exploitant")


class Lien(NamedTuple):
    """An entry of the menu, and whose it is."""

    libelle: str
    adresse: str
    pour: tuple[Metier, ...]


def navigation(menu: Sequence[Lien], personne: Personne) -> Sequence[Lien]:
    """The person's own entries, the one they arrive at first."""
    return [lien for lien in menu if any(metier.est_celui_de(personne) for metier in lien.pour)]


def accueil(menu: Sequence[Lien], personne: Personne) -> str:
    liens = navigation(menu, personne)
    return liens[0].adresse if liens else "/deconnexion"


def role(personne: Personne) -> str:
    """« Coordinateur, Référent »."""
    return ", ".join(liste("role").libelle(role) for role in personne.roles)

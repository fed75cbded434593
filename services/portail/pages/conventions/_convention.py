"""A convention as its pages show it: where it stands, and who may commit a party to it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.portail.api import Introuvable
from services.portail.formulaire import Formulaire
from services.portail.libelles import Etat, en_date
from services.portail.visite import Visite

ICI = "/conventions"
LECTEURS = ("bailleur", "association", "financeur", "collectivite")
ENGAGENT = {"bailleur": "responsable", "association": "coordinateur"}
"""Nature of a party → the role that signs for it."""


def engage(visite: Visite) -> bool:
    """Whether this person may propose, sign, and say who pays, for their organisation."""
    return ENGAGENT.get(visite.personne.nature) in visite.personne.roles


async def lire(visite: Visite, convention: UUID, au_moins: int | None = None) -> dict[str, Any]:
    c: dict[str, Any] = await visite.api.lire("partenaires", f"/conventions/{convention}", au_moins=au_moins)
    return c


async def organisations(visite: Visite) -> dict[str, dict[str, Any]]:
    """Organisation → its sheet, of one's own and those of one's conventions."""
    return {o["organisation"]: o for o in await visite.api.liste("partenaires", "/organisations")}


# How it reads


def signataires_de(c: dict[str, Any]) -> dict[str, str]:
    """Organisation → the day it signed."""
    return {s["organisation"]: s["le"] for s in c["signatures"]}


def attend_la_signature_de(c: dict[str, Any], organisation: UUID) -> bool:
    ouverte = c["statut"] == "en_signature" and str(organisation) in (c["bailleur"], c["association"])
    return ouverte and str(organisation) not in signataires_de(c)


def etat(visite: Visite, c: dict[str, Any]) -> Etat:
    match c["statut"]:
        case "active":
            return Etat("En vigueur", "bien")
        case "echue":
            return Etat("Terminée")
    if (fin := en_date(c["fin"])) and fin < visite.aujourdhui:
        return Etat("Jamais signée par tous", "mal")
    if {c["bailleur"], c["association"]} <= set(signataires_de(c)):
        return Etat("Signée, à venir", "autre")
    if attend_la_signature_de(c, visite.personne.organisation):
        return Etat("Votre signature est attendue", "moi")
    return Etat("En signature", "autre")


# Agreeing


def reserver(visite: Visite) -> None:
    """For whoever commits a party. Raises Introuvable."""
    visite.reserver(*ENGAGENT)
    if not engage(visite):
        raise Introuvable


def organisation_saisie(f: Formulaire, nom: str, autre: str, manque: str | None) -> str | None:
    """The organisation chosen in a list, or the one whose identifier was typed beside it."""
    typed = f.ligne(autre)
    if typed:
        try:
            return str(UUID(typed))
        except ValueError:
            f.erreur(autre, "Cet identifiant n’a pas la bonne forme : recopiez-le en entier.")
            return None
    if manque and not f.brut(nom):
        f.erreur(nom if nom in f.valeurs else autre, manque)  # without anybody known there is no list
    return f.ligne(nom) or None

"""Gestures between organisations: who joins, under what dispositif and convention they work, and who pays."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import date
from typing import Any

from contracts import partenaires as p
from jeu.dossiers import Accord, Id
from jeu.gens import Equipe
from jeu.geste import Geste

REGLES = p.Regles()


def inscrire(nom: str, nature: str, emetteur: str, commune: str = "17415") -> Geste[p.OrganisationInscrite]:
    dit = {"nom": nom, "nature": nature, "commune": commune, "emetteur": emetteur}
    return Geste("inscrire", dit, p.OrganisationInscrite, "organisations")


def inviter_membre(nom: str, courriel: str = "") -> Geste[p.MembreInvite]:
    return Geste("inviter-membre", {"nom": nom, "courriel": courriel}, p.MembreInvite, "organisations")


def habiliter_membre(membre: Id, sujet: str, roles: Iterable[str]) -> Geste[p.MembreHabilite]:
    dit = {"membre": membre, "sujet": sujet, "roles": tuple(roles)}
    return Geste("habiliter-membre", dit, p.MembreHabilite, "organisations")


def retirer_membre(membre: Id) -> Geste[p.MembreRetire]:
    return Geste("retirer-membre", {"membre": membre}, p.MembreRetire, "organisations")


def ouvrir_dispositif(
    nom: str,
    publics: Iterable[str] = ("sans_domicile",),
    themes: Iterable[str] = ("vivre_ensemble",),
    regles: p.Regles = REGLES,
) -> Geste[p.DispositifOuvert]:
    dit = {"nom": nom, "publics": tuple(publics), "themes": tuple(themes), "regles": regles}
    return Geste("ouvrir", dit, p.DispositifOuvert, "dispositifs")


def proposer(
    dispositif: Id, bailleur: Id, association: Id, places: int, debut: date, fin: date
) -> Geste[p.ConventionProposee]:
    dit = {
        "dispositif": dispositif, "bailleur": bailleur, "association": association, "places": places, "debut": debut,
        "fin": fin,
    }  # fmt: skip
    return Geste("proposer", dit, p.ConventionProposee, "conventions")


def signer() -> Geste[p.ConventionSignee]:
    return Geste("signer", {}, p.ConventionSignee, "conventions")


def financer(annee: int, *lignes: p.LigneDeFinancement) -> Geste[p.PlanDeFinancementEtabli]:
    dit = {"annee": annee, "lignes": lignes}
    return Geste("etablir-plan-de-financement", dit, p.PlanDeFinancementEtabli, "conventions")


def activee(proposee: p.ConventionProposee, le: date | None = None) -> p.ConventionActivee:
    """What both signatures leave, of a convention that has begun; on the day it was proposed, unless `le` says another."""
    termes = {nom: getattr(proposee, nom) for nom in proposee.__struct_fields__}
    return p.ConventionActivee(**{**termes, "le": le or proposee.le})


Faire = Callable[[str, Geste[Any], Id | None], Awaitable[str]]
"""(account, gesture, the id of what it is done to) → the id the service answers: how a caller carries a gesture."""


async def convenir(
    faire: Faire,
    equipe: Equipe,
    organisations: Mapping[str, Id],
    dispositif: Geste[p.DispositifOuvert],
    plan: Geste[p.PlanDeFinancementEtabli] | None,
    debut: date,
    fin: date,
    places: int = 30,
) -> Accord:
    """The two agree: a dispositif, a convention signed by both, and who pays. `organisations`: ids by the team's keys."""
    bailleur, association = organisations[equipe.bailleur], organisations[equipe.association]
    ouvert = await faire(equipe.responsable, dispositif, None)
    propose = proposer(ouvert, bailleur, association, places, debut, fin)
    convention = await faire(equipe.responsable, propose, None)
    for compte in (equipe.responsable, equipe.coordinateur):
        await faire(compte, signer(), convention)
    if plan:
        await faire(equipe.coordinateur, plan, convention)
    return Accord(association, ouvert, convention)

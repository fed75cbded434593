"""The first organisation of a deployment: somebody has to be exploitant before anybody can be registered.

Run at every start: what is there already stays as it is, also where it was changed or removed since.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid5

from msgspec import Struct

from contracts.partenaires import Event
from services.partenaires.chapitres.identifiant import identifiant
from services.partenaires.chapitres.organisation import (
    Comptes,
    HabiliterMembre,
    InscrireOrganisation,
    InviterMembre,
    organisation,
)
from services.socle.base.calendar import date_paris
from services.socle.facts.act import Acte
from services.socle.facts.command import Commande
from services.socle.facts.handle import Handler
from services.socle.facts.refusal import Refus

AMORCE = UUID("5b1f3a77-6a3c-4d19-8f5e-9f0a5a0f2c01")


class Compte(Struct, frozen=True):
    """An account to install: a person's or a service's name, and the subject its provider signs."""

    nom: str
    sujet: str


class Installation(Struct, frozen=True):
    """Who runs this deployment, and under which accounts its services call each other. `emetteur`: of all of them."""

    nom: str
    commune: str
    emetteur: str
    exploitants: tuple[Compte, ...]
    services: tuple[Compte, ...] = ()


class Installee(Struct, frozen=True):
    exploitant: UUID
    services: UUID


async def amorcer(handler: Handler[Event], dehors: Comptes, installation: Installation, instant: datetime) -> Installee:
    """Register the exploitant and the services' organisation, with their accounts. Raises Refus."""
    faire = _Faire(handler, dehors, instant)
    i = installation
    exploitant = await faire.inscrire(UUID(int=0), "exploitant", i.nom, i)
    services = await faire.inscrire(exploitant, "service", f"Services de {i.nom}", i)
    for compte in i.exploitants:
        await faire.habiliter(exploitant, exploitant, compte, "exploitant")
    for compte in i.services:
        await faire.habiliter(exploitant, services, compte, "service")
    return Installee(exploitant, services)


class _Faire:
    """Commands in the exploitant's name, whose ids never change, so that each takes effect once in a deployment's life."""

    def __init__(self, handler: Handler[Event], dehors: Comptes, instant: datetime) -> None:
        self._handler, self._dehors, self._instant = handler, dehors, instant

    async def inscrire(self, par: UUID, nature: str, nom: str, installation: Installation) -> UUID:
        acte = self._acte(par, f"inscrire:{nature}")
        identite = identifiant("organisation", acte)
        inscrire = InscrireOrganisation(
            nom=nom, nature=nature, commune=installation.commune, emetteur=installation.emetteur
        )
        await self._une_fois("inscrire", identite, inscrire, acte)
        return identite

    async def habiliter(self, par: UUID, chez: UUID, compte: Compte, role: str) -> None:
        acte = self._acte(par, f"inviter:{chez}:{compte.sujet}")
        await self._une_fois("inviter-membre", chez, InviterMembre(nom=compte.nom), acte)
        habiliter = HabiliterMembre(membre=identifiant("membre", acte), sujet=compte.sujet, roles=(role,))
        await self._une_fois("habiliter-membre", chez, habiliter, self._acte(par, f"habiliter:{chez}:{compte.sujet}"))

    def _acte(self, par: UUID, quoi: str) -> Acte:
        commande = uuid5(AMORCE, quoi)
        le = date_paris(self._instant)
        return Acte(par, AMORCE, frozenset({"exploitant"}), self._instant, le, commande, commande)

    async def _une_fois(self, geste: str, chez: UUID, command: Commande, acte: Acte) -> None:
        try:
            await self._handler.executer(organisation.act(geste).order(chez, command, self._dehors, None), acte)
        except Refus as refus:
            # The same command with another content: the settings changed since, the facts did not.
            if refus.motif != "commande_deja_utilisee":
                raise

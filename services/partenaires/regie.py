"""What the partenaires service adds to every command's way: whose data, which parties, what lies outside the stream."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.partenaires import ConventionProposee, DispositifOuvert, Event, MembreInvite, OrganisationInscrite
from services.partenaires.chapitres.convention import (
    EtablirPlanDeFinancement,
    EtablirPlanEntreConnus,
    ProposerConvention,
    ProposerEntreConnus,
)
from services.partenaires.chapitres.dispositif import ReglesDemandees
from services.partenaires.chapitres.organisation import HabiliterMembre, HabiliterSujetConnu
from services.partenaires.vues import acces, dispositifs, organisations
from services.socle.base.database import Query, Regard, Vues, reading, rows
from services.socle.facts.act import Acte
from services.socle.facts.chapter import Refus
from services.socle.facts.handle import Demande, Regie
from services.socle.keys.keyring import Trousseau

PERSONNE = UUID(int=0)
CONTROLE = Regard(PERSONNE, PERSONNE, frozenset({"controle"}))
"""How a command's own checks look: at the nature of the organisations it names."""
ACCES = Regard(PERSONNE, PERSONNE, frozenset({"acces"}))
"""How sign-in looks: at who holds a subject."""

PATIENCE = 1.0
"""Seconds a command waits for what it names to reach the views: it may have been written a moment ago."""


def personne(history: Sequence[Event], new: Sequence[Event]) -> UUID | None:
    """The member an invitation names; nothing else here is about a person."""
    return next((event.membre for event in new if isinstance(event, MembreInvite)), None)


def parties(new: Sequence[Event]) -> frozenset[UUID]:
    """The organisation itself, whoever opened the dispositif, the two parties of a convention."""
    found: set[UUID] = set()
    for event in new:
        match event:
            case OrganisationInscrite(organisation=organisation) | DispositifOuvert(organisation=organisation):
                found.add(organisation)
            case ConventionProposee(bailleur=bailleur, association=association):
                found |= {bailleur, association}
            case _:
                pass
    return frozenset(found)


class Enrichir:
    """Adds to a command what its decider may not fetch: what this service knows of the others it names."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def __call__(self, command: Any, history: Sequence[Event], acte: Acte) -> Any:
        match command:
            case ProposerConvention():
                return await self._proposer(command, acte)
            case EtablirPlanDeFinancement():
                return EtablirPlanEntreConnus(
                    command, await self._natures({ligne.financeur for ligne in command.lignes})
                )
            case HabiliterMembre():
                return await self._habiliter(command, history)
            case _:
                return command

    async def _proposer(self, command: ProposerConvention, acte: Acte) -> ProposerEntreConnus:
        regard = Regard(acte.organisation, acte.membre, acte.roles)
        found, natures = await asyncio.gather(
            self._attendre(regard, dispositifs.un(command.dispositif), 1),
            self._natures({command.bailleur, command.association}),
        )
        regles = ReglesDemandees(**found[0]["regles"]) if found else None
        return ProposerEntreConnus(command, regles, natures.get(command.bailleur), natures.get(command.association))

    async def _habiliter(self, command: HabiliterMembre, history: Sequence[Event]) -> HabiliterSujetConnu:
        inscrite = next((event for event in history if isinstance(event, OrganisationInscrite)), None)
        if inscrite is None:
            raise Refus("inconnu")
        held = await self._lire(ACCES, acces.de(inscrite.emetteur, command.sujet))
        return HabiliterSujetConnu(command, held[0]["membre"] if held else None)

    async def _natures(self, identifiants: set[UUID]) -> dict[UUID, str]:
        found = await self._attendre(CONTROLE, organisations.natures(identifiants), len(identifiants))
        return {row["organisation"]: row["nature"] for row in found}

    async def _attendre(self, regard: Regard, query: Query, combien: int) -> list[dict[str, Any]]:
        """The rows of `query`, once there are `combien` or patience has run out."""
        deadline, pause = time.monotonic() + PATIENCE, 0.005
        while True:
            found = await self._lire(regard, query)
            if len(found) >= combien or time.monotonic() > deadline:
                return found
            await asyncio.sleep(pause)
            pause *= 1.5

    async def _lire(self, regard: Regard, query: Query) -> list[dict[str, Any]]:
        async with reading(self._engine, regard) as connection:
            return await rows(connection, query)


def suite(
    stream: UUID, command: Any, history: Sequence[Event], new: Sequence[Event], acte: Acte
) -> list[Demande[Event]]:
    """Nothing here has to happen in two streams at once."""
    return []


def regie(vues: Vues, _: Trousseau) -> Regie[Event]:
    return Regie(personne, parties, Enrichir(vues.engine), suite)

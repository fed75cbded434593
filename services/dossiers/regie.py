"""What the dossiers service adds to every command's way: whose data, which parties, what lies outside the stream."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid5

from msgspec import convert

from contracts.dossiers import (
    AdhesionRefusee,
    Conditions,
    DossierClos,
    Event,
    Identite,
    MenageOriente,
    MenageRepere,
    OrientationAcceptee,
)
from services.dossiers.chapitres.convention import ConventionConnue
from services.dossiers.chapitres.equipe import DesignerParmi, DesignerReferent
from services.dossiers.chapitres.orientation import (
    AccepterAvecIdentite,
    AccepterOrientation,
    OrienterMenage,
    OrienterSousConvention,
)
from services.dossiers.chapitres.places import PrendrePlace, RendrePlace, convention_occupee, places
from services.dossiers.vues import acces as vue_acces
from services.dossiers.vues import conventions as vue_conventions
from services.socle.base.database import Regard, Vues, reading, rows
from services.socle.facts.act import Acte
from services.socle.facts.chapter import Refus
from services.socle.facts.handle import Demande, Regie
from services.socle.keys.keyring import Trousseau

DOSSIERS = UUID("3d0c1f2e-6d0b-4c55-9a53-0d2b8f6c8f01")
PLACES = UUID("c7a0a2c4-70a4-4b60-8a3b-6f2f5f1d9b02")


def stream_du_repere(acte: Acte) -> UUID:
    """The dossier a command makes: from the command's id, so that sending it again makes no second one."""
    return uuid5(DOSSIERS, f"{acte.organisation}:{acte.commande}")


def stream_des_places(convention: UUID) -> UUID:
    return uuid5(PLACES, convention.hex)


def personne(history: Sequence[Event], new: Sequence[Event]) -> UUID | None:
    """The household a dossier's personal data are about; a convention's places are about nobody."""
    for event in (*history[:1], *new[:1]):
        if isinstance(event, MenageRepere):
            return event.menage
    return None


def parties(new: Sequence[Event]) -> frozenset[UUID]:
    """The landlord from the first event on, the association from the orientation on."""
    found: set[UUID] = set()
    for event in new:
        match event:
            case MenageRepere(bailleur=bailleur):
                found.add(bailleur)
            case MenageOriente(association=association):
                found.add(association)
            case _:
                pass
    return frozenset(found)


class Enrichir:
    """Adds to a command what its decider may not fetch: the convention as known here, the identity in clear."""

    def __init__(self, vues: Vues, trousseau: Trousseau) -> None:
        self._vues, self._trousseau = vues, trousseau

    async def __call__(self, command: Any, history: Sequence[Event], acte: Acte) -> Any:
        match command:
            case OrienterMenage() | AccepterOrientation() | DesignerReferent() if acte.organisation not in parties(
                history
            ):
                # The clock's account loads every dossier: what it has no part in must not answer it otherwise than nothing.
                raise Refus("inconnu")
            case OrienterMenage():
                convention = await self._convention(command.convention, acte)
                return OrienterSousConvention(command, convention, await self._identite(history, MenageRepere))
            case AccepterOrientation():
                return await self._accepter(command, history, acte)
            case DesignerReferent():
                return DesignerParmi(command, await self._referents(acte))
            case _:
                return command

    async def _referents(self, acte: Acte) -> frozenset[UUID]:
        """The active members of the acting organisation who may follow a household."""
        async with reading(self._vues.engine, _regard(acte)) as connection:
            return frozenset(row["membre"] for row in await rows(connection, vue_acces.referents()))

    async def _accepter(
        self, command: AccepterOrientation, history: Sequence[Event], acte: Acte
    ) -> AccepterAvecIdentite:
        oriente = next((e for e in reversed(history) if isinstance(e, MenageOriente)), None)
        if oriente is None:
            raise Refus("inconnu")
        convention = await self._convention(oriente.convention, acte)
        if convention is None:
            raise Refus("convention_inconnue")
        return AccepterAvecIdentite(command, await self._identite(history, MenageOriente), convention.places)

    async def _identite(self, history: Sequence[Event], source: type[MenageRepere | MenageOriente]) -> Identite:
        """The identity the latest event of kind `source` holds, opened; the command's events seal it again."""
        event = next((e for e in reversed(history) if isinstance(e, source)), None)
        if event is None:
            raise Refus("inconnu")
        return await self._trousseau.ouvrir(event.identite)

    async def _convention(self, convention: UUID, acte: Acte) -> ConventionConnue | None:
        """The convention as partenaires' facts tell it; None when the acting organisation is no party to it."""
        row = await vue_conventions.citee(self._vues, _regard(acte), convention)
        if row is None:
            return None
        regles = {name: value for name, value in row["regles"].items() if name in Conditions.__struct_fields__}
        return ConventionConnue(
            convention=row["convention"],
            dispositif=row["dispositif"],
            bailleur=row["bailleur"],
            association=row["association"],
            places=row["places"],
            prises=row["prises"],
            debut=row["debut"],
            fin=row["fin"],
            active=row["active"],
            conditions=convert(regles, Conditions),
        )


def _regard(acte: Acte) -> Regard:
    return Regard(acte.organisation, acte.membre, acte.roles)


def suite(
    dossier: UUID, command: Any, history: Sequence[Event], new: Sequence[Event], acte: Acte
) -> list[Demande[Event]]:
    """A place is taken with the acceptance and given back with its end, in the same transaction."""
    suites: list[Demande[Event]] = []
    for event in new:
        match event:
            case OrientationAcceptee(convention=convention):
                take = PrendrePlace(convention=convention, dossier=dossier, capacite=command.places)
                suites.append(Demande(stream_des_places(convention), places, take, naissance=True))
            case AdhesionRefusee() | DossierClos():
                if (occupee := convention_occupee(history)) is not None:
                    back = RendrePlace(convention=occupee, dossier=dossier)
                    suites.append(Demande(stream_des_places(occupee), places, back))
            case _:
                pass
    return suites


def regie(vues: Vues, trousseau: Trousseau) -> Regie[Event]:
    return Regie(personne, parties, Enrichir(vues, trousseau), suite)

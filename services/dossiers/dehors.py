"""What the chapters may ask of the world outside their dossier, answered from the views and the keys."""

from __future__ import annotations

from uuid import UUID

from msgspec import convert

from contracts.dossiers import Conditions, Identite
from services.dossiers.chapitres.convention import ConventionConnue
from services.dossiers.vues import acces, conventions
from services.socle.base.database import Regard, Vues, reading, rows
from services.socle.facts.act import Acte
from services.socle.keys.keyring import Trousseau


class Dehors:
    """Each question as the acting member may ask it, under row-level security."""

    def __init__(self, vues: Vues, trousseau: Trousseau) -> None:
        self._vues, self._trousseau = vues, trousseau

    async def referents(self, acte: Acte) -> frozenset[UUID]:
        async with reading(self._vues.engine, _regard(acte)) as connection:
            return frozenset(row["membre"] for row in await rows(connection, acces.referents()))

    async def ouvrir(self, identite: Identite) -> Identite:
        return await self._trousseau.ouvrir(identite)

    async def convention(self, convention: UUID, acte: Acte) -> ConventionConnue | None:
        row = await conventions.citee(self._vues, _regard(acte), convention)
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

"""What a person may do now, as the services say it from their own rules: the pages ask, and decide none of it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.portail.formulaire import Formulaire
from services.portail.libelles import typographie
from services.portail.visite import Visite


class Impossible(Exception):
    """What the page is for cannot be done now. `pourquoi`: the service's sentence; `adresse`: where to go back to."""

    def __init__(self, pourquoi: str, adresse: str) -> None:
        super().__init__(pourquoi)
        self.pourquoi, self.adresse = pourquoi, adresse


class Gestes:
    """The acts on one thing, at `adresse`. An act asked in several ways also has each of them: « signer-contrat:menage »."""

    def __init__(self, adresse: str, dits: Mapping[str, Mapping[str, str] | None]) -> None:
        self.adresse, self._dits = adresse, dits

    def peut(self, *actes: str) -> bool:
        """Whether one of them at least is possible now. Raises KeyError on an act that does not exist."""
        return any(self._dits[acte] is None for acte in actes)

    def pourquoi(self, acte: str) -> str:
        """Why it is not possible; nothing when it is."""
        return typographie((self._dits[acte] or {}).get("detail", ""))

    def exiger(self, acte: str, repris: Formulaire | None = None) -> Formulaire | None:
        """For the form of an act, begun before (`repris`) or not: what was typed stays to be read, with why it cannot be sent.

        Raises Impossible when there is nothing to read.
        """
        if self.peut(acte):
            return repris
        if repris is None:
            raise Impossible(self.pourquoi(acte), self.adresse)
        repris.generale = self.pourquoi(acte)
        return repris


async def gestes_du_dossier(visite: Visite, dossier: UUID) -> Gestes:
    """Raises Introuvable."""
    return await _gestes(visite, "dossiers", f"/dossiers/{dossier}")


async def gestes_de_la_convention(visite: Visite, convention: UUID) -> Gestes:
    """Raises Introuvable, for who is no party to it as well."""
    return await _gestes(visite, "partenaires", f"/conventions/{convention}")


async def _gestes(visite: Visite, service: str, adresse: str) -> Gestes:
    dits: dict[str, Any] = await visite.api.lire(service, f"{adresse}/gestes")
    return Gestes(adresse, dits["gestes"])

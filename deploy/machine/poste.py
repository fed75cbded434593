"""The local deployment's own small server: the simulated clock, and the accounts' token issuer.

Never part of a real deployment: `maillage local` and the tests start it, on the loopback address only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Form, HTTPException
from pydantic import BaseModel, Field

from deploy.machine.emetteur import AUDIENCE, EmetteurLocal
from deploy.machine.fournisseur import CLIENT, CompteAffiche, Fournisseur
from services.socle.base.clock import HorlogeSimulee, avancer
from services.socle.base.settings import Connexion, Emetteur

Rattraper = Callable[[], Awaitable[None]]
"""Does all work that is due at the clock's new time, and returns when every view shows it."""


class Avance(BaseModel):
    jours: Annotated[int, Field(ge=0, le=3660)]


class Poste:
    """`horloge` is the file of the simulated clock, None when time is the machine's own. Without `emetteur`, one that
    lasts as long as this object, named after its address."""

    def __init__(
        self, port: int, horloge: Path | None, rattraper: Rattraper, emetteur: EmetteurLocal | None = None
    ) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.emetteur = emetteur or EmetteurLocal(self.url)
        self._horloge, self._rattraper = horloge, rattraper
        self._seul = asyncio.Lock()
        self.comptes: list[CompteAffiche] = []
        """What the sign-in page offers; filled once the accounts exist."""

    @property
    def confiance(self) -> Emetteur:
        """What services are told in order to believe this issuer."""
        return Emetteur(issuer=self.emetteur.issuer, jwks_url=f"{self.url}/jwks", audience=AUDIENCE)

    @property
    def connexion(self) -> Connexion:
        """What the pages are told in order to send people here."""
        configuration = f"{self.url}/.well-known/openid-configuration"
        return Connexion(
            nom="Comptes de démonstration", issuer=self.emetteur.issuer, configuration=configuration, client=CLIENT
        )

    def application(self) -> FastAPI:
        app = FastAPI(title="Poste local", docs_url=None, redoc_url=None, openapi_url=None)
        app.include_router(Fournisseur(self.url, self.emetteur, lambda: self.comptes).routes())

        @app.get("/jwks")
        async def jwks() -> dict[str, Any]:
            return self.emetteur.jwks()

        @app.post("/jeton")
        async def jeton(client_id: Annotated[str, Form()]) -> dict[str, Any]:
            """Client credentials, for services calling each other on this machine."""
            return {"access_token": self.emetteur.jeton(client_id, 3600), "token_type": "Bearer", "expires_in": 3600}

        @app.get("/")
        async def heure() -> dict[str, str]:
            if self._horloge is None:
                raise HTTPException(409, "L'horloge est celle de la machine : relancez avec --horloge.")
            return {"maintenant": HorlogeSimulee(self._horloge).now().isoformat()}

        @app.post("/avancer")
        async def avance(demande: Avance) -> dict[str, str]:
            """Moves the simulated clock day by day: what falls due on a day is done before the next begins."""
            if self._horloge is None:
                raise HTTPException(409, "L'horloge est celle de la machine : relancez avec --horloge.")
            async with self._seul:
                for _ in range(demande.jours):
                    avancer(self._horloge, 1)
                    await self._rattraper()
            return await heure()

        return app

"""Orienting a household: `uvicorn bench.pair_courant.api:app`."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, Header, HTTPException
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from pydantic import BaseModel, Field

from bench.pair_courant.evenement import MenageOriente
from bench.pair_courant.tables import Commande, Convention, Dossier, Envoi, sessions

DELAI = timedelta(days=15)
ORIENTABLES = ("reperee", "refusee", "expiree", "retiree")

app = FastAPI()
_sessions = sessions()
_cle = OctKey.import_key(os.environ["PAIR_SECRET"])


class Orienter(BaseModel):
    association: UUID
    dispositif: UUID
    convention: UUID
    motifs: list[str] = Field(min_length=1, max_length=20)
    expose: str = Field(default="", max_length=8000)


class Effet(BaseModel):
    id: UUID
    version: int


async def organisation(authorization: Annotated[str, Header()]) -> UUID:
    """Of whoever bears the token."""
    try:
        token = jwt.decode(authorization.removeprefix("Bearer "), _cle, algorithms=["HS256"])
        jwt.JWTClaimsRegistry(exp={"essential": True}).validate(token.claims)
    except (JoseError, ValueError) as error:
        raise HTTPException(401) from error
    return UUID(token.claims["organisation"])


@app.post("/v1/dossiers/{dossier}/orienter")
async def orienter(
    dossier: UUID,
    demande: Orienter,
    bailleur: Annotated[UUID, Depends(organisation)],
    idempotency_key: Annotated[UUID, Header()],
) -> Effet:
    async with _sessions.begin() as session:
        deja = await session.get(Commande, (bailleur, idempotency_key))
        if deja is not None:
            return Effet(id=deja.dossier, version=deja.version)
        row = await session.get(Dossier, dossier, with_for_update=True)
        if row is None or row.bailleur != bailleur:
            raise HTTPException(404)
        _admettre(row, demande, await session.get(Convention, demande.convention))
        today = datetime.now(UTC).date()
        row.etape, row.version = "orientee", row.version + 1
        row.association, row.convention, row.reponse_avant = demande.association, demande.convention, today + DELAI
        row.motifs, row.expose = demande.motifs, demande.expose
        session.add(Commande(organisation=bailleur, cle=idempotency_key, dossier=dossier, version=row.version))
        event = MenageOriente(
            dossier=dossier, version=row.version, menage=row.menage, bailleur=bailleur, association=demande.association,
            convention=demande.convention, identite=row.identite, composition=row.composition, logement=row.logement,
            publics=row.publics, motifs=demande.motifs, expose=demande.expose, reponse_avant=today + DELAI, le=today,
        )  # fmt: skip
        session.add(Envoi(cle=str(dossier), corps=event.model_dump_json()))
        return Effet(id=dossier, version=row.version)


def _admettre(row: Dossier, demande: Orienter, convention: Convention | None) -> None:
    """Raises HTTPException."""
    if row.etape not in ORIENTABLES:
        raise HTTPException(409, "orientation_deja_ouverte")
    if not row.accord:
        raise HTTPException(409, "sans_accord")
    cite: tuple[Any, ...] = (row.bailleur, demande.association, demande.dispositif)
    if convention is None or (convention.bailleur, convention.association, convention.dispositif) != cite:
        raise HTTPException(409, "convention_autre")
    if convention.fin < datetime.now(UTC).date():
        raise HTTPException(409, "convention_echue")

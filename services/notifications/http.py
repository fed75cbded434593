"""A funder's feeds, and the clock's own door. Nothing is decided here.

The inbox is read under row-level security like any view (vues/boite.py). A feed is not: its rows name dossiers, so the
caller's right to it is looked up first (the conventions it finances, under its own rights), and its facts are read and
renamed for it after.
"""

# Annotations are read at run time by FastAPI: no `from __future__ import annotations` here.
import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Path, Response
from sqlalchemy import text

from contracts import flux as contrat_flux
from contracts.envelope import TYPE_LOT, lot
from services.notifications.flux import FINANCEURS, FaitCode, nommer, stream_du_flux, sujet
from services.notifications.pseudonymes import Lecteur
from services.notifications.vues import conventions, flux
from services.notifications.vues.echeancier import DUS
from services.socle.base.database import reading, rows
from services.socle.facts.refusal import Motif, Refus, interdit
from services.socle.web import shapes as forme
from services.socle.web.auth import Acteur, ActeurConnu
from services.socle.web.http import json
from services.socle.web.means import Moyens, moyens
from services.socle.web.paging import Apres, Limite, curseur, lire_curseur
from services.socle.web.reading import regard
from services.socle.web.shapes import liste, objet, repond

routes = APIRouter(prefix="/v1")

REFUS: Mapping[str, Motif] = {
    "pour_un_financeur": interdit(
        "Réservé aux financeurs",
        "Un flux est celui d'un financeur ou d'une collectivité : votre organisation n'en est pas un.",
    ),
}

LesMoyens = Annotated[Moyens[Any, Any], Depends(moyens)]
Convention = Annotated[UUID, Path(description="Identifiant de la convention.")]

PATIENCE = 30.0
"""Seconds « rattraper » waits for what is due."""

EPOQUE_HTTP = "http"
"""Over HTTP a place in the feed is a position, and no broker's life is part of it."""


# What they answer

_FLUX = repond(objet(elements=liste(objet(convention=forme.IDENTIFIANT, position=forme.ENTIER, sujet=forme.TEXTE))))
_DU = objet(stream_id=forme.IDENTIFIANT, tache=forme.TEXTE, le=forme.JOUR, echeance=forme.ou_rien(forme.JOUR))
_RATTRAPAGE = repond(objet(maintenant=forme.INSTANT, a_jour=forme.OUI_NON, restent=liste(_DU)))


# The funders' feeds


@routes.get("/flux", tags=["flux"], responses=_FLUX)
async def les_flux(acteur: ActeurConnu, les: LesMoyens) -> Response:
    """Vos flux, un par convention que vous financez : où ils en sont, et leur sujet Kafka."""
    if acteur.nature not in FINANCEURS:
        raise Refus("pour_un_financeur")
    financees = await les.lecture.toutes(acteur, conventions.toutes())
    streams = {row["convention"]: stream_du_flux(row["convention"]) for row in financees}
    async with reading(les.engine, flux.REGARD) as connection:
        found = await rows(connection, flux.positions(list(streams.values())))
    positions = {row["stream_id"]: row["position"] for row in found}
    return json(
        {
            "elements": [
                {
                    "convention": convention, "position": positions.get(stream, 0),
                    "sujet": sujet(acteur.organisation, convention),
                }
                for convention, stream in sorted(streams.items())
            ]
        }
    )  # fmt: skip


@routes.get(
    "/flux/{convention}",
    tags=["flux"],
    response_class=Response,
    responses={
        200: {
            "description": "Un lot CloudEvents ; l'en-tête Maillage-Suivant dit où reprendre.",
            "content": {TYPE_LOT: {"schema": {"type": "array", "items": {"type": "object"}}}},
        }
    },
)
async def le_flux(
    convention: Convention, acteur: ActeurConnu, les: LesMoyens, apres: Apres = None, limite: Limite = 100
) -> Response:
    """Les faits de la convention, pseudonymes et codés, dans leur ordre depuis le premier ; un lot vide quand il n'y en a
    pas encore d'autre. Un curseur garde son sens pour toujours."""
    lecteur = await _lecteur(les, acteur, convention)
    position = _position(apres)
    faits = await _faits(les, convention, position, limite) if lecteur is not None else []
    corps = lot(await nommer(les.trousseau, lecteur, faits, EPOQUE_HTTP)) if lecteur is not None else b"[]"
    suivant = curseur(faits[-1].position if faits else position)
    return Response(corps, 200, {"Maillage-Suivant": suivant}, TYPE_LOT)


async def _lecteur(les: Moyens[Any, Any], acteur: Acteur, convention: UUID) -> Lecteur | None:
    """The caller as a reader of the feed; None while the convention's terms are not known yet. Raises Refus."""
    connue = await les.lecture.une(acteur, conventions.une(convention))
    if connue is None or acteur.nature not in FINANCEURS:
        raise Refus("inconnu")
    pluriannuel = connue["pluriannuel"]
    return None if pluriannuel is None else Lecteur(acteur.organisation, convention, pluriannuel)


def _position(apres: str | None) -> int:
    lu = lire_curseur(apres, tuple[int])
    if lu is None:
        return 0
    if not 0 <= lu[0] < 2**31:
        raise Refus("curseur_invalide")
    return lu[0]


async def _faits(les: Moyens[Any, Any], convention: UUID, position: int, limite: int) -> Sequence[FaitCode]:
    async with reading(les.engine, flux.REGARD) as connection:
        found = await rows(connection, flux.apres(stream_du_flux(convention), position, limite))
    return [
        FaitCode(row["version"], row["dossier"], row["annee"], msgspec.convert(row["fait"], contrat_flux.Event))
        for row in found
    ]


# The clock


@routes.post("/echeancier/rattraper", tags=["horloge"], responses=_RATTRAPAGE)
async def rattraper(acteur: ActeurConnu, les: LesMoyens) -> Response:
    """Attend que tout ce qui est échu soit fait et revenu dans les vues, et dit ce qui reste ; réservé aux services."""
    acteur.exiger("service")
    fin = time.monotonic() + PATIENCE
    while True:
        maintenant = les.horloge.now()
        jour = les.horloge.aujourd_hui()
        async with reading(les.engine, regard(acteur)) as connection:
            found = await connection.execute(
                text(f"SELECT * FROM ({DUS.format(jour=':jour')}) d LIMIT 50"), {"jour": jour}
            )
            restent = [dict(row) for row in found.mappings()]
        if not restent or time.monotonic() > fin:
            return json({"maintenant": maintenant, "a_jour": not restent, "restent": restent})
        await asyncio.sleep(0.01)

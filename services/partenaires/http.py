"""The one act that answers more than its effect: inviting names the member, to habilitate them with."""

# Annotations are read at run time by FastAPI: no `from __future__ import annotations` here.
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from services.partenaires.chapitres.identifiant import identifiant
from services.partenaires.chapitres.organisation import InviterMembre, organisation
from services.socle.web.acts import Attendue, LesMoyens
from services.socle.web.auth import ActeurConnu
from services.socle.web.errors import correlation
from services.socle.web.http import CleIdempotence, Effet, json

routes = APIRouter(prefix="/v1")

INVITER = organisation.act("inviter-membre")
A_LA_MAIN = frozenset({INVITER.geste.nom})


class EffetMembre(Effet):
    """`id` is the organisation's; `membre` the invited member's, to habilitate them with."""

    membre: UUID


@routes.post(
    "/organisations/{organisation}/inviter-membre",
    response_model=EffetMembre,
    description=INVITER.geste.dit,
    name="inviter-membre",
    operation_id="inviter-membre",
    tags=["commandes"],
)
async def inviter_membre(
    organisation: Annotated[UUID, Path(description="Identifiant.")],
    corps: InviterMembre,
    acteur: ActeurConnu,
    cle: CleIdempotence,
    attendue: Attendue,
    les: LesMoyens,
    request: Request,
) -> Response:
    acte = les.acte(acteur, cle, correlation(request))
    issue = await les.handler.executer(INVITER.order(organisation, corps, les.dehors, attendue), acte)
    effet = {"id": issue.stream, "version": issue.version, "membre": identifiant("membre", acte)}
    return json(effet, headers={"ETag": f'"{issue.version}"'})

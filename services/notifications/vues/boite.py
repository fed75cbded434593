"""The inbox: what each person was told, and why. Codes, identifiers and dates: the sentence is made when it is read."""

# Annotations are read at run time by FastAPI: no `from __future__ import annotations` here.
import asyncio
from typing import Annotated, Any, TypeAlias
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy import Column, Date, DateTime, Index, Table, Text, Uuid, func, select, text

from contracts.notifications import MessageAdresse
from services.notifications.chapitres.courrier import LireMessage, courrier
from services.notifications.phrases import phrase, raison
from services.notifications.vues import lectures
from services.socle.base import database
from services.socle.base.columns import journal
from services.socle.base.recorded import Recorded
from services.socle.views.view import Journal, Row, vues
from services.socle.web.errors import correlation
from services.socle.web.http import CleIdempotence, Effet, json, repondre
from services.socle.web.questions import LaPage, LaQuestion
from services.socle.web.reading import Tri
from services.socle.web.shapes import ENTIER, TEXTE, ligne, page, repond

Read: TypeAlias = MessageAdresse

vue = Table(
    "boite",
    vues(),
    *journal(),
    Column("message", Uuid, nullable=False),
    Column("dossier", Uuid, nullable=False),
    Column("organisation", Uuid, nullable=False),
    Column("role", Text),
    Column("membre", Uuid),
    Column("objet", Text, nullable=False),
    Column("echeance", Date),
    Column("le", Date, nullable=False),
    Column("instant", DateTime(timezone=True), nullable=False),
    Index(
        "boite_organisation",
        "organisation",
        text("instant DESC NULLS LAST"),
        text("version DESC NULLS LAST"),
        "message",
        "role",
        "membre",
    ),
    Index("boite_message", "message"),
)


def lines(fait: Recorded[Read]) -> list[Row]:
    m = fait.event
    return [
        {
            "message": m.message, "dossier": m.dossier, "organisation": m.organisation, "role": m.role, "membre": m.membre,
            "objet": m.objet, "echeance": m.echeance, "le": m.le, "instant": fait.instant,
        }
    ]  # fmt: skip


projection = Journal(
    vue,
    Read,
    lines,
    # One référent, those of a role, or all who work for the landlord.
    visible="""organisation = faits.organisation() AND CASE
               WHEN membre IS NOT NULL THEN membre = faits.membre() AND faits.a_le_role('referent')
               WHEN role IS NOT NULL THEN faits.a_le_role(role)
               ELSE faits.a_le_role('agent') OR faits.a_le_role('responsable') END""",
)


def liste(non_lus: bool = False) -> database.Query:
    """The caller's messages; `lu_le` is the day they read it, None for a new one."""
    lu = lectures.vue
    query = select(
        vue.c.message, vue.c.dossier, vue.c.objet, vue.c.role, vue.c.membre, vue.c.echeance, vue.c.le, vue.c.instant,
        vue.c.version,
        lu.c.le.label("lu_le"),
    ).outerjoin_from(vue, lu, lu.c.message == vue.c.message)  # fmt: skip
    return query.where(lu.c.le.is_(None)) if non_lus else query


def comptes() -> database.Query:
    """How many messages the caller has, and how many of them are new, in one reading."""
    siens = liste().subquery()
    nouveaux = func.count().filter(siens.c.lu_le.is_(None))
    return select(func.count().label("tous"), nouveaux.label("non_lus")).select_from(siens)


def ou(message: UUID) -> database.Query:
    """Where a message of the caller's stands: the stream it was recorded in."""
    return select(vue.c.stream_id).where(vue.c.message == message)


# Questions

routes = APIRouter(prefix="/v1")

_PRIVE = ("role", "membre", "version")
"""To whom a message was addressed only shows in why it was sent."""

BOITE = page(ligne(liste(), sauf=_PRIVE, libelle=TEXTE, raison=TEXTE), non_lus=ENTIER, tous=ENTIER)


@routes.get("/boite", tags=["messages"], responses=repond(BOITE))
async def la_boite(
    lu: LaQuestion,
    ou: LaPage,
    non_lus: Annotated[bool, Query(description="Seulement les messages que vous n'avez pas lus.")] = False,
) -> Response:
    """Vos messages, les plus récents d'abord ; combien vous en avez, et combien vous n'en avez pas lus."""
    # Of one dossier's messages of the same instant, the last said comes first.
    tri = [Tri(vue.c.instant, decroissant=True), Tri(vue.c.version, decroissant=True), Tri(vue.c.message)]
    # The counts read the whole inbox, the page some fifty rows of it: neither waits for the other.
    [combien], found = await asyncio.gather(
        lu.rows(comptes()),
        lu.les.lecture.page(lu.acteur, liste(non_lus), tri, ou.apres, ou.limite, compte=0),
    )
    total = combien["non_lus" if non_lus else "tous"]
    return json(found | {"elements": [_lisible(row) for row in found["elements"]], "total": total, **combien})


def _lisible(row: dict[str, Any]) -> dict[str, Any]:
    """A message as people read it."""
    role, membre, _ = row.pop("role"), row.pop("membre"), row.pop("version")
    return row | {"libelle": phrase(row["objet"], row["echeance"]), "raison": raison(role, membre)}


@routes.post("/boite/{message}/lire", response_model=Effet, tags=["messages"])
async def lire(
    message: Annotated[UUID, Path(description="Identifiant du message.")],
    lu: LaQuestion,
    cle: CleIdempotence,
    request: Request,
) -> Response:
    """Marque le message comme lu par vous ; pour vos collègues il reste nouveau."""
    stream = (await lu.row(ou(message)))["stream_id"]
    acte = lu.les.acte(lu.acteur, cle, correlation(request))
    issue = await lu.les.handler.executer(courrier.order(stream, LireMessage(message=message)), acte)
    # Answers once the inbox shows it: who looks again right after must not find it new.
    await lu.reached(issue.stream, issue.version)
    return repondre(issue)

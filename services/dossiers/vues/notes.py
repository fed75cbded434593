"""The association's notes on a dossier, each read by those its level names: the référent alone, or the whole team."""

# Annotations are read at run time by FastAPI: no `from __future__ import annotations` here.

from typing import Any, TypeAlias, assert_never
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy import Column, Date, Table, Text, Uuid, select

from contracts.dossiers import DonneesEffacees, NoteDeposee
from services.dossiers.lectures import DuDossier
from services.dossiers.vues import portefeuille
from services.socle.base.columns import journal
from services.socle.base.database import Query
from services.socle.base.recorded import Recorded
from services.socle.views.view import Journal, Row, vues
from services.socle.web.questions import SOMETHING, elements

Read: TypeAlias = NoteDeposee | DonneesEffacees

vue = Table(
    "notes",
    vues(),
    *journal(),
    Column("note", Uuid, nullable=False),
    Column("organisation", Uuid, nullable=False),
    Column("auteur", Uuid, nullable=False),
    Column("niveau", Text, nullable=False),
    Column("theme", Text),
    Column("texte", Text, nullable=False),
    Column("le", Date, nullable=False),
)


def lines(fait: Recorded[Read]) -> list[Row]:
    match fait.event:
        case NoteDeposee() as note:
            return [
                {
                    "note": note.note,
                    "organisation": fait.organisation,
                    "auteur": fait.auteur,
                    "niveau": note.niveau,
                    "theme": note.theme,
                    "texte": note.texte,
                    "le": note.le,
                }
            ]
        case DonneesEffacees():
            return []
        case other:
            assert_never(other)


def purge(fait: Recorded[Read]) -> dict[str, Any] | None:
    return {"organisation": fait.organisation} if isinstance(fait.event, DonneesEffacees) else None


projection = Journal(
    vue,
    Read,
    lines,
    visible="""organisation = vues.mon_association() AND (
        niveau = 'equipe' OR auteur = faits.membre() OR vues.suis_referent(stream_id))""",
    purge=purge,
)


def de(dossier: UUID) -> Query:
    """The dossier's notes the caller may read, latest first."""
    return select(vue).where(vue.c.stream_id == dossier).order_by(vue.c.version.desc())


# Questions

routes = APIRouter(prefix="/v1")


@routes.get("/dossiers/{dossier}/notes", **elements(de(SOMETHING)))
async def les_notes(lu: DuDossier) -> Response:
    """Les notes de l'association que vous pouvez lire, selon leur niveau."""
    return await lu.elements(de(lu.id), dans=portefeuille.un(lu.id), journal="notes")

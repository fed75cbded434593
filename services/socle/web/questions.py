"""Questions to the views as a route asks them. Freshness, the 404, the journal of who consulted what and the page are
here: a route that holds an `Asked` or an `About` cannot forget them."""

# Annotations are read at run time by FastAPI: no `from __future__ import annotations` here.
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Annotated, Any, TypeAlias
from uuid import UUID

from fastapi import Depends, Path, Response

from services.socle.base.database import Query
from services.socle.facts.refusal import Refus
from services.socle.web.auth import Acteur, ActeurConnu
from services.socle.web.http import AuMoins, fraicheur, json
from services.socle.web.means import Moyens, moyens
from services.socle.web.paging import Apres, Limite
from services.socle.web.reading import Tri
from services.socle.web.shapes import ENTIER, Schema, ligne, liste, objet, page, repond

SOMETHING = UUID(int=0)
"""A query about one thing has the same columns whichever it is: this one stands for it in the published schema."""


class Window:
    """Which page of a list is asked for: FastAPI makes it of `apres` and `limite`."""

    def __init__(self, apres: Apres = None, limite: Limite = 50) -> None:
        self.apres, self.limite = apres, limite


LaPage: TypeAlias = Annotated[Window, Depends()]


class Asked:
    """A question of somebody. Whatever they may not see is not among the rows."""

    def __init__(self, acteur: Acteur, les: Moyens[Any, Any]) -> None:
        self.acteur, self.les = acteur, les

    @property
    def aujourd_hui(self) -> date:
        """The Paris civil date."""
        return self.les.horloge.aujourd_hui()

    async def rows(self, query: Query) -> list[dict[str, Any]]:
        """All rows; for lists that are short by nature."""
        return await self.les.lecture.toutes(self.acteur, query)

    async def row(self, query: Query) -> dict[str, Any]:
        """The one row. Raises Refus("inconnu")."""
        found = await self.les.lecture.une(self.acteur, query)
        if found is None:
            raise Refus("inconnu")
        return found

    async def page(self, query: Query, tri: Sequence[Tri], ou: Window) -> Response:
        """One page, sorted by `tri`, and the total within the caller's boundary."""
        return json(await self.les.lecture.page(self.acteur, query, tri, ou.apres, ou.limite))

    async def reached(self, stream: UUID, version: int | None) -> None:
        """Waits, for as long as is bearable, until the views have reached that version of the stream."""
        await self.les.lecture.fraicheur(self.acteur, stream, version)


class About(Asked):
    """A question about one stream, `id`, as it is at the version the caller asks for or later."""

    def __init__(self, acteur: Acteur, les: Moyens[Any, Any], id: UUID, au_moins: int | None) -> None:
        super().__init__(acteur, les)
        self.id, self._au_moins = id, au_moins

    async def one(self, query: Query, *, journal: str | None, **et: Awaitable[Any]) -> Response:
        """The thing itself, or 404; `et` are further fields, made once it is seen. `journal`: under which name its
        consultation is noted, None for what is about nobody."""
        frais = await self.les.lecture.fraicheur(self.acteur, self.id, self._au_moins)
        row = await self.row(query)
        autres = {nom: await valeur for nom, valeur in et.items()}
        await self._noter(journal)
        # The stream's own version, for the next If-Match: the row's is that of the last fact it shows, and a note is none.
        return json(row | {"version": frais.version} | autres, headers=fraicheur(frais.version, frais.perime))

    async def elements(self, query: Query, *, dans: Query | None, journal: str | None) -> Response:
        """What belongs to it, as a short list; 404 where `dans`, the thing itself, is not the caller's to see, or, without
        it, where there is nothing."""
        frais = await self.les.lecture.fraicheur(self.acteur, self.id, self._au_moins)
        if dans is not None:
            await self.row(dans)
        rows = await self.rows(query)
        if dans is None and not rows:
            raise Refus("inconnu")
        await self._noter(journal)
        return json({"elements": rows}, headers=fraicheur(frais.version, frais.perime))

    async def page_within(self, query: Query, tri: Sequence[Tri], ou: Window, *, dans: Query) -> Response:
        """What belongs to it, page by page; 404 where `dans` is not the caller's to see."""
        frais = await self.les.lecture.fraicheur(self.acteur, self.id, self._au_moins)
        await self.row(dans)
        found = await self.les.lecture.page(self.acteur, query, tri, ou.apres, ou.limite)
        return json(found, headers=fraicheur(frais.version, frais.perime))

    async def _noter(self, journal: str | None) -> None:
        if journal is not None:
            await self.les.consultations.noter(self.acteur, self.id, journal, self.les.horloge.now())


async def _asked(acteur: ActeurConnu, les: Annotated[Moyens[Any, Any], Depends(moyens)]) -> Asked:
    return Asked(acteur, les)


LaQuestion: TypeAlias = Annotated[Asked, Depends(_asked)]


def about(singulier: str) -> Callable[..., Awaitable[About]]:
    """The dependency of a route about `{singulier}`: `Annotated[About, Depends(about("dossier"))]`."""

    async def demander(
        acteur: ActeurConnu,
        les: Annotated[Moyens[Any, Any], Depends(moyens)],
        stream: Annotated[UUID, Path(alias=singulier, description="Identifiant.")],
        au_moins: AuMoins = None,
    ) -> About:
        return About(acteur, les, stream, au_moins)

    return demander


# What a route is declared with: `@routes.get("/dossiers/{dossier}/notes", **elements(de(SOMETHING)))`


def answers(schema: Schema) -> dict[str, Any]:
    return {"tags": ["vues"], "responses": repond(schema)}


def one(query: Query, **et: Schema) -> dict[str, Any]:
    return answers(ligne(query, ("version",), version=ENTIER, **et))


def elements(query: Query) -> dict[str, Any]:
    return answers(objet(elements=liste(ligne(query))))


def pages(query: Query, **et: Schema) -> dict[str, Any]:
    return answers(page(ligne(query), **et))

"""Every act of a service's chapters as an endpoint: a request becomes a command, and nothing is decided here."""

# Annotations are read at run time by FastAPI: no `from __future__ import annotations` here.
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Annotated, Any, Generic, TypeAlias, TypeVar
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Path, Request, Response

from services.socle.facts.act import Acte
from services.socle.facts.chapter import Act
from services.socle.facts.handle import Gestes
from services.socle.facts.refusal import Refus
from services.socle.web.auth import Acteur, ActeurConnu
from services.socle.web.errors import correlation
from services.socle.web.http import CleIdempotence, Effet, json, repondre, si_version
from services.socle.web.means import Moyens, moyens
from services.socle.web.problem import phrase
from services.socle.web.shapes import TEXTE, Schema, objet, ou_rien, par, repond

E = TypeVar("E")
D = TypeVar("D")

LesMoyens: TypeAlias = Annotated[Moyens[Any, Any], Depends(moyens)]
Attendue: TypeAlias = Annotated[int | None, Depends(si_version)]

GESTES: Schema = par(ou_rien(objet(code=TEXTE, detail=TEXTE)))
"""How `gestes` is published: by act, null when it is possible now, else the code of why not and its sentence."""


class Actes(Generic[E, D]):
    """The acts on one kind of stream: `/{pluriel}/{singulier}/{act}`, and `/{pluriel}/{act}` for what makes one, whose
    identifier is made by `identifier`: from the command's id, so that sending it again makes no second one."""

    def __init__(
        self, pluriel: str, singulier: str, acts: Iterable[Act[E, D]], identifier: Callable[[Acte], UUID]
    ) -> None:
        self.pluriel, self.singulier, self.acts, self.identifier = pluriel, singulier, tuple(acts), identifier

    def routes(self, sauf: Collection[str] = ()) -> APIRouter:
        """Every act but `sauf`, and the question which of them this person may do now."""
        routes = APIRouter(prefix="/v1")
        if self._essayables():
            routes.add_api_route(
                f"/{self.pluriel}/{{{self.singulier}}}/gestes",
                self._question(),
                methods=["GET"],
                name=f"gestes-{self.singulier}",
                operation_id=f"gestes-{self.singulier}",
                description="Ce que vous pouvez y faire maintenant ; pour le reste, pourquoi pas.",
                tags=["vues"],
                responses=repond(objet(gestes=GESTES)),
            )
        for act in self.acts:
            if act.geste.nom in sauf:
                continue
            endpoint = self._existant(act) if act.geste.naissance is None else self._naissant(act)
            adresse = self.pluriel if act.geste.naissance is not None else f"{self.pluriel}/{{{self.singulier}}}"
            routes.add_api_route(
                f"/{adresse}/{act.geste.nom}",
                endpoint,
                methods=["POST"],
                status_code=200 if act.geste.naissance is None else 201,
                response_model=Effet,
                name=act.geste.nom,
                operation_id=act.geste.nom,
                description=act.geste.dit,
                tags=["commandes"],
            )
        return routes

    def _naissant(self, act: Act[E, D]) -> Callable[..., Any]:
        async def executer(
            corps: act.geste.takes,  # type: ignore[name-defined]  # the class is this endpoint's own
            acteur: ActeurConnu,
            cle: CleIdempotence,
            les: LesMoyens,
            request: Request,
        ) -> Response:
            acte = les.acte(acteur, cle, correlation(request))
            return await _executer(les, act, self.identifier(acte), corps, acteur, acte, None, 201)

        return executer

    def _existant(self, act: Act[E, D]) -> Callable[..., Any]:
        async def executer(
            stream: Annotated[UUID, Path(alias=self.singulier, description="Identifiant.")],
            corps: act.geste.takes,  # type: ignore[name-defined]  # the class is this endpoint's own
            acteur: ActeurConnu,
            cle: CleIdempotence,
            attendue: Attendue,
            les: LesMoyens,
            request: Request,
        ) -> Response:
            acte = les.acte(acteur, cle, correlation(request))
            return await _executer(les, act, stream, corps, acteur, acte, attendue, 200)

        return executer

    def _question(self) -> Callable[..., Any]:
        async def demander(
            stream: Annotated[UUID, Path(alias=self.singulier, description="Identifiant.")],
            acteur: ActeurConnu,
            les: LesMoyens,
        ) -> Response:
            return json({"gestes": await self.gestes(les, acteur, stream)})

        return demander

    def _essayables(self) -> list[Act[E, D]]:
        """The acts that people may ask for on a stream that is there."""
        return [act for act in self.acts if act.geste.naissance is None and not act.geste.horloge]

    async def gestes(self, les: Moyens[E, D], acteur: Acteur, stream: UUID) -> dict[str, Any]:
        """What `acteur` may do now on the stream, as GESTES says. What may be asked in several ways is possible when one
        of them is, and each stands beside it: « signer-contrat », « signer-contrat:menage »…"""
        acte = les.acte(acteur, uuid4(), uuid4())
        found = await les.handler.gestes(stream, self._essayables(), les.dehors, acte)
        if all(refus and refus.motif == "inconnu" for manieres in found.values() for refus in manieres.values()):
            raise Refus("inconnu")  # who may load the stream for another reason has nothing to do in it
        return _dire(found, les)


async def _executer(
    les: Moyens[E, D],
    act: Act[E, D],
    stream: UUID,
    corps: Any,  # an instance of act.geste.takes: FastAPI made it
    acteur: Acteur,
    acte: Acte,
    attendue: int | None,
    statut: int,
) -> Response:
    issue = await les.handler.executer(act.order(stream, corps, les.dehors, attendue), acte)
    if act.geste.visible:
        await les.lecture.fraicheur(acteur, issue.stream, issue.version)
    return repondre(issue, statut)


def _dire(gestes: Gestes, les: Moyens[Any, Any]) -> dict[str, Any]:
    dits: dict[str, Any] = {}
    for nom, manieres in gestes.items():
        reponses = {maniere: _non(refus, les) for maniere, refus in manieres.items()}
        dits[nom] = None if None in reponses.values() else next(iter(reponses.values()))
        dits |= {f"{nom}:{maniere}": reponse for maniere, reponse in reponses.items() if maniere}
    return dits


def _non(refus: Refus | None, les: Moyens[Any, Any]) -> Mapping[str, str] | None:
    """Why not; None when another content would do: what was tried was nobody's."""
    motif = les.motifs.get(refus.motif) if refus else None
    if refus is None or (motif and motif.corrigible):
        return None
    return {"code": refus.motif, "detail": phrase(motif, refus.details) if motif else ""}

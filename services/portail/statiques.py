"""Serves the built styles and scripts: named after their content, so that a browser asks for each only once."""

from __future__ import annotations

import gzip
from typing import NamedTuple

from fastapi import APIRouter, Request, Response

from services.portail.api import Introuvable
from services.portail.rendu import Statiques

_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
_POUR_TOUJOURS = "public, max-age=31536000, immutable"


class _Fichier(NamedTuple):
    type: str
    clair: bytes
    serre: bytes


def routes(statiques: Statiques) -> APIRouter:
    """The files of the manifest and no other, read and compressed once."""
    router = APIRouter()
    fichiers = {nom: _lire(statiques, nom) for nom in statiques.connus()}

    @router.get("/statique/{nom}")
    async def statique(nom: str, request: Request) -> Response:
        fichier = fichiers.get(nom)
        if fichier is None:
            raise Introuvable
        serre = "gzip" in request.headers.get("accept-encoding", "")
        headers = {
            "Cache-Control": _POUR_TOUJOURS,
            "Vary": "Accept-Encoding",
            **({"Content-Encoding": "gzip"} if serre else {}),
        }
        return Response(fichier.serre if serre else fichier.clair, 200, headers, fichier.type)

    return router


def _lire(statiques: Statiques, nom: str) -> _Fichier:
    clair = (statiques.dossier / nom).read_bytes()
    return _Fichier(_TYPES[nom.rpartition(".")[2]], clair, gzip.compress(clair, 9, mtime=0))

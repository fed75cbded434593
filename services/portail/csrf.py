"""No form but ours acts in a person's name: checked on every request that may change something, whoever wrote its route."""

from __future__ import annotations

from urllib.parse import urlsplit

import structlog
from starlette.requests import Request

from services.portail.session import Session, csrf_valide

log = structlog.get_logger()

CHAMP = "jeton"
SANS_EFFET = frozenset({"GET", "HEAD", "OPTIONS"})


class FormulaireEtranger(Exception):
    """Sent from elsewhere, or from a page of a former session."""


async def verifier(request: Request, session: Session | None, adresse: str) -> None:
    """`adresse` is the pages' public address. Raises FormulaireEtranger."""
    if request.method in SANS_EFFET:
        return
    if not _de_chez_nous(request, adresse):
        log.warning("formulaire_etranger", raison="origine")
        raise FormulaireEtranger
    jeton = (await request.form()).get(CHAMP)
    if session is not None and not (isinstance(jeton, str) and csrf_valide(session, jeton)):
        log.warning("formulaire_etranger", raison="jeton")
        raise FormulaireEtranger


def _de_chez_nous(request: Request, adresse: str) -> bool:
    """What the browser says of where the form was; old ones say nothing, and the token decides alone."""
    site = request.headers.get("sec-fetch-site")
    origine = request.headers.get("origin")
    parts = urlsplit(adresse)
    return site in (None, "same-origin", "none") and origine in (None, f"{parts.scheme}://{parts.netloc}")

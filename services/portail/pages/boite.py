"""The inbox: what each person was told, why, and the household it is about."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any
from uuid import UUID, uuid5

from fastapi import APIRouter, Query
from fastapi.responses import RedirectResponse, Response

from services.portail.api import Indisponible, Introuvable, Refusee
from services.portail.attendus import A_TRAITER
from services.portail.dossier import lignes
from services.portail.etapes import etapes
from services.portail.libelles import Etat
from services.portail.menage import nom as nom_du_menage
from services.portail.visite import LaVisite, Visite

routes = APIRouter()
Apres = Annotated[str | None, Query(max_length=1000)]
A_REPONDRE = frozenset({"orientation_recue", "orientation_a_repondre"})
"""Messages that ask for an answer: they lead to where it is given."""


@routes.get("/boite")
async def boite(visite: LaVisite, tout: str | None = None, apres: Apres = None) -> Response:
    """Those not read yet; all of them, those first, if asked."""
    visite.reserver("bailleur", "association", "financeur", "collectivite")
    liste = await visite.api.lire("notifications", "/boite", non_lus=not tout or None, apres=apres)
    elements = sorted(liste["elements"], key=lambda m: m["lu_le"] is not None)
    connus = await lignes(visite, [m["dossier"] for m in elements])
    return visite.page(
        "boite.html",
        messages=[
            (m, *_qui(visite, connus.get(m["dossier"])), adresse(visite, m["objet"], m["dossier"])) for m in elements
        ],
        suivant=liste["suivant"],
        comptes=[
            (liste["non_lus"], "À lire", "/boite", not tout, "moi"),
            (liste["tous"], "Tous", "/boite?tout=oui", bool(tout), ""),
        ],
        tout=tout,
        ici="/boite",
    )


def _qui(visite: Visite, row: dict[str, Any] | None) -> tuple[str, Etat | None]:
    """The household, and where it stands today: a message says what was so on its day."""
    if row is None:
        return "Ménage", None
    return nom_du_menage(row), etapes(visite.personne.nature)[row["etape"]]


def adresse(visite: Visite, objet: str, dossier: str) -> str:
    """The page a message is about."""
    if objet in A_REPONDRE and visite.personne.nature == "association":
        return f"{A_TRAITER}/{dossier}"
    return f"/dossiers/{dossier}"


@routes.post("/boite/{message}/ouvrir")
async def ouvrir(visite: LaVisite, message: UUID) -> Response:
    """Mark it as read and go to what it is about: going must not wait for the mark."""
    visite.reserver("bailleur", "association")
    f = await visite.formulaire()
    try:
        await _lire(visite, message, f.commande)
    except (Indisponible, Refusee):
        pass
    try:
        dossier = UUID(f.brut("dossier"))
    except ValueError:
        raise Introuvable from None
    return RedirectResponse(adresse(visite, f.brut("objet"), str(dossier)), 303)


@routes.post("/boite/lire")
async def lire(visite: LaVisite) -> Response:
    """Mark as read those whose button was pressed: one, or all that the page showed."""
    visite.reserver("bailleur", "association")
    f = await visite.formulaire()
    try:
        messages = [UUID(m) for m in f.bruts("message")]
    except ValueError:
        raise Introuvable from None
    await asyncio.gather(*(_lire(visite, m, f.commande) for m in messages[:200]))
    return visite.vers("/boite", "message_lu" if len(messages) == 1 else "messages_lus")


async def _lire(visite: Visite, message: UUID, commande: UUID) -> None:
    await visite.api.faire("notifications", f"/boite/{message}/lire", {}, uuid5(commande, str(message)))

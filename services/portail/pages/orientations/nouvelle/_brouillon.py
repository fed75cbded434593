"""The draft that the four pages of an orientation fill in: what is typed lives there until it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any, TypeAlias
from uuid import UUID, uuid5

from fastapi.responses import RedirectResponse, Response
from msgspec.structs import replace

from services.portail.api import Introuvable
from services.portail.brouillon import Brouillon, identifiant
from services.portail.formulaire import Formulaire
from services.portail.visite import Visite

ICI = "/orientations/nouvelle"
FORMULAIRE = "orienter"
PREMIER = "poser-diagnostic"
"""The act that these pages begin with. They collect the household's agreement on the way, without which the service's
`orienter` alone is not possible yet."""
PAGES = {"menage": "Le ménage", "motif": "Le motif", "accord": "Son accord", "verifier": "Vérifier"}
"""In their order, with their titles."""
CHAMPS = {
    "menage": (
        "nom", "prenom", "naissance", "telephone", "courriel", "adresse", "commune", "qpv", "typologie", "adultes",
        "enfants", "type_menage", "publics",
    ),
    "motif": ("convention", "motifs", "constat", "expose"),
    "accord": ("accord", "support", "le", "synthese"),
}  # fmt: skip
MENAGE, DOSSIER = "_menage", "_dossier"
"""Of a household already recorded, what the form carries until its draft does: once a session has ended, the service can
no longer be asked."""

Lecteur: TypeAlias = Callable[[Formulaire, date], dict[str, Any]]
Afficheur: TypeAlias = Callable[[Visite, Brouillon, Formulaire], Awaitable[Response]]


def identifiant_de(visite: Visite, vu: dict[str, Any]) -> UUID:
    """The one draft a member has about a dossier as it stands: what was sent of an earlier one is another draft."""
    return uuid5(identifiant(visite.personne, FORMULAIRE, UUID(vu["dossier"])), str(vu["version"]))


def qui(b: Brouillon) -> str:
    """Whom a draft is about, as far as was typed."""
    return f"{b.brut('prenom')} {b.brut('nom')}".strip()


async def ouvrir(visite: Visite, id_: UUID, dossier: UUID | None = None) -> Brouillon:
    """The draft, or an empty one under this id, about `dossier` if it is given: nothing was typed yet."""
    found = await visite.les.brouillons.lire(visite.personne, id_)
    return found or _vide(id_, uuid5(id_, "menage"), dossier)


def _vide(id_: UUID, menage: UUID, dossier: UUID | None) -> Brouillon:
    return Brouillon(id_, FORMULAIRE, menage, dossier, f"{ICI}/{id_}/menage", {}, None)


def ailleurs(b: Brouillon) -> Response | None:
    """Where one goes when the draft was sent already: to what it became."""
    return RedirectResponse(b.conclu, 303) if b.conclu else None


async def continuer(visite: Visite, id_: UUID, ici: str, lire: Lecteur, afficher: Afficheur) -> Response:
    """Keep what the page `ici` says, then go on to the next one, or say what it lacks."""
    visite.reserver("bailleur")
    b = await ouvrir(visite, id_)
    if b.conclu:
        return RedirectResponse(b.conclu, 303)
    f = await visite.formulaire()
    b = _rempli(b, ici, f)
    if garde := await visite.garder(f, b):
        return garde
    lire(f, visite.aujourdhui)
    if not f.correct:
        return await afficher(visite, b, f)
    pages = list(PAGES)
    return visite.vers(f"{ICI}/{id_}/{pages[pages.index(ici) + 1]}")


def _rempli(b: Brouillon, ici: str, f: Formulaire) -> Brouillon:
    """The draft with the page's fields as they were just typed; of a household already recorded, its page has none."""
    if not b.modifie_le and f.brut(DOSSIER):
        try:
            b = replace(b, menage=UUID(f.brut(MENAGE)), dossier=UUID(f.brut(DOSSIER)))
        except ValueError:
            raise Introuvable from None
    if ici == "menage" and b.dossier:
        return b
    autres = {nom: v for nom, v in b.saisies.items() if nom not in CHAMPS[ici]}
    typed = {nom: v for nom, v in f.saisies().items() if nom not in (MENAGE, DOSSIER)}
    return replace(b, adresse=f"{ICI}/{b.id}/{ici}", saisies={**autres, **typed})


async def connu(visite: Visite, b: Brouillon) -> dict[str, Any]:
    """The dossier of a household already recorded."""
    vu: dict[str, Any] = await visite.api.lire("dossiers", f"/dossiers/{b.dossier}")
    return vu


async def proposer(visite: Visite, b: Brouillon) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """(the active conventions with their free places, the fullest last; the dossier, if there is one already).

    A dossier stays with its first association.
    """
    api = visite.api
    conventions, vu = await asyncio.gather(
        api.liste("partenaires", "/conventions", statut="active"), connu(visite, b) if b.dossier else _rien()
    )
    if vu:
        conventions = [c for c in conventions if vu["association"] in (None, c["association"])]
    places = await asyncio.gather(
        *(api.lire("dossiers", f"/conventions/{c['convention']}/places") for c in conventions)
    )
    offres = [{**c, **p} for c, p in zip(conventions, places, strict=True)]
    return sorted(offres, key=lambda o: -o["libres"]), vu


async def _rien() -> None:
    return None


def page(visite: Visite, b: Brouillon, ici: str, f: Formulaire, **donnees: Any) -> Response:
    """One of the four, with the way to the others."""
    suite = f"?dossier={b.dossier}" if b.dossier and not b.modifie_le else ""
    communs = {
        "id": b.id,
        "f": f,
        "b": b,
        "pages": [(nom, f"{ICI}/{b.id}/{cle}{suite}") for cle, nom in PAGES.items()],
        "rang": list(PAGES).index(ici),
        "ici": "/orientations",
        "le_menage": qui(b),
    }
    return visite.page(f"orientations/nouvelle/{ici}.html", 200 if f.correct else 422, **(communs | donnees))

"""Forms about a dossier that are kept as drafts. `_menage` and `_base` travel in the form: once a session has ended, the
service can no longer be asked."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.portail.api import Introuvable
from services.portail.brouillon import Brouillon, identifiant
from services.portail.formulaire import Formulaire
from services.portail.visite import Visite

MENAGE, BASE = "_menage", "_base"
"""Whose key seals the draft; the dossier's version it was begun on."""


def brouillon(visite: Visite, formulaire: str, dossier: UUID, page: str, f: Formulaire) -> Brouillon:
    """The draft of a form about a dossier, with what was just typed. Raises Introuvable on a form that is not ours."""
    try:
        menage = UUID(f.brut(MENAGE))
    except ValueError:
        raise Introuvable from None
    id_ = identifiant(visite.personne, formulaire, dossier)
    return Brouillon(id_, formulaire, menage, dossier, f"/dossiers/{dossier}/{page}", f.saisies(), None)


async def reprendre(visite: Visite, formulaire: str, vu: dict[str, Any]) -> Formulaire | None:
    """What was typed and kept of a form; shown beside the dossier when that has changed since it was begun."""
    id_ = identifiant(visite.personne, formulaire, UUID(vu["dossier"]))
    kept = await visite.les.brouillons.lire(visite.personne, id_)
    if kept is None or not kept.saisies:
        return None
    f = Formulaire(kept.saisies)
    f.depasse = f.brut(BASE) != str(vu["version"])
    return f

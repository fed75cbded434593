"""Finding a household again: by what is typed of it, or because one about to be entered looks like it.

Both are questions, asked with POST all the same: a name must not stand in an address, which proxies and browsers keep. They
change nothing, need no command's id, and are logged nowhere.
"""

# Annotations are read at run time by FastAPI: no `from __future__ import annotations` here.
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field

from services.dossiers.chapitres.reperage import IdentiteSaisie
from services.dossiers.chapitres.saisie import LigneRemplie, Saisie
from services.dossiers.recherche import Personne, a_rapprocher, question
from services.dossiers.ressemblance import force, pourquoi, raisons
from services.dossiers.vues import orientations, portefeuille
from services.dossiers.vues.recherche import cle, personne, trouver
from services.socle.base.database import Query
from services.socle.facts.refusal import Refus
from services.socle.web.http import json
from services.socle.web.paging import Limite, curseur, lire_curseur
from services.socle.web.questions import Asked, LaQuestion
from services.socle.web.shapes import ENTIER, IDENTIFIANT, JOUR, TEXTE, ligne, liste, objet, page, repond

routes = APIRouter(prefix="/v1")

CANDIDATS = 200
"""How many dossiers are opened at most to compare them with what is being entered."""
AFFICHES = 10


class Recherche(Saisie):
    """Des débuts de mots (nom, prénom, commune), une date de naissance (jj/mm/aaaa), dans n'importe quel ordre."""

    q: LigneRemplie
    apres: Annotated[str | None, Field(max_length=1000)] = None
    limite: Limite = 50


class Ressemblance(Saisie):
    """Le ménage qu'on s'apprête à saisir ; `sauf` : son dossier, s'il existe déjà."""

    identite: IdentiteSaisie
    sauf: UUID | None = None


RECHERCHE = page({"anyOf": [ligne(orientations.liste()), ligne(portefeuille.liste())]})
_RESSEMBLANT = objet(
    dossier=IDENTIFIANT, identite={}, etape=TEXTE, etape_depuis=JOUR, raisons=liste(TEXTE), pourquoi=TEXTE
)
DOUBLONS = objet(elements=liste(_RESSEMBLANT), total=ENTIER)


@routes.post("/recherche", tags=["vues"], responses=repond(RECHERCHE))
async def chercher(corps: Recherche, lu: LaQuestion) -> Response:
    """Les dossiers de votre organisation qui répondent à tous les mots ; accents, casse et ordre sont ignorés."""
    siens, apres = _les_siens(lu), lire_curseur(corps.apres, tuple[date, UUID])
    cle_ = await lu.les.trousseau.cle_derivee(cle(lu.acteur.organisation))
    rows = await lu.rows(trouver(siens, cle_, question(corps.q), corps.limite + 1, apres))
    # After a restored backup terms may be back whose household is erased: it is not found all the same.
    total = rows[0]["total"] if rows else 0
    trouves = [{nom: row[nom] for nom in row if nom not in ("le", "total")} for row in rows if _connu(row)]
    dernier = rows[corps.limite - 1] if len(rows) > corps.limite else None
    suivant = curseur(dernier["le"], dernier["dossier"]) if dernier else None
    return json({"elements": trouves[: corps.limite], "suivant": suivant, "total": total})


@routes.post("/doublons", tags=["vues"], responses=repond(DOUBLONS))
async def rapprocher(corps: Ressemblance, lu: LaQuestion) -> Response:
    """Les ménages de votre organisation qui ressemblent à celui-ci, et pourquoi ; les plus probables d'abord."""
    siens = _les_siens(lu)
    i = corps.identite
    nouveau = Personne(i.nom, i.prenom, i.naissance, i.adresse)
    cle_ = await lu.les.trousseau.cle_derivee(cle(lu.acteur.organisation))
    semblables = [
        {**{nom: row[nom] for nom in ("dossier", "identite", "etape", "etape_depuis")},
         "raisons": pour, "pourquoi": pourquoi(pour)}
        for row in await lu.rows(trouver(siens, cle_, [a_rapprocher(nouveau)], CANDIDATS))
        if row["dossier"] != corps.sauf and (connu := _connu(row)) and (pour := raisons(nouveau, connu))
    ]  # fmt: skip
    semblables.sort(key=lambda element: -force(element["raisons"]))
    return json({"elements": semblables[:AFFICHES], "total": len(semblables)})


def _les_siens(lu: Asked) -> Query:
    """The list of the caller's dossiers. Raises Refus for whoever follows none."""
    match lu.acteur.nature:
        case "bailleur":
            return orientations.liste()
        case "association":
            return portefeuille.liste()
        case _:
            raise Refus("pour_qui_accompagne")


def _connu(row: dict[str, Any]) -> Personne | None:
    return personne(row["identite"]) if row["identite"] else None

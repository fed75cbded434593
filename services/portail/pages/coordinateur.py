"""The orientations an association has to answer: what was transmitted, by when, and the answer in one press."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any
from uuid import UUID, uuid5

from fastapi import APIRouter, Query
from fastapi.responses import RedirectResponse, Response
from msgspec.structs import replace

from services.portail.api import Introuvable, Refusee
from services.portail.communes import libelle as commune
from services.portail.formulaire import Formulaire
from services.portail.libelles import choix, libelle, nom_complet, pluriel
from services.portail.pages.association import ETAPES, brouillon, lire, reprendre
from services.portail.pages.bailleur import menage as lignes_du_menage
from services.portail.visite import LaVisite, Visite

routes = APIRouter()

ICI = "/orientations-a-traiter"
EN_ATTENTE = ("orientee", "a_l_etude")
SUIVIES = ("acceptee", "adhesion", "entretien", "sous_contrat")
"""Stages in which somebody of the association follows the household."""
REPONSES = {
    "accepter": ("accepter-orientation", "orientation_acceptee"),
    "etude": ("mettre-a-l-etude", "orientation_a_l_etude"),
}
"""Button → command, and what the next page says."""
REFUS = "reponse"
"""The refusal's draft, among a member's."""

Apres = Annotated[str | None, Query(max_length=1000)]


# The list


@routes.get(ICI)
async def a_traiter(visite: LaVisite, apres: Apres = None) -> Response:
    """Soonest deadline first."""
    visite.reserver("association")
    return await _liste(visite, Formulaire(), apres)


async def _liste(visite: Visite, f: Formulaire, apres: str | None = None) -> Response:
    api = visite.api
    travail, conventions, sans_referent, brouillons = await asyncio.gather(
        api.lire("dossiers", "/travail", attendu="repondre", apres=apres),
        api.liste("partenaires", "/conventions"),
        api.lire("dossiers", "/portefeuille", sans_referent=True, etape=list(SUIVIES), limite=1),
        visite.les.brouillons.liste(visite.personne),
    )
    ids = [t["dossier"] for t in travail["elements"]]
    connus, places = await asyncio.gather(menages(visite, ids), places_de(visite, conventions))
    par_id = {c["convention"]: c for c in conventions}
    return visite.page(
        "coordinateur/a_traiter.html",
        200 if f.correct else 422,
        f=f,
        liste=travail,
        demandes=[
            (t, connus[t["dossier"]], par_id.get(t["convention"]), places.get(t["convention"]))
            for t in travail["elements"]
            if t["dossier"] in connus
        ],
        actives=[(c, places.get(c["convention"])) for c in conventions if c["statut"] == "active"],
        commences={str(b.dossier) for b in brouillons if b.formulaire == REFUS},
        a_confier=sans_referent["total"],
        commune=commune,
        foyer=foyer,
        motifs=motifs,
        ici=ICI,
    )


async def menages(visite: Visite, ids: list[str]) -> dict[str, dict[str, Any]]:
    """Dossier → its line of the portfolio."""
    if not ids:
        return {}
    found = await visite.api.lire("dossiers", "/portefeuille", dossier=ids, limite=200)
    return {row["dossier"]: row for row in found["elements"]}


async def places_de(visite: Visite, conventions: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """Convention → its places, of those in force that tell them to this organisation."""

    async def une(convention: str) -> tuple[str, dict[str, int]] | None:
        try:
            return convention, await visite.api.lire("dossiers", f"/conventions/{convention}/places")
        except Introuvable:
            return None

    actives = [c["convention"] for c in conventions if c["statut"] == "active"]
    return dict(found for found in await asyncio.gather(*map(une, actives)) if found)


def foyer(row: dict[str, Any]) -> str:
    """« Famille monoparentale, 1 adulte, 2 enfants »."""
    composition = row["composition"] or {}
    parts = [libelle(composition.get("type_menage"), "type_menage")]
    parts += [pluriel(n, mot) for mot in ("adulte", "enfant") if (n := composition.get(f"{mot}s", 0))]
    return ", ".join(filter(None, parts))


def motifs(row: dict[str, Any]) -> str:
    return ", ".join(libelle(code, "motif_orientation") for code in row["motifs"])


# The answer


@routes.get(ICI + "/{dossier}")
async def une_demande(visite: LaVisite, dossier: UUID) -> Response:
    """All that was transmitted, to be read before one answers."""
    visite.reserver("association")
    return await _fiche(visite, dossier, Formulaire())


async def _fiche(visite: Visite, dossier: UUID, f: Formulaire) -> Response:
    vu, conventions = await _voir(visite, dossier)
    if vu["etape"] not in EN_ATTENTE and f.correct:
        return RedirectResponse(f"/dossiers/{dossier}", 303)
    return visite.page(
        "coordinateur/demande.html",
        200 if f.correct else 422,
        f=f,
        ouverte=vu["etape"] in EN_ATTENTE,
        menage=lignes_du_menage(vu),
        motifs=motifs(vu),
        places=(await places_de(visite, conventions)).get(vu["convention"]),
        **_communs(vu, conventions),
    )


async def _voir(visite: Visite, dossier: UUID) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    vu, conventions = await asyncio.gather(lire(visite, dossier), visite.api.liste("partenaires", "/conventions"))
    return vu, conventions


def _communs(vu: dict[str, Any], conventions: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "vu": vu,
        "nom": nom_complet(vu["identite"], vu["efface"]),
        "etat": ETAPES[vu["etape"]],
        "convention": next((c for c in conventions if c["convention"] == vu["convention"]), None),
        "ici": ICI,
    }


@routes.post(ICI + "/{dossier}")
async def repondre(visite: LaVisite, dossier: UUID) -> Response:
    """Accept, or ask for time. A refusal is said above the page the button was on, which shows how things stand now."""
    visite.reserver("association")
    f = await visite.formulaire()
    reponse = f.un_de("reponse", REPONSES, "Choisissez une réponse.")
    if reponse:
        commande, dire = REPONSES[reponse]
        # One page carries one id for all its buttons: each button's command makes its own of it.
        cle = uuid5(f.commande, f"{dossier}:{reponse}")
        try:
            effet = await visite.api.faire("dossiers", f"/dossiers/{dossier}/{commande}", {}, cle)
            await montre(visite, dossier, effet.version)
            return visite.vers(ICI, dire)
        except Refusee as refus:
            f.generale = await _pourquoi(visite, dossier, refus)
    return await (_fiche(visite, dossier, f) if f.brut("depuis") == "fiche" else _liste(visite, f))


async def _pourquoi(visite: Visite, dossier: UUID, refus: Refusee) -> str:
    """The service's sentence, with whom it is about: the list has several, and one may just have left it."""
    connus = await menages(visite, [str(dossier)])
    row = connus.get(str(dossier))
    qui = f"{nom_complet(row['identite'], row['efface'])} : " if row else ""
    suite = ""
    if refus.code == "capacite_atteinte":
        suite = " Vous pouvez aussi mettre la demande à l’étude, ou la refuser pour « Capacité atteinte »."
    return f"{qui}{refus.detail}{suite}"


async def montre(visite: Visite, dossier: UUID, version: int) -> None:
    """Wait until the lists show what was just done."""
    await visite.api.lire("dossiers", "/portefeuille", dossier=dossier, au_moins=version, limite=1)


@routes.get(ICI + "/{dossier}/refuser")
async def avant_de_refuser(visite: LaVisite, dossier: UUID) -> Response:
    vu, conventions = await _voir(visite, dossier)
    if vu["etape"] not in EN_ATTENTE:  # answered meanwhile: the sheet says how
        return RedirectResponse(f"/dossiers/{dossier}", 303)
    f = await reprendre(visite, REFUS, vu) or Formulaire.neuf(auteur="association", etape="proposition")
    return _refuser(visite, vu, conventions, f)


@routes.post(ICI + "/{dossier}/refuser")
async def refuser(visite: LaVisite, dossier: UUID) -> Response:
    visite.reserver("association")
    f = await visite.formulaire()
    b = replace(brouillon(visite, REFUS, dossier, "", f), adresse=f"{ICI}/{dossier}/refuser")
    if garde := await visite.garder(f, b):
        return garde
    corps = {
        "motif": f.code("motif", "motif_refus", "Choisissez un motif."),
        "precision": f.texte("precision", "Précisez le motif." if f.brut("motif") == "autre" else None),
        "auteur": f.code("auteur", "auteur_refus", "Dites qui refuse."),
        "etape": f.code("etape", "etape_refus", "Dites à quelle étape."),
    }
    if f.correct:
        try:
            effet = await visite.api.faire("dossiers", f"/dossiers/{dossier}/refuser-orientation", corps, f.commande)
            await visite.les.brouillons.jeter(visite.personne, b.id)
            await montre(visite, dossier, effet.version)
            return visite.vers(ICI, "orientation_refusee")
        except Refusee as refus:
            f.refuser(refus, {f"/{nom}": nom for nom in corps})
    return _refuser(visite, *await _voir(visite, dossier), f)


def _refuser(visite: Visite, vu: dict[str, Any], conventions: list[dict[str, Any]], f: Formulaire) -> Response:
    le = visite.aujourdhui
    return visite.page(
        "coordinateur/refuser.html",
        200 if f.correct else 422,
        f=f,
        motifs=choix("motif_refus", le),
        auteurs=choix("auteur_refus", le),
        etapes=[(code, nom) for code, nom in choix("etape_refus", le) if code != "apres_acceptation"],
        **_communs(vu, conventions),
    )

"""Orienting a household, last page: all that will be sent, read as it will be sent; then sending it.

Sending is five commands, each with an id made from the draft and from what it says: pressed twice, or resumed after a
fault, each acts once. Once the household is recorded (first command) its page can no longer change, and the draft remembers
the dossier.
"""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any
from uuid import UUID, uuid5

import msgspec
from fastapi import APIRouter
from fastapi.responses import Response
from msgspec.structs import replace

from services.portail.api import Refusee
from services.portail.brouillon import Brouillon
from services.portail.communes import libelle as commune
from services.portail.etapes import DU_BAILLEUR
from services.portail.formulaire import Formulaire
from services.portail.libelles import libelle
from services.portail.menage import lignes as lignes_du_menage
from services.portail.pages.orientations.nouvelle import accord, menage, motif
from services.portail.pages.orientations.nouvelle._brouillon import ailleurs, ouvrir, page, proposer
from services.portail.visite import LaVisite, Visite

routes = APIRouter()
LECTEURS = {"menage": menage.lire, "motif": motif.lire, "accord": accord.lire}
SANS_RENCONTRE = frozenset({"courrier", "courriel"})
"""Means of contact that are no meeting."""


@routes.get("/orientations/nouvelle/{id_}/verifier")
async def montrer(visite: LaVisite, id_: UUID) -> Response:
    visite.reserver("bailleur")
    b = await ouvrir(visite, id_)
    return ailleurs(b) or await _afficher(visite, b, Formulaire(b.saisies))


@routes.post("/orientations/nouvelle/{id_}/verifier")
async def envoyer(visite: LaVisite, id_: UUID) -> Response:
    visite.reserver("bailleur")
    b = await ouvrir(visite, id_)
    return ailleurs(b) or await _envoyer(visite, b, await visite.formulaire())


@routes.post("/orientations/nouvelle/{id_}/supprimer")
async def supprimer(visite: LaVisite, id_: UUID) -> Response:
    visite.reserver("bailleur")
    await visite.les.brouillons.jeter(visite.personne, id_)
    return visite.vers("/orientations", "brouillon_jete")


# Showing


async def _afficher(visite: Visite, b: Brouillon, f: Formulaire) -> Response:
    """An incomplete page sends back there."""
    lue, le = Formulaire(b.saisies), visite.aujourdhui
    dit = {cle: lire(lue, le) for cle, lire in LECTEURS.items() if not (cle == "menage" and b.dossier)}
    (offres, vu), doublons = await asyncio.gather(proposer(visite, b), _doublons(visite, dit))
    return page(
        visite,
        b,
        "verifier",
        f,
        dit=dit,
        incomplete=_incomplete(b, le),
        choisie=next((o for o in offres if o["convention"] == dit["motif"]["convention"]), None),
        commune=commune,
        libelles=lambda codes, nom: [libelle(c, nom) for c in codes],
        libelle_de=libelle,
        connu=lignes_du_menage(vu) if vu else None,
        doublons=doublons,
        etats=DU_BAILLEUR,
    )


def _incomplete(b: Brouillon, le: date) -> str | None:
    """The first page that lacks something."""
    for cle, lire in LECTEURS.items():
        if cle == "menage" and b.dossier:
            continue
        lue = Formulaire(b.saisies)
        lire(lue, le)
        if not lue.correct:
            return cle
    return None


async def _doublons(visite: Visite, dit: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Households of the landlord's own that look like this one."""
    identite = dit["menage"]["identite"] if "menage" in dit else {"nom": "", "prenom": ""}
    if not identite["nom"] or not identite["prenom"]:
        return []
    found = await visite.api.chercher("dossiers", "/doublons", {"identite": identite})
    elements: list[dict[str, Any]] = found["elements"]
    return elements


# Sending


async def _envoyer(visite: Visite, b: Brouillon, f: Formulaire) -> Response:
    le = visite.aujourdhui
    if manque := _incomplete(b, le):
        return visite.vers(f"/orientations/nouvelle/{b.id}/{manque}")
    lue = Formulaire(b.saisies)
    try:
        if b.dossier is None:
            b = await _reperer(visite, b, menage.lire(lue, le))
        assert b.dossier is not None
        version = await _orienter(visite, b, b.dossier, motif.lire(lue, le), accord.lire(lue, le))
    except Refusee as refus:
        f.generale = refus.detail
        return await _afficher(visite, b, f)
    adresse = f"/dossiers/{b.dossier}"
    await visite.les.brouillons.conclure(visite.personne, b.id, adresse)
    return visite.vers(adresse, "orientation_envoyee", v=version)


async def _reperer(visite: Visite, b: Brouillon, dit: dict[str, Any]) -> Brouillon:
    """Record the household; its dossier's id comes from the command's, hence from the draft's."""
    corps = {"menage": b.menage, **dit}
    effet = await visite.api.faire("dossiers", "/dossiers/reperer", corps, _commande(visite, b, "reperer"))
    b = replace(b, dossier=effet.id)
    await visite.les.brouillons.ecrire(visite.personne, b)
    return b


async def _orienter(visite: Visite, b: Brouillon, dossier: UUID, dit: dict[str, Any], donne: dict[str, Any]) -> int:
    """The landlord's diagnostic, the meeting, the agreement, then the request itself. Answers the dossier's version."""
    conventions = await visite.api.liste("partenaires", "/conventions", statut="active")
    convention = next((c for c in conventions if c["convention"] == dit["convention"]), None)
    if convention is None:
        raise Refusee(409, "convention_inconnue", "", "Cette convention n’est plus active : choisissez-en une autre.")
    quand = {"support": donne["support"], "le": donne["le"]}
    suite: list[tuple[str, dict[str, Any]]] = [
        ("poser-diagnostic", {"motifs": dit["motifs"], "constat": dit["constat"]}),
    ]
    if donne["support"] not in SANS_RENCONTRE:
        suite.append(("tenir-rencontre", quand))
    suite.append(("recueillir-consentement", {"finalite": "transmission", **quand}))
    if donne["synthese"]:
        suite.append(("recueillir-consentement", {"finalite": "partage_synthese", **quand}))
    demande = {nom: convention[nom] for nom in ("association", "dispositif", "convention")}
    suite.append(("orienter", {**demande, "motifs": dit["motifs"], "expose": dit["expose"]}))
    version = 0
    for nom, corps in suite:
        said = msgspec.json.encode(corps).decode()
        effet = await visite.api.faire(
            "dossiers", f"/dossiers/{dossier}/{nom}", corps, _commande(visite, b, f"{nom}:{said}")
        )
        version = effet.version
    return version


def _commande(visite: Visite, b: Brouillon, quoi: str) -> UUID:
    """The id of one of the draft's commands: the same whenever the same thing is said."""
    return uuid5(b.id, f"{visite.personne.membre}:{quoi}")

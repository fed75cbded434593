"""Orienting a household, in four short pages: the household, why and towards whom, its agreement, and a last look.

What is typed lives in a draft until it is sent. Sending is five commands, each with an id made from the draft and from what
it says: pressed twice, or resumed after a fault, each acts once. Once the household is recorded (first command) its page
can no longer change, and the draft remembers the dossier.
"""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any
from uuid import UUID, uuid4, uuid5

import msgspec
from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from contracts.codes import liste
from services.portail.api import Introuvable, Refusee
from services.portail.brouillon import Brouillon
from services.portail.communes import libelle as commune
from services.portail.communes import trouver
from services.portail.formulaire import Formulaire, lire_date
from services.portail.libelles import ETAPES_BAILLEUR, choix, libelle, nom_complet
from services.portail.pages.bailleur import menage as lignes_du_menage
from services.portail.pages.bailleur import nom_du_brouillon
from services.portail.visite import LaVisite, Visite

routes = APIRouter()

FORMULAIRE = "orienter"
PAGES = ("menage", "motif", "accord", "verifier")
CHAMPS = {
    "menage": (
        "nom", "prenom", "naissance", "telephone", "courriel", "adresse", "commune", "qpv", "typologie", "adultes",
        "enfants", "type_menage", "publics",
    ),
    "motif": ("convention", "motifs", "constat", "expose"),
    "accord": ("accord", "support", "le", "synthese"),
}  # fmt: skip
SANS_RENCONTRE = frozenset({"courrier", "courriel"})
"""Means of contact that are no meeting."""


@routes.get("/orientations/nouvelle")
async def commencer(visite: LaVisite, dossier: UUID | None = None) -> Response:
    """A new draft's first page; with `dossier`, of a household already recorded."""
    visite.reserver("bailleur")
    id_ = uuid4()
    if dossier is None:
        return RedirectResponse(f"/orientations/nouvelle/{id_}/menage", 303)
    vu = await visite.api.lire("dossiers", f"/dossiers/{dossier}")
    saisies = {"motifs": vu["motifs"], "constat": [vu["constat"] or ""], "expose": [vu["expose"] or ""]}
    await _ecrire(
        visite, _brouillon(id_, "motif", UUID(vu["menage"]), dossier, {k: v for k, v in saisies.items() if any(v)})
    )
    return RedirectResponse(f"/orientations/nouvelle/{id_}/motif", 303)


@routes.get("/orientations/nouvelle/{id_}/{page}")
async def montrer(visite: LaVisite, id_: UUID, page: str) -> Response:
    visite.reserver("bailleur")
    if page not in PAGES:
        raise Introuvable
    b = await _lire(visite, id_)
    if b.conclu:
        return RedirectResponse(b.conclu, 303)
    return await _afficher(visite, b, page, Formulaire(b.saisies))


@routes.post("/orientations/nouvelle/{id_}/supprimer")
async def supprimer(visite: LaVisite, id_: UUID) -> Response:
    visite.reserver("bailleur")
    await visite.les.brouillons.jeter(visite.personne, id_)
    return visite.vers("/orientations", "brouillon_jete")


@routes.post("/orientations/nouvelle/{id_}/{page}")
async def recevoir(visite: LaVisite, id_: UUID, page: str) -> Response:
    """Keep the page, then go on: to what is missing, to the next page, or out when all is sent."""
    visite.reserver("bailleur")
    if page not in PAGES:
        raise Introuvable
    b = await _lire(visite, id_)
    if b.conclu:
        return RedirectResponse(b.conclu, 303)
    f = await visite.formulaire()
    if page == "verifier":
        return await _envoyer(visite, b, f)
    if not (page == "menage" and b.dossier):
        autres = {nom: v for nom, v in b.saisies.items() if nom not in CHAMPS[page]}
        b = _brouillon(id_, page, b.menage, b.dossier, {**autres, **f.saisies()})
    if garde := await visite.garder(f, b):
        return garde
    LECTEURS[page](f, visite.aujourdhui)
    if not f.correct:
        return await _afficher(visite, b, page, f)
    return visite.vers(f"/orientations/nouvelle/{id_}/{PAGES[PAGES.index(page) + 1]}")


# What each page says


def _menage(f: Formulaire, le: date) -> dict[str, Any]:
    identite = {
        "prenom": f.ligne("prenom", "Indiquez le prénom."),
        "nom": f.ligne("nom", "Indiquez le nom."),
        "naissance": f.date("naissance", passee=le),
        "telephone": f.ligne("telephone"),
        "courriel": f.ligne("courriel"),
        "adresse": f.ligne("adresse"),
    }
    logement = {
        "commune": _commune(f),
        "typologie": f.code("typologie", "typologie_logement"),
        "qpv": f.un_de("qpv", ("oui", "non"), "Dites si le logement est en quartier prioritaire.") == "oui",
    }
    composition = {
        "adultes": f.entier("adultes", "Indiquez le nombre d’adultes.", de=1, a=30),
        "enfants": f.entier("enfants", de=0, a=30) or 0,
        "type_menage": f.code("type_menage", "type_menage", "Choisissez le type de foyer."),
        "tranche_age": tranche_age(lire_date(f.brut("naissance")), le),
    }
    publics = f.codes("publics", "publics", "Cochez au moins un public.")
    return {"identite": identite, "composition": composition, "logement": logement, "publics": publics}


def _commune(f: Formulaire) -> str:
    lieux = trouver(f.ligne("commune", "Indiquez la commune du logement."))
    if not lieux and f.brut("commune"):
        f.erreur("commune", "Cette commune n’est pas connue : vérifiez son nom.")
    if len(lieux) > 1:
        f.erreur("commune", f"Plusieurs communes portent ce nom : écrivez par exemple « {commune(lieux[0])} ».")
    return lieux[0] if len(lieux) == 1 else ""


def _motif(f: Formulaire, le: date) -> dict[str, Any]:
    return {
        "convention": f.ligne("convention", "Choisissez l’association."),
        "motifs": f.codes("motifs", "motif_orientation", "Cochez au moins un motif."),
        "constat": f.texte("constat", "Décrivez ce que vous avez constaté."),
        "expose": f.texte("expose"),
    }


def _accord(f: Formulaire, le: date) -> dict[str, Any]:
    accord = f.un_de("accord", ("oui", "non"), "Dites si le ménage est d’accord.")
    if accord == "non":
        f.generale = (
            "Sans l’accord du ménage, rien ne peut être transmis. Enregistrez le brouillon, et reprenez-le quand vous "
            "aurez son accord."
        )
    return {
        "support": f.code("support", "support_contact", "Dites comment l’accord a été recueilli."),
        "le": f.date("le", "Indiquez la date de l’accord.", passee=le),
        "synthese": f.coche("synthese"),
    }


LECTEURS = {"menage": _menage, "motif": _motif, "accord": _accord}


def tranche_age(naissance: date | None, le: date) -> str:
    """The code of the age band; « non_renseigne » without a birth date."""
    if naissance is None:
        return "non_renseigne"
    age = le.year - naissance.year - ((le.month, le.day) < (naissance.month, naissance.day))
    bandes = ((18, "moins-de-18"), (25, "18-24"), (40, "25-39"), (60, "40-59"), (75, "60-74"))
    return next((code for avant, code in bandes if age < avant), "75-plus")


# Showing


async def _afficher(visite: Visite, b: Brouillon, page: str, f: Formulaire) -> Response:
    donnees: dict[str, Any] = {
        "id": b.id,
        "f": f,
        "b": b,
        "page": page,
        "pages": [(nom, f"/orientations/nouvelle/{b.id}/{cle}") for cle, nom in _NOMS.items()],
        "rang": PAGES.index(page),
        "ici": "/orientations",
        "le_menage": nom_du_brouillon(b),
    }
    donnees |= await _AFFICHEURS[page](visite, b, f)
    return visite.page(f"bailleur/orienter_{page}.html", 200 if f.correct else 422, **donnees)


_NOMS = {"menage": "Le ménage", "motif": "Le motif", "accord": "Son accord", "verifier": "Vérifier"}


async def _page_menage(visite: Visite, b: Brouillon, f: Formulaire) -> dict[str, Any]:
    if b.dossier:
        vu = await visite.api.lire("dossiers", f"/dossiers/{b.dossier}")
        return {"connu": lignes_du_menage(vu), "le_menage": nom_complet(vu["identite"], vu["efface"])}
    for nom, valeur in (("adultes", "1"), ("enfants", "0")):
        f.valeurs.setdefault(nom, [valeur])
    le = visite.aujourdhui
    dispositifs = await visite.api.liste("partenaires", "/dispositifs")
    vises = {code for d in dispositifs for code in d["publics"]} | set(f.bruts("publics"))
    publics = [(code, nom) for code, nom in choix("publics", le) if not vises or code in vises]
    if len(publics) == 1:
        f.valeurs.setdefault("publics", [publics[0][0]])
    return {
        "connu": None,
        "publics": publics,
        "types": choix("type_menage", le),
        "typologies": choix("typologie_logement", le),
    }


async def _page_motif(visite: Visite, b: Brouillon, f: Formulaire) -> dict[str, Any]:
    offres = await _offres(visite, b)
    if len(offres) == 1:
        f.valeurs.setdefault("convention", [offres[0]["convention"]])
    return {"offres": offres, "motifs": choix("motif_orientation", visite.aujourdhui)}


async def _page_accord(visite: Visite, b: Brouillon, f: Formulaire) -> dict[str, Any]:
    f.valeurs.setdefault("le", [f"{visite.aujourdhui:%d/%m/%Y}"])
    return {"supports": choix("support_contact", visite.aujourdhui)}


async def _page_verifier(visite: Visite, b: Brouillon, f: Formulaire) -> dict[str, Any]:
    """All that will be sent, read as it will be sent; an incomplete page sends back there."""
    lue = Formulaire(b.saisies)
    le = visite.aujourdhui
    dit = {cle: lire(lue, le) for cle, lire in LECTEURS.items() if not (cle == "menage" and b.dossier)}
    offres = await _offres(visite, b)
    choisie = next((o for o in offres if o["convention"] == dit["motif"]["convention"]), None)
    return {
        "dit": dit,
        "incomplete": _incomplete(b, le),
        "choisie": choisie,
        "commune": commune,
        "libelles": lambda codes, nom: [libelle(c, nom) for c in codes],
        "libelle_de": libelle,
        "connu": (await _page_menage(visite, b, Formulaire()))["connu"] if b.dossier else None,
        "doublons": await _doublons(visite, dit["menage"]["identite"]) if "menage" in dit else [],
        "etats": ETAPES_BAILLEUR,
        "motif_liste": liste("motif_orientation"),
    }


_AFFICHEURS = {"menage": _page_menage, "motif": _page_motif, "accord": _page_accord, "verifier": _page_verifier}


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


async def _doublons(visite: Visite, identite: dict[str, Any]) -> list[dict[str, Any]]:
    """Households of the landlord's own that look like this one."""
    if not identite["nom"] or not identite["prenom"]:
        return []
    found = await visite.api.chercher("dossiers", "/doublons", {"identite": identite})
    elements: list[dict[str, Any]] = found["elements"]
    return elements


async def _offres(visite: Visite, b: Brouillon) -> list[dict[str, Any]]:
    """The active conventions with their free places, the fullest last; a dossier stays with its first association."""
    conventions = await visite.api.liste("partenaires", "/conventions", statut="active")
    if b.dossier:
        vu = await visite.api.lire("dossiers", f"/dossiers/{b.dossier}")
        conventions = [c for c in conventions if vu["association"] in (None, c["association"])]
    places = await asyncio.gather(
        *(visite.api.lire("dossiers", f"/conventions/{c['convention']}/places") for c in conventions)
    )
    offres = [{**c, **p} for c, p in zip(conventions, places, strict=True)]
    return sorted(offres, key=lambda o: -o["libres"])


# Sending


async def _envoyer(visite: Visite, b: Brouillon, f: Formulaire) -> Response:
    le = visite.aujourdhui
    if manque := _incomplete(b, le):
        return visite.vers(f"/orientations/nouvelle/{b.id}/{manque}")
    lue = Formulaire(b.saisies)
    try:
        if b.dossier is None:
            b = await _reperer(visite, b, _menage(lue, le))
        assert b.dossier is not None
        version = await _orienter(visite, b, b.dossier, _motif(lue, le), _accord(lue, le))
    except Refusee as refus:
        f.generale = refus.detail
        return await _afficher(visite, b, "verifier", f)
    adresse = f"/dossiers/{b.dossier}"
    await visite.les.brouillons.conclure(visite.personne, b.id, adresse)
    return visite.vers(adresse, "orientation_envoyee", v=version)


async def _reperer(visite: Visite, b: Brouillon, dit: dict[str, Any]) -> Brouillon:
    """Record the household; its dossier's id comes from the command's, hence from the draft's."""
    corps = {"menage": b.menage, **dit}
    effet = await visite.api.faire("dossiers", "/dossiers/reperer", corps, _commande(visite, b, "reperer"))
    b = msgspec.structs.replace(b, dossier=effet.id)
    await _ecrire(visite, b)
    return b


async def _orienter(visite: Visite, b: Brouillon, dossier: UUID, motif: dict[str, Any], accord: dict[str, Any]) -> int:
    """The landlord's diagnostic, the meeting, the agreement, then the request itself. Answers the dossier's version."""
    conventions = await visite.api.liste("partenaires", "/conventions", statut="active")
    convention = next((c for c in conventions if c["convention"] == motif["convention"]), None)
    if convention is None:
        raise Refusee(409, "convention_inconnue", "", "Cette convention n’est plus active : choisissez-en une autre.")
    quand = {"support": accord["support"], "le": accord["le"]}
    suite: list[tuple[str, dict[str, Any]]] = [
        ("poser-diagnostic", {"motifs": motif["motifs"], "constat": motif["constat"]}),
    ]
    if accord["support"] not in SANS_RENCONTRE:
        suite.append(("tenir-rencontre", quand))
    suite.append(("recueillir-consentement", {"finalite": "transmission", **quand}))
    if accord["synthese"]:
        suite.append(("recueillir-consentement", {"finalite": "partage_synthese", **quand}))
    demande = {nom: convention[nom] for nom in ("association", "dispositif", "convention")}
    suite.append(("orienter", {**demande, "motifs": motif["motifs"], "expose": motif["expose"]}))
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


# The draft


async def _lire(visite: Visite, id_: UUID) -> Brouillon:
    """The draft, or an empty one under this id: the address of a page that was not filled in yet."""
    found = await visite.les.brouillons.lire(visite.personne, id_)
    return found or _brouillon(id_, "menage", uuid5(id_, "menage"), None, {})


def _brouillon(id_: UUID, page: str, menage: UUID, dossier: UUID | None, saisies: dict[str, list[str]]) -> Brouillon:
    return Brouillon(id_, FORMULAIRE, menage, dossier, f"/orientations/nouvelle/{id_}/{page}", saisies, None)


async def _ecrire(visite: Visite, b: Brouillon) -> None:
    await visite.les.brouillons.ecrire(visite.personne, b)

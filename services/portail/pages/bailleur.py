"""The landlord's pages: its orientations, where each stands and who is awaited, and one household's sheet."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.portail.api import Introuvable, Refusee
from services.portail.brouillon import Brouillon
from services.portail.communes import libelle as commune
from services.portail.formulaire import Formulaire
from services.portail.libelles import ETAPES_BAILLEUR, choix, en_date, libelle, nom_complet
from services.portail.visite import IdFacultatif, LaVisite, Visite

routes = APIRouter()

GROUPES = {
    "a-orienter": ("À orienter", ("reperee",), "moi"),
    "en-attente": ("Réponse attendue", ("orientee", "a_l_etude"), ""),
    "sans-suite": ("Refusées ou sans réponse", ("refusee", "expiree"), "mal"),
    "accompagnes": ("Accompagnés", ("acceptee", "adhesion", "sous_contrat"), ""),
    "termines": ("Terminés", ("retiree", "adhesion_refusee", "clos"), ""),
}
"""Filter → label, the stages it gathers, tone of its count."""

REORIENTABLES = frozenset({"reperee", "refusee", "expiree", "retiree", "adhesion_refusee"})
"""Stages from which the landlord may ask again."""

Apres = Annotated[str | None, Query(max_length=1000)]


@routes.get("/orientations")
async def mes_orientations(
    visite: LaVisite, etat: str | None = None, convention: IdFacultatif = None, apres: Apres = None
) -> Response:
    """The list, what waits on whom, and counts that open it."""
    groupe = GROUPES.get(etat or "")
    etapes = list(groupe[1]) if groupe else None
    api = visite.api
    liste, comptes, conventions, brouillons = await asyncio.gather(
        api.lire("dossiers", "/orientations", etape=etapes, convention=convention, apres=apres),
        api.lire("dossiers", "/orientations/comptes", convention=convention),
        api.liste("partenaires", "/conventions"),
        visite.les.brouillons.liste(visite.personne),
    )
    actives = [c for c in conventions if c["statut"] == "active"]
    return visite.page(
        "bailleur/orientations.html",
        liste=liste,
        comptes=_comptes(comptes, etat if groupe else None, convention),
        etat=etat if groupe else None,
        convention=convention,
        conventions=conventions,
        actives=actives,
        noms={c["association"]: c["association_nom"] for c in conventions},
        brouillons=[(b, nom_du_brouillon(b)) for b in brouillons if b.formulaire == "orienter" and not apres],
        etats=ETAPES_BAILLEUR,
        attendu=attendu,
        filtres={nom: v for nom, v in (("etat", etat if groupe else None), ("convention", convention)) if v},
    )


def _comptes(comptes: dict[str, Any], etat: str | None, convention: UUID | None) -> list[tuple[Any, ...]]:
    """One per filter, with its address."""
    suite = f"&convention={convention}" if convention else ""
    found: list[tuple[Any, ...]] = [
        (
            sum(comptes["par_etape"].get(etape, 0) for etape in etapes),
            nom,
            f"/orientations?etat={cle}{suite}",
            cle == etat,
            ton,
        )
        for cle, (nom, etapes, ton) in GROUPES.items()
    ]
    tous = f"/orientations?{suite[1:]}" if suite else "/orientations"
    return [*found, (comptes["total"], "Tous", tous, etat is None, "")]


def nom_du_brouillon(b: Brouillon) -> str:
    """Whom a draft orientation is about, as far as was typed."""
    return f"{b.brut('prenom')} {b.brut('nom')}".strip()


def attendu(row: dict[str, Any]) -> tuple[str, str, Any]:
    """(who, what, by when) is awaited in a dossier, as the landlord sees it; nobody when it is over."""
    match row["etape"]:
        case "reperee":
            return "Vous", "orienter le ménage", None
        case "orientee" | "a_l_etude":
            return "L’association", "répondre", row["reponse_avant"]
        case "refusee" | "expiree":
            return "Vous", "orienter de nouveau, ou en rester là", None
        case "acceptee":
            return "L’association", "recueillir l’adhésion", None
        case "adhesion":
            return "L’association", "préparer le contrat", None
        case "sous_contrat" if row["prochaine_echeance"] is None:
            return "L’association", "conclure, ou prolonger le contrat", None
        case "sous_contrat":
            return "L’association", "réévaluer le suivi", row["prochaine_echeance"]
        case _:
            return "", "", None


async def fiche(visite: Visite, dossier: UUID, au_moins: int | None) -> Response:
    """The landlord's sheet of a household (`/dossiers/{dossier}`): stages, due dates, what was shared with it."""
    vu, conventions = await asyncio.gather(
        visite.api.lire("dossiers", f"/dossiers/{dossier}", au_moins=au_moins),
        visite.api.liste("partenaires", "/conventions"),
    )
    return visite.page("bailleur/fiche.html", **_fiche(vu, conventions))


def _fiche(vu: dict[str, Any], conventions: list[dict[str, Any]]) -> dict[str, Any]:
    convention = next((c for c in conventions if c["convention"] == vu["convention"]), None)
    association = convention["association_nom"] if convention else ""
    qui, quoi, avant = attendu(vu)
    if _signature_attendue(vu):
        qui, quoi, avant = "Vous", "signer le contrat", None
    return {
        "vu": vu,
        "nom": nom_complet(vu["identite"], vu["efface"]),
        "etat": ETAPES_BAILLEUR[vu["etape"]],
        "association": association,
        "convention": convention,
        "etapes": _etapes(vu, association),
        "a_signer": _signature_attendue(vu),
        "qui": qui,
        "quoi": quoi,
        "avant": avant,
        "menage": menage(vu),
        "reorientable": not vu["efface"] and vu["etape"] in REORIENTABLES,
        "seconde": not vu["efface"] and vu["etape"] in ("retiree", "adhesion_refusee"),
        "commune": commune,
        "ici": "/orientations",
    }


def _signature_attendue(vu: dict[str, Any]) -> bool:
    contrat = vu["contrat"]
    return bool(
        contrat and vu["etape"] == "adhesion" and not any(s["partie"] == "bailleur" for s in contrat["signatures"])
    )


_FINS = {
    "refusee": "Orientation refusée",
    "retiree": "Orientation retirée",
    "expiree": "Sans réponse dans le délai",
    "adhesion_refusee": "Le ménage n’a pas souhaité être accompagné",
    "clos": "Accompagnement terminé",
}


def _etapes(vu: dict[str, Any], association: str) -> list[tuple[str, Any, str]]:
    """Done, now, to come; an end that came before its time replaces what was to come."""
    signe = max((s["le"] for s in (vu["contrat"] or {}).get("signatures", [])), default=None)
    franchies = [
        ("Ménage repéré", vu["repere_le"]),
        (f"Orienté vers {association}" if association else "Orienté vers une association", vu["oriente_le"]),
        ("Orientation acceptée", vu["acceptee_le"]),
        ("Adhésion du ménage", vu["adhesion_le"]),
        ("Contrat signé par tous", signe if vu["etape"] in ("sous_contrat", "clos") else None),
    ]
    faites: list[tuple[str, Any, str]] = [(nom, le, "faite") for nom, le in franchies if le]
    if vu["etape"] in _FINS:
        return [*faites, (_FINS[vu["etape"]], vu["etape_depuis"], "faite" if vu["etape"] == "clos" else "fin")]
    faites[-1] = (*faites[-1][:2], "maintenant")
    return faites + [(nom, None, "a-venir") for nom, le in franchies if not le]


def menage(vu: dict[str, Any]) -> list[tuple[str, Any]]:
    """The household as the landlord recorded it, line by line."""
    identite, composition, logement = vu["identite"] or {}, vu["composition"] or {}, vu["logement"] or {}
    naissance = identite.get("naissance")
    foyer = libelle(composition.get("type_menage"), "type_menage")
    nombres = ", ".join(
        f"{n} {mot if n < 2 else mot + 's'}"
        for n, mot in ((composition.get("adultes", 0), "adulte"), (composition.get("enfants", 0), "enfant"))
        if n
    )
    return [
        ("Date de naissance", en_date(naissance) and f"{en_date(naissance):%d/%m/%Y}"),
        ("Téléphone", identite.get("telephone")),
        ("Courriel", identite.get("courriel")),
        ("Adresse", identite.get("adresse")),
        ("Commune", commune(logement.get("commune"))),
        ("Quartier prioritaire", ("Oui" if logement["qpv"] else "Non") if logement else None),
        ("Typologie", libelle(logement.get("typologie"), "typologie_logement")),
        ("Foyer", f"{foyer} ({nombres})" if foyer and nombres else foyer),
        ("Publics", ", ".join(libelle(code, "publics") for code in vu["publics"])),
    ]


@routes.get("/dossiers/{dossier}/retirer")
async def avant_de_retirer(visite: LaVisite, dossier: UUID) -> Response:
    visite.reserver("bailleur")
    vu = await visite.api.lire("dossiers", f"/dossiers/{dossier}")
    return _retirer(visite, vu, Formulaire())


@routes.post("/dossiers/{dossier}/retirer")
async def retirer(visite: LaVisite, dossier: UUID) -> Response:
    """Take back an orientation nobody has answered yet."""
    visite.reserver("bailleur")
    f = await visite.formulaire()
    motif = f.code("motif", "motif_retrait", "Choisissez un motif.")
    if f.correct:
        try:
            effet = await visite.api.faire(
                "dossiers", f"/dossiers/{dossier}/retirer-orientation", {"motif": motif}, f.commande, f.version
            )
            return visite.vers(f"/dossiers/{dossier}", "orientation_retiree", v=effet.version)
        except Refusee as refus:
            f.refuser(refus, {"/motif": "motif"})
    vu = await visite.api.lire("dossiers", f"/dossiers/{dossier}")
    return _retirer(visite, vu, f)


def _retirer(visite: Visite, vu: dict[str, Any], f: Formulaire) -> Response:
    return visite.page(
        "bailleur/retirer.html",
        200 if f.correct else 422,
        f=f,
        vu=vu,
        nom=nom_complet(vu["identite"], vu["efface"]),
        etat=ETAPES_BAILLEUR[vu["etape"]],
        motifs=choix("motif_retrait", visite.aujourdhui),
        ici="/orientations",
    )


@routes.get("/dossiers/{dossier}/signer")
async def avant_de_signer(visite: LaVisite, dossier: UUID) -> Response:
    visite.reserver("bailleur")
    vu = await visite.api.lire("dossiers", f"/dossiers/{dossier}")
    return _signer(visite, vu, Formulaire.neuf(le=f"{visite.aujourdhui:%d/%m/%Y}"))


@routes.post("/dossiers/{dossier}/signer")
async def signer(visite: LaVisite, dossier: UUID) -> Response:
    """Record the landlord's signature of the contract that the page showed: another in its place is refused."""
    visite.reserver("bailleur")
    f = await visite.formulaire()
    moyen = f.code("moyen", "moyen_signature", "Dites comment vous avez signé.")
    le = f.date("le", "Indiquez la date de la signature.", passee=visite.aujourdhui)
    if f.correct:
        corps = {"contrat": f.brut("contrat"), "partie": "bailleur", "moyen": moyen, "le": le}
        try:
            effet = await visite.api.faire("dossiers", f"/dossiers/{dossier}/signer-contrat", corps, f.commande)
            return visite.vers(f"/dossiers/{dossier}", "signature_enregistree", v=effet.version)
        except Refusee as refus:
            f.refuser(refus, {"/moyen": "moyen", "/le": "le"})
    return _signer(visite, await visite.api.lire("dossiers", f"/dossiers/{dossier}"), f)


def _signer(visite: Visite, vu: dict[str, Any], f: Formulaire) -> Response:
    if not vu["contrat"]:
        raise Introuvable
    return visite.page(
        "bailleur/signer.html",
        200 if f.correct else 422,
        f=f,
        vu=vu,
        nom=nom_complet(vu["identite"], vu["efface"]),
        moyens=choix("moyen_signature", visite.aujourdhui),
        ici="/orientations",
    )

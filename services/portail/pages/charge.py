"""Who follows how many households: naming a référent for those accepted, and another one in their place."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any
from uuid import UUID, uuid5

from fastapi import APIRouter, Query
from fastapi.responses import Response
from msgspec import Struct

from services.portail.api import Introuvable, Refusee
from services.portail.formulaire import Formulaire
from services.portail.libelles import nom_complet, pluriel
from services.portail.pages.association import ETAPES, membres, noms
from services.portail.pages.coordinateur import SUIVIES, menages, montre
from services.portail.visite import LaVisite, Visite

routes = APIRouter()

TRANCHES = {
    "en_retard": "En retard",
    "sept_jours": "7 jours",
    "trente_jours": "30 jours",
    "plus_tard": "Plus tard",
    "sans_echeance": "Sans échéance",
}
"""Columns of the load: each number opens the list of the same name."""

Apres = Annotated[str | None, Query(max_length=1000)]


class Charge(Struct, frozen=True):
    """`lignes`: one per member who follows households, or still does after leaving; the busiest first."""

    lignes: list[dict[str, Any]]
    noms: dict[str, str]

    def choix(self, sauf: str | None = None) -> list[tuple[str, str, str]]:
        """(member, name, load) of those who may be given households, the least busy first."""
        actifs = [x for x in reversed(self.lignes) if x["actif"] and x["referent"] != sauf]
        return [(x["referent"], self.nom(x["referent"]), pluriel(x["ouverts"], "dossier")) for x in actifs]

    def nom(self, membre: str) -> str:
        return self.noms.get(membre) or "Membre parti"


async def _charge(visite: Visite) -> Charge:
    charge, equipe = await asyncio.gather(visite.api.lire("dossiers", "/charge"), membres(visite))
    nommes = noms(equipe)
    lignes = [x for x in charge["elements"] if x["referent"]]
    lignes.sort(key=lambda x: (x["actif"], -x["ouverts"], nommes.get(x["referent"], "").lower()))
    return Charge(lignes, nommes)


# Everybody's load, and whom to give what is nobody's


@routes.get("/charge")
async def charge(visite: LaVisite, apres: Apres = None) -> Response:
    visite.reserver("association", role="coordinateur")
    return await _page(visite, Formulaire(), apres)


@routes.post("/charge")
async def confier(visite: LaVisite, apres: Apres = None) -> Response:
    """Each household to whoever was chosen beside it; those without a choice stay as they are."""
    visite.reserver("association", role="coordinateur")
    f = await visite.formulaire()
    choisis = {d: v for d, v in ((_dossier(nom), f.brut(nom)) for nom in f.valeurs) if d and v}
    if not choisis:
        f.generale = "Choisissez un référent pour un ménage au moins."
    elif await _designer(visite, f, choisis):
        return visite.vers("/charge", "dossiers_confies")
    return await _page(visite, f, apres)


async def _page(visite: Visite, f: Formulaire, apres: str | None) -> Response:
    la, sans = await asyncio.gather(
        _charge(visite),
        visite.api.lire("dossiers", "/portefeuille", sans_referent=True, etape=list(SUIVIES), apres=apres),
    )
    return visite.page(
        "coordinateur/charge.html",
        200 if f.correct else 422,
        f=f,
        charge=la,
        sans=sans,
        apres=apres,
        etats=ETAPES,
        tranches=TRANCHES,
    )


def _dossier(champ: str) -> str | None:
    """The dossier a field « referent-… » is about."""
    nom, _, dossier = champ.partition("-")
    try:
        return str(UUID(dossier)) if nom == "referent" else None
    except ValueError:
        return None


async def _designer(visite: Visite, f: Formulaire, choisis: dict[str, str]) -> bool:
    """All of them, whatever becomes of one; those refused are said above the form. True when all were accepted."""

    async def un(dossier: str, referent: str) -> tuple[str, str] | None:
        cle = uuid5(f.commande, f"{dossier}:{referent}")
        try:
            effet = await visite.api.faire("dossiers", f"/dossiers/{dossier}/designer-referent", _corps(referent), cle)
        except Refusee as refus:
            return dossier, refus.detail
        await montre(visite, UUID(dossier), effet.version)
        return None

    refus = [found for found in await asyncio.gather(*(un(d, r) for d, r in choisis.items())) if found]
    if refus:
        connus = await menages(visite, [dossier for dossier, _ in refus])
        dits = [f"{_nom(connus[dossier])} : {detail}" for dossier, detail in refus if dossier in connus]
        f.generale = " ".join(dits) or refus[0][1]
    return not refus


def _corps(referent: str) -> dict[str, str]:
    return {"referent": referent}


def _nom(row: dict[str, Any]) -> str:
    return nom_complet(row["identite"], row["efface"])


# Somebody else in their place


@routes.get("/charge/{membre}")
async def avant_de_remplacer(visite: LaVisite, membre: UUID) -> Response:
    visite.reserver("association", role="coordinateur")
    return await _remplacer(visite, membre, None)


@routes.post("/charge/{membre}")
async def remplacer(visite: LaVisite, membre: UUID) -> Response:
    """Give the ticked households of one member to another."""
    visite.reserver("association", role="coordinateur")
    f = await visite.formulaire()
    dossiers = [d for d in f.bruts("dossiers") if _dossier(f"referent-{d}")]
    if not dossiers:
        f.erreur("dossiers", "Cochez un ménage au moins.")
    nouveau = f.ligne("referent", "Choisissez qui les suivra.")
    if f.correct and await _designer(visite, f, dict.fromkeys(dossiers, nouveau)):
        return visite.vers("/charge", "dossiers_confies")
    return await _remplacer(visite, membre, f)


async def _remplacer(visite: Visite, membre: UUID, f: Formulaire | None) -> Response:
    la, suivis = await asyncio.gather(
        _charge(visite),
        visite.api.lire("dossiers", "/portefeuille", referent=membre, etape=list(SUIVIES), limite=200),
    )
    ligne = next((x for x in la.lignes if x["referent"] == str(membre)), None)
    if ligne is None:
        raise Introuvable
    tous = [row["dossier"] for row in suivis["elements"]]
    # Who has left follows nobody any more; of a colleague's, one usually moves a few.
    f = f or Formulaire.neuf(dossiers=[] if ligne["actif"] else tous)
    return visite.page(
        "coordinateur/remplacer.html",
        200 if f.correct else 422,
        f=f,
        ligne=ligne,
        qui=la.nom(str(membre)),
        reste=suivis["total"] - len(tous),
        menages=[(row["dossier"], _nom(row), ETAPES[row["etape"]].libelle) for row in suivis["elements"]],
        choix=la.choix(sauf=str(membre)),
        ici="/charge",
    )


@routes.get("/dossiers/{dossier}/referent")
async def avant_de_designer(visite: LaVisite, dossier: UUID) -> Response:
    visite.reserver("association", role="coordinateur")
    return await _designer_un(visite, dossier, Formulaire())


@routes.post("/dossiers/{dossier}/referent")
async def designer(visite: LaVisite, dossier: UUID) -> Response:
    """One household's référent, from its sheet."""
    visite.reserver("association", role="coordinateur")
    f = await visite.formulaire()
    referent = f.ligne("referent", "Choisissez qui suit ce ménage.")
    if f.correct:
        try:
            effet = await visite.api.faire(
                "dossiers", f"/dossiers/{dossier}/designer-referent", _corps(referent), f.commande
            )
            return visite.vers(f"/dossiers/{dossier}", "dossier_confie", v=effet.version)
        except Refusee as refus:
            f.refuser(refus, {"/referent": "referent"})
    return await _designer_un(visite, dossier, f)


async def _designer_un(visite: Visite, dossier: UUID, f: Formulaire) -> Response:
    la, connus = await asyncio.gather(_charge(visite), menages(visite, [str(dossier)]))
    row = connus.get(str(dossier))
    if row is None:
        raise Introuvable
    return visite.page(
        "coordinateur/designer.html",
        200 if f.correct else 422,
        f=f,
        dossier=dossier,
        nom=_nom(row),
        actuel=la.nom(row["referent"]) if row["referent"] else None,
        choix=la.choix(sauf=row["referent"]),
        ici="/charge",
    )

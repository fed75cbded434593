"""The dossiers API: a request becomes a command, a question goes to a view. Nothing is decided here.

Who may see what: the landlord's routes read `orientations` and nothing else, the association's `portefeuille`, `travail`,
`frise` and `notes`, the funder's `indicateurs`. Each view's row-level security holds the boundary; a row that is not the
caller's does not exist (404).
"""

from collections.abc import Sequence
from datetime import date  # annotations are read at run time by FastAPI: no `from __future__ import annotations` here
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from services.dossiers import formes
from services.dossiers.chapitres.commandes import COMMANDES, COMMANDES_DE_L_HORLOGE, Entree
from services.dossiers.regie import stream_du_repere
from services.dossiers.vues import (
    acces,
    conventions,
    frise,
    indicateurs,
    notes,
    orientations,
    places,
    portefeuille,
    travail,
)
from services.socle.base.calendar import date_paris
from services.socle.facts.chapter import Refus
from services.socle.facts.command import CodeStr, JourEcrit
from services.socle.facts.handle import Demande
from services.socle.service import Moyens, moyens
from services.socle.web import access_log as consultations
from services.socle.web.auth import Acteur, ActeurConnu
from services.socle.web.http import AuMoins, CleIdempotence, Effet, fraicheur, json, repondre, si_version
from services.socle.web.paging import Apres, Limite, lire_curseur, page
from services.socle.web.reading import Tri

routes = APIRouter(prefix="/v1")

LesMoyens = Annotated[Moyens[Any], Depends(moyens)]
Dossier = Annotated[UUID, Path(description="Identifiant du dossier.")]
Attendue = Annotated[int | None, Depends(si_version)]
Annee = Annotated[int, Query(ge=2000, le=2100)]
Code = Annotated[CodeStr | None, Query()]
Codes = Annotated[
    list[CodeStr] | None,
    Query(max_length=20, description="L'un de ceux-ci ; répétable."),
]
Dossiers = Annotated[
    list[UUID] | None,
    Query(max_length=200, description="Ces dossiers seulement ; répétable. Ceux des autres n'y sont pas."),
]
Tranche = Annotated[travail.Tranche | None, Query(description="Dans combien de temps, vu d'aujourd'hui.")]


# Commands


@routes.post("/dossiers/reperer", status_code=201, response_model=Effet, tags=["commandes"])
async def reperer(
    corps: COMMANDES["reperer"][0],  # type: ignore[valid-type]  # the class is data: the table of commands names it once
    acteur: ActeurConnu,
    cle: CleIdempotence,
    les: LesMoyens,
    request: Request,
) -> Response:
    """Ouvre le dossier d'un ménage que le bailleur a repéré."""
    acteur.exiger("agent", "responsable")
    acte = les.acte(acteur, cle, request)
    demande: Demande[Any] = Demande(stream_du_repere(acte), COMMANDES["reperer"][1], corps, naissance=True)
    return repondre(await les.handler.executer(demande, acte), 201)


def _commande(nom: str, entree: Entree) -> None:
    """One endpoint for one command on an existing dossier."""
    classe, chapitre = entree

    async def executer(
        dossier: Dossier,
        corps: classe,  # type: ignore[valid-type]  # the class is this endpoint's own
        acteur: ActeurConnu,
        cle: CleIdempotence,
        attendue: Attendue,
        les: LesMoyens,
        request: Request,
    ) -> Response:
        acte = les.acte(acteur, cle, request)
        return repondre(await les.handler.executer(Demande(dossier, chapitre, corps, attendue=attendue), acte))

    routes.add_api_route(
        f"/dossiers/{{dossier}}/{nom}",
        executer,
        methods=["POST"],
        response_model=Effet,
        name=nom,
        operation_id=nom,
        description=classe.__doc__ if "__doc__" in vars(classe) and classe.__doc__ else None,
        tags=["commandes"],
    )


for _nom, _entree in {**COMMANDES, **COMMANDES_DE_L_HORLOGE}.items():
    if _nom != "reperer":
        _commande(_nom, _entree)


# Questions


@routes.get("/dossiers/{dossier}", tags=["vues"], responses=formes.DOSSIER)
async def un_dossier(dossier: Dossier, acteur: ActeurConnu, les: LesMoyens, au_moins: AuMoins = None) -> Response:
    """Le dossier, tel que votre organisation peut le voir."""
    frais = await les.lecture.fraicheur(acteur, dossier, au_moins)
    une = {"bailleur": orientations.un, "association": portefeuille.un}.get(acteur.nature)
    row = await les.lecture.une(acteur, une(dossier)) if une else None
    if row is None:
        raise Refus("inconnu")
    await les.consultations.noter(acteur, dossier, "dossier", les.horloge.now())
    # The dossier's own version, for the next If-Match: the row's is that of the last fact it shows, and a note is none.
    return json(row | {"version": frais.version}, headers=fraicheur(frais.version, frais.perime))


@routes.get("/dossiers/{dossier}/frise", tags=["vues"], responses=formes.FRISE)
async def la_frise(dossier: Dossier, acteur: ActeurConnu, les: LesMoyens, au_moins: AuMoins = None) -> Response:
    """Ce qui s'est passé dans le dossier, pour l'association qui le suit."""
    frais = await les.lecture.fraicheur(acteur, dossier, au_moins)
    rows = await les.lecture.toutes(acteur, frise.de(dossier))
    if not rows:
        raise Refus("inconnu")
    await les.consultations.noter(acteur, dossier, "frise", les.horloge.now())
    return json({"elements": rows}, headers=fraicheur(frais.version, frais.perime))


@routes.get("/dossiers/{dossier}/notes", tags=["vues"], responses=formes.NOTES)
async def les_notes(dossier: Dossier, acteur: ActeurConnu, les: LesMoyens, au_moins: AuMoins = None) -> Response:
    """Les notes de l'association que vous pouvez lire, selon leur niveau."""
    frais = await les.lecture.fraicheur(acteur, dossier, au_moins)
    if await les.lecture.une(acteur, portefeuille.un(dossier)) is None:
        raise Refus("inconnu")
    rows = await les.lecture.toutes(acteur, notes.de(dossier))
    await les.consultations.noter(acteur, dossier, "notes", les.horloge.now())
    return json({"elements": rows}, headers=fraicheur(frais.version, frais.perime))


@routes.get("/dossiers/{dossier}/consultations", tags=["vues"], responses=formes.CONSULTATIONS)
async def les_consultations(
    dossier: Dossier, acteur: ActeurConnu, les: LesMoyens, apres: Apres = None, limite: Limite = 50
) -> Response:
    """Qui a consulté le dossier : vos collègues par leur nom, l'autre organisation par les jours où elle l'a ouvert."""
    une = {"bailleur": orientations.un, "association": portefeuille.un}.get(acteur.nature)
    row = await les.lecture.une(acteur, une(dossier)) if une else None
    if row is None:
        raise Refus("inconnu")
    # What the landlord did before the orientation, or does once nothing is shared any more, is not the association's.
    partage = row["oriente_le"] if acteur.nature == "bailleur" or row["identite"] else None
    query = consultations.de(dossier, partage, limite + 1, lire_curseur(apres, tuple[date, str]))
    rows = await les.lecture.toutes(acteur, query)
    lignes = page(rows, limite, rows[0]["total"] if rows else 0, "jour", "rang")
    shown = [{nom: row[nom] for nom in row if nom not in ("rang", "total")} for row in lignes["elements"]]
    return json(lignes | {"elements": shown})


@routes.get("/portefeuille", tags=["vues"], responses=formes.PORTEFEUILLE)
async def le_portefeuille(
    acteur: ActeurConnu,
    les: LesMoyens,
    etape: Codes = None,
    referent: UUID | None = None,
    sans_referent: bool = False,
    dossier: Dossiers = None,
    au_moins: AuMoins = None,
    apres: Apres = None,
    limite: Limite = 50,
) -> Response:
    """Les dossiers de l'association ; avec un seul `dossier`, une fois qu'il en est à la version `au_moins`."""
    _association(acteur)
    if dossier and len(dossier) == 1:
        await les.lecture.fraicheur(acteur, dossier[0], au_moins)
    vue = portefeuille.vue.c
    tri = [Tri(vue.oriente_le, decroissant=True), Tri(vue.dossier)]
    query = portefeuille.liste(etape, referent, sans_referent, dossier)
    return json(await les.lecture.page(acteur, query, tri, apres, limite))


@routes.get("/portefeuille/comptes", tags=["vues"], responses=formes.COMPTES)
async def les_comptes_du_portefeuille(
    acteur: ActeurConnu, les: LesMoyens, referent: UUID | None = None, sans_referent: bool = False
) -> Response:
    """Combien de dossiers à chaque étape ; chaque nombre ouvre la liste du même nom."""
    _association(acteur)
    return json(_par_etape(await les.lecture.toutes(acteur, portefeuille.comptes(referent, sans_referent))))


@routes.get("/travail", tags=["vues"], responses=formes.TRAVAIL)
async def le_travail(
    acteur: ActeurConnu,
    les: LesMoyens,
    referent: UUID | None = None,
    avant: JourEcrit | None = None,
    urgence: Code = None,
    tranche: Tranche = None,
    attendu: Codes = None,
    sans_referent: bool = False,
    apres: Apres = None,
    limite: Limite = 50,
) -> Response:
    """Ce que l'association doit faire, le plus urgent d'abord ; sans échéance à la fin."""
    _association(acteur)
    vue = travail.vue.c
    tri = [Tri(vue.echeance), Tri(vue.dossier)]
    bientot = travail.tranche(tranche, _aujourd_hui(les)) if tranche else None
    query = travail.liste(referent, avant, urgence, bientot, attendu, sans_referent)
    return json(await les.lecture.page(acteur, query, tri, apres, limite))


@routes.get("/travail/comptes", tags=["vues"], responses=formes.COMPTES_DU_TRAVAIL)
async def les_comptes_du_travail(
    acteur: ActeurConnu, les: LesMoyens, referent: UUID | None = None, sans_referent: bool = False
) -> Response:
    """Combien à faire, par échéance et par sorte ; chaque nombre ouvre la liste du même filtre."""
    _association(acteur)
    rows = await les.lecture.toutes(acteur, travail.comptes(_aujourd_hui(les), referent, sans_referent))
    par_tranche = {nom: sum(row[nom] for row in rows) for nom in travail.TRANCHES}
    par_attendu = {row["attendu"]: sum(row[nom] for nom in travail.TRANCHES) for row in rows}
    return json({"total": sum(par_tranche.values()), "par_tranche": par_tranche, "par_attendu": par_attendu})


@routes.get("/charge", tags=["vues"], responses=formes.CHARGE)
async def la_charge(acteur: ActeurConnu, les: LesMoyens) -> Response:
    """Ce que suit chaque référent de l'association, et ce qui n'est encore à personne (référent nul)."""
    _association(acteur)
    comptes = await les.lecture.toutes(acteur, travail.charge(_aujourd_hui(les)))
    connus = {row["referent"] for row in comptes}
    rien = dict.fromkeys(("ouverts", *travail.TRANCHES), 0)
    actifs = [row["membre"] for row in await les.lecture.toutes(acteur, acces.referents())]
    libres = [{"referent": membre, **rien} for membre in actifs if membre not in connus]
    return json({"elements": [{**row, "actif": row["referent"] in actifs} for row in (*comptes, *libres)]})


@routes.get("/orientations", tags=["vues"], responses=formes.ORIENTATIONS)
async def les_orientations(
    acteur: ActeurConnu,
    les: LesMoyens,
    etape: Codes = None,
    convention: UUID | None = None,
    dossier: Dossiers = None,
    apres: Apres = None,
    limite: Limite = 50,
) -> Response:
    """Les ménages que le bailleur a repérés, et où en est chacun."""
    _bailleur(acteur)
    vue = orientations.vue.c
    tri = [Tri(vue.repere_le, decroissant=True), Tri(vue.dossier)]
    return json(await les.lecture.page(acteur, orientations.liste(etape, convention, dossier), tri, apres, limite))


@routes.get("/orientations/comptes", tags=["vues"], responses=formes.COMPTES)
async def les_comptes_des_orientations(acteur: ActeurConnu, les: LesMoyens, convention: UUID | None = None) -> Response:
    """Combien de ménages à chaque étape ; chaque nombre ouvre la liste du même nom."""
    _bailleur(acteur)
    return json(_par_etape(await les.lecture.toutes(acteur, orientations.comptes(convention))))


@routes.get("/conventions/{convention}/places", tags=["vues"], responses=formes.PLACES)
async def les_places(convention: UUID, acteur: ActeurConnu, les: LesMoyens) -> Response:
    """Les places de la convention : combien, et combien de libres."""
    connue = await les.lecture.une(acteur, conventions.une(convention))
    if connue is None or connue["places"] is None or not _partie(acteur, connue):
        raise Refus("inconnu")
    prises = await les.lecture.une(acteur, places.une(convention))
    occupees = prises["prises"] if prises else 0
    return json({"places": connue["places"], "prises": occupees, "libres": max(0, connue["places"] - occupees)})


@routes.get("/conventions/{convention}/indicateurs", tags=["vues"], responses=formes.INDICATEURS)
async def les_indicateurs(convention: UUID, annee: Annee, acteur: ActeurConnu, les: LesMoyens) -> Response:
    """Combien de ménages à chaque étape, pour l'année d'orientation ; les petits nombres sont masqués aux financeurs."""
    connue = await les.lecture.une(acteur, conventions.une(convention))
    if connue is None:
        raise Refus("inconnu")
    compte = await les.lecture.une(acteur, indicateurs.compte(convention, annee)) or {}
    par_mois = {
        etape: await les.lecture.toutes(acteur, indicateurs.par_mois(convention, annee, etape))
        for etape in indicateurs.ETAPES
    }
    return json(
        indicateurs.presenter(compte, par_mois, masque=not _partie(acteur, connue))
        | {"convention": convention, "annee": annee}
    )


def _partie(acteur: Acteur, convention: dict[str, Any]) -> bool:
    """Whether the caller's organisation does the convention's work. A landlord may also just pay for somebody else's."""
    return acteur.organisation in (convention["bailleur"], convention["association"])


def _par_etape(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    par_etape = {row["etape"]: row["combien"] for row in rows}
    return {"total": sum(par_etape.values()), "par_etape": par_etape}


def _aujourd_hui(les: Moyens[Any]) -> date:
    return date_paris(les.horloge.now())


def _bailleur(acteur: Acteur) -> None:
    if acteur.nature != "bailleur":
        raise Refus("pour_un_bailleur")


def _association(acteur: Acteur) -> None:
    if acteur.nature != "association":
        raise Refus("pour_une_association")

"""The partenaires API: a request becomes a command, a question goes to a view. Nothing is decided here.

Row-level security holds the boundaries: an organisation's members are read by itself and the exploitant, a convention by
its parties and the funders of its plan; what is not the caller's does not exist (404, and counted nowhere).
"""

# Annotations are read at run time by FastAPI: no `from __future__ import annotations` here.
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response

from services.partenaires.chapitres.convention import (
    ActiverConvention,
    EchoirConvention,
    EtablirPlanDeFinancement,
    ProposerConvention,
    SignerConvention,
)
from services.partenaires.chapitres.convention import (
    convention as chapitre_convention,
)
from services.partenaires.chapitres.dispositif import OuvrirDispositif
from services.partenaires.chapitres.dispositif import dispositif as chapitre_dispositif
from services.partenaires.chapitres.identifiant import identifiant
from services.partenaires.chapitres.organisation import (
    HabiliterMembre,
    InscrireOrganisation,
    InviterMembre,
    RetirerMembre,
)
from services.partenaires.chapitres.organisation import (
    organisation as chapitre_organisation,
)
from services.partenaires.vues import conventions, dispositifs, membres, organisations
from services.socle.facts.act import Acte
from services.socle.facts.chapter import Chapter, Refus
from services.socle.facts.command import Commande
from services.socle.facts.handle import Demande, Issue
from services.socle.service import Moyens, moyens
from services.socle.web.auth import Acteur, ActeurConnu
from services.socle.web.http import AuMoins, CleIdempotence, Effet, fraicheur, json, repondre, si_version
from services.socle.web.paging import Apres, Limite
from services.socle.web.reading import Tri
from services.socle.web.shapes import ligne, page, repond

routes = APIRouter(prefix="/v1")

LesMoyens = Annotated[Moyens[Any], Depends(moyens)]
Attendue = Annotated[int | None, Depends(si_version)]
Organisation = Annotated[UUID, Path(description="Identifiant de l'organisation.")]
Dispositif = Annotated[UUID, Path(description="Identifiant du dispositif.")]
Convention = Annotated[UUID, Path(description="Identifiant de la convention.")]


class EffetMembre(Effet):
    """`id` is the organisation's; `membre` the invited member's, to habilitate them with."""

    membre: UUID


# Commands that create something


@routes.post("/organisations/inscrire", status_code=201, response_model=Effet, tags=["commandes"])
async def inscrire(
    corps: InscrireOrganisation, acteur: ActeurConnu, cle: CleIdempotence, les: LesMoyens, request: Request
) -> Response:
    """Ouvre Maillage à une organisation ; réservé à l'exploitant."""
    acteur.exiger("exploitant")
    return await _creer("organisation", chapitre_organisation, corps, les, les.acte(acteur, cle, request))


@routes.post("/dispositifs/ouvrir", status_code=201, response_model=Effet, tags=["commandes"])
async def ouvrir(
    corps: OuvrirDispositif, acteur: ActeurConnu, cle: CleIdempotence, les: LesMoyens, request: Request
) -> Response:
    """Ouvre un dispositif : ses publics, ses thèmes, ses règles."""
    acteur.exiger("responsable", "coordinateur")
    return await _creer("dispositif", chapitre_dispositif, corps, les, les.acte(acteur, cle, request))


@routes.post("/conventions/proposer", status_code=201, response_model=Effet, tags=["commandes"])
async def proposer(
    corps: ProposerConvention, acteur: ActeurConnu, cle: CleIdempotence, les: LesMoyens, request: Request
) -> Response:
    """Propose une convention entre un bailleur et une association, dont la vôtre."""
    acteur.exiger("responsable", "coordinateur")
    return await _creer("convention", chapitre_convention, corps, les, les.acte(acteur, cle, request))


async def _creer(
    sorte: str, chapitre: Chapter[Any, Any, Any, Any], corps: Commande, les: Moyens[Any], acte: Acte
) -> Response:
    demande = Demande[Any](identifiant(sorte, acte), chapitre, corps, naissance=True)
    return repondre(await les.handler.executer(demande, acte), 201)


# Commands on an organisation's members


@routes.post("/organisations/{organisation}/inviter-membre", response_model=EffetMembre, tags=["commandes"])
async def inviter_membre(
    organisation: Organisation,
    corps: InviterMembre,
    acteur: ActeurConnu,
    cle: CleIdempotence,
    attendue: Attendue,
    les: LesMoyens,
    request: Request,
) -> Response:
    """Invite une personne ; elle ne peut rien faire avant d'être habilitée."""
    acte = les.acte(acteur, cle, request)
    issue = await les.handler.executer(Demande(organisation, chapitre_organisation, corps, attendue=attendue), acte)
    effet = {"id": issue.stream, "version": issue.version, "membre": identifiant("membre", acte)}
    return json(effet, headers={"ETag": f'"{issue.version}"'})


@routes.post("/organisations/{organisation}/habiliter-membre", response_model=Effet, tags=["commandes"])
async def habiliter_membre(
    organisation: Organisation,
    corps: HabiliterMembre,
    acteur: ActeurConnu,
    cle: CleIdempotence,
    attendue: Attendue,
    les: LesMoyens,
    request: Request,
) -> Response:
    """Donne à un membre ses rôles et le compte avec lequel il se connecte."""
    acte = les.acte(acteur, cle, request)
    issue = await les.handler.executer(Demande(organisation, chapitre_organisation, corps, attendue=attendue), acte)
    return await _une_fois_visible(les, acteur, issue)


@routes.post("/organisations/{organisation}/retirer-membre", response_model=Effet, tags=["commandes"])
async def retirer_membre(
    organisation: Organisation,
    corps: RetirerMembre,
    acteur: ActeurConnu,
    cle: CleIdempotence,
    attendue: Attendue,
    les: LesMoyens,
    request: Request,
) -> Response:
    """Retire un membre : sa prochaine demande est refusée."""
    acte = les.acte(acteur, cle, request)
    issue = await les.handler.executer(Demande(organisation, chapitre_organisation, corps, attendue=attendue), acte)
    return await _une_fois_visible(les, acteur, issue)


async def _une_fois_visible(les: Moyens[Any], acteur: Acteur, issue: Issue) -> Response:
    """Answers once sign-in sees the change: whoever removed somebody may count on it."""
    await les.lecture.fraicheur(acteur, issue.stream, issue.version)
    return repondre(issue)


# Commands on a convention


def _commande(nom: str, classe: type[Commande], quoi: str) -> None:
    """One endpoint for one command on an existing convention."""

    async def executer(
        convention: Convention,
        corps: classe,  # type: ignore[valid-type]  # the class is this endpoint's own
        acteur: ActeurConnu,
        cle: CleIdempotence,
        attendue: Attendue,
        les: LesMoyens,
        request: Request,
    ) -> Response:
        acte = les.acte(acteur, cle, request)
        return repondre(
            await les.handler.executer(Demande(convention, chapitre_convention, corps, attendue=attendue), acte)
        )

    routes.add_api_route(
        f"/conventions/{{convention}}/{nom}",
        executer,
        methods=["POST"],
        response_model=Effet,
        name=nom,
        operation_id=nom,
        description=quoi,
        tags=["commandes"],
    )


_commande("signer", SignerConvention, "Signe la convention pour votre organisation.")
_commande(
    "etablir-plan-de-financement", EtablirPlanDeFinancement, "Dit qui paie combien dans l'année ; remplace son plan."
)
_commande("activer", ActiverConvention, "Le premier jour d'une convention signée est venu ; réservé à l'horloge.")
_commande("echoir", EchoirConvention, "Le dernier jour de la convention est passé ; réservé à l'horloge.")


# Questions


@routes.get("/organisations", tags=["vues"], responses=repond(page(ligne(organisations.liste()))))
async def les_organisations(acteur: ActeurConnu, les: LesMoyens, apres: Apres = None, limite: Limite = 50) -> Response:
    """Votre organisation et celles de vos conventions ; toutes, pour l'exploitant."""
    vue = organisations.vue.c
    tri = [Tri(vue.inscrite_le), Tri(vue.organisation)]
    return json(await les.lecture.page(acteur, organisations.liste(), tri, apres, limite))


@routes.get("/organisations/{organisation}", tags=["vues"], responses=repond(ligne(organisations.liste())))
async def une_organisation(
    organisation: Organisation, acteur: ActeurConnu, les: LesMoyens, au_moins: AuMoins = None
) -> Response:
    """La fiche d'une organisation."""
    frais = await les.lecture.fraicheur(acteur, organisation, au_moins)
    return _trouvee(
        await les.lecture.une(acteur, organisations.une(organisation)), fraicheur(frais.version, frais.perime)
    )


@routes.get(
    "/organisations/{organisation}/membres", tags=["vues"], responses=repond(page(ligne(membres.de(UUID(int=0)))))
)
async def les_membres(
    organisation: Organisation,
    acteur: ActeurConnu,
    les: LesMoyens,
    au_moins: AuMoins = None,
    apres: Apres = None,
    limite: Limite = 50,
) -> Response:
    """Les membres de votre organisation, retirés compris."""
    if acteur.organisation != organisation and "exploitant" not in acteur.roles:
        raise Refus("inconnu")
    frais = await les.lecture.fraicheur(acteur, organisation, au_moins)
    if await les.lecture.une(acteur, organisations.une(organisation)) is None:
        raise Refus("inconnu")
    vue = membres.vue.c
    tri = [Tri(vue.depuis), Tri(vue.membre)]
    trouves = await les.lecture.page(acteur, membres.de(organisation), tri, apres, limite)
    return json(trouves, headers=fraicheur(frais.version, frais.perime))


@routes.get("/dispositifs", tags=["vues"], responses=repond(page(ligne(dispositifs.liste()))))
async def les_dispositifs(acteur: ActeurConnu, les: LesMoyens, apres: Apres = None, limite: Limite = 50) -> Response:
    """Les dispositifs de votre organisation et de ses conventions."""
    vue = dispositifs.vue.c
    tri = [Tri(vue.ouvert_le, decroissant=True), Tri(vue.dispositif)]
    return json(await les.lecture.page(acteur, dispositifs.liste(), tri, apres, limite))


@routes.get("/dispositifs/{dispositif}", tags=["vues"], responses=repond(ligne(dispositifs.liste())))
async def un_dispositif(
    dispositif: Dispositif, acteur: ActeurConnu, les: LesMoyens, au_moins: AuMoins = None
) -> Response:
    """Un dispositif et ses règles."""
    frais = await les.lecture.fraicheur(acteur, dispositif, au_moins)
    return _trouvee(await les.lecture.une(acteur, dispositifs.un(dispositif)), fraicheur(frais.version, frais.perime))


@routes.get("/conventions", tags=["vues"], responses=repond(page(ligne(conventions.liste()))))
async def les_conventions(
    acteur: ActeurConnu,
    les: LesMoyens,
    statut: Literal["en_signature", "active", "echue"] | None = None,
    apres: Apres = None,
    limite: Limite = 50,
) -> Response:
    """Les conventions dont votre organisation est partie, ou qu'elle finance."""
    vue = conventions.vue.c
    tri = [Tri(vue.debut, decroissant=True), Tri(vue.convention)]
    return json(await les.lecture.page(acteur, conventions.liste(statut), tri, apres, limite))


@routes.get("/conventions/{convention}", tags=["vues"], responses=repond(ligne(conventions.liste())))
async def une_convention(
    convention: Convention, acteur: ActeurConnu, les: LesMoyens, au_moins: AuMoins = None
) -> Response:
    """Une convention : ses termes, ses signatures, ses plans de financement."""
    frais = await les.lecture.fraicheur(acteur, convention, au_moins)
    return _trouvee(await les.lecture.une(acteur, conventions.une(convention)), fraicheur(frais.version, frais.perime))


def _trouvee(row: dict[str, Any] | None, headers: dict[str, str]) -> Response:
    if row is None:
        raise Refus("inconnu")
    return json(row, headers=headers)

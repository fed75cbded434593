"""The engagement contract: what it must hold, who signs it, and from when it runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, TypeAlias, assert_never, get_args
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace
from pydantic import Field

from contracts.dossiers import (
    ContratPrepare,
    ContratSigne,
    Engagement,
    EntretienInitialTenu,
    MenageOriente,
    Objectif,
)
from services.dossiers.chapitres.echeances import SousContrat, jours_de_constat
from services.dossiers.chapitres.parcours import Etape, Jalon, Parcours, avancer, exiger_vivant
from services.dossiers.chapitres.parties import exiger_association, exiger_bailleur
from services.dossiers.chapitres.saisie import (
    Jour,
    Saisie,
    TexteRempli,
    codifie,
    exiger_date_proche,
    exiger_uniques,
    jour_du_fait,
)
from services.socle.base.calendar import prochaine_echeance
from services.socle.facts.act import Acte
from services.socle.facts.chapter import Chapter, geste
from services.socle.facts.command import CodeStr, Commande
from services.socle.facts.refusal import Motif, Refus, a_changer, a_corriger, conflit

Signataire: TypeAlias = Literal["menage", "association", "bailleur"]
SIGNATAIRES: frozenset[str] = frozenset({"menage", "association", "bailleur"})


class ObjectifSaisi(Saisie):
    objectif: UUID
    theme: CodeStr
    intitule: TexteRempli
    terme: Jour | None = None


class EngagementSaisi(Saisie):
    partie: CodeStr
    texte: TexteRempli


class PreparerContrat(Commande):
    """Replaces what was prepared before, as long as nobody has signed it."""

    contrat: UUID
    debut: Jour
    fin: Jour
    objectifs: Annotated[tuple[ObjectifSaisi, ...], Field(max_length=30)]
    engagements: Annotated[tuple[EngagementSaisi, ...], Field(max_length=30)] = ()
    calendrier: Annotated[tuple[Jour, ...], Field(max_length=120)]
    le: Jour | None = None


class SignerContrat(Commande):
    """`contrat` is the one the party has read: signing another that replaced it meanwhile is refused."""

    contrat: UUID
    partie: Signataire
    moyen: CodeStr
    le: Jour | None = None


NOUVEAU = UUID(int=0)
"""An identifier no contract bears."""

Command: TypeAlias = PreparerContrat | SignerContrat
Event: TypeAlias = ContratPrepare | ContratSigne
Read: TypeAlias = Jalon | EntretienInitialTenu | ContratPrepare | ContratSigne


class Aucun(Struct, frozen=True): ...


class Prepare(Struct, frozen=True):
    contrat: UUID
    debut: date
    fin: date
    le: date
    signatures: frozenset[str] = frozenset()
    derniere: date = date.min
    """The latest date among the signatures: papers are typed in any order."""


class EnVigueur(Struct, frozen=True):
    contrat: UUID
    fin: date


class State(Struct, frozen=True):
    parcours: Parcours = Parcours()
    periodicite_mois: int = 2
    entretien_requis: bool = True
    entretien_tenu: bool = False
    contrat: Aucun | Prepare | EnVigueur = Aucun()
    signes: frozenset[UUID] = frozenset()
    """Contracts that bear a signature: their identifiers are taken."""


def decide(command: Command, state: State, acte: Acte) -> list[Event]:
    _admettre(command, state.parcours, acte)
    match command, state.contrat:
        case PreparerContrat(), _ if state.parcours.etape is not Etape.ADHERENT:
            raise Refus("adhesion_absente")
        case PreparerContrat(), _ if state.entretien_requis and not state.entretien_tenu:
            raise Refus("entretien_absent")
        # A contract that has run out is renewed, and so is one that never got all its signatures in time.
        case PreparerContrat(), EnVigueur(fin=fin) if acte.le <= fin:
            raise Refus("contrat_en_cours", fin=fin)
        case PreparerContrat(), Prepare(fin=fin, signatures=signatures) if signatures and acte.le <= fin:
            raise Refus("signature_commencee")
        case PreparerContrat(contrat=contrat), _ if contrat in state.signes:
            raise Refus("contrat_deja_signe")
        case PreparerContrat() as p, _:
            return [codifie(_preparer(p, state.parcours.repere_le, acte), acte)]

        case SignerContrat(), Aucun():
            raise Refus("contrat_absent")
        case SignerContrat(contrat=lu), Prepare(contrat=contrat) | EnVigueur(contrat=contrat) if lu != contrat:
            raise Refus("contrat_remplace")
        case SignerContrat(), EnVigueur():
            raise Refus("deja_signe")
        case SignerContrat(partie=partie), Prepare(signatures=signatures) if partie in signatures:
            raise Refus("deja_signe")
        case SignerContrat() as s, Prepare() as prepare:
            return [codifie(_signer(s, prepare, state.periodicite_mois, acte), acte)]

        case _ as jamais:
            assert_never(jamais)


def _admettre(command: Command, parcours: Parcours, acte: Acte) -> None:
    match command:
        case SignerContrat(partie="bailleur"):
            exiger_bailleur(parcours, acte)
        case PreparerContrat() | SignerContrat():  # the association also records what the household signs
            exiger_association(parcours, acte)
        case jamais:
            assert_never(jamais)
    exiger_vivant(parcours)


def _preparer(c: PreparerContrat, repere_le: date, acte: Acte) -> ContratPrepare:
    if c.fin <= c.debut:
        raise Refus("contrat_sans_duree", champ="fin")
    if c.debut < repere_le:
        raise Refus("date_anterieure", champ="debut", date=c.debut, depuis=repere_le)
    exiger_date_proche(c.fin, acte, "fin")
    if not c.objectifs:
        raise Refus("objectif_absent", champ="objectifs")
    exiger_uniques([o.objectif for o in c.objectifs], "objectifs")
    if not c.calendrier:
        raise Refus("calendrier_vide", champ="calendrier")
    exiger_uniques(c.calendrier, "calendrier")
    termes = [o.terme for o in c.objectifs if o.terme is not None]
    if any(not c.debut <= jour <= c.fin for jour in (*c.calendrier, *termes)):
        raise Refus("hors_contrat", debut=c.debut, fin=c.fin)
    return ContratPrepare(
        contrat=c.contrat,
        debut=c.debut,
        fin=c.fin,
        objectifs=tuple(Objectif(o.objectif, o.theme, o.intitule, o.terme) for o in c.objectifs),
        engagements=tuple(Engagement(e.partie, e.texte) for e in c.engagements),
        calendrier=tuple(sorted(c.calendrier)),
        le=jour_du_fait(c.le, acte, repere_le),
    )


def _signer(c: SignerContrat, prepare: Prepare, periodicite_mois: int, acte: Acte) -> ContratSigne:
    le = jour_du_fait(c.le, acte, prepare.le)
    if le > prepare.fin:
        raise Refus("contrat_echu", fin=prepare.fin)
    complet = prepare.signatures | {c.partie} == SIGNATAIRES
    signe_le = max(le, prepare.derniere)
    premiere = prochaine_echeance(signe_le, periodicite_mois) if complet else None
    echeance = premiere if premiere and premiere <= prepare.fin else None
    return ContratSigne(
        contrat=prepare.contrat,
        partie=c.partie,
        moyen=c.moyen,
        complet=complet,
        debut=prepare.debut,
        fin=prepare.fin,
        prochaine_echeance=echeance,
        le=le,
        constats=jours_de_constat(SousContrat(signe_le, prepare.fin, periodicite_mois, frozenset(), echeance)),
    )


def evolve(state: State, event: Read) -> State:
    match event:
        case EntretienInitialTenu():
            return replace(state, entretien_tenu=True)
        case ContratPrepare(contrat=contrat, debut=debut, fin=fin, le=le):
            return replace(state, contrat=Prepare(contrat, debut, fin, le))
        case ContratSigne(contrat=contrat):
            return replace(state, contrat=_signe(state.contrat, event), signes=state.signes | {contrat})
        case MenageOriente(conditions=conditions):
            return replace(
                state,
                parcours=avancer(state.parcours, event),
                periodicite_mois=conditions.periodicite_mois,
                entretien_requis=conditions.entretien_requis,
            )
        case jalon:
            return replace(state, parcours=avancer(state.parcours, jalon))


def _signe(contrat: Aucun | Prepare | EnVigueur, event: ContratSigne) -> Aucun | Prepare | EnVigueur:
    if event.complet:
        return EnVigueur(event.contrat, event.fin)
    if not isinstance(contrat, Prepare):
        return contrat
    return replace(contrat, signatures=contrat.signatures | {event.partie}, derniere=max(contrat.derniere, event.le))


REFUS: Mapping[str, Motif] = {
    "entretien_absent": conflit(
        "Entretien initial absent", "Ce dispositif demande un entretien initial avant le contrat : tenez-le d'abord."
    ),
    "contrat_sans_duree": a_corriger("Contrat sans durée", "La fin du contrat doit suivre son début."),
    "objectif_absent": a_corriger("Objectif absent", "Fixez au moins un objectif."),
    "calendrier_vide": a_corriger("Calendrier vide", "Prévoyez au moins une date au calendrier."),
    "hors_contrat": a_corriger(
        "Date hors du contrat", "Le calendrier et les termes des objectifs se placent entre le {debut} et le {fin}."
    ),
    "contrat_en_cours": conflit(
        "Contrat en cours", "Un contrat court jusqu'au {fin} : le suivant se prépare une fois celui-ci échu."
    ),
    "signature_commencee": conflit(
        "Signature commencée", "Une partie a déjà signé ce contrat : recueillez les autres signatures."
    ),
    "contrat_deja_signe": a_changer(
        "Contrat déjà signé", "Cet identifiant est celui d'un contrat signé : prenez-en un nouveau."
    ),
    "contrat_remplace": conflit(
        "Contrat remplacé", "Ce contrat a été préparé à nouveau entre-temps : relisez-le avant de signer."
    ),
    "deja_signe": conflit("Déjà signé", "Cette partie a déjà signé ce contrat."),
}


def _essai_preparer(state: State) -> PreparerContrat:
    return PreparerContrat(contrat=NOUVEAU, debut=date.min, fin=date.min, objectifs=(), calendrier=())


def _essai_signer(state: State) -> dict[str, SignerContrat]:
    """Each party in its turn, what it has before it."""
    lu = NOUVEAU if isinstance(state.contrat, Aucun) else state.contrat.contrat
    return {partie: SignerContrat(contrat=lu, partie=partie, moyen="papier") for partie in get_args(Signataire)}


contrat: Chapter[Command, State, Read, Event] = Chapter(
    Read,
    State(),
    evolve,
    decide,
    gestes=(
        geste(
            "preparer-contrat",
            PreparerContrat,
            "Écrit le contrat que les parties vont signer ; remplace le précédent tant que personne n'a signé.",
            _essai_preparer,
        ),
        geste("signer-contrat", SignerContrat, "Note la signature d'une des parties.", _essai_signer),
    ),
    refus=REFUS,
)

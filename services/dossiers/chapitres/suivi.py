"""Suivi: the review every two months, and what happens when it is not held."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import reduce
from typing import Annotated, TypeAlias, assert_never
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace
from pydantic import Field

from contracts.dossiers import (
    ContratPrepare,
    ContratSigne,
    DonneesEffacees,
    DossierClos,
    EntretienInitialTenu,
    MenageOriente,
    Progression,
    ReevaluationEnRetard,
    ReevaluationEscaladee,
    ReevaluationManquee,
    Score,
    SuiviReevalue,
)
from services.dossiers.chapitres.echeances import (
    FENETRE,
    Constat,
    SousContrat,
    a_constater,
    constater,
    constats_dus,
    jours_de_constat,
)
from services.dossiers.chapitres.parcours import Jalon, Parcours, avancer, exiger_vivant
from services.dossiers.chapitres.parties import exiger_association, exiger_service
from services.dossiers.chapitres.saisie import Jour, Note1a5, Saisie, exiger_code, exiger_uniques, jour_du_fait
from services.socle.facts.act import Acte
from services.socle.facts.chapter import Chapter, geste
from services.socle.facts.command import CodeStr, Commande, Texte
from services.socle.facts.refusal import Motif, Refus, a_corriger


class ScoreSaisi(Saisie):
    theme: CodeStr
    score: Note1a5


class ProgressionSaisie(Saisie):
    objectif: UUID
    avancement: Annotated[int, Field(ge=0, le=100, strict=True)]


class ReevaluerSuivi(Commande):
    scores: Annotated[tuple[ScoreSaisi, ...], Field(max_length=30)]
    progressions: Annotated[tuple[ProgressionSaisie, ...], Field(max_length=30)]
    synthese: Texte = ""
    le: Jour | None = None


class ConstaterRetard(Commande):
    echeance: Jour


class ConstaterEscalade(Commande):
    echeance: Jour


class ConstaterManquee(Commande):
    echeance: Jour


Constatation: TypeAlias = ConstaterRetard | ConstaterEscalade | ConstaterManquee
Command: TypeAlias = ReevaluerSuivi | Constatation
Event: TypeAlias = SuiviReevalue | Constat
Read: TypeAlias = Jalon | EntretienInitialTenu | ContratPrepare | ContratSigne | SuiviReevalue | Constat


class State(Struct, frozen=True):
    parcours: Parcours = Parcours()
    periodicite_mois: int = 2
    themes: frozenset[str] = frozenset()
    """The themes followed: those of the initial interview (of the objectives without one), and what reviews added."""
    prepare: ContratPrepare | None = None
    derniere_signature: date = date.min
    contrat: SousContrat | None = None
    reevaluations: int = 0


def decide(command: Command, state: State, acte: Acte) -> list[Event]:
    _admettre(command, state.parcours, acte)
    match command, state.contrat:
        case ReevaluerSuivi(), None:
            raise Refus("contrat_absent")
        case _, None:
            return []
        case ReevaluerSuivi(), SousContrat(fin=fin) if acte.le > fin:
            raise Refus("contrat_echu", fin=fin)
        case ReevaluerSuivi() as c, SousContrat() as contrat:
            # What the clock would have found goes first, so that a late clock makes no difference to the story told.
            dus = list(constats_dus(contrat, acte.le))
            return [*dus, _reevaluer(c, reduce(constater, dus, contrat), state, acte)]

        case constatation, SousContrat() as contrat:
            return _constater(constatation, contrat, acte.le)

        case _ as jamais:
            assert_never(jamais)


def _admettre(command: Command, parcours: Parcours, acte: Acte) -> None:
    match command:
        case ReevaluerSuivi():
            exiger_association(parcours, acte)
            exiger_vivant(parcours)
        case ConstaterRetard() | ConstaterEscalade() | ConstaterManquee():
            exiger_service(parcours, acte)  # on a closed dossier the clock finds nothing to do, and that is no error
        case jamais:
            assert_never(jamais)


def _reevaluer(c: ReevaluerSuivi, contrat: SousContrat, state: State, acte: Acte) -> SuiviReevalue:
    _exiger_scores(c.scores, state.themes, acte)
    _exiger_progressions(c.progressions, contrat.objectifs)
    le = jour_du_fait(c.le, acte, contrat.signe_le)
    echeance, prochaine = contrat.echeance, contrat.echeance
    if echeance is not None and le >= echeance - FENETRE:
        prochaine = contrat.apres(max(acte.le, echeance))
    else:
        echeance = None
    return SuiviReevalue(
        numero=state.reevaluations + 1,
        echeance=echeance,
        scores=tuple(Score(s.theme, s.score) for s in c.scores),
        progressions=tuple(Progression(p.objectif, p.avancement) for p in c.progressions),
        synthese=c.synthese,
        prochaine_echeance=prochaine,
        le=le,
        constats=jours_de_constat(contrat.attend(prochaine)),
    )


def _exiger_scores(scores: Iterable[ScoreSaisi], suivis: frozenset[str], acte: Acte) -> None:
    """Every theme followed, to be compared with the last time. A new one may be added and is followed from then on."""
    themes = [s.theme for s in scores]
    exiger_uniques(themes, "scores")
    if manquants := suivis - set(themes):
        raise Refus("score_manquant", champ="scores", themes=sorted(manquants))
    for theme in set(themes) - suivis:
        exiger_code(theme, "themes", "scores", acte)


def _exiger_progressions(progressions: Iterable[ProgressionSaisie], objectifs: frozenset[UUID]) -> None:
    """Each objective of the contract, and no other."""
    cites = [p.objectif for p in progressions]
    exiger_uniques(cites, "progressions")
    if inconnus := set(cites) - objectifs:
        raise Refus("objectif_inconnu", champ="progressions", objectifs=sorted(inconnus))
    if manquants := objectifs - set(cites):
        raise Refus("progression_manquante", champ="progressions", objectifs=sorted(manquants))


def _constater(constatation: Constatation, contrat: SousContrat, jour: date) -> list[Event]:
    """The fact asked for, after those that come before it; nothing when it is recorded or will never be true."""
    if contrat.echeance is None or constatation.echeance < contrat.echeance:
        return []
    if constatation.echeance > contrat.echeance:
        raise Refus("pas_encore_du", a_partir_du=constatation.echeance)
    a_venir = a_constater(contrat)
    voulu = next((fait for fait in a_venir if isinstance(fait, _fait(constatation))), None)
    if voulu is None:
        return []
    if jour < voulu.le:
        raise Refus("pas_encore_du", a_partir_du=voulu.le)
    return [*a_venir[: a_venir.index(voulu) + 1]]


def _fait(constatation: Constatation) -> type[Constat]:
    match constatation:
        case ConstaterRetard():
            return ReevaluationEnRetard
        case ConstaterEscalade():
            return ReevaluationEscaladee
        case ConstaterManquee():
            return ReevaluationManquee
        case jamais:
            assert_never(jamais)


def evolve(state: State, event: Read) -> State:
    match event:
        case EntretienInitialTenu(besoins=besoins):
            return replace(state, themes=frozenset(b.theme for b in besoins))
        case ContratPrepare():
            return replace(state, prepare=event, derniere_signature=date.min)
        case ContratSigne(le=le):
            return _signe(replace(state, derniere_signature=max(le, state.derniere_signature)), event)
        case SuiviReevalue(scores=scores):
            themes = state.themes | {s.theme for s in scores}
            return replace(state, themes=themes, reevaluations=event.numero, contrat=_reevalue(state.contrat, event))
        case ReevaluationEnRetard() | ReevaluationEscaladee() | ReevaluationManquee():
            return replace(state, contrat=state.contrat and constater(state.contrat, event))
        case MenageOriente(conditions=conditions):
            parcours = avancer(state.parcours, event)
            return replace(state, parcours=parcours, periodicite_mois=conditions.periodicite_mois)
        case DossierClos() | DonneesEffacees():
            return replace(state, parcours=avancer(state.parcours, event), contrat=None)
        case jalon:
            return replace(state, parcours=avancer(state.parcours, jalon))


def _signe(state: State, event: ContratSigne) -> State:
    if not event.complet or state.prepare is None:
        return state
    objectifs = state.prepare.objectifs
    contrat = SousContrat(
        signe_le=state.derniere_signature,
        fin=event.fin,
        periodicite_mois=state.periodicite_mois,
        objectifs=frozenset(o.objectif for o in objectifs),
        echeance=event.prochaine_echeance,
    )
    return replace(state, contrat=contrat, themes=state.themes or frozenset(o.theme for o in objectifs))


def _reevalue(contrat: SousContrat | None, event: SuiviReevalue) -> SousContrat | None:
    if contrat is None or event.echeance is None:
        return contrat
    return contrat.attend(event.prochaine_echeance)


REFUS: Mapping[str, Motif] = {
    "score_manquant": a_corriger("Score manquant", "Donnez un score à chaque thème suivi ; il manque : {themes}."),
    "objectif_inconnu": a_corriger(
        "Objectif inconnu", "Ces objectifs ne sont pas au contrat : {objectifs}. Retirez-les."
    ),
    "progression_manquante": a_corriger(
        "Progression manquante", "Dites où en est chaque objectif du contrat ; il manque : {objectifs}."
    ),
}


suivi: Chapter[Command, State, Read, Event] = Chapter(
    Read,
    State(),
    evolve,
    decide,
    gestes=(
        geste(
            "reevaluer",
            ReevaluerSuivi,
            "Note le point bimestriel : un score par thème, où en est chaque objectif, la suite.",
            lambda _: ReevaluerSuivi(scores=(), progressions=()),
        ),
        geste(
            "constater-retard",
            ConstaterRetard,
            "L'échéance est passée d'un jour ; réservé à l'horloge.",
            horloge=True,
        ),
        geste(
            "constater-escalade",
            ConstaterEscalade,
            "L'échéance est passée de quinze jours ; réservé à l'horloge.",
            horloge=True,
        ),
        geste(
            "constater-manquee",
            ConstaterManquee,
            "L'échéance suivante est passée ; réservé à l'horloge.",
            horloge=True,
        ),
    ),
    refus=REFUS,
)

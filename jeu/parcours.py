"""A household's way, stage after stage: who does what to bring it to the next. Each caller carries the steps as it can."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, TypeAlias
from uuid import UUID

from msgspec import Struct, field

from contracts import dossiers as d
from jeu import dossiers as g
from jeu.gens import LOGEMENT, TEXTES, TROIS, Equipe
from jeu.geste import Geste

Pas: TypeAlias = tuple[str, Geste[Any]]
"""Who (an account), and what they do."""


class Vie(Struct, frozen=True):
    """What is particular to one household. `ecrire` says what each free text holds (fields of TEXTES); it is asked when
    the text is written, and not before. `themes`: each need with its score. The contract runs from `debut` to `fin`."""

    equipe: Equipe
    accord: g.Accord
    referent: g.Id
    menage: g.Id
    contrat: UUID
    objectif: UUID
    notes: tuple[UUID, UUID]
    identite: d.Identite
    debut: date
    fin: date
    calendrier: tuple[date, ...] = ()
    composition: d.Composition = TROIS
    logement: d.Logement = LOGEMENT
    publics: tuple[str, ...] = ("locataire_en_difficulte",)
    themes: Mapping[str, int] = field(default_factory=lambda: {"difficultes-financieres": 2, "vivre_ensemble": 2})
    finalites: tuple[str, ...] = ("transmission",)
    rencontres: bool = True
    """Whether it is met on the way, by the landlord and then by its référent."""
    ecrire: Callable[[str], str] = TEXTES.__getitem__


def reperee(v: Vie) -> Iterator[Pas]:
    yield v.equipe.agent, g.reperer(v.menage, v.identite, v.composition, v.logement, v.publics)
    yield v.equipe.agent, g.poser_diagnostic(constat=v.ecrire("constat"))
    if v.rencontres:
        yield v.equipe.agent, g.tenir_rencontre()


def orientee(v: Vie) -> Iterator[Pas]:
    for finalite in v.finalites:
        yield v.equipe.agent, g.recueillir_consentement(finalite)
    yield v.equipe.agent, g.orienter(v.accord, expose=v.ecrire("expose"))


def a_l_etude(v: Vie) -> Iterator[Pas]:
    yield v.equipe.coordinateur, g.mettre_a_l_etude()


def acceptee(v: Vie) -> Iterator[Pas]:
    yield v.equipe.coordinateur, g.accepter()


def suivie(v: Vie) -> Iterator[Pas]:
    yield v.equipe.coordinateur, g.designer_referent(v.referent)


def adhesion(v: Vie) -> Iterator[Pas]:
    if v.rencontres:
        yield v.equipe.referent, g.tenir_rencontre()
    yield v.equipe.referent, g.recueillir_adhesion()


def entretien(v: Vie) -> Iterator[Pas]:
    besoins = [d.Besoin(theme, score, v.ecrire("besoin")) for theme, score in v.themes.items()]
    yield v.equipe.referent, g.tenir_entretien(besoins, v.ecrire("entretien"))


def contrat(v: Vie) -> Iterator[Pas]:
    objectif = d.Objectif(v.objectif, next(iter(v.themes)), v.ecrire("objectif"))
    engagements = [d.Engagement(partie, v.ecrire(f"engagement.{partie}")) for partie in g.PARTIES]
    yield v.equipe.referent, g.preparer_contrat(v.contrat, v.debut, v.fin, [objectif], engagements, v.calendrier)


def sous_contrat(v: Vie) -> Iterator[Pas]:
    """On paper: the référent brings it to the household, and the landlord is told."""
    e = v.equipe
    for partie, compte in zip(g.PARTIES, (e.referent, e.referent, e.responsable), strict=True):
        yield compte, g.signer_contrat(v.contrat, partie)


def reevaluee(v: Vie) -> Iterator[Pas]:
    for note, niveau in zip(v.notes, ("equipe", "referent"), strict=True):
        yield v.equipe.referent, g.deposer_note(note, niveau, v.ecrire(f"note.{niveau}"))
    scores = [d.Score(theme, 3) for theme in v.themes]
    yield v.equipe.referent, g.reevaluer(scores, [d.Progression(v.objectif, 25)], v.ecrire("synthese"))


ETAPES: Mapping[str, Callable[[Vie], Iterator[Pas]]] = {
    "reperee": reperee,
    "orientee": orientee,
    "a_l_etude": a_l_etude,
    "acceptee": acceptee,
    "suivie": suivie,
    "adhesion": adhesion,
    "entretien": entretien,
    "contrat": contrat,
    "sous_contrat": sous_contrat,
    "reevaluee": reevaluee,
}
"""How far a household may be brought, in order."""


def jusqu_a(v: Vie, etape: str) -> Iterator[Pas]:
    """All that leads to `etape`, from nothing. A request is studied only when that is where one stops."""
    for nom in list(ETAPES)[: list(ETAPES).index(etape) + 1]:
        if nom != "a_l_etude" or etape == "a_l_etude":
            yield from ETAPES[nom](v)

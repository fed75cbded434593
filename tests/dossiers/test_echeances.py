"""The calendar's facts, compared with a day-by-day simulation, whatever the clock's habits."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from contracts.dossiers import (
    ContratSigne,
    ReevaluationEnRetard,
    ReevaluationEscaladee,
    ReevaluationManquee,
    SuiviReevalue,
)
from services.dossiers.chapitres.suivi import ConstaterEscalade, ConstaterManquee, ConstaterRetard, suivi
from services.socle.facts.refusal import Refus
from tests.dossiers import histoire as h
from tests.dossiers.calendrier_naif import grille
from tests.dossiers.exemples import reevaluer

essais = settings(max_examples=60, deadline=None)  # six hundred days each; the machine may be busy
signatures = st.dates(date(2025, 1, 1), date(2027, 12, 31))
durees = st.integers(1, 500)
periodicites = st.integers(1, 4)
reevaluations = st.sets(st.integers(0, 520), max_size=12)


def contrat(signature: date, duree: int, periodicite: int) -> tuple[object, ...]:
    """The example's story, signed that day for so many days."""
    fin = signature + timedelta(days=duree)
    dues = grille(signature, fin, periodicite)
    signes = (
        ContratSigne(h.CONTRAT, partie, "papier", partie == "bailleur", signature, fin, prochaine, signature)
        for partie, prochaine in (("menage", None), ("association", None), ("bailleur", dues[0] if dues else None))
    )
    oriente = replace(h.oriente, conditions=replace(h.conditions, periodicite_mois=periodicite))
    prepare = replace(h.prepare, debut=signature, fin=fin, le=signature)
    repere = replace(h.repere, le=date(2024, 12, 1))
    return (repere, h.consenti, oriente, h.acceptee, h.adhere, h.entretien_tenu, prepare, *signes)


def passer_l_horloge(histoire: list[Any], jour: date) -> None:
    """What the scheduler does: as long as there is something to record about the awaited due date, records it."""
    while (echeance := attendue(histoire)) is not None:
        avant = len(histoire)
        for constatation in (ConstaterRetard, ConstaterEscalade, ConstaterManquee):
            try:
                histoire += suivi.decide(constatation(echeance=echeance), suivi.state(histoire), h.horloge(jour))
            except Refus as refus:
                assert refus.motif == "pas_encore_du"  # noqa: PT017 - the others are still to be asked for
        if attendue(histoire) == echeance or len(histoire) == avant:
            return


def attendue(histoire: list[Any]) -> date | None:
    for fait in reversed(histoire):
        if isinstance(fait, ContratSigne | SuiviReevalue | ReevaluationManquee):
            return fait.prochaine_echeance
    return None


def vivre(signature: date, duree: int, periodicite: int, tenues: set[int], passages: set[int]) -> list[Any]:
    """Reviews on the days `tenues` after the signature, the clock on the days `passages` and on the very last."""
    histoire: list[Any] = list(contrat(signature, duree, periodicite))
    debut = len(histoire)
    for n in range(600):
        jour = signature + timedelta(days=n)
        if n in passages or n == 599:
            passer_l_horloge(histoire, jour)
        if n in tenues and n <= duree:
            histoire += suivi.decide(reevaluer, suivi.state(histoire), h.referent(jour))
    return histoire[debut:]


def simuler(signature: date, duree: int, periodicite: int, tenues: set[int]) -> list[tuple[str, date | None, date]]:
    """(kind, due date, day), one day after the other, as the rules are told in words."""
    fin = signature + timedelta(days=duree)
    restantes = grille(signature, fin, periodicite)
    signalees: set[str] = set()
    faits: list[tuple[str, date | None, date]] = []
    for n in range(600):
        jour = signature + timedelta(days=n)
        while restantes:
            due = restantes[0]
            passee = restantes[1] if len(restantes) > 1 else fin
            if jour == due + timedelta(days=1) and "retard" not in signalees:
                signalees.add("retard")
                faits.append(("retard", due, jour))
            if jour == due + timedelta(days=15):
                faits.append(("escalade", due, jour))
            if jour != passee + timedelta(days=1):
                break
            # The day after the due date that replaces it is also that one's first day of lateness.
            faits.append(("manquee", due, jour))
            restantes, signalees = restantes[1:], set()
        if n in tenues and n <= duree:
            if restantes and jour >= restantes[0] - timedelta(days=14):
                faits.append(("tenue", restantes[0], jour))
                restantes, signalees = [due for due in restantes[1:] if due > jour], set()
            else:
                faits.append(("tenue", None, jour))
    return faits


NOMS: dict[type, str] = {
    ReevaluationEnRetard: "retard",
    ReevaluationEscaladee: "escalade",
    ReevaluationManquee: "manquee",
    SuiviReevalue: "tenue",
}


@essais
@given(signatures, durees, periodicites, reevaluations)
def test_une_horloge_quotidienne_constate_ce_que_disent_les_regles(
    signature: date, duree: int, periodicite: int, tenues: set[int]
) -> None:
    faits = vivre(signature, duree, periodicite, tenues, set(range(600)))
    assert [(NOMS[type(f)], f.echeance, f.le) for f in faits] == simuler(signature, duree, periodicite, tenues)


@essais
@given(signatures, durees, periodicites, reevaluations, st.sets(st.integers(0, 599), max_size=20))
def test_une_horloge_arretee_raconte_la_meme_histoire(
    signature: date, duree: int, periodicite: int, tenues: set[int], passages: set[int]
) -> None:
    ponctuelle = vivre(signature, duree, periodicite, tenues, set(range(600)))
    assert vivre(signature, duree, periodicite, tenues, passages) == ponctuelle


@essais
@given(signatures, durees, periodicites, reevaluations)
def test_chaque_echeance_est_tenue_ou_manquee_une_fois(
    signature: date, duree: int, periodicite: int, tenues: set[int]
) -> None:
    faits = vivre(signature, duree, periodicite, tenues, set(range(600)))
    issues = [f.echeance for f in faits if isinstance(f, SuiviReevalue | ReevaluationManquee) and f.echeance]
    assert issues == sorted(set(issues))
    assert set(issues) <= set(grille(signature, signature + timedelta(days=duree), periodicite))


@essais
@given(signatures, durees, periodicites, reevaluations)
def test_les_constats_sont_annonces_a_la_date_qu_ils_porteront(
    signature: date, duree: int, periodicite: int, tenues: set[int]
) -> None:
    """Whoever keeps the clock asks on the announced days and no other: they must be the days the facts bear."""
    fin = signature + timedelta(days=duree)
    annonces: dict[date, Any] = {
        due: h.constats(due, signature, fin, periodicite) for due in grille(signature, fin, periodicite)[:1]
    }
    for fait in vivre(signature, duree, periodicite, tenues, set(range(600))):
        match fait:
            case ReevaluationEnRetard():
                assert fait.le == annonces[fait.echeance].retard
            case ReevaluationEscaladee():
                assert fait.le == annonces[fait.echeance].escalade
            case ReevaluationManquee():
                assert fait.le == annonces[fait.echeance].manquee
            case _:
                pass
        if isinstance(fait, SuiviReevalue | ReevaluationManquee) and fait.prochaine_echeance:
            annonces[fait.prochaine_echeance] = fait.constats

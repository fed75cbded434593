"""From a household's fate to what is done, and when: each step of the year with its date. Nothing is called here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from datetime import date, timedelta
from typing import TypeAlias

from msgspec import Struct

from deploy.demonstration import gestes as g
from deploy.demonstration.menages import FIN, Menage
from services.socle.base.calendar import ajouter_mois, echeances, jour_ouvre

Geste: TypeAlias = Callable[[g.Jeu, Menage, int], Awaitable[None]]

PERIODICITE_MOIS = 2
RETARD = {"t": 0, "r": 6, "e": 20}
"""Days after its due date at which a review is held, by letter of `Menage.revues`; the missed one (m) never is."""


class Etape(Struct, frozen=True):
    """`rang` tells apart the steps of a household that bear the same name: its second meeting, its third review."""

    le: date
    geste: Geste
    rang: int = 1


def etapes(m: Menage) -> list[Etape]:
    """All that happens to the household by somebody's doing until the story's end, in order; the clock does the rest."""
    dernier = m.fin.le if m.fin else FIN
    histoire = [etape for etape in _histoire(m) if etape.le <= dernier]
    return sorted([*histoire, *_suites(m)], key=lambda etape: etape.le)


def _histoire(m: Menage) -> Iterator[Etape]:
    yield Etape(m.repere, g.reperer)
    yield Etape(apres(m.repere, 2), g.rencontrer)
    if m.numero % 2:
        yield Etape(apres(m.repere, 5), g.rencontrer, 2)
    oriente = apres(m.repere, 7)
    if m.destin == "decline":
        yield Etape(oriente, g.decliner)
        return
    yield Etape(oriente, g.orienter_sans_place if m.destin == "attend" else g.orienter)
    match m.destin:
        case "suivi" | "disparait" | "renonce":
            yield from _accompagnement(m, apres(oriente, 4))
        case "etudie":
            yield Etape(apres(oriente, 3), g.etudier)
            yield from _accompagnement(m, apres(oriente, 17))
        case "hors_public":
            yield Etape(apres(oriente, 5), g.refuser)
        case "refuse":
            yield Etape(apres(oriente, 4), g.accepter)
            yield Etape(apres(oriente, 9), g.refuser_adhesion)
        case "expire":
            return
        case "reoriente":
            encore = apres(oriente, 20)
            yield Etape(encore, g.orienter, 2)
            yield from _accompagnement(m, apres(encore, 4))
        case "retire":
            yield Etape(apres(oriente, 3), g.retirer)
        case "se_retracte":
            yield Etape(apres(oriente, 2), g.retirer_consentement)
        case "complet":
            yield Etape(apres(oriente, 6), g.refuser_faute_de_place)
        case "attend":
            assert m.reprise is not None
            yield Etape(m.reprise, g.orienter, 2)
            yield from _accompagnement(m, apres(m.reprise, 4))


def _accompagnement(m: Menage, accepte: date) -> Iterator[Etape]:
    yield Etape(accepte, g.accepter)
    yield Etape(apres(accepte, 3), g.adherer)
    if m.destin == "disparait":
        return
    yield Etape(apres(accepte, 7), g.tenir_entretien)
    if m.destin == "renonce":
        return
    debut = apres(accepte, 12)
    signe = apres(debut, 1)
    yield Etape(debut, g.contracter)
    yield Etape(signe, g.signer_pour_le_bailleur)
    for rang, echeance in enumerate(echeances(signe, fin_du_contrat(debut), PERIODICITE_MOIS), 1):
        lettre = m.revues[rang - 1 : rang] or "t"
        if lettre != "m":
            avance = timedelta(days=(m.numero + rang) % 4 if lettre == "t" else 0)
            yield Etape(ouvrable(echeance - avance + timedelta(days=RETARD[lettre])), g.reevaluer, rang)


def _suites(m: Menage) -> Iterator[Etape]:
    if m.fin:
        yield Etape(m.fin.le, g.clore)
    if m.oubli:
        yield Etape(m.oubli, g.oublier)


def fin_du_contrat(debut: date) -> date:
    """A contract lasts a year."""
    return ajouter_mois(debut, 12) - timedelta(days=1)


def apres(jour: date, jours: int) -> date:
    return ouvrable(jour + timedelta(days=jours))


def ouvrable(jour: date) -> date:
    """`jour`, or the first after it on which offices are open: neither a week-end nor a public holiday."""
    while jour.weekday() > 4 or jour_ouvre(jour) != jour:
        jour += timedelta(days=1)
    return jour

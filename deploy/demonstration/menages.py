"""The households of the demonstration year, and what becomes of each: the story itself, as a table.

Nobody here exists. The publics and the two neighbourhoods are those SEMIS wrote in its answer to the call for projects
« 10 000 logements HLM accompagnés »; names, dates and fates are invented to show everything that can happen in a year.
"""

from __future__ import annotations

from datetime import date
from typing import Literal, TypeAlias

from msgspec import Struct

from contracts.dossiers import Composition

DEBUT = date(2026, 1, 5)
"""The convention is signed and begins."""
FIN = date(2027, 1, 5)
"""The story stops, a year later."""


class Public(Struct, frozen=True):
    """Why SEMIS orients: its code of the list « publics », and what usually comes with it."""

    code: str
    motifs: tuple[str, ...]
    themes: tuple[str, ...]


LOCATAIRE = Public(
    "locataire_en_difficulte",
    ("difficultes_integration", "vivre_ensemble"),
    ("vivre_ensemble", "difficultes-financieres"),
)
RUE = Public("sans_domicile", ("sortie_rue", "manque_autonomie"), ("logement-hebergement", "remobilisation"))
VIOLENCES = Public("femme_victime_violences", ("violences", "isolement"), ("violences", "parentalite"))
HEBERGEMENT = Public(
    "famille_sortant_hebergement", ("sortie_hebergement", "echec_pressenti"), ("famille", "equipement-et-alimentation")
)


class Quartier(Struct, frozen=True):
    nom: str
    qpv: bool


BELLEVUE = Quartier("Bellevue", True)
BOIFFIERS = Quartier("Les Boiffiers", False)


def seul(age: str) -> Composition:
    return Composition(1, 0, "personne_seule", age)


def mono(enfants: int, age: str) -> Composition:
    return Composition(1, enfants, "famille_monoparentale", age)


def couple(enfants: int, age: str) -> Composition:
    return Composition(2, enfants, "couple_avec_enfants" if enfants else "couple_sans_enfant", age)


Destin: TypeAlias = Literal[
    "suivi",  # oriented, accepted, followed
    "etudie",  # the same, after the association took time to study the request
    "decline",  # declines the landlord's proposal: nothing is transmitted
    "hors_public",  # refused by the association
    "refuse",  # accepted, meets the référent, and does not wish to be accompanied
    "expire",  # nobody answers in time
    "reoriente",  # nobody answers in time; oriented again, followed
    "retire",  # the landlord takes its request back
    "se_retracte",  # withdraws its agreement: the request is taken back with it
    "complet",  # the last place is given while its request is studied
    "attend",  # no place left; oriented once one is free (`reprise`), followed
    "disparait",  # adheres, then answers no more: no interview, no contract
    "renonce",  # is interviewed, then gives up before the contract
]


class Fin(Struct, frozen=True):
    le: date
    motif: str
    situation: str


class Menage(Struct, frozen=True):
    """`revues`: how each review goes, in order: t held in time, r late, e late enough to be escalated, m missed; those not
    written are held in time. `oubli`: the day both organisations erase what they hold, at the household's request."""

    numero: int
    repere: date
    public: Public
    foyer: Composition
    quartier: Quartier
    destin: Destin = "suivi"
    revues: str = ""
    fin: Fin | None = None
    reprise: date | None = None
    oubli: date | None = None

    @property
    def nom(self) -> str:
        return f"Exemple {self.numero:02d}"


def le(jour: int, mois: int) -> date:
    return date(2026, mois, jour)


TENU = "maintien_logement"

# fmt: off - one household, one line
MENAGES: tuple[Menage, ...] = (
    Menage(1, le(5, 1), LOCATAIRE, couple(3, "40-59"), BELLEVUE),
    Menage(2, le(6, 1), RUE, seul("25-39"), BELLEVUE, revues="tr"),
    Menage(3, le(8, 1), HEBERGEMENT, mono(2, "25-39"), BOIFFIERS, fin=Fin(le(26, 11), "objectifs_atteints", TENU)),
    Menage(4, le(13, 1), LOCATAIRE, couple(4, "25-39"), BELLEVUE, revues="r"),
    Menage(5, le(15, 1), VIOLENCES, mono(1, "25-39"), BOIFFIERS, fin=Fin(le(14, 12), "objectifs_atteints", TENU)),
    Menage(6, le(20, 1), LOCATAIRE, seul("60-74"), BELLEVUE, "etudie", revues="te"),
    Menage(
        7,
        le(22, 1),
        HEBERGEMENT,
        couple(2, "25-39"),
        BOIFFIERS,
        fin=Fin(le(10, 12), "relogement", "relogement_parc_social"),
    ),
    Menage(8, le(27, 1), RUE, seul("40-59"), BELLEVUE, revues="tmr"),
    Menage(9, le(3, 2), LOCATAIRE, couple(0, "60-74"), BELLEVUE, "refuse", oubli=le(16, 3)),
    Menage(10, le(5, 2), LOCATAIRE, mono(3, "40-59"), BELLEVUE, revues="e"),
    Menage(11, le(10, 2), LOCATAIRE, seul("75-plus"), BOIFFIERS, "decline"),
    Menage(
        12,
        le(12, 2),
        VIOLENCES,
        mono(2, "18-24"),
        BELLEVUE,
        fin=Fin(le(4, 12), "demenagement", "parc_prive"),
        oubli=le(15, 12),
    ),
    Menage(13, le(17, 2), RUE, seul("18-24"), BELLEVUE, revues="tr"),
    Menage(14, le(24, 2), HEBERGEMENT, couple(1, "25-39"), BELLEVUE, "reoriente"),
    Menage(15, le(3, 3), LOCATAIRE, couple(5, "40-59"), BELLEVUE, revues="tmr"),
    Menage(16, le(10, 3), HEBERGEMENT, mono(1, "18-24"), BOIFFIERS, fin=Fin(le(18, 12), "relais_droit_commun", TENU)),
    Menage(17, le(12, 3), LOCATAIRE, seul("25-39"), BOIFFIERS, "hors_public"),
    Menage(18, le(19, 3), RUE, seul("40-59"), BELLEVUE, revues="r"),
    Menage(19, le(26, 3), LOCATAIRE, mono(2, "40-59"), BELLEVUE, revues="te"),
    Menage(20, le(2, 4), LOCATAIRE, couple(2, "25-39"), BELLEVUE, "expire"),
    Menage(21, le(9, 4), VIOLENCES, mono(3, "25-39"), BOIFFIERS, "etudie"),
    Menage(22, le(16, 4), RUE, seul("25-39"), BELLEVUE, revues="tr"),
    Menage(23, le(23, 4), LOCATAIRE, seul("60-74"), BELLEVUE, "refuse"),
    Menage(24, le(5, 5), HEBERGEMENT, couple(3, "25-39"), BELLEVUE, revues="mr"),
    Menage(25, le(12, 5), LOCATAIRE, mono(1, "40-59"), BELLEVUE, revues="ttm"),
    Menage(26, le(19, 5), LOCATAIRE, couple(1, "18-24"), BOIFFIERS, "retire"),
    Menage(27, le(28, 5), RUE, seul("40-59"), BELLEVUE, revues="r"),
    Menage(28, le(4, 6), RUE, seul("18-24"), BELLEVUE, "disparait", fin=Fin(le(8, 10), "rupture_contact", "inconnue")),
    Menage(29, le(11, 6), LOCATAIRE, couple(2, "40-59"), BELLEVUE, revues="e"),
    Menage(30, le(18, 6), VIOLENCES, mono(1, "40-59"), BOIFFIERS, "se_retracte"),
    Menage(31, le(25, 6), HEBERGEMENT, mono(4, "25-39"), BELLEVUE, revues="tr"),
    Menage(32, le(2, 7), LOCATAIRE, seul("75-plus"), BELLEVUE, revues="r"),
    Menage(33, le(9, 7), LOCATAIRE, couple(3, "25-39"), BOIFFIERS, "etudie"),
    Menage(34, le(25, 8), RUE, seul("25-39"), BELLEVUE),
    Menage(
        35, le(1, 9), LOCATAIRE, couple(0, "40-59"), BELLEVUE, "renonce", fin=Fin(le(2, 12), "demande_menage", TENU)
    ),
    Menage(36, le(3, 9), HEBERGEMENT, mono(2, "18-24"), BELLEVUE, revues="r"),
    Menage(37, le(8, 9), LOCATAIRE, mono(2, "25-39"), BOIFFIERS, revues="m"),
    Menage(38, le(10, 9), LOCATAIRE, couple(2, "40-59"), BELLEVUE, "complet"),
    Menage(39, le(22, 9), VIOLENCES, mono(2, "25-39"), BELLEVUE, "attend", reprise=le(13, 10)),
    Menage(40, le(13, 10), RUE, seul("60-74"), BELLEVUE, "attend", reprise=le(21, 12)),
    Menage(41, le(15, 12), HEBERGEMENT, couple(2, "25-39"), BOIFFIERS),
)
# fmt: on

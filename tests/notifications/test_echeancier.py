"""What waits for its day after each fact."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from contracts import dossiers as d
from contracts import partenaires as p
from services.notifications.vues import echeancier
from services.socle.base.recorded import Recorded
from tests.dossiers import histoire as h


class Echeancier:
    """The view's lines of one stream, kept as the projector keeps them."""

    def __init__(self) -> None:
        self.lignes: list[dict[str, Any]] = []
        self._version = 0

    def apres(self, *events: Any) -> list[tuple[str, str]]:
        for event in events:
            self._version += 1
            fait = Recorded(
                UUID(int=1), h.DOSSIER, self._version, event, h.MAILLAGE, h.MAILLAGE, datetime(2026, 3, 1, tzinfo=UTC),
                UUID(int=1),
            )  # fmt: skip
            if isinstance(event, echeancier.Read):
                purge = echeancier.purge(fait)
                if purge is not None:
                    self.lignes = [x for x in self.lignes if any(x[nom] != valeur for nom, valeur in purge.items())]
                self.lignes += echeancier.lines(fait)
        return [(x["tache"], x["le"].isoformat()) for x in self.lignes]


REPONDRE = [("orientation_a_repondre", "2026-01-17"), ("expirer-orientation", "2026-01-23")]
SUIVRE = [
    ("reevaluation_dans_14_jours", "2026-03-06"),
    ("reevaluation_dans_7_jours", "2026-03-13"),
    ("constater-retard", "2026-03-21"),
    ("constater-escalade", "2026-04-04"),
    ("constater-manquee", "2026-05-21"),
]


def test_une_orientation_se_rappelle_puis_expire_le_lendemain_de_son_dernier_jour() -> None:
    assert Echeancier().apres(*h.A_L_ORIENTATION) == REPONDRE


def test_l_etude_deplace_le_dernier_jour() -> None:
    assert Echeancier().apres(*h.A_L_ORIENTATION, h.a_l_etude) == [
        ("orientation_a_repondre", "2026-02-16"), ("expirer-orientation", "2026-02-22"),
    ]  # fmt: skip


@pytest.mark.parametrize("issue", [h.acceptee, h.refusee, h.retiree, h.expiree, h.efface_par_le_bailleur, h.clos])
def test_plus_rien_n_attend_apres_une_issue(issue: Any) -> None:
    assert Echeancier().apres(*h.A_L_ORIENTATION, issue) == []


def test_un_rappel_dont_le_jour_est_deja_la_ne_part_pas() -> None:
    courte = replace(h.oriente, reponse_avant=h.janvier(12))
    assert Echeancier().apres(*h.AU_REPERAGE, courte) == [("expirer-orientation", "2026-01-13")]


def test_le_contrat_met_toute_l_echeance_au_calendrier() -> None:
    assert Echeancier().apres(*h.EN_SUIVI) == SUIVRE


def test_une_signature_sur_trois_ne_change_rien() -> None:
    un = Echeancier()
    assert un.apres(*h.AU_CONTRAT, *h.signatures[:2]) == []


def test_chaque_constat_retire_sa_ligne_et_laisse_les_autres() -> None:
    un = Echeancier()
    un.apres(*h.EN_SUIVI)
    assert un.apres(d.ReevaluationEnRetard(h.mars(20), h.mars(21))) == [x for x in SUIVRE if x[0] != "constater-retard"]
    apres = un.apres(d.ReevaluationEscaladee(h.mars(20), date(2026, 4, 4)))
    assert [tache for tache, _ in apres] == [
        "reevaluation_dans_14_jours", "reevaluation_dans_7_jours", "constater-manquee",
    ]  # fmt: skip


def test_une_reevaluation_tenue_met_la_suivante_au_calendrier() -> None:
    apres = Echeancier().apres(*h.EN_SUIVI, h.reevalue(1, h.mars(20), h.mai(20), h.mars(20)))
    assert apres[0] == ("reevaluation_dans_14_jours", "2026-05-06")
    assert apres[-1] == ("constater-manquee", "2026-07-21")


def test_apres_une_manquee_la_suivante_est_deja_en_retard_et_n_a_plus_a_se_rappeler() -> None:
    manquee = d.ReevaluationManquee(h.mars(20), h.mai(20), h.mai(21), h.constats(h.mai(20)))
    assert Echeancier().apres(*h.EN_SUIVI, manquee) == [
        ("constater-retard", "2026-05-21"), ("constater-escalade", "2026-06-04"), ("constater-manquee", "2026-07-21"),
    ]  # fmt: skip


@pytest.mark.parametrize("fin", [h.clos, h.efface_par_l_association])
def test_un_dossier_clos_ou_efface_n_attend_plus_rien(fin: Any) -> None:
    assert Echeancier().apres(*h.EN_SUIVI, fin) == []


def test_la_derniere_reevaluation_d_un_contrat_n_en_attend_pas_d_autre() -> None:
    derniere = h.reevalue(5, date(2026, 11, 20), None, date(2026, 11, 20))
    assert Echeancier().apres(*h.EN_SUIVI, derniere) == []


def test_une_convention_commence_et_finit() -> None:
    proposee = p.ConventionProposee(
        h.CONVENTION,
        h.DISPOSITIF,
        h.MENAGE,
        h.MENAGE,
        30,
        date(2026, 2, 1),
        date(2028, 2, 29),
        p.Regles(),
        h.janvier(5),
    )
    un = Echeancier()
    assert un.apres(proposee) == [("activer", "2026-02-01")]
    activee = p.ConventionActivee(
        h.CONVENTION, h.DISPOSITIF, h.MENAGE, h.MENAGE, 30, proposee.debut, proposee.fin, p.Regles(), proposee.debut
    )
    assert un.apres(activee) == [("echoir", "2028-03-01")]
    assert un.apres(p.ConventionEchue(h.CONVENTION, proposee.fin, date(2028, 3, 1))) == []


@pytest.mark.parametrize(
    ("limite", "expiration"),
    [
        (date(2026, 3, 28), "2026-03-29"),  # the day the clocks go forward
        (date(2026, 10, 24), "2026-10-25"),  # and back
        (date(2026, 12, 31), "2027-01-01"),
        (date(2028, 2, 28), "2028-02-29"),
        (date(2028, 2, 29), "2028-03-01"),
        (date(2027, 2, 28), "2027-03-01"),
    ],
)
def test_le_lendemain_est_celui_du_calendrier(limite: date, expiration: str) -> None:
    lointaine = replace(h.oriente, reponse_avant=limite)
    assert Echeancier().apres(*h.AU_REPERAGE, lointaine)[-1] == ("expirer-orientation", expiration)

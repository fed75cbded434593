"""Who is told of what, one line per fact; and what the sentences say."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any, get_args
from uuid import UUID

import pytest
from msgspec.structs import replace

from contracts import dossiers as d
from contracts.codes import liste
from services.notifications.annonces import messages, rappel
from services.notifications.phrases import PHRASES, RAISONS, SANS_ECHEANCE, phrase, raison
from services.notifications.vues import suivis
from services.notifications.vues.echeancier import RAPPELS
from services.socle.base.recorded import Recorded
from tests.dossiers import histoire as h
from tests.scenario import ASSOCIATION, BAILLEUR

REFERENT, AGENT = UUID(int=0x30), UUID(int=0x40)
SUIVI = {
    "bailleur": BAILLEUR, "association": ASSOCIATION, "convention": h.CONVENTION, "referent": REFERENT,
    "synthese_partagee": False, "efface": False, "publie": {},
}  # fmt: skip

bailleur, coordination, referent = (
    (BAILLEUR, None, None),
    (ASSOCIATION, "coordinateur", None),
    (ASSOCIATION, None, REFERENT),
)


def recorded(event: Any, organisation: UUID = h.MAILLAGE, auteur: UUID = AGENT, version: int = 1) -> Recorded[Any]:
    return Recorded(
        UUID(int=0xFA17), h.DOSSIER, version, event, organisation, auteur, datetime(2026, 3, 1, tzinfo=UTC), UUID(int=1)
    )


def dits(event: Any, organisation: UUID, suivi: dict[str, Any] | None = None) -> list[tuple[str, Any, Any, Any, Any]]:
    annonces = messages(suivi or SUIVI, recorded(event, organisation))
    return [(m.objet, m.organisation, m.role, m.membre, m.echeance) for m in annonces]


premiere = h.reevalue(1, h.mars(20), h.mai(20), h.mars(20))

CAS: dict[str, tuple[Any, UUID, list[tuple[Any, ...]]]] = {
    "orientée": (h.oriente, BAILLEUR, [("orientation_recue", *coordination, h.LIMITE)]),
    "à l'étude": (h.a_l_etude, ASSOCIATION, [("orientation_a_l_etude", *bailleur, date(2026, 2, 21))]),
    "acceptée": (h.acceptee, ASSOCIATION, [("orientation_acceptee", *bailleur, None)]),
    "refusée": (h.refusee, ASSOCIATION, [("orientation_refusee", *bailleur, None)]),
    "retirée": (h.retiree, BAILLEUR, [("orientation_retiree", *coordination, None)]),
    "expirée": (
        h.expiree, h.MAILLAGE,
        [("orientation_expiree", *bailleur, h.LIMITE), ("orientation_expiree", *coordination, h.LIMITE)],
    ),
    "n'adhère pas": (h.n_adhere_pas, ASSOCIATION, [("adhesion_refusee", *bailleur, None)]),
    "référent désigné": (d.ReferentDesigne(REFERENT, h.mars(1)), ASSOCIATION, [("dossier_confie", *referent, None)]),
    "contrat préparé": (h.prepare, ASSOCIATION, [("contrat_a_signer", *bailleur, h.janvier(20))]),
    "contrat signé d'une partie": (h.signatures[0], ASSOCIATION, []),
    "contrat signé de tous, le bailleur en dernier": (
        h.signatures[2], BAILLEUR, [("contrat_en_vigueur", *referent, h.mars(20))],
    ),
    "contrat signé de tous, l'association en dernier": (
        h.signatures[2], ASSOCIATION,
        [("contrat_en_vigueur", *bailleur, h.mars(20)), ("contrat_en_vigueur", *referent, h.mars(20))],
    ),
    "suivi réévalué": (premiere, ASSOCIATION, [("suivi_reevalue", *bailleur, h.mai(20))]),
    "en retard": (
        d.ReevaluationEnRetard(h.mars(20), h.mars(21)), h.MAILLAGE, [("reevaluation_en_retard", *referent, h.mars(20))],
    ),
    "très en retard": (
        d.ReevaluationEscaladee(h.mars(20), date(2026, 4, 4)), h.MAILLAGE,
        [("reevaluation_escaladee", *coordination, h.mars(20))],
    ),
    "manquée": (
        d.ReevaluationManquee(h.mars(20), h.mai(20), h.mai(21)), h.MAILLAGE,
        [("reevaluation_manquee", *referent, h.mars(20))],
    ),
    "clos par l'association": (h.clos, ASSOCIATION, [("dossier_clos", *bailleur, None)]),
    "clos par le bailleur": (h.clos, BAILLEUR, [("dossier_clos", *coordination, None)]),
    "effacé": (h.efface_par_l_association, ASSOCIATION, []),
    "note": (d.NoteDeposee(UUID(int=1), "equipe", None, "Rien de tel.", h.mars(1)), ASSOCIATION, []),
}  # fmt: skip


@pytest.mark.parametrize("cas", CAS)
def test_chacun_apprend_ce_qui_le_concerne(cas: str) -> None:
    event, organisation, attendus = CAS[cas]
    assert dits(event, organisation) == attendus


def test_sans_referent_les_coordinateurs_le_sont() -> None:
    suivi = SUIVI | {"referent": None}
    retard = d.ReevaluationEnRetard(h.mars(20), h.mars(21))
    assert dits(retard, h.MAILLAGE, suivi) == [("reevaluation_en_retard", *coordination, h.mars(20))]
    assert rappel(suivi, "reevaluation_dans_14_jours", h.mars(20)).role == "coordinateur"


def test_un_dossier_que_le_bailleur_clot_avant_de_l_orienter_ne_regarde_personne_d_autre() -> None:
    assert dits(h.clos, BAILLEUR, SUIVI | {"association": None}) == []


def test_qui_se_designe_soi_meme_le_sait_deja() -> None:
    fait = recorded(d.ReferentDesigne(REFERENT, h.mars(1)), ASSOCIATION, auteur=REFERENT)
    assert messages(SUIVI, fait) == []


@pytest.mark.parametrize(
    ("partagee", "synthese", "objet"),
    [
        (True, "chiffre:1:…", "synthese_partagee"),
        (True, "", "suivi_reevalue"),
        (False, "chiffre:1:…", "suivi_reevalue"),
    ],
)
def test_le_bailleur_n_apprend_qu_il_y_a_une_synthese_que_si_le_menage_la_partage(
    partagee: bool, synthese: str, objet: str
) -> None:
    [dit] = dits(replace(premiere, synthese=synthese), ASSOCIATION, SUIVI | {"synthese_partagee": partagee})
    assert dit == (objet, *bailleur, h.mai(20))


def test_le_meme_fait_donne_les_memes_messages() -> None:
    fait = recorded(h.expiree)
    assert messages(SUIVI, fait) == messages(SUIVI, fait)
    assert len({m.message for m in messages(SUIVI, fait)}) == 2


def test_ce_qu_on_sait_d_un_dossier_se_plie_de_ses_faits() -> None:
    partage = d.ConsentementRecueilli("partage_synthese", "rendez_vous_bureau", h.janvier(8))
    row: dict[str, Any] | None = None
    for version, event in enumerate((*h.A_L_ORIENTATION, partage, d.ReferentDesigne(REFERENT, h.janvier(15))), 1):
        if isinstance(event, get_args(suivis.Read)):
            row = suivis.fold(row, recorded(event, version=version))
    assert row == SUIVI | {"synthese_partagee": True, "publie": {str(h.CONVENTION): [2026]}}
    row = suivis.fold(row, recorded(d.ConsentementRetire("partage_synthese", h.janvier(16))))
    assert row is not None
    assert not row["synthese_partagee"]


# Sentences


def test_chaque_objet_a_sa_phrase() -> None:
    assert set(PHRASES) == set(liste("objet_message"))
    assert set(RAPPELS) <= set(PHRASES)
    assert set(SANS_ECHEANCE) <= set(PHRASES)


@pytest.mark.parametrize("objet", sorted(PHRASES))
def test_une_phrase_est_entiere_avec_et_sans_date(objet: str) -> None:
    for echeance in (date(2026, 5, 1), None):
        if echeance is None and "{echeance}" in PHRASES[objet] and objet not in SANS_ECHEANCE:
            continue  # this one always has its date
        dite = phrase(objet, echeance)
        assert re.fullmatch(r"[A-ZÉ].*\.", dite)
        assert "{" not in dite
    assert "1er mai 2026" in phrase("orientation_recue", date(2026, 5, 1))


def test_un_objet_d_une_version_plus_recente_se_lit_par_son_code() -> None:
    assert phrase("objet_de_demain", None) == "objet_de_demain"


def test_chaque_message_dit_pourquoi_il_est_envoye() -> None:
    assert {raison(*qui[1:]) for qui in (bailleur, coordination, referent)} == set(RAISONS.values())

"""The folds, on histories a decider could have written. Delivery and row-level security have their own tests."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from msgspec.structs import replace

from contracts.partenaires import DispositifOuvert, LigneDeFinancement, PlanDeFinancementEtabli, Regles
from services.partenaires.app import VUES
from services.partenaires.vues import acces, conventions, dispositifs, membres, organisations
from services.socle.base.recorded import Recorded
from services.socle.views.batch import Lot, change
from services.socle.views.view import Row, View
from tests.partenaires.personnages import (
    AGENT,
    CONVENTION,
    DECEMBRE,
    DISPOSITIF,
    EMETTEUR,
    JANVIER,
    MARS,
    RESPONSABLE,
    activee,
    echue,
    habilite,
    inscrite,
    invite,
    proposee,
    retire,
    signee_de_l_association,
    signee_du_bailleur,
)
from tests.scenario import ASSOCIATION, BAILLEUR, FINANCEUR

STREAM = UUID(int=0x57)


def instant(version: int) -> datetime:
    return datetime(2026, 1, version, tzinfo=UTC)


def replier(vue: View, *events: Any) -> dict[UUID, Row]:
    """The view's rows after one stream's events, by key."""
    batch = change(vue)
    lot = Lot([batch])
    for version, event in enumerate(events, 1):
        lot.apply(Recorded(UUID(int=version), STREAM, version, event, BAILLEUR, AGENT, instant(version), UUID(int=9)))
    return {row[vue.table.columns.keys()[0]]: row for row in batch.rows()}


@pytest.mark.parametrize("vue", VUES, ids=lambda vue: vue.name)
def test_une_ligne_remplit_exactement_les_colonnes(vue: View) -> None:
    rows = replier(
        vue,
        inscrite(BAILLEUR, "bailleur"),
        invite(AGENT),
        habilite(AGENT, "agent"),
        ouvert,
        proposee,
        signee_du_bailleur,
        activee,
        plan(2026, (FINANCEUR, "avdl", 1)),
    )
    assert rows
    for row in rows.values():
        assert row.keys() == set(vue.table.columns.keys())
        assert msgspec.json.decode(msgspec.json.encode(row))


def test_l_organisation_montre_sa_fiche() -> None:
    row = replier(organisations.projection, inscrite(BAILLEUR, "bailleur", "SEMIS"))[STREAM]
    assert (row["nom"], row["nature"], row["commune"], row["inscrite_le"]) == ("SEMIS", "bailleur", "17415", JANVIER)


# Accès


def test_un_membre_invite_n_a_pas_d_acces() -> None:
    assert replier(acces.projection, inscrite(BAILLEUR, "bailleur"), invite(AGENT)) == {}


def test_un_membre_habilite_entre_avec_ses_roles() -> None:
    row = replier(acces.projection, invite(AGENT), habilite(AGENT, "agent"))[AGENT]
    assert (row["organisation"], row["nature"], row["roles"], row["actif"]) == (BAILLEUR, "bailleur", ["agent"], True)
    assert (row["emetteur"], row["sujet"]) == (EMETTEUR, "sujet-1")


def test_un_membre_retire_n_entre_plus() -> None:
    assert replier(acces.projection, invite(AGENT), habilite(AGENT, "agent"), retire(AGENT))[AGENT]["actif"] is False


def test_un_invite_retire_n_a_jamais_eu_d_acces() -> None:
    assert replier(acces.projection, invite(AGENT), retire(AGENT)) == {}


def test_changer_de_role_ne_change_pas_l_anciennete_du_compte() -> None:
    row = replier(acces.projection, invite(AGENT), habilite(AGENT, "agent"), habilite(AGENT, "responsable"))[AGENT]
    assert (row["roles"], row["depuis"]) == (["responsable"], instant(2))
    autre = replier(acces.projection, invite(AGENT), habilite(AGENT, "agent"), habilite(AGENT, "agent", sujet="neuf"))[
        AGENT
    ]
    assert (autre["sujet"], autre["depuis"]) == ("neuf", instant(3))


def test_chaque_membre_d_une_organisation_a_sa_ligne() -> None:
    rows = replier(
        acces.projection,
        invite(AGENT),
        invite(RESPONSABLE),
        habilite(AGENT, "agent"),
        habilite(RESPONSABLE, "responsable"),
        retire(AGENT),
    )
    assert {membre: row["actif"] for membre, row in rows.items()} == {AGENT: False, RESPONSABLE: True}


def test_l_acces_ne_nomme_personne() -> None:
    (row,) = replier(acces.projection, invite(AGENT), habilite(AGENT, "agent")).values()
    assert "Camille" not in str(row)


# Membres


@pytest.mark.parametrize(
    ("suite", "statut", "roles", "depuis"),
    [
        ((), "invite", [], JANVIER),
        ((habilite(AGENT, "agent", le=MARS),), "habilite", ["agent"], MARS),
        ((habilite(AGENT, "agent"), replace(retire(AGENT), le=MARS)), "retire", [], MARS),
    ],
)
def test_le_statut_d_un_membre_suit_ses_faits(suite: Any, statut: str, roles: list[str], depuis: date) -> None:
    row = replier(membres.projection, invite(AGENT), *suite)[AGENT]
    assert (row["statut"], row["roles"], row["depuis"], row["nom"]) == (statut, roles, depuis, "Camille Exemple")


# Dispositifs et conventions

ouvert = DispositifOuvert(DISPOSITIF, BAILLEUR, "Insertion", ("jeunes",), ("sante",), Regles(), JANVIER)


def plan(annee: int, *lignes: tuple[UUID, str, int]) -> PlanDeFinancementEtabli:
    return PlanDeFinancementEtabli(CONVENTION, annee, tuple(LigneDeFinancement(*ligne) for ligne in lignes), JANVIER)


def test_le_dispositif_montre_ses_regles() -> None:
    row = replier(dispositifs.projection, ouvert)[STREAM]
    assert (row["organisation"], row["nom"], row["publics"]) == (BAILLEUR, "Insertion", ["jeunes"])
    assert row["regles"]["periodicite_mois"] == 2


@pytest.mark.parametrize(
    ("suite", "statut", "signataires"),
    [
        ((), "en_signature", []),
        ((signee_du_bailleur,), "en_signature", [BAILLEUR]),
        ((signee_du_bailleur, signee_de_l_association), "en_signature", [BAILLEUR, ASSOCIATION]),
        ((signee_du_bailleur, signee_de_l_association, activee), "active", [BAILLEUR, ASSOCIATION]),
        ((signee_du_bailleur, signee_de_l_association, activee, echue), "echue", [BAILLEUR, ASSOCIATION]),
    ],
)
def test_la_convention_suit_ses_signatures(suite: Any, statut: str, signataires: list[UUID]) -> None:
    row = replier(conventions.projection, proposee, *suite)[STREAM]
    assert row["statut"] == statut
    assert [UUID(s["organisation"]) for s in row["signatures"]] == signataires
    assert (row["places"], row["debut"], row["fin"]) == (30, JANVIER, DECEMBRE)
    assert row["active_depuis"] == (JANVIER if activee in suite else None)


def test_les_signatures_ne_disent_pas_quel_membre_a_signe() -> None:
    (row,) = replier(conventions.projection, proposee, signee_du_bailleur).values()
    assert str(signee_du_bailleur.membre) not in str(row)


def test_chaque_annee_a_son_plan_et_le_dernier_remplace() -> None:
    row = replier(
        conventions.projection,
        proposee,
        plan(2027, (FINANCEUR, "avdl", 5)),
        plan(2026, (BAILLEUR, "part_bailleur", 1)),
        plan(2026, (BAILLEUR, "part_bailleur", 2)),
    )[STREAM]
    assert [(p["annee"], p["lignes"][0]["montant_centimes"]) for p in row["plans"]] == [(2026, 2), (2027, 5)]
    assert [UUID(f) for f in row["financeurs"]] == [BAILLEUR, FINANCEUR]


def test_un_financeur_retire_du_plan_ne_voit_plus_la_convention() -> None:
    row = replier(
        conventions.projection, proposee, plan(2026, (FINANCEUR, "avdl", 5)), plan(2026, (BAILLEUR, "part_bailleur", 1))
    )[STREAM]
    assert [UUID(f) for f in row["financeurs"]] == [BAILLEUR]

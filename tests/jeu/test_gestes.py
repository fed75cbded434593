"""The library's gestures are those of the services: each is an address, a body its command reads, and the fact it decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import pytest
from msgspec.structs import fields

from contracts import partenaires as p
from contracts.dossiers import Besoin
from jeu import dossiers as g
from jeu import partenaires as gp
from jeu.gens import MEMBRES, ORGANISATIONS, SAINTES, TEXTES, camille
from jeu.geste import Geste
from jeu.parcours import ETAPES, Vie, jusqu_a
from tests.dossiers import histoire as h
from tests.dossiers.exemples import EXEMPLES, GESTES, TOUTES, chapitre
from tests.scenario import etant_donne

ID = UUID(int=0x99)

DU_DOSSIER: tuple[Geste[Any], ...] = (
    g.reperer(h.MENAGE, h.identite),
    g.poser_diagnostic(),
    g.tenir_rencontre(),
    g.recueillir_consentement(),
    g.retirer_consentement(),
    g.orienter(h.ACCORD),
    g.retirer_orientation(),
    g.mettre_a_l_etude(),
    g.accepter(),
    g.refuser("hors_public"),
    g.designer_referent(ID),
    g.recueillir_adhesion(),
    g.refuser_adhesion(),
    g.tenir_entretien(h.besoins, "Veut rester."),
    g.preparer_contrat(h.CONTRAT, h.janvier(20), h.FIN, h.objectifs, calendrier=(h.mars(20),)),
    g.signer_contrat(h.CONTRAT, "menage"),
    h.point,
    g.fixer_rendez_vous(ID, h.mars(20)),
    g.tenir_rendez_vous(ID),
    g.manquer_rendez_vous(ID),
    g.annuler_rendez_vous(ID),
    g.deposer_note(ID, "equipe", "Un voisin aide."),
    g.clore(),
    g.effacer_donnees(),
    g.expirer_orientation(),
    g.constater_retard(h.mars(20)),
    g.constater_escalade(h.mars(20)),
    g.constater_manquee(h.mars(20)),
)
ENTRE_ORGANISATIONS: tuple[Geste[Any], ...] = (
    gp.inscrire("Une organisation", "bailleur", "https://identite.exemple.fr"),
    gp.inviter_membre("Camille Exemple"),
    gp.habiliter_membre(ID, "sujet", ["agent"]),
    gp.retirer_membre(ID),
    gp.ouvrir_dispositif("Un dispositif"),
    gp.proposer(ID, ID, ID, 30, h.janvier(1), h.FIN),
    gp.signer(),
    gp.financer(2026, p.LigneDeFinancement(ID, "avdl", 1)),
)


def test_chaque_commande_d_un_dossier_a_son_geste() -> None:
    assert {geste.nom for geste in DU_DOSSIER} == TOUTES.keys()


@pytest.mark.parametrize("geste", DU_DOSSIER, ids=lambda geste: geste.nom)
def test_ce_qui_est_dit_se_lit_comme_la_commande(geste: Geste[Any]) -> None:
    commande = GESTES[geste.nom].takes.model_validate_json(msgspec.json.encode(geste.corps))
    assert commande.model_dump(mode="json", exclude_unset=True) == geste.corps


@pytest.mark.parametrize("geste", DU_DOSSIER, ids=lambda geste: geste.nom)
def test_le_fait_est_celui_que_decide_le_chapitre(geste: Geste[Any]) -> None:
    exemple = EXEMPLES[geste.nom]
    decide = etant_donne(chapitre(geste.nom))(*exemple.histoire).quand(exemple.commande, exemple.acte).take()
    assert geste.fait in {type(fait) for fait in decide}


@pytest.mark.parametrize("geste", [*DU_DOSSIER, *ENTRE_ORGANISATIONS], ids=lambda geste: f"{geste.objet}:{geste.nom}")
def test_ce_qui_est_dit_est_dans_le_fait(geste: Geste[Any]) -> None:
    assert geste.dit.keys() <= {champ.name for champ in fields(geste.fait)}


def test_ce_qui_est_vide_n_est_pas_dit() -> None:
    besoins = [Besoin("sante", 2), Besoin("famille", 3, "Chacun cherche sa place.")]
    geste = g.tenir_entretien(besoins, support="telephone")
    assert geste.corps == {
        "besoins": [
            {"theme": "sante", "score": 2},
            {"theme": "famille", "score": 3, "precision": "Chacun cherche sa place."},
        ],
        "support": "telephone",
    }
    assert geste.laisse(h.janvier(16)).besoins == tuple(besoins)


def test_un_geste_a_son_adresse_et_son_service() -> None:
    assert g.reperer(ID, h.identite).chemin() == "/dossiers/reperer"
    assert g.clore().chemin(ID) == f"/dossiers/{ID}/clore"
    assert gp.signer().chemin(ID) == f"/conventions/{ID}/signer"
    assert {geste.service for geste in DU_DOSSIER} == {"dossiers"}
    assert {geste.service for geste in ENTRE_ORGANISATIONS} == {"partenaires"}


# Along the way


@dataclass
class Plume:
    """Remembers what it was asked to write."""

    ecrits: list[str]

    def ecrire(self, champ: str) -> str:
        self.ecrits.append(champ)
        return TEXTES[champ]


def vie(plume: Plume) -> Vie:
    return Vie(
        equipe=SAINTES, accord=h.ACCORD, referent=ID, menage=h.MENAGE, contrat=h.CONTRAT, objectif=h.BUDGET, notes=(ID, ID),
        identite=camille(), debut=date(2026, 1, 5), fin=date(2026, 12, 31), ecrire=plume.ecrire,
    )  # fmt: skip


def test_on_n_ecrit_que_ce_que_l_etape_demande() -> None:
    plume = Plume([])
    assert [geste.nom for _, geste in jusqu_a(vie(plume), "orientee")] == [
        "reperer",
        "poser-diagnostic",
        "tenir-rencontre",
        "recueillir-consentement",
        "orienter",
    ]
    assert plume.ecrits == ["constat", "expose"]
    list(jusqu_a(vie(plume), "reevaluee"))
    assert set(plume.ecrits) == TEXTES.keys()


@pytest.mark.parametrize("etape", ETAPES)
def test_chacun_fait_ce_que_son_role_permet(etape: str) -> None:
    pas = list(jusqu_a(vie(Plume([])), etape))
    assert {compte for compte, _ in pas} <= MEMBRES.keys()
    assert ("mettre-a-l-etude" in {geste.nom for _, geste in pas}) is (etape == "a_l_etude")


def test_chaque_compte_est_d_une_organisation_connue() -> None:
    assert {organisation for organisation, _, _ in MEMBRES.values()} == ORGANISATIONS.keys()

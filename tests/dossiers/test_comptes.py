"""Every number opens the list it counts: stages, due dates, who follows how many."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from deploy.moteurs.kafka import Kafka
from deploy.roles import Acces
from services.dossiers.vues.travail import TRANCHES
from tests.dossiers.quartier import AUTRE_BAILLEUR, Quartier, quartier
from tests.monde import DEBUT


@pytest.fixture(scope="module")
async def q(
    bases_du_module: Acces, kafka_du_module: Kafka, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Quartier]:
    """Spotted, oriented, accepted, accepted with a référent; and one of somebody else's."""
    async with quartier(bases_du_module, kafka_du_module.bootstrap, tmp_path_factory.mktemp("monde")) as q:
        await q.reperer("Exemple", "Alix")
        await q.orienter(await q.reperer("Exemple", "Bao"))
        await q.accepter(await q.reperer("Exemple", "Chris"))
        suivi = await q.reperer("Exemple", "Dany")
        await q.accepter(suivi)
        referent = {"referent": str(q.membres["tremplin.referent"])}
        await q.fait("tremplin.coordinateur", suivi, "designer-referent", referent)
        await q.accepter(await q.reperer("Exemple", "Eden", AUTRE_BAILLEUR), AUTRE_BAILLEUR)
        yield q


async def test_chaque_nombre_du_bailleur_ouvre_sa_liste(q: Quartier) -> None:
    comptes = await q.lire("semis.agent", "/v1/orientations/comptes")
    assert comptes == {"total": 4, "par_etape": {"reperee": 1, "orientee": 1, "acceptee": 2}}
    for etape, combien in comptes["par_etape"].items():
        assert (await q.lire("semis.agent", "/v1/orientations", etape=etape))["total"] == combien
    ensemble = await q.lire("semis.agent", "/v1/orientations", etape=["orientee", "acceptee"])
    assert ensemble["total"] == 3


async def test_chaque_nombre_de_l_association_ouvre_sa_liste(q: Quartier) -> None:
    comptes = await q.lire("tremplin.referent", "/v1/portefeuille/comptes")
    assert comptes == {"total": 3, "par_etape": {"orientee": 1, "acceptee": 2}}
    moi = str(q.membres["tremplin.referent"])
    assert (await q.lire("tremplin.referent", "/v1/portefeuille/comptes", referent=moi))["total"] == 1
    assert (await q.lire("tremplin.referent", "/v1/portefeuille", sans_referent="true", etape="acceptee"))["total"] == 1
    sans = await q.lire("tremplin.referent", "/v1/portefeuille/comptes", sans_referent="true")
    assert sans == {"total": 2, "par_etape": {"orientee": 1, "acceptee": 1}}
    sans = await q.lire("tremplin.referent", "/v1/travail/comptes", sans_referent="true")
    assert sans["par_attendu"] == {"repondre": 1, "recueillir_adhesion": 1}
    assert (await q.lire("tremplin.referent", "/v1/travail", sans_referent="true"))["total"] == sans["total"]


@pytest.mark.parametrize(
    ("jours", "tranche"), [(0, "trente_jours"), (8, "sept_jours"), (15, "sept_jours"), (16, "en_retard")]
)
async def test_ce_qui_est_a_faire_par_echeance(q: Quartier, jours: int, tranche: str) -> None:
    """The request to answer (15 days), the two accepted households that wait without a date."""
    q.monde.jour(DEBUT + timedelta(days=jours))
    comptes = await q.lire("tremplin.coordinateur", "/v1/travail/comptes")
    attendu = dict.fromkeys(TRANCHES, 0) | {tranche: 1, "sans_echeance": 2}
    assert comptes == {
        "total": 3, "par_tranche": attendu, "par_attendu": {"repondre": 1, "recueillir_adhesion": 2},
    }  # fmt: skip
    for nom, combien in attendu.items():
        assert (await q.lire("tremplin.coordinateur", "/v1/travail", tranche=nom))["total"] == combien, nom
    for nom, combien in comptes["par_attendu"].items():
        assert (await q.lire("tremplin.coordinateur", "/v1/travail", attendu=nom))["total"] == combien, nom
    q.monde.jour(DEBUT)


async def test_la_charge_nomme_chaque_referent_et_ce_qui_n_est_a_personne(q: Quartier) -> None:
    rien: dict[str, Any] = dict.fromkeys(TRANCHES, 0)
    charge = (await q.lire("tremplin.coordinateur", "/v1/charge"))["elements"]
    par_referent = {ligne.pop("referent"): ligne for ligne in charge}
    assert par_referent == {
        None: {**rien, "ouverts": 1, "sans_echeance": 1, "actif": False},
        str(q.membres["tremplin.referent"]): {**rien, "ouverts": 1, "sans_echeance": 1, "actif": True},
        str(q.membres["tremplin.referente"]): {**rien, "ouverts": 0, "actif": True},
    }


async def test_un_autre_reseau_a_ses_propres_nombres(q: Quartier) -> None:
    assert (await q.lire("autre-bailleur.agent", "/v1/orientations/comptes"))["total"] == 1
    assert (await q.lire("autre-association.coordinateur", "/v1/portefeuille/comptes"))["total"] == 1
    charge = await q.lire("autre-association.coordinateur", "/v1/charge")
    assert [ligne["ouverts"] for ligne in charge["elements"]] == [1]


async def test_des_dossiers_nommes_se_lisent_ensemble_et_ceux_des_autres_n_y_sont_pas(q: Quartier) -> None:
    siens = [e["dossier"] for e in (await q.lire("tremplin.referent", "/v1/portefeuille"))["elements"]]
    [autre] = (await q.lire("autre-bailleur.agent", "/v1/orientations"))["elements"]
    deux = {"dossier": [siens[0], autre["dossier"], siens[1]]}
    for sujet, chemin in (("semis.agent", "orientations"), ("tremplin.referent", "portefeuille")):
        lus = await q.lire(sujet, f"/v1/{chemin}", **deux)
        assert {e["dossier"] for e in lus["elements"]} == set(siens[:2])
        assert lus["total"] == 2
        assert "Eden" not in str(lus)
    assert (await q.monde.lire("semis.agent", "/v1/orientations", dossier=[siens[0]] * 201)).status_code == 422


async def test_un_dossier_seul_se_lit_apres_ce_qu_on_vient_d_y_faire(q: Quartier) -> None:
    [celui_ci] = [
        e["dossier"] for e in (await q.lire("tremplin.coordinateur", "/v1/portefeuille", etape="orientee"))["elements"]
    ]
    fait = await q.monde.poster("tremplin.coordinateur", f"/v1/dossiers/{celui_ci}/mettre-a-l-etude")
    ou = {"dossier": celui_ci, "au_moins": fait.json()["version"]}
    [vu] = (await q.lire("tremplin.coordinateur", "/v1/portefeuille", **ou))["elements"]
    assert vu["etape"] == "a_l_etude"


@pytest.mark.parametrize(
    ("sujet", "chemin"),
    [
        ("etat.analyste", "orientations/comptes"), ("tremplin.referent", "orientations/comptes"),
        ("semis.agent", "portefeuille/comptes"), ("semis.agent", "travail/comptes"), ("semis.agent", "charge"),
        ("operateur", "charge"),
    ],
)  # fmt: skip
async def test_les_nombres_d_un_autre_metier_sont_refuses(q: Quartier, sujet: str, chemin: str) -> None:
    assert (await q.monde.lire(sujet, f"/v1/{chemin}")).status_code == 403


@pytest.mark.parametrize("filtre", [{"tranche": "demain"}, {"attendu": "X" * 65}, {"etape": ["a"] * 21}])
async def test_un_filtre_qui_n_existe_pas_est_refuse(q: Quartier, filtre: dict[str, Any]) -> None:
    chemin = "portefeuille" if "etape" in filtre else "travail"
    assert (await q.monde.lire("tremplin.referent", f"/v1/{chemin}", **filtre)).status_code == 422


async def test_la_version_lue_est_celle_qu_on_peut_citer(q: Quartier) -> None:
    """A note moves the dossier on without changing the row: citing what was read must not clash with oneself."""
    [celui_ci, *_] = (await q.lire("tremplin.coordinateur", "/v1/portefeuille", etape="acceptee"))["elements"]
    dossier = celui_ci["dossier"]
    note = {"note": str(uuid4()), "niveau": "equipe", "texte": "Rappeler mardi."}
    await q.fait("tremplin.referent", dossier, "deposer-note", note)
    vu = await q.lire("tremplin.referent", f"/v1/dossiers/{dossier}")
    cite = {"If-Match": f'"{vu["version"]}"'}
    adhesion = {"support": "telephone"}
    fait = await q.monde.poster("tremplin.referent", f"/v1/dossiers/{dossier}/recueillir-adhesion", adhesion, **cite)
    assert fait.status_code == 200, fait.text


async def test_les_menages_suivis_se_demandent_sans_nommer_d_etape(q: Quartier) -> None:
    """Whoever needs a référent: accepted, not ended. What is refused is the landlord's again, and nobody's work here."""
    q.monde.jour(DEBUT)
    suivis = await q.lire("tremplin.coordinateur", "/v1/portefeuille", suivis="true")
    assert {row["etape"] for row in suivis["elements"]} == {"acceptee"}
    assert suivis["total"] == 2
    assert (await q.lire("tremplin.coordinateur", "/v1/portefeuille", suivis="true", sans_referent="true"))[
        "total"
    ] == 1
    dossier = await q.reperer("Exemple", "Fay")
    await q.orienter(dossier)
    [demande] = (await q.lire("tremplin.coordinateur", "/v1/portefeuille", dossier=dossier))["elements"]
    assert demande["prolongeable"] is True
    await q.fait("tremplin.coordinateur", dossier, "mettre-a-l-etude", {})
    [demande] = (await q.lire("tremplin.coordinateur", "/v1/portefeuille", dossier=dossier))["elements"]
    assert demande["prolongeable"] is False
    refus = {"auteur": "association", "etape": "proposition", "motif": "hors_territoire"}
    avant = (await q.lire("tremplin.coordinateur", "/v1/travail"))["total"]
    await q.fait("tremplin.coordinateur", dossier, "refuser-orientation", refus)
    travail = await q.lire("tremplin.coordinateur", "/v1/travail")
    assert travail["total"] == avant - 1
    assert dossier not in {row["dossier"] for row in travail["elements"]}

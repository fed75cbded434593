"""From the landlord's request to each actor's view: the whole way, on real PostgreSQL and Kafka."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from contracts import partenaires as p
from deploy.moteurs.kafka import Kafka
from deploy.roles import Acces
from services.dossiers.app import SERVICE
from tests.monde import DEBUT, Monde, monde

SEMIS, TREMPLIN, ETAT = (UUID(int=n) for n in (0x5E, 0x71, 0xE7))
CONVENTION, DISPOSITIF = UUID(int=0xC0), UUID(int=0xD1)

REPERE = {
    "menage": str(uuid4()),
    "identite": {"nom": "Exemple", "prenom": "Camille", "naissance": "1990-02-28"},
    "composition": {"adultes": 1, "enfants": 2, "type_menage": "famille_monoparentale", "tranche_age": "25-39"},
    "logement": {"commune": "17415", "qpv": True},
    "publics": ["locataire_en_difficulte"],
}


@pytest.fixture(scope="module")
async def le_monde(
    bases_du_module: Acces, kafka_du_module: Kafka, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Monde]:
    dossier: Path = tmp_path_factory.mktemp("monde")
    async with monde(bases_du_module, kafka_du_module.bootstrap, dossier, [SERVICE]) as m:
        await m.membre("semis.agent", SEMIS, "bailleur", "agent")
        await m.membre("tremplin.referent", TREMPLIN, "association", "referent")
        await m.membre("tremplin.coordinateur", TREMPLIN, "association", "coordinateur")
        await m.membre("etat.analyste", ETAT, "financeur", "analyste")
        await m.faits_partenaires(
            CONVENTION,
            p.ConventionActivee(
                CONVENTION, DISPOSITIF, SEMIS, TREMPLIN, 30, DEBUT, date(2026, 12, 31), p.Regles(), DEBUT
            ),
            p.PlanDeFinancementEtabli(CONVENTION, 2026, (p.LigneDeFinancement(ETAT, "avdl", 700_000),), DEBUT),
        )
        for sujet in ("semis.agent", "tremplin.referent", "tremplin.coordinateur"):
            await m.attendre(sujet, f"/v1/dossiers/{UUID(int=1)}", 404)  # 401 until its access has come
        await m.attendre("etat.analyste", f"/v1/conventions/{CONVENTION}/indicateurs", annee=2026)
        yield m


async def test_un_menage_oriente_arrive_chez_l_association(le_monde: Monde) -> None:
    m = le_monde
    repere = await m.poster("semis.agent", "/v1/dossiers/reperer", REPERE)
    assert repere.status_code == 201, repere.text
    dossier = repere.json()["id"]
    chemin = f"/v1/dossiers/{dossier}"
    accord = {"finalite": "transmission", "support": "rendez_vous_bureau"}
    assert (await m.poster("semis.agent", f"{chemin}/recueillir-consentement", accord)).status_code == 200
    assert (await m.lire("tremplin.referent", chemin)).status_code == 404
    oriente = await m.poster(
        "semis.agent",
        f"{chemin}/orienter",
        {
            "association": str(TREMPLIN),
            "dispositif": str(DISPOSITIF),
            "convention": str(CONVENTION),
            "motifs": ["vivre_ensemble"],
        },
    )
    assert oriente.status_code == 200, oriente.text
    version = oriente.json()["version"]
    vu = await m.lire("tremplin.referent", chemin, au_moins=version)
    assert vu.status_code == 200, vu.text
    assert vu.json()["identite"]["prenom"] == "Camille"
    accepte = await m.poster("tremplin.coordinateur", f"{chemin}/accepter-orientation")
    assert accepte.status_code == 200, accepte.text
    vu = await m.lire("semis.agent", chemin, au_moins=accepte.json()["version"])
    assert vu.json()["etape"] == "acceptee"
    assert "scores" not in vu.json()

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
from jeu import dossiers as g
from jeu.gens import camille
from services.dossiers.app import SERVICE
from tests.monde import DEBUT, Monde, monde

SEMIS, TREMPLIN, ETAT = (UUID(int=n) for n in (0x5E, 0x71, 0xE7))
CONVENTION, DISPOSITIF = UUID(int=0xC0), UUID(int=0xD1)


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
    dossier = (await m.faire("semis.agent", g.reperer(uuid4(), camille(naissance="1990-02-28"))))["id"]
    chemin = f"/v1/dossiers/{dossier}"
    await m.faire("semis.agent", g.recueillir_consentement(), dossier)
    assert (await m.lire("tremplin.referent", chemin)).status_code == 404
    accord = g.Accord(TREMPLIN, DISPOSITIF, CONVENTION)
    version = (await m.faire("semis.agent", g.orienter(accord, ["vivre_ensemble"], ""), dossier))["version"]
    vu = await m.lire("tremplin.referent", chemin, au_moins=version)
    assert vu.status_code == 200, vu.text
    assert vu.json()["identite"]["prenom"] == "Camille"
    accepte = await m.faire("tremplin.coordinateur", g.accepter(), dossier)
    vu = await m.lire("semis.agent", chemin, au_moins=accepte["version"])
    assert vu.json()["etape"] == "acceptee"
    assert "scores" not in vu.json()

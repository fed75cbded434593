"""Two landlords and two associations that share nothing but the deployment, and what they do with households."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from msgspec import Struct

from contracts import dossiers as d
from contracts import partenaires as p
from deploy.roles import Acces
from jeu import dossiers as g
from jeu.geste import Geste
from services.dossiers.app import SERVICE
from tests.monde import DEBUT, Monde, monde

SEMIS, TREMPLIN, AUTRE_BAILLEUR, AUTRE_ASSOCIATION, ETAT, OPERATEUR = (
    UUID(int=n) for n in (0x5E, 0x71, 0x5F, 0x72, 0xE7, 0x09)
)
DISPOSITIF = UUID(int=0xD1)
CONVENTIONS = {SEMIS: UUID(int=0xC0), AUTRE_BAILLEUR: UUID(int=0xC1)}
ASSOCIATIONS = {SEMIS: TREMPLIN, AUTRE_BAILLEUR: AUTRE_ASSOCIATION}
AGENTS = {SEMIS: "semis.agent", AUTRE_BAILLEUR: "autre-bailleur.agent"}
COORDINATEURS = {SEMIS: "tremplin.coordinateur", AUTRE_BAILLEUR: "autre-association.coordinateur"}


class Quartier(Struct):
    """`membres`: subject → id."""

    monde: Monde
    membres: dict[str, UUID]

    async def reperer(
        self, nom: str, prenom: str, bailleur: UUID = SEMIS, *, commune: str = "17415", **identite: Any
    ) -> str:
        """A household the landlord spots; answers the dossier's id, once its view has it."""
        geste = g.reperer(uuid4(), d.Identite(nom, prenom, **identite), logement=d.Logement(commune, True))
        dossier: str = (await self.monde.faire(AGENTS[bailleur], geste))["id"]
        await self.monde.lire(AGENTS[bailleur], f"/v1/dossiers/{dossier}", au_moins=1)
        return dossier

    async def fait(self, sujet: str, dossier: str, commande: str, corps: Any = None) -> None:
        """A command that must succeed; comes back once the views show it."""
        reponse = await self.monde.poster(sujet, f"/v1/dossiers/{dossier}/{commande}", corps)
        assert reponse.status_code == 200, f"{commande}: {reponse.text}"
        version = reponse.json()["version"]
        await self.monde.lire(sujet, f"/v1/dossiers/{dossier}", au_moins=version)

    async def joue(self, sujet: str, dossier: str, geste: Geste[Any]) -> None:
        """`fait`, for a gesture."""
        await self.fait(sujet, dossier, geste.nom, geste.corps)

    async def orienter(self, dossier: str, bailleur: UUID = SEMIS) -> None:
        accord = g.Accord(ASSOCIATIONS[bailleur], DISPOSITIF, CONVENTIONS[bailleur])
        await self.joue(AGENTS[bailleur], dossier, g.recueillir_consentement())
        await self.joue(AGENTS[bailleur], dossier, g.orienter(accord, ["vivre_ensemble"], ""))

    async def accepter(self, dossier: str, bailleur: UUID = SEMIS) -> None:
        await self.orienter(dossier, bailleur)
        await self.joue(COORDINATEURS[bailleur], dossier, g.accepter())

    async def lire(self, sujet: str, chemin: str, **params: Any) -> Any:
        reponse = await self.monde.lire(sujet, chemin, **params)
        assert reponse.status_code == 200, reponse.text
        return reponse.json()

    async def demander(self, sujet: str, chemin: str, corps: Any) -> Any:
        """A question whose words must not stand in an address: POST, without a command's id."""
        client = self.monde.clients["dossiers"]
        reponse = await client.post(chemin, json=corps, headers=self.monde.jeton(sujet))
        assert reponse.status_code == 200, reponse.text
        return reponse.json()


@asynccontextmanager
async def quartier(acces: Acces, kafka: str, dossier: Path) -> AsyncIterator[Quartier]:
    async with monde(acces, kafka, dossier, [SERVICE]) as m:
        membres = {
            sujet: await m.membre(sujet, organisation, nature, *roles)
            for sujet, organisation, nature, *roles in (
                ("semis.agent", SEMIS, "bailleur", "agent"),
                ("semis.responsable", SEMIS, "bailleur", "responsable"),
                ("tremplin.referent", TREMPLIN, "association", "referent"),
                ("tremplin.referente", TREMPLIN, "association", "referent"),
                ("tremplin.coordinateur", TREMPLIN, "association", "coordinateur"),
                ("autre-bailleur.agent", AUTRE_BAILLEUR, "bailleur", "agent", "responsable"),
                ("autre-association.coordinateur", AUTRE_ASSOCIATION, "association", "coordinateur"),
                ("etat.analyste", ETAT, "financeur", "analyste"),
                ("operateur", OPERATEUR, "exploitant", "exploitant"),
            )
        }
        for bailleur, convention in CONVENTIONS.items():
            await m.faits_partenaires(
                convention,
                p.ConventionActivee(
                    convention,
                    DISPOSITIF,
                    bailleur,
                    ASSOCIATIONS[bailleur],
                    30,
                    DEBUT,
                    date(2026, 12, 31),
                    p.Regles(),
                    DEBUT,
                ),
            )
        for sujet in membres:
            await m.attendre(sujet, "/v1/moi")
        for sujet, convention in ((AGENTS[b], c) for b, c in CONVENTIONS.items()):
            await m.attendre(sujet, f"/v1/conventions/{convention}/places")
        yield Quartier(m, membres)

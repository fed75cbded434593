"""Households at each stage of their follow-up, brought there through the APIs: what the référent's pages are tested on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any, Protocol
from uuid import uuid4

from msgspec import Struct

from contracts.dossiers import Logement
from jeu.dossiers import Accord, clore
from jeu.gens import SAINTES, TEXTES, camille
from jeu.parcours import Vie, jusqu_a
from tests.monde import DEBUT
from tests.portail.conftest import Lieu

AGENT, COORDINATEUR, REFERENT = SAINTES.agent, SAINTES.coordinateur, SAINTES.referent
ECRITS = {
    **TEXTES,
    "constat": "Un constat qui reste au bailleur.",
    "expose": "Un budget à refaire.",
    "besoin": "",
    "entretien": "",
    "objectif": "Payer le loyer courant",
    "engagement.bailleur": "Étaler la dette sur six mois",
}
"""What is written about them, in the fields of TEXTES."""


class Suivi(Struct):
    """A dossier under the test's hand. `version`: after the last command."""

    lieu: Lieu
    dossier: str
    contrat: str = ""
    objectif: str = ""
    version: int = 0

    @property
    def adresse(self) -> str:
        return f"/dossiers/{self.dossier}"

    async def faire(self, sujet: str, nom: str, corps: dict[str, Any] | None = None) -> None:
        fait = await self.lieu.monde.poster(sujet, f"/v1{self.adresse}/{nom}", corps)
        assert fait.status_code == 200, f"{nom}: {fait.text}"
        self.version = fait.json()["version"]

    async def vu(self, sujet: str = REFERENT) -> dict[str, Any]:
        """The dossier, once the views show the last command."""
        found = await self.lieu.monde.lire(sujet, f"/v1{self.adresse}", au_moins=self.version)
        assert found.status_code == 200, found.text
        vu: dict[str, Any] = found.json()
        self.version = max(self.version, vu["version"])
        return vu


class Creer(Protocol):
    """« Camille {nom} », at a stage of jeu/parcours.py; followed by the référent from its acceptance on."""

    async def __call__(self, nom: str, jusqua: str = "sous_contrat") -> Suivi: ...


@asynccontextmanager
async def menages(lieu: Lieu) -> AsyncIterator[Creer]:
    """Makes households, and closes what is left of them at the end: the convention's places are everybody's."""
    faits: list[Suivi] = []

    async def creer(nom: str, jusqua: str = "sous_contrat") -> Suivi:
        faits.append(await _menage(lieu, nom, "suivie" if jusqua == "acceptee" else jusqua))
        return faits[-1]

    yield creer
    fin = clore("fin_convention", "inconnue")
    for s in faits:
        # Refused where there is nothing to close.
        await lieu.monde.poster(COORDINATEUR, f"/v1{fin.chemin(s.dossier)}", fin.corps)


async def _menage(lieu: Lieu, nom: str, etape: str) -> Suivi:
    vie = _vie(lieu, nom)
    s = Suivi(lieu, "", str(vie.contrat), str(vie.objectif))
    for sujet, geste in jusqu_a(vie, etape):
        fait = await lieu.monde.faire(sujet, geste, s.dossier or None)
        s.dossier, s.version = fait["id"], fait["version"]
    await s.vu()
    return s


def _vie(lieu: Lieu, nom: str) -> Vie:
    o, poses = lieu.reseau.organisations, lieu.reseau.poses
    return Vie(
        equipe=SAINTES,
        accord=Accord(o["tremplin17"], poses["dispositif.semis"], lieu.conventions["semis"]),
        referent=lieu.reseau.membres[REFERENT],
        menage=uuid4(),
        contrat=uuid4(),
        objectif=uuid4(),
        notes=(uuid4(), uuid4()),
        identite=camille(nom, naissance="1990-02-28", telephone="00 00 00 00 00"),
        logement=Logement("17415", False),
        publics=("sans_domicile",),
        finalites=("transmission", "partage_synthese"),
        themes={"logement-hebergement": 2, "difficultes-financieres": 3},
        debut=DEBUT,
        fin=date(2026, 12, 31),
        calendrier=(date(2026, 3, 5),),
        rencontres=False,
        ecrire=ECRITS.__getitem__,
    )

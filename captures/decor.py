"""What the demonstration's year has no example of on its last day: each awaited gesture, and names that do not fit.

`Scene.menage` brings a household as far as one wishes, through the services' APIs; the browser's proofs use it too.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid5

from msgspec import Struct

from contracts import partenaires as p
from contracts.dossiers import Logement
from deploy.machine.comptes import NAMESPACE, Api
from deploy.machine.local import Local
from jeu import partenaires as g
from jeu.dossiers import Accord, Id
from jeu.gens import SAINTES, TEXTES, Equipe, camille
from jeu.geste import Geste
from jeu.parcours import ETAPES, Vie, jusqu_a
from services.socle.base.calendar import ajouter_mois, echeances
from services.socle.base.clock import horloge

THEMES = ("difficultes-financieres", "vivre_ensemble")


class Menage(Struct, frozen=True):
    dossier: UUID
    contrat: UUID
    objectif: UUID
    version: int


class Scene:
    """Two partners under a convention of their own, whose places are free."""

    def __init__(self, ici: Local, api: Api, equipe: Equipe, nom: str) -> None:
        self.ici, self.api, self.equipe, self.nom = ici, api, equipe, nom
        self.organisations = {compte.partition(".")[0]: c.organisation for compte, c in ici.comptes.items()}
        self.accord = Accord(UUID(int=0), UUID(int=0), UUID(int=0))

    @property
    def le(self) -> date:
        return horloge(self.ici.settings).aujourd_hui()

    async def ouvrir(self, places: int = 30) -> None:
        """The dispositif, the convention signed by both, and who pays."""
        e, le = self.equipe, self.le
        dispositif = g.ouvrir_dispositif(self.nom, ("locataire_en_difficulte", "sans_domicile"), THEMES)
        plan = g.financer(le.year, p.LigneDeFinancement(self.organisations[e.financeur], "avdl", 1_200_000))

        async def faire(compte: str, geste: Geste[Any], sur: Id | None) -> str:
            return str((await self.api.faire(compte, geste, f"{self.nom}:{geste.nom}:{compte}", sur))["id"])

        fin = le.replace(year=le.year + 2)
        self.accord = await g.convenir(faire, e, self.organisations, dispositif, plan, le, fin, places)
        for compte in (e.responsable, e.coordinateur):
            await self.api.attendre(compte, "dossiers", f"/conventions/{self.accord.convention}/places")

    async def menage(self, nom: str, etape: str, ecrire: Callable[[str], str] | None = None, **identite: str) -> Menage:
        """A household named `nom`, brought to `etape` (of ETAPES) and seen there. `ecrire`: what each free text says."""
        vie = self._vie(nom, ecrire or TEXTES.__getitem__, identite)
        dossier, version = None, 0
        for rang, (compte, geste) in enumerate(jusqu_a(vie, etape), 1):
            effet = await self.api.faire(compte, geste, f"{self.nom}:{nom}:{rang}", dossier)
            dossier, version = UUID(effet["id"]), effet["version"]
        assert dossier
        await self.api.lire(self.equipe.agent, "dossiers", f"/dossiers/{dossier}", au_moins=version)
        return Menage(dossier, vie.contrat, vie.objectif, version)

    def _vie(self, nom: str, ecrire: Callable[[str], str], identite: dict[str, str]) -> Vie:
        def id_(quoi: str) -> UUID:
            return uuid5(NAMESPACE, f"{self.nom}:{nom}:{quoi}")

        fin = ajouter_mois(self.le, 12) - timedelta(days=1)
        return Vie(
            equipe=self.equipe,
            accord=self.accord,
            referent=self.ici.comptes[self.equipe.referent].membre,
            menage=id_("menage"),
            contrat=id_("contrat"),
            objectif=id_("objectif"),
            notes=(id_("note equipe"), id_("note referent")),
            identite=camille(nom, **{"telephone": "06 39 98 00 99", **identite}),
            logement=Logement("17415", True, "t4"),
            debut=self.le,
            fin=fin,
            calendrier=tuple(echeances(self.le, fin, 2)),
            themes=dict.fromkeys(THEMES, 2),
            ecrire=ecrire,
        )


NOM_LONG = "de La Rochefoucauld-Exemple-Montmorency-Châteaubriant"
PRENOM_LONG = "Marie-Antoinette Éléonore Guillemette"
ADRESSE_LONGUE = (
    "Résidence des Anciens Combattants d’Afrique du Nord, bâtiment C, escalier 14, appartement 1207, "
    "248 bis avenue du Maréchal-de-Lattre-de-Tassigny, 17100 Saintes"
)
COURRIEL_LONG = "marie-antoinette.de-la-rochefoucauld-exemple-montmorency@tres-long-domaine.exemple.example"


async def dresser(ici: Local, api: Api) -> Scene:
    """One household at each stage, one of them with the longest of names, beside those of the year."""
    scene = Scene(ici, api, SAINTES, "Garder son logement, agglomération de Saintes")
    await scene.ouvrir(places=80)
    for rang, etape in enumerate(ETAPES, 50):
        await scene.menage(f"Exemple {rang}", etape)
    for etape in ("orientee", "sous_contrat"):
        await scene.menage(
            f"{NOM_LONG} {etape[0].upper()}", etape, prenom=PRENOM_LONG, adresse=ADRESSE_LONGUE, courriel=COURRIEL_LONG
        )
    return scene

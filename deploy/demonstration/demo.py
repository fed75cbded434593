"""`maillage demo`: a year of SEMIS × Tremplin 17 played through the real services, and what each actor sees of it.

Everything shown is asked for over HTTP with the account of the actor it is shown for, and the State's feed is read on
Kafka by the client a funder would use.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from rich.console import Console

from contracts import flux as f
from deploy.demonstration import s1
from deploy.demonstration.ecran import Ecran
from deploy.demonstration.gestes import AGENT, COORDINATEUR, Jeu, referent
from deploy.demonstration.menages import DEBUT, MENAGES
from deploy.demonstration.regards import Ligne, changees, en_clair, lignes, nom
from deploy.flux import Fait, Position, connexion, faits
from deploy.machine.comptes import Api
from deploy.machine.local import Demande, Local, afficher, local
from deploy.machine.pepiniere import Pepiniere
from deploy.terminal import DEPART, arret
from services.socle.web.problem import lisible

ANALYSTE = "etat.analyste"
MENAGE = MENAGES[0]
"""The household that is looked at. It is the first to sign, alone that week: so the feed's first contract is its own.
The demonstration can know that; the State cannot."""
EFFACE = MENAGES[11]
ANNEE = DEBUT.year

Lus = Sequence[tuple[Fait, f.Event]]


async def montrer(console: Console, rester: bool, pepiniere: Pepiniere) -> int | None:
    """Play and show the year; then stay up until Ctrl-C when asked to. `console` gets what is being done."""
    ecran = Ecran()
    ecran.titre("Maillage : une année du dispositif SEMIS × Tremplin 17, à Saintes")
    ecran.phrase("Tout passe par les API des services, avec le compte de chacun. Aucun de ces ménages n'existe.")

    def dire(phrase: str) -> None:
        console.print(f"[dim]{phrase}…[/dim]")

    async with local(Demande(horloge=DEBUT), dire, pepiniere) as ici, Api(ici.urls, ici.poste) as api:
        spectacle = Spectacle(ici, api, ecran)
        jeu = await s1.derouler(ici, api, s1.Temoin(spectacle.ouverture, spectacle.premier_contrat, spectacle.mois))
        await spectacle.bilan(jeu)
        if rester:
            afficher(ici, console)
            await arret()
    return 0


class Spectacle:
    """What is shown, and when."""

    def __init__(self, ici: Local, api: Api, ecran: Ecran) -> None:
        self._ici, self._api, self._ecran = ici, api, ecran
        self._compte: dict[str, int] = {}
        self._lignes: list[Ligne] = []

    async def ouverture(self, jeu: Jeu) -> None:
        """The agreement, as the State reads it."""
        chemin = f"/conventions/{jeu.convention}"
        await self._api.attendre(ANALYSTE, "partenaires", chemin)
        self._ecran.convention(await self._api.lire(ANALYSTE, "partenaires", chemin))

    async def premier_contrat(self, jeu: Jeu) -> None:
        """One household, as soon as there is something to compare."""
        signe = await self._flux(lambda lus: any(isinstance(event, f.FluxContratSigne) for _, event in lus))
        await self._menage(jeu, signe, "le premier contrat est signé, voici le ménage tel que chacun le voit")
        self._ecran.phrase(
            "Un tiret : ce que cet acteur demande à l'API, ou lit dans son flux, n'en dit rien.\n"
            "Besoins : 1, très difficile ; 5, autonome. "
            f"Première vue après {time.monotonic() - DEPART:.0f} s."
        )
        self._ecran.titre("L'année se joue : ce que chaque mois ajoute")
        self._ecran.entete_des_mois()

    async def mois(self, jeu: Jeu) -> None:
        compte = _plat(await self._indicateurs(jeu, AGENT))
        self._ecran.mois(jeu.aujourd_hui, self._compte, compte)
        self._compte = compte

    async def bilan(self, jeu: Jeu) -> None:
        """A year later: the same household, the work, the counts, the feed."""
        await self.mois(jeu)
        comptes = [_plat(await self._indicateurs(jeu, compte)) for compte in (AGENT, COORDINATEUR, ANALYSTE)]
        lus = await self._flux(lambda lus: _autant(lus, comptes[0]))
        await self._menage(jeu, lus, "le même ménage un an plus tard, ce qui a changé")
        noms = await self._noms()
        await self._travail(jeu, noms)
        await self._boite(noms)
        self._les_comptes(comptes)
        await self._oubli(jeu)
        await self._montrer_le_flux(lus)
        self._ecran.phrase(f"\nL'année a été jouée et montrée en {time.monotonic() - DEPART:.0f} s.")

    async def _menage(self, jeu: Jeu, lus: Lus, quand: str) -> None:
        dossier = jeu.dossiers[MENAGE.numero]
        au_moins = jeu.versions[dossier]
        chemin = f"/dossiers/{dossier}"
        bailleur, association, notes = await asyncio.gather(
            self._api.lire(AGENT, "dossiers", chemin, au_moins=au_moins),
            self._api.lire(referent(MENAGE), "dossiers", chemin, au_moins=au_moins),
            self._api.lire(referent(MENAGE), "dossiers", f"{chemin}/notes", au_moins=au_moins),
        )
        signe = min((e for _, e in lus if isinstance(e, f.FluxContratSigne)), key=lambda e: e.semaine)
        le_sien = [e for _, e in lus if isinstance(e, f.FaitDeMenage) and e.pseudonyme == signe.pseudonyme]
        vues = lignes(bailleur, association, notes["elements"], le_sien)
        self._ecran.titre(f"{lisible(jeu.aujourd_hui)} : {quand}")
        self._ecran.cote_a_cote(changees(self._lignes, vues))
        self._lignes = vues

    async def _indicateurs(self, jeu: Jeu, compte: str) -> Any:
        return await self._api.lire(compte, "dossiers", f"/conventions/{jeu.convention}/indicateurs", annee=ANNEE)

    async def _noms(self) -> dict[str, str]:
        """The households' names by dossier, as Tremplin 17 knows them."""
        return {vue["dossier"]: nom(vue) for vue in await self._api.liste(COORDINATEUR, "dossiers", "/portefeuille")}

    async def _travail(self, jeu: Jeu, noms: dict[str, str]) -> None:
        charge = await self._api.lire(COORDINATEUR, "dossiers", "/charge")
        comptes = {str(compte.membre): nom for nom, compte in self._ici.comptes.items()}
        self._ecran.titre("Tremplin 17, le coordinateur : qui suit combien de ménages, et ce qui est dû")
        self._ecran.charge({comptes[c["referent"]]: c for c in charge["elements"] if c["referent"]})
        qui = referent(MENAGE)
        page = await self._api.lire(qui, "dossiers", "/travail", referent=str(jeu.membres[qui]), limite=10)
        self._ecran.titre(f"Tremplin 17, {qui} : son travail, le plus urgent d'abord")
        self._ecran.travail(page["elements"], noms, page["total"])

    async def _boite(self, noms: dict[str, str]) -> None:
        qui = referent(MENAGE)
        page = await self._api.lire(qui, "notifications", "/boite", limite=10)
        self._ecran.titre(f"Tremplin 17, {qui} : sa boîte, {page['non_lus']} nouveaux messages sur {page['total']}")
        self._ecran.boite(page["elements"], noms)

    def _les_comptes(self, comptes: Sequence[dict[str, Any]]) -> None:
        exact = comptes[0]
        self._ecran.titre(f"Le compte de l'année {ANNEE}")
        self._ecran.comptes(*comptes)
        ecart = exact["orientes"] - exact["acceptes"]
        self._ecran.phrase(
            "Ces comptes sont faits pour être publiés. Masqué : l'État n'y lit aucun nombre de 1 à 10, ni celui qui en "
            f"laisserait deviner un : {exact['orientes']} orientés et {exact['acceptes']} acceptés diraient que {ecart} ne "
            "l'ont pas été."
        )

    async def _oubli(self, jeu: Jeu) -> None:
        chemin = f"/dossiers/{jeu.dossiers[EFFACE.numero]}"
        bailleur = await self._api.lire(AGENT, "dossiers", chemin)
        association = await self._api.lire(COORDINATEUR, "dossiers", chemin)
        self._ecran.titre(f"Deux ménages ont demandé qu'on les oublie, dont {EFFACE.nom} le {lisible(EFFACE.oubli)}")
        self._ecran.phrase(
            f"À la place de son nom, SEMIS lit {nom(bailleur)} et Tremplin 17 {nom(association)} : chacun a détruit sa clé, "
            "et rien de ce qui le nommait ne se déchiffre plus. Le flux demande à l'État d'oublier son pseudonyme."
        )

    async def _montrer_le_flux(self, lus: Lus) -> None:
        [flux] = (await self._api.lire(ANALYSTE, "notifications", "/flux"))["elements"]
        self._ecran.titre("Le flux de l'État, lu sur Kafka comme le lirait son propre client")
        parts = Counter(en_clair(event) for _, event in lus)
        self._ecran.phrase(f"{len(lus)} faits : " + ", ".join(f"{fait} {n}" for fait, n in parts.most_common()) + ".")
        oubli = [lu for lu in lus if isinstance(lu[1], f.FluxDonneesEffacees)]
        self._ecran.flux([*lus[:3], *oubli[-1:], *lus[-6:]])
        self._ecran.phrase("Un ménage n'y est qu'un pseudonyme, une date qu'une semaine. Pour le lire soi-même :")
        self._ecran.commande(f".venv/bin/maillage flux suivre {flux['sujet']} --kafka {self._ici.kafka} --une-fois")

    async def _flux(self, assez: Callable[[Lus], bool], delai: float = 60.0) -> Lus:
        """The State's feed from its beginning, once what `assez` waits for is in it. Raises TimeoutError."""
        [flux] = (await self._api.lire(ANALYSTE, "notifications", "/flux"))["elements"]
        fin = time.monotonic() + delai
        while True:
            lecture = faits(connexion(self._ici.kafka), Position(flux["sujet"]), une_fois=True)
            lus = [(fait, msgspec.json.decode(fait.data, type=f.Event)) async for fait in lecture]
            if assez(lus):
                return lus
            if time.monotonic() > fin:
                raise TimeoutError(f"Le flux de l'État n'est pas à jour après {delai:.0f} s.")
            await asyncio.sleep(0.1)


def _plat(indicateurs: dict[str, Any]) -> dict[str, Any]:
    """The counts by name, stages and others together."""
    return {**indicateurs["etapes"], **indicateurs}


def _autant(lus: Lus, compte: dict[str, Any]) -> bool:
    """Whether the feed tells as much as the partners count."""
    parts: Counter[type[f.Event]] = Counter(type(event) for _, event in lus)
    attendus: dict[type[f.Event], str] = {
        f.FluxMenageOriente: "orientes", f.FluxContratSigne: "contrats", f.FluxSuiviReevalue: "reevaluations",
        f.FluxReevaluationEnRetard: "retards", f.FluxReevaluationManquee: "manquees", f.FluxDossierClos: "clos",
    }  # fmt: skip
    return all(parts[classe] >= compte[nom] for classe, nom in attendus.items())

"""System S1, SEMIS × Tremplin 17 at Saintes: a year of it, played through the services' APIs on the simulated clock.

What happens is in menages.py (who, when, what becomes of them), who does what in gestes.py, when in parcours.py. What
nobody does (late, escalated, missed, expired) the clock finds by itself. Interrupted on kept data, it goes on where it was.
"""

from __future__ import annotations

import asyncio
import os
from calendar import monthrange
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Struct

from contracts import partenaires as p
from deploy.demonstration.gestes import (
    AUSSI,
    COORDINATEUR,
    REFERENTS,
    RESPONSABLE,
    Jeu,
    lire_sa_boite,
    signer_pour_le_bailleur,
)
from deploy.demonstration.menages import DEBUT, FIN, HEBERGEMENT, LOCATAIRE, MENAGES, RUE, VIOLENCES, Menage
from deploy.demonstration.parcours import PERIODICITE_MOIS, Etape, etapes
from deploy.machine.comptes import Api
from deploy.machine.local import Local
from deploy.terminal import Impossible
from jeu import partenaires as g
from jeu.dossiers import Id
from jeu.gens import SAINTES
from jeu.geste import Geste
from services.socle.base.clock import horloge

PLACES = 30
ECHEANCE = date(2028, 12, 31)
"""The convention's last day: SEMIS announced three years."""
FINANCEMENT = (("semis", "part_bailleur", 20_000), ("etat", "avdl", 7_000), ("etat", "appel_a_projets", 20_000))
"""Organisation, source, euros a year: the 47 000 € of the call for projects."""
PUBLICS = (LOCATAIRE, RUE, VIOLENCES, HEBERGEMENT)

Journees: TypeAlias = Mapping[date, Mapping[Menage, Sequence[Etape]]]


class Temoin(Struct, frozen=True):
    """Who is shown the year while it is played: once the convention is signed, then the first contract, then monthly."""

    ouverture: Callable[[Jeu], Awaitable[None]]
    premier_contrat: Callable[[Jeu], Awaitable[None]]
    mois: Callable[[Jeu], Awaitable[None]]


class Memoire(Struct, frozen=True):
    """How far the story is: the last day played to its end, and the dossiers' ids by household's number."""

    jour: date = date.min
    dossiers: dict[int, UUID] = {}


async def jouer(ici: Local, dire: Callable[[str], None]) -> None:
    """Play the year, saying where it is. Raises Impossible, DemandeRefusee."""

    async def rien(_: Jeu) -> None:
        return None

    async def mois(jeu: Jeu) -> None:
        dire(f"L'année se joue : {jeu.aujourd_hui:%d/%m/%Y}")

    async with Api(ici.urls, ici.poste) as api:
        await derouler(ici, api, Temoin(rien, rien, mois))


async def derouler(ici: Local, api: Api, temoin: Temoin) -> Jeu:
    """Play what has not been played yet, and answer the game.

    Raises Impossible when the clock is already past what remains to be played, DemandeRefusee.
    """
    fichier = ici.racine / "jeu-s1.json"
    memoire = _memoire(fichier)
    jeu = Jeu(
        api,
        {nom: compte.membre for nom, compte in ici.comptes.items()},
        {nom.partition(".")[0]: compte.organisation for nom, compte in ici.comptes.items()},
    )
    jeu.dossiers |= memoire.dossiers
    jeu.aujourd_hui = horloge(ici.settings).aujourd_hui()
    annee = journees()
    reste = [jour for jour in annee if jour > memoire.jour]
    if reste and jeu.aujourd_hui > reste[0]:
        raise Impossible(
            f"L'année de la démonstration reprend au {reste[0]:%d/%m/%Y}, et l'horloge est au {jeu.aujourd_hui:%d/%m/%Y} : "
            "choisissez un autre dossier de données, sans --horloge."
        )
    await _jusqu_au(jeu, DEBUT)
    await _ouvrir(jeu)
    await temoin.ouverture(jeu)
    premier = min(jour for jour in annee if _signe(annee[jour]))
    for jour in reste:
        await _finir_les_mois(jeu, jour, temoin)
        await _jusqu_au(jeu, jour)
        await asyncio.gather(*(_journee(jeu, m, fil) for m, fil in annee[jour].items()))
        _garder(fichier, Memoire(jour, jeu.dossiers))
        if jour == premier:
            await temoin.premier_contrat(jeu)
    return jeu


def journees() -> Journees:
    """The year: for each day on which something is done, who does what for which household; its last day closes it."""
    annee: defaultdict[date, defaultdict[Menage, list[Etape]]] = defaultdict(lambda: defaultdict(list))
    for m in MENAGES:
        for etape in etapes(m):
            annee[etape.le][m].append(etape)
    return {**{jour: annee[jour] for jour in sorted(annee)}, FIN: annee.get(FIN, {})}


async def _journee(jeu: Jeu, m: Menage, fil: Sequence[Etape]) -> None:
    for etape in fil:
        await etape.geste(jeu, m, etape.rang)


def _signe(journee: Mapping[Menage, Sequence[Etape]]) -> bool:
    return any(etape.geste is signer_pour_le_bailleur for fil in journee.values() for etape in fil)


async def _ouvrir(jeu: Jeu) -> None:
    """SEMIS and Tremplin 17 agree: a dispositif, a convention signed by both, and who pays."""
    themes = sorted({theme for public in PUBLICS for theme in public.themes} | {AUSSI})
    dispositif = g.ouvrir_dispositif(
        "Projet d'insertion sociale, Saintes", [public.code for public in PUBLICS], themes,
        p.Regles(PERIODICITE_MOIS, delai_reponse_jours=15, delai_etude_jours=30),
    )  # fmt: skip
    lignes = [p.LigneDeFinancement(jeu.organisations[qui], source, euros * 100) for qui, source, euros in FINANCEMENT]
    plan = g.financer(DEBUT.year, *lignes)
    une_fois = {"ouvrir": "dispositif", "proposer": "convention", plan.nom: "plan"}

    async def faire(compte: str, geste: Geste[Any], sur: Id | None) -> str:
        quoi = une_fois.get(geste.nom, f"{geste.nom}:{compte}")
        return str((await jeu.api.faire(compte, geste, f"s1:{quoi}", sur))["id"])

    accord = await g.convenir(faire, SAINTES, jeu.organisations, dispositif, plan, DEBUT, ECHEANCE, PLACES)
    jeu.dispositif, jeu.convention = UUID(str(accord.dispositif)), UUID(str(accord.convention))
    for compte in (RESPONSABLE, COORDINATEUR):
        await jeu.api.attendre(compte, "dossiers", f"/conventions/{jeu.convention}/places")


async def _finir_les_mois(jeu: Jeu, jour: date, temoin: Temoin) -> None:
    """Go to the end of each month before that of `jour`: the référents read their messages, and the month is shown."""
    while (jeu.aujourd_hui.year, jeu.aujourd_hui.month) < (jour.year, jour.month):
        le = jeu.aujourd_hui
        dernier = le.replace(day=monthrange(le.year, le.month)[1])
        await _jusqu_au(jeu, dernier)
        await asyncio.gather(*(lire_sa_boite(jeu, compte) for compte in REFERENTS))
        await temoin.mois(jeu)
        await _jusqu_au(jeu, date.fromordinal(dernier.toordinal() + 1))


async def _jusqu_au(jeu: Jeu, jour: date) -> None:
    """Move the clock, which does what falls due on the way."""
    if jour > jeu.aujourd_hui:
        await jeu.api.avancer((jour - jeu.aujourd_hui).days)
        jeu.aujourd_hui = jour


def _memoire(fichier: Path) -> Memoire:
    return msgspec.json.decode(fichier.read_bytes(), type=Memoire) if fichier.exists() else Memoire()


def _garder(fichier: Path, memoire: Memoire) -> None:
    neuf = fichier.with_name(f".{fichier.name}.{os.getpid()}")
    neuf.write_bytes(msgspec.json.encode(memoire))
    os.replace(neuf, fichier)

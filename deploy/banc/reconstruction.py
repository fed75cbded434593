"""Rebuilding views: the dossiers service's real ones beside the simplest projection of the `eventsourcing` library.

The store holds lives of some twenty facts with sealed texts. Each view that reads the service's own facts is rebuilt by
the product's Rebuild, one after the other in one process: facts are read, decoded, folded, written, compared and the
tables swapped. One view's rate is the store's facts divided by the time of its rebuild, whether or not the view reads
them all. « Ours » is all views together (facts × views / seconds); the slowest and the quickest stand in the details.

The library's ProjectionRunner keeps one count per case: it reads, decodes, and writes one row and its position in a
transaction per event. Its store holds fewer cases, since its rate does not depend on how many.
"""

from __future__ import annotations

import time
from statistics import median
from typing import get_args

from contracts import dossiers as d
from deploy.banc.enfant import dans_un_processus, dans_une_boucle
from deploy.banc.magasin import CODEC, remplir
from deploy.banc.mesure import Cible, Mesure, comparer
from deploy.banc.pair_eventsourcing import rattraper
from deploy.banc.taille import Taille
from deploy.banc.terrain import Terrain
from services.dossiers.app import SERVICE
from services.socle.database import connect
from services.socle.rebuild import Rebuild
from services.socle.view import View, classes


def vues_propres() -> list[View]:
    """The views made of the service's own facts; those of partenaires' are rebuilt from Kafka."""
    own = set(get_args(d.Event))
    return [view for view in SERVICE.vues if own.intersection(classes(view))]


async def mesurer(terrain: Terrain, taille: Taille) -> list[Mesure]:
    ours: list[float] = []
    theirs: list[float] = []
    by_view: dict[str, list[float]] = {}
    async with terrain.bases("vues") as acces:
        dossiers = await remplir(terrain.dsn_admin_de(acces.base("dossiers")), taille.vies)
        facts = sum(dossier.version for dossier in dossiers)
        for _ in range(taille.essais):
            await terrain.au_propre()
            seconds = await dans_une_boucle(
                reconstruire, acces.dsn("dossiers", "proprietaire"), acces.dsn("dossiers", "suite")
            )
            for view, spent in seconds.items():
                by_view.setdefault(view, []).append(facts / spent)
            ours.append(facts * len(seconds) / sum(seconds.values()))
            async with terrain.base_du_pair("projection") as base:
                theirs.append(await dans_un_processus(rattraper, base, taille.vies_du_pair))
    rates = {view: round(median(runs)) for view, runs in by_view.items()}
    details: dict[str, float | str] = {"faits": facts, **dict(sorted(rates.items(), key=lambda item: item[1]))}
    return comparer(
        "reconstruction des vues, un processus", "faits/s", ours, "eventsourcing, ProjectionRunner", theirs, Cible(25),
        Cible(30_000, "nous"), details=details,
    )  # fmt: skip


async def reconstruire(proprietaire: str, suite: str) -> dict[str, float]:
    """Seconds each view's rebuild takes."""
    owner, reader, writer = await connect(proprietaire), await connect(suite), await connect(suite)
    seconds = {}
    try:
        for view in vues_propres():
            start = time.perf_counter()
            await Rebuild(SERVICE.nom, view, CODEC, SERVICE.lecteur).run(owner, reader, writer)
            seconds[view.name] = time.perf_counter() - start
    finally:
        for connection in (owner, reader, writer):
            await connection.close()
    return seconds

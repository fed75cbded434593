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

from bench.enfant import dans_un_processus, dans_une_boucle
from bench.magasin import CODEC, pour_de_bon, remplir, trousseau
from bench.mesure import Cible, Mesure, comparer
from bench.pair_eventsourcing import rattraper
from bench.taille import Taille
from bench.terrain import Terrain
from contracts import dossiers as d
from services.dossiers.app import SERVICE
from services.socle.base.database import connect
from services.socle.base.settings import Settings
from services.socle.rebuild import Bilan, Rebuild
from services.socle.views.view import View, classes, with_keys


def vues_propres() -> list[View]:
    """The views made of the service's own facts; those of partenaires' are rebuilt from Kafka."""
    own = set(get_args(d.Event))
    return [view for view in SERVICE.vues if own.intersection(classes(view))]


async def mesurer(terrain: Terrain, taille: Taille) -> list[Mesure]:
    ours: list[float] = []
    theirs: list[float] = []
    by_view: dict[str, list[float]] = {}
    async with terrain.bases("vues") as acces:
        settings = terrain.reglages(acces, "vues")
        async with trousseau(settings) as cles:
            dsn = terrain.dsn_admin_de(acces.base("dossiers"))
            dossiers = await remplir(dsn, taille.vies, sceller=pour_de_bon(cles))
        facts = sum(dossier.version for dossier in dossiers)
        for _ in range(taille.essais):
            await terrain.au_propre()
            bilans = await dans_une_boucle(reconstruire, settings)
            seconds = {bilan.vue: spent for bilan, spent in bilans}
            for view, spent in seconds.items():
                by_view.setdefault(view, []).append(facts / spent)
            ours.append(facts * len(seconds) / sum(seconds.values()))
            async with terrain.base_du_pair("projection") as base:
                theirs.append(await dans_un_processus(rattraper, base, taille.vies_du_pair))
    rates = {view: round(median(runs)) for view, runs in by_view.items()}
    details: dict[str, float | str] = {"faits": facts, **dict(sorted(rates.items(), key=lambda item: item[1]))}
    return comparer(
        "reconstruction", "faits/s", ours, "eventsourcing, ProjectionRunner ; un processus", theirs, Cible(25),
        Cible(30_000, "nous"), details=details,
    )  # fmt: skip


async def reconstruire(settings: Settings) -> list[tuple[Bilan, float]]:
    """What each view's rebuild did, and the seconds it took."""
    async with trousseau(settings) as cles:
        owner = await connect(settings.dsn("dossiers", "proprietaire"))
        reader, writer = [await connect(settings.dsn("dossiers", "suite")) for _ in range(2)]
        done = []
        try:
            for view in with_keys(vues_propres(), cles):
                start = time.perf_counter()
                bilan = await Rebuild("dossiers", view, CODEC, SERVICE.lecteur).run(owner, reader, writer)
                done.append((bilan, time.perf_counter() - start))
        finally:
            for connection in (owner, reader, writer):
                await connection.close()
    return done

"""Commands a second of one API process, beside the same act on Django, Django REST framework and simple-history.

The act: a référent deposits a note on a dossier that the association follows. Both check a token, who its bearer is and
that the dossier is theirs, validate the body, refuse a command id used for something else, seal the text under the
household's key, keep who did what when, and answer the dossier's new version. Ours is the dossiers API under uvicorn, as
deployed, without its worker; the peer runs under gunicorn, one worker process with threads, connections kept open. The
same client drives both, from a process of its own, on the same connections.
"""

from __future__ import annotations

from bench.client import Debit
from bench.conduite import noter
from bench.deploiement import Deploiement
from bench.enfant import dans_une_boucle
from bench.mesure import Cible, Mesure, comparer
from bench.pair_django.lancement import pair_django
from bench.taille import Taille
from bench.vies import SUIVI

EN_FACE = "Django, DRF, simple-history, un processus gunicorn ; ici un processus uvicorn"


async def mesurer(le: Deploiement, taille: Taille) -> list[Mesure]:
    """Comes last: it stops the worker."""
    ours: list[Debit] = []
    theirs: list[Debit] = []
    terrain = le.terrain
    dossiers = [dossier.stream for dossier in await le.remplir(taille.dossiers_http, SUIVI)]
    le.tuer("travail")
    async with (
        terrain.base_du_pair("django") as base,
        pair_django(base, terrain.racine, taille.dossiers_http) as django,
    ):
        for _ in range(taille.essais):
            await terrain.au_propre()
            ours.append(await dans_une_boucle(noter, le.port, le.autorisation("referent"), dossiers, taille))
            theirs.append(await dans_une_boucle(noter, django.port, django.autorisation, django.dossiers, taille))
    details: dict[str, float | str] = {
        "p50 ms": ours[0].p50, "p99 ms": ours[0].p99, "Django p50 ms": theirs[0].p50, "Django p99 ms": theirs[0].p99,
    }  # fmt: skip
    return comparer(
        "commandes HTTP", "/s", [d.par_seconde for d in ours], EN_FACE, [d.par_seconde for d in theirs], Cible(5),
        details=details,
    )  # fmt: skip

"""From a command accepted to the row in the other organisation's view, at 200 commands a second.

The landlord orients households over HTTP; each must appear in the association's portfolio. Time runs from the moment the
HTTP answer has arrived (the command is accepted) to the moment a query under the association's row-level security has
returned the row; the details also give it from the moment the request left. A run in which the API did not keep up with
the rate holds nothing. In between: the relay finds the fact behind the fence, Kafka keeps it, the worker folds it and
commits. API, worker, PostgreSQL, broker, client and the observing query share the machine. The observer looks about every
other millisecond, and what it adds is counted in.

Beside it: the bare broker at the same rate, from an aiokafka producer's send to a consumer that has the message.
"""

from __future__ import annotations

from uuid import uuid4

from msgspec.structs import replace

from bench.conduite import Delais, orienter
from bench.deploiement import Deploiement
from bench.enfant import dans_une_boucle
from bench.mesure import Cible, Mesure, centile, comparer
from bench.pair_kafka import produire_et_lire
from bench.taille import Taille
from bench.vies import ORIENTABLE
from deploy.moteurs.sujets import creer_sujets


async def mesurer(le: Deploiement, taille: Taille) -> list[Mesure]:
    ours: list[Delais] = []
    theirs: list[list[float]] = []
    bootstrap = le.terrain.kafka.bootstrap
    count = int(taille.debit * taille.secondes_delai)
    dossiers = [d.stream for d in await le.remplir(count * (taille.essais + 1), ORIENTABLE)]
    await le.au_calme()
    for run in range(taille.essais + 1):
        await le.terrain.au_propre()
        batch = dossiers[run * count : (run + 1) * count]
        found = await dans_une_boucle(
            orienter, le.port, le.autorisation("agent"), le.acces.dsn("dossiers", "api"), batch, taille.debit
        )
        if run == 0:  # the first run warms caches and prepared statements
            continue
        ours.append(found)
        topic = f"banc-{uuid4().hex[:8]}"
        creer_sujets(bootstrap, {topic: 6})
        theirs.append(await dans_une_boucle(produire_et_lire, bootstrap, topic, taille.debit, count // 2))
    kept = min(d.debit for d in ours)
    lines: list[Mesure] = []
    for nom, part, cible in (("p50", 0.5, 12), ("p99", 0.99, 30)):
        details: dict[str, float | str] = {
            "depuis l'envoi de la requête": _median_of([d.total() for d in ours], part),
            "réponse HTTP seule": _median_of([d.reponse for d in ours], part),
            "débit tenu /s": round(kept, 1),
        }
        lines += comparer(
            f"commande acceptée → visible en face, {taille.debit:.0f}/s, {nom}", "ms",
            [centile(d.visible, part) * 1000 for d in ours], "Kafka nu, produire → lire",
            [centile(t, part) * 1000 for t in theirs], Cible(cible, "nous", "au plus"), details=details,
        )  # fmt: skip
    # Less would be another measure: with fewer commands under way the way is free.
    return [replace(line, holds=line.holds and kept > 0.95 * taille.debit) for line in lines]


def _median_of(runs: list[list[float]], part: float) -> float:
    values = sorted(centile(run, part) * 1000 for run in runs)
    return round(values[len(values) // 2], 2)

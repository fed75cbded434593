"""From a command accepted to the row in the other organisation's view, at 200 commands a second.

The landlord orients households over HTTP; each must appear in the association's portfolio. Time runs from the moment the
HTTP answer has arrived (the command is accepted) to the moment a query of the association's has returned the row; the
details also give it from the moment the request left. A run in which the API did not keep up with the rate holds nothing.
In between: the relay finds the fact behind the fence, Kafka keeps it, the worker folds it and commits. API, worker,
PostgreSQL, broker, client and the observing query share the machine. The observer looks about every other millisecond, and
what it adds is counted in.

Beside it, turn by turn on the same servers, the pipeline made of stock parts (pair_courant): the same client asks it for
the same acts at the same rate, and the same observer watches. Ours stands still meanwhile, and it while ours is measured;
both keep polling. The ratio is the gate; twelve and thirty milliseconds are for a quiet machine. The details give the bare
broker at the same rate, from an aiokafka producer's send to a consumer that has the message.
"""

from __future__ import annotations

from uuid import uuid4

from msgspec.structs import replace

from bench.conduite import Delais, Regard, notre_regard, orienter
from bench.deploiement import Deploiement
from bench.enfant import dans_une_boucle
from bench.mesure import Cible, Mesure, centile, comparer
from bench.pair_courant.lancement import pair_courant
from bench.pair_kafka import produire_et_lire
from bench.taille import Taille
from bench.vies import ORIENTABLE
from deploy.moteurs.sujets import creer_sujets

EN_FACE = "FastAPI, SQLAlchemy, table d'envoi et relais, FastStream"
LEUR_REQUETE = "SELECT dossier FROM portefeuille WHERE dossier = ANY($1)"


async def mesurer(le: Deploiement, taille: Taille) -> list[Mesure]:
    """Four lines: p50 and p99, each beside the peer's and beside what a quiet machine should give."""
    ours: list[Delais] = []
    theirs: list[Delais] = []
    count = int(taille.debit * taille.secondes_delai)
    runs = taille.essais + 1
    dossiers = [d.stream for d in await le.remplir(count * runs, ORIENTABLE)]
    async with (
        le.terrain.base_du_pair("courant") as base,
        pair_courant(le.terrain, base, count * runs) as pair,
    ):
        chez_nous = (le.port, le.autorisation("agent"), notre_regard(le.acces.dsn("dossiers", "api")))
        chez_eux = (pair.port, pair.autorisation, Regard(pair.dsn, LEUR_REQUETE))
        await le.au_calme()
        for run in range(runs):
            batch = slice(run * count, (run + 1) * count)
            for found, (port, jeton, regard), some in ((ours, chez_nous, dossiers), (theirs, chez_eux, pair.dossiers)):
                await le.terrain.au_propre()
                found.append(await dans_une_boucle(orienter, port, jeton, regard, some[batch], taille.debit))
    nu = await _kafka_nu(le, taille, count // 2)
    # The first run warms caches and prepared statements, theirs as ours.
    return _lignes(ours[1:], theirs[1:], nu, taille.debit)


async def _kafka_nu(le: Deploiement, taille: Taille, combien: int) -> list[float]:
    topic, bootstrap = f"banc-{uuid4().hex[:8]}", le.terrain.kafka.bootstrap
    creer_sujets(bootstrap, {topic: 6})
    return await dans_une_boucle(produire_et_lire, bootstrap, topic, taille.debit, combien)


def _lignes(ours: list[Delais], theirs: list[Delais], nu: list[float], debit: float) -> list[Mesure]:
    kept = min(d.debit for d in ours)
    lines: list[Mesure] = []
    for nom, part, quiet in (("p50", 0.5, 12), ("p99", 0.99, 30)):
        details: dict[str, float | str] = {
            "depuis l'envoi de la requête": _median_of([d.total() for d in ours], part),
            "en face": _median_of([d.total() for d in theirs], part),
            "réponse HTTP seule": _median_of([d.reponse for d in ours], part),
            "réponse d'en face": _median_of([d.reponse for d in theirs], part),
            "Kafka nu, produire puis lire": round(centile(nu, part) * 1000, 2),
            "commandes /s": round(kept, 1),
            "par eux": round(min(d.debit for d in theirs), 1),
        }
        lines += comparer(
            f"vu en face, {nom}", "ms", [centile(d.visible, part) * 1000 for d in ours], EN_FACE,
            [centile(d.visible, part) * 1000 for d in theirs], Cible(1.0, "ratio", "au plus"),
            Cible(quiet, "nous", "au plus", porte=False), details=details,
        )  # fmt: skip
    # Less would be another measure: with fewer commands under way the way is free.
    return [replace(line, holds=line.holds and kept > 0.95 * debit) for line in lines]


def _median_of(runs: list[list[float]], part: float) -> float:
    values = sorted(centile(run, part) * 1000 for run in runs)
    return round(values[len(values) // 2], 2)

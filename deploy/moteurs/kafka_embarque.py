"""The broker that ships inside confluent-kafka's wheel (librdkafka's own), in its own process: no Java, no Docker.

It speaks enough of Kafka for aiokafka (idempotent producer, consumer groups, headers) and keeps nothing: messages live
in memory, the newest 5 MB or 100,000 of each partition only, until the process ends. It has no admin API and no rights.
A topic named at the start gets the partitions asked for; any other is created at first use with four, so a writer that
needs one total order names its partition (0).

`python -m deploy.moteurs.kafka_embarque --port 19092 --sujet dossiers=6` prints `{"bootstrap": …}` once it answers.
"""

from __future__ import annotations

import argparse
import ctypes
import ctypes.util
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from deploy.moteurs.kafka import Moteur
from deploy.moteurs.processus import MoteurIndisponible, Processus, port_libre

PRODUCTEUR = 0  # rd_kafka_type_t RD_KAFKA_PRODUCER: the mock cluster hangs from any client handle


class KafkaEmbarque:
    """Start with `with KafkaEmbarque({"dossiers": 6}) as kafka:`; see deploy.moteurs.kafka.Kafka."""

    moteur: Moteur = "embarque"
    garde_les_messages = False

    def __init__(self, sujets: Mapping[str, int] | None = None) -> None:
        self._sujets = dict(sujets or {})
        self._port = port_libre()
        self._racine = Path(tempfile.mkdtemp(prefix="maillage-kafka-"))
        self._processus: Processus | None = None

    def __enter__(self) -> Self:
        self.relancer()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.fermer()

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        if self._processus is None:
            raise MoteurIndisponible("Kafka est arrêté.")
        return self._processus.pid

    def relancer(self) -> None:
        if self._processus:
            return
        journal = self._racine / "kafka.log"
        journal.unlink(missing_ok=True)
        sujets = [option for nom, n in self._sujets.items() for option in ("--sujet", f"{nom}={n}")]
        self._processus = Processus(
            [sys.executable, "-m", "deploy.moteurs.kafka_embarque", "--port", str(self._port), *sujets],
            journal,
            dossier=Path(__file__).parents[2],
            jeter=self._racine,
        )
        self._processus.attendre(lambda: '"bootstrap"' in journal.read_text(), "Kafka embarqué")

    def arreter(self) -> None:
        if self._processus:
            self._processus.arreter()
            self._processus = None

    def tuer(self) -> None:
        if self._processus:
            self._processus.tuer()
            self._processus = None

    def effacer(self) -> None:
        self.tuer()
        self.relancer()

    def fermer(self) -> None:
        self.arreter()
        shutil.rmtree(self._racine, ignore_errors=True)


def bibliotheque() -> ctypes.CDLL:
    """librdkafka as confluent-kafka ships it. Raises MoteurIndisponible when there is none."""
    paquet = find_spec("confluent_kafka")
    site = Path(paquet.origin).parents[1] if paquet and paquet.origin else Path()
    livrees = [*site.glob("confluent_kafka.libs/librdkafka*"), *site.glob("confluent_kafka/.dylibs/librdkafka*")]
    nom = str(livrees[0]) if livrees else ctypes.util.find_library("rdkafka")
    if nom is None:
        raise MoteurIndisponible("librdkafka est introuvable : le paquet confluent-kafka est-il installé ?")
    lib = ctypes.CDLL(nom)
    lib.rd_kafka_new.restype = ctypes.c_void_p
    lib.rd_kafka_mock_cluster_new.restype = ctypes.c_void_p
    lib.rd_kafka_mock_cluster_new.argtypes = [ctypes.c_void_p, ctypes.c_int]
    lib.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
    lib.rd_kafka_mock_cluster_bootstraps.argtypes = [ctypes.c_void_p]
    lib.rd_kafka_mock_topic_create.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_int]
    lib.rd_kafka_mock_group_initial_rebalance_delay_ms.argtypes = [ctypes.c_void_p, ctypes.c_int32]
    lib.rd_kafka_mock_broker_set_host_port.argtypes = [ctypes.c_void_p, ctypes.c_int32, ctypes.c_char_p, ctypes.c_int]
    return lib


def demarrer_cluster(lib: ctypes.CDLL, port: int, sujets: Mapping[str, int]) -> Any:
    client = lib.rd_kafka_new(PRODUCTEUR, None, None, 0)
    cluster = lib.rd_kafka_mock_cluster_new(client, 1)
    deplacer(int(lib.rd_kafka_mock_cluster_bootstraps(cluster).decode().rsplit(":", 1)[1]), port)
    lib.rd_kafka_mock_broker_set_host_port(cluster, 1, b"127.0.0.1", port)
    lib.rd_kafka_mock_group_initial_rebalance_delay_ms(cluster, 50)  # three seconds otherwise, at every start
    for nom, partitions in sujets.items():
        lib.rd_kafka_mock_topic_create(cluster, nom.encode(), partitions, 1)
    return cluster


def deplacer(de: int, vers: int) -> None:
    """Make the broker listen on port `vers`. librdkafka always takes a free port, and clients of a broker that was
    restarted must find it where it was: a listening socket of ours takes the place of its own."""
    for fd in range(3, 256):
        try:
            found = socket.socket(fileno=os.dup(fd))
        except OSError:
            continue
        with found:
            ecoute = found.family == socket.AF_INET and found.getsockname()[1] == de
        if ecoute:
            with socket.socket() as notre:
                notre.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                notre.bind(("127.0.0.1", vers))
                notre.listen(128)
                notre.setblocking(False)
                os.dup2(notre.fileno(), fd, inheritable=False)
            return
    raise MoteurIndisponible("Le courtier embarqué n'écoute nulle part.")


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--sujet", action="append", default=[], metavar="NOM=PARTITIONS")
    args = options.parse_args()
    sujets = {nom: int(n) for nom, n in (sujet.rsplit("=", 1) for sujet in args.sujet)}
    port = args.port or port_libre()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    demarrer_cluster(bibliotheque(), port, sujets)
    print(json.dumps({"bootstrap": f"127.0.0.1:{port}"}), flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    os._exit(0)  # nothing to save, and the library's own threads need no goodbye


if __name__ == "__main__":
    main()

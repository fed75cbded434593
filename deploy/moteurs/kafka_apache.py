"""Apache Kafka itself (KRaft, one node), from its jars: where what is at stake is Kafka's own behaviour.

Needs Java 17+ and Maven, which brings the jars of deploy/kafka/pom.xml once.
"""

from __future__ import annotations

import fcntl
import hashlib
import re
import secrets
import shutil
import subprocess
import tempfile
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path
from string import Template
from types import TracebackType
from typing import Self
from uuid import uuid4

from confluent_kafka import KafkaException

from deploy.moteurs.kafka import Moteur
from deploy.moteurs.processus import MoteurIndisponible, Processus, port_libre, port_ouvert
from deploy.moteurs.sujets import Identifiants, administrateur, creer_sujets

RACINE = Path(__file__).parents[2]
MODELES = RACINE / "deploy" / "kafka"
JVM = ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Djava.awt.headless=true"]


def disponible() -> bool:
    """Whether this machine has Java 17+ and Maven."""
    return pourquoi_pas() is None


def pourquoi_pas() -> str | None:
    """What is missing here to run Apache Kafka, as a French sentence; None when nothing is."""
    if shutil.which("java") is None:
        return "Java est absent (il faut Java 17 ou plus)."
    said = subprocess.run(["java", "-version"], check=False, capture_output=True, text=True).stderr
    found = re.search(r'version "(\d+)', said)
    if not found or int(found[1]) < 17:
        return f"Java est trop ancien (il faut Java 17 ou plus) : {said.splitlines()[0] if said else '?'}"
    if shutil.which("mvn") is None:
        return "Maven est absent (commande mvn)."
    return None


def jars() -> Path:
    """The folder of Kafka's jars, brought by Maven the first time. Raises MoteurIndisponible."""
    pom = MODELES / "pom.xml"
    cible = RACINE / "build" / f"kafka-{hashlib.sha256(pom.read_bytes()).hexdigest()[:12]}"
    cible.parent.mkdir(exist_ok=True)
    with open(cible.parent / "kafka.lock", "w") as lock:  # two test sessions may want them at the same moment
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not cible.exists():
            provisoire = Path(tempfile.mkdtemp(dir=cible.parent))
            manque = pourquoi_pas()
            if manque:
                raise MoteurIndisponible(f"Apache Kafka ne peut pas tourner ici. {manque}")
            result = subprocess.run(
                ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={provisoire}"],
                check=False,
                capture_output=True,
                text=True,
            )
            if result.returncode:
                shutil.rmtree(provisoire)
                raise MoteurIndisponible(f"Maven n'a pas pu apporter Apache Kafka :\n{result.stdout.strip()[-2000:]}")
            provisoire.rename(cible)
    return cible


class KafkaApache:
    """Start with `with KafkaApache() as kafka:`; see deploy.moteurs.kafka.Kafka.

    `securite`: SCRAM users and ACLs, denied by default; `admin` then bears the administrator's credentials.
    `donnees`: folder kept between two runs; without it, a temporary one that disappears, also if the owner is killed.
    """

    moteur: Moteur = "apache"
    garde_les_messages = True

    def __init__(
        self, sujets: Mapping[str, int] | None = None, *, securite: bool = False, donnees: Path | None = None
    ) -> None:
        self._sujets = dict(sujets or {})
        self._jetable = donnees is None
        self._racine = donnees.resolve() if donnees else Path(tempfile.mkdtemp(prefix="maillage-kafka-"))
        self._racine.mkdir(parents=True, exist_ok=True)
        self._port, self._port_controleur = port_libre(), port_libre()
        self.admin = Identifiants("admin", self._secret("admin")) if securite else None
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
        reglages = self._ecrire_reglages()
        if not (self._donnees / "meta.properties").exists():
            self._formater(reglages)
        self._processus = Processus(
            [*self._java(), "kafka.Kafka", str(reglages)],
            self._racine / "kafka.log",
            jeter=self._racine if self._jetable else None,
        )
        try:
            self._processus.attendre(lambda: port_ouvert(self._port), "Apache Kafka", 60)
            self._processus.attendre(self._repond, "Apache Kafka", 60)
        except MoteurIndisponible:
            self.tuer()
            raise
        creer_sujets(self.bootstrap, self._sujets, self.admin)

    def arreter(self) -> None:
        if self._processus:
            self._processus.arreter(delai=30)
            self._processus = None

    def tuer(self) -> None:
        if self._processus:
            self._processus.tuer()
            self._processus = None

    def effacer(self) -> None:
        self.tuer()
        shutil.rmtree(self._donnees, ignore_errors=True)
        self.relancer()

    def fermer(self) -> None:
        # An orderly stop takes seconds and serves nothing when the data goes with it.
        if self._jetable:
            self.tuer()
            shutil.rmtree(self._racine, ignore_errors=True)
        else:
            self.arreter()

    @property
    def _donnees(self) -> Path:
        return self._racine / "messages"

    def _secret(self, nom: str) -> str:
        """A password kept beside the data, so that a second run opens what the first one wrote."""
        fichier = self._racine / f"{nom}.secret"
        if not fichier.exists():
            fichier.touch(mode=0o600)
            fichier.write_text(secrets.token_urlsafe(24))
        return fichier.read_text()

    def _ecrire_reglages(self) -> Path:
        modele = (MODELES / "server.properties").read_text()
        valeurs = {
            "ecoute": "127.0.0.1",
            "annonce": "127.0.0.1",
            "port": str(self._port),
            "port_controleur": str(self._port_controleur),
            "oubli": "2000",
            "donnees": str(self._donnees),
            "protocole": "SASL_PLAINTEXT" if self.admin else "PLAINTEXT",
            "sujets_automatiques": "false" if self.admin else "true",
        }
        if self.admin:
            modele += (MODELES / "securite.properties").read_text()
            valeurs |= {"admin": self.admin.mot_de_passe, "controleur": self._secret("controleur")}
        fichier = self._racine / "server.properties"
        fichier.touch(mode=0o600)
        fichier.write_text(Template(modele).substitute(valeurs))
        return fichier

    def _java(self) -> list[str]:
        log4j = f"-Dlog4j2.configurationFile={MODELES / 'log4j2.xml'}"
        return ["java", *JVM, log4j, "-cp", f"{jars()}/*"]

    def _formater(self, reglages: Path) -> None:
        cluster = urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")
        options = ["--cluster-id=" + cluster, "-c", str(reglages)]
        if self.admin:
            scram = f"SCRAM-SHA-512=[name={self.admin.utilisateur},password={self.admin.mot_de_passe}]"
            options += ["--add-scram", scram]
        result = subprocess.run(
            [*self._java(), "kafka.tools.StorageTool", "format", *options], check=False, capture_output=True, text=True
        )
        if result.returncode:
            raise MoteurIndisponible(f"Apache Kafka n'a pas pu préparer {self._donnees} :\n{result.stderr[-2000:]}")

    def _repond(self) -> bool:
        try:
            return bool(administrateur(self.bootstrap, self.admin).list_topics(timeout=5).brokers)
        except KafkaException:
            return False

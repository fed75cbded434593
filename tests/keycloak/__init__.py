"""A real Keycloak, brought by Maven: signing in is tried on it, not on a provider of ours.

Needs Java 17+ and Maven. The first start of a machine prepares it once (half a minute); the next take some ten seconds.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from string import Template
from types import TracebackType
from typing import Self

import httpx

from deploy.moteurs.processus import MoteurIndisponible, Processus, port_libre

ICI = Path(__file__).parent
BUILD = ICI.parents[1] / "build"
JVM = [
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Djava.util.concurrent.ForkJoinPool.common.threadFactory=io.quarkus.bootstrap.forkjoin.QuarkusForkJoinWorkerThreadFactory",
]
ROYAUME = "identite-exemple"
COMPTES = {
    "responsable": ("6d1f2c1e-5a57-4a0c-9a39-1f0a6a0f1c01", "mot-de-passe-1"),
    "agent": ("6d1f2c1e-5a57-4a0c-9a39-1f0a6a0f1c02", "mot-de-passe-2"),
}
"""User name → what its tokens call it, its password; as in realm.json."""
_ADMIN = "administration"


def installer() -> Path:
    """Keycloak's folder, unpacked and prepared the first time. Raises MoteurIndisponible."""
    pom = ICI / "pom.xml"
    cible = BUILD / f"keycloak-{hashlib.sha256(pom.read_bytes()).hexdigest()[:12]}"
    BUILD.mkdir(exist_ok=True)
    with open(BUILD / "keycloak.lock", "w") as lock:  # two test sessions may want it at the same moment
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not cible.exists():
            provisoire = Path(tempfile.mkdtemp(dir=BUILD))
            unpack = [
                "mvn",
                "-q",
                "-B",
                "-f",
                str(pom),
                "dependency:unpack-dependencies",
                f"-DoutputDirectory={provisoire}",
                # Left elsewhere, Maven's note « already unpacked » would outlive what it unpacked.
                f"-DmarkersDirectory={provisoire / 'deja'}",
            ]
            _executer(unpack, "Maven n'a pas pu apporter Keycloak")
            [racine] = provisoire.glob("keycloak-*")
            # A path is baked in by the preparation: it must be done where Keycloak stays.
            racine.rename(cible)
            shutil.rmtree(provisoire)
            try:
                _executer(["bash", str(cible / "bin" / "kc.sh"), "build", "--db=dev-mem"], "Keycloak ne se prépare pas")
            except MoteurIndisponible:
                shutil.rmtree(cible)
                raise
    return cible


def _executer(commande: list[str], sinon: str) -> None:
    ran = subprocess.run(commande, check=False, capture_output=True, text=True)
    if ran.returncode:
        raise MoteurIndisponible(f"{sinon} :\n{(ran.stdout + ran.stderr).strip()[-2000:]}")


class Keycloak:
    """`with Keycloak() as k:` starts an empty one, in memory; `k.royaume(portail, audience)` gives it the realm."""

    def __init__(self) -> None:
        self.url = f"http://127.0.0.1:{port_libre()}"
        self.issuer = f"{self.url}/realms/{ROYAUME}"
        self._dossier = Path(tempfile.mkdtemp(prefix="maillage-keycloak-"))
        self._processus: Processus | None = None

    def __enter__(self) -> Self:
        racine = installer()
        lance = ["java", *JVM, f"-Dkc.home.dir={racine}", "-cp", str(racine / "lib" / "quarkus-run.jar")]
        options = [
            "--optimized",
            "--http-enabled=true",
            "--http-host=127.0.0.1",
            "--cache=local",
            f"--hostname={self.url}",
        ]
        self._processus = Processus(
            [*lance, "io.quarkus.bootstrap.runner.QuarkusEntryPoint", "start", *options, f"--http-port={self._port}"],
            self._dossier / "keycloak.log",
            env={**os.environ, "KC_BOOTSTRAP_ADMIN_USERNAME": _ADMIN, "KC_BOOTSTRAP_ADMIN_PASSWORD": _ADMIN},
            jeter=self._dossier,
        )
        try:
            self._processus.attendre(self._repond, "Keycloak", 120)
        except MoteurIndisponible:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._processus:
            self._processus.tuer()
        shutil.rmtree(self._dossier, ignore_errors=True)

    def royaume(self, portail: str, audience: str) -> None:
        """Import realm.json for pages at the address `portail`; its tokens are meant for `audience`."""
        texte = Template((ICI / "realm.json").read_text()).substitute(portail=portail, audience=audience)
        demande = {"grant_type": "password", "client_id": "admin-cli", "username": _ADMIN, "password": _ADMIN}
        with httpx.Client(base_url=self.url, timeout=60) as client:
            jeton = client.post("/realms/master/protocol/openid-connect/token", data=demande).raise_for_status().json()
            entete = {"Authorization": f"Bearer {jeton['access_token']}"}
            client.post("/admin/realms", json=json.loads(texte), headers=entete).raise_for_status()

    @property
    def _port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def _repond(self) -> bool:
        try:
            return httpx.get(f"{self.url}/realms/master", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

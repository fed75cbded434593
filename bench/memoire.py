"""How much memory each of our processes holds once the load is over.

Resident size (RSS), pages shared with others counted whole in each: what the process takes when it runs alone on its
machine. `maillage local` starts a service's API and worker in one process, as docker-compose.yml does; the dossiers service
of the bench has them apart.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from bench.mesure import Cible, Mesure, comparer
from deploy.machine.local import Local


def rss(pid: int) -> float:
    """Millions of bytes. Raises OSError or CalledProcessError when there is no such process."""
    if Path("/proc/self/status").exists():
        [kio] = [line.split()[1] for line in Path(f"/proc/{pid}/status").read_text().splitlines() if "VmRSS" in line]
    else:
        kio = subprocess.check_output(["ps", "-o", "rss=", "-p", str(pid)], text=True)
    return int(kio) * 1024 / 1e6


def processus_de(ici: Local) -> dict[str, float]:
    """Service → memory of its process."""
    return {nom: rss(int((ici.racine / f"{nom}.pid").read_text())) for nom in ici.urls}


def mesurer(memoires: Mapping[str, float]) -> list[Mesure]:
    """One line: the heaviest process."""
    pire = max(memoires, key=lambda nom: memoires[nom])
    return comparer(
        "mémoire d'un processus", "Mo", [memoires[pire]], f"{pire} (RSS)", [], Cible(150, "nous", "au plus"),
        details={nom: round(mo) for nom, mo in memoires.items()},
    )  # fmt: skip

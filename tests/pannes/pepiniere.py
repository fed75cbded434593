"""Real processes of `maillage`, started in a tenth of a second: one process reads the program once, then forks on demand.

`python -m tests.pannes.pepiniere` reads one JSON line per process to start, and writes one line when it has started and one
when it has ended. It ends, and kills them all, when its standard input closes: nothing outlives the tests.
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import deploy.exploitation.entretien
import deploy.exploitation.service  # noqa: F401 - read here, so that those who are forked have them
from deploy.cli.commande import app
from services.socle.base import points

RACINE = Path(__file__).parents[2]


class Enfant:
    """A process of `maillage`. `fin` answers its exit status: negative for the signal that killed it."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.fin: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def signaler(self, signum: signal.Signals) -> None:
        if not self.fin.done():
            os.kill(self.pid, signum)

    async def tuer(self) -> None:
        """kill -9."""
        self.signaler(signal.SIGKILL)
        await self.fin

    async def arreter(self) -> int:
        self.signaler(signal.SIGTERM)
        return await asyncio.wait_for(self.fin, 20)


class Pepiniere:
    def __init__(self, processus: asyncio.subprocess.Process, journaux: Path) -> None:
        self._processus, self._journaux = processus, journaux
        self._attendus: asyncio.Queue[Enfant] = asyncio.Queue()
        self._enfants: dict[int, Enfant] = {}
        self._combien = 0
        self._seul = asyncio.Lock()

    async def lancer(self, arguments: Sequence[str], reglages: Mapping[str, str], point: str = "") -> Enfant:
        """Run `maillage *arguments` under these variables; it dies at `point` if one is named."""
        async with self._seul:
            self._combien += 1
            journal = self._journaux / f"{self._combien:03}-{arguments[0]}-{point or 'entier'}.log"
            variables = {**reglages, "MAILLAGE_POINT": point}
            ordre = {"arguments": list(arguments), "variables": variables, "journal": str(journal)}
            assert self._processus.stdin
            self._processus.stdin.write(json.dumps(ordre).encode() + b"\n")
            return await asyncio.wait_for(self._attendus.get(), 60)

    async def ecouter(self) -> None:
        assert self._processus.stdout
        async for ligne in self._processus.stdout:
            dit = json.loads(ligne)
            if "fin" in dit:
                enfant = self._enfants.pop(dit["pid"])
                if not enfant.fin.done():
                    enfant.fin.set_result(dit["fin"])
            else:
                enfant = Enfant(dit["pid"])
                self._enfants[enfant.pid] = enfant
                self._attendus.put_nowait(enfant)


@asynccontextmanager
async def pepiniere(journaux: Path) -> AsyncIterator[Pepiniere]:
    processus = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.pannes.pepiniere", cwd=RACINE, stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    une = Pepiniere(processus, journaux)
    oreille = asyncio.create_task(une.ecouter())
    try:
        yield une
    finally:
        assert processus.stdin
        processus.stdin.close()
        await processus.wait()
        oreille.cancel()


# The other side


def main() -> None:
    enfants: set[int] = set()
    reste = b""
    while True:
        pret, _, _ = select.select([0], [], [], 0.02)
        _recolter(enfants)
        if not pret:
            continue
        lu = os.read(0, 65536)
        if not lu:
            break
        *lignes, reste = (reste + lu).split(b"\n")
        for ligne in lignes:
            ordre = json.loads(ligne)
            pid = os.fork()
            if pid == 0:
                _devenir(ordre)
                points._ARME = points._arme()
                app(ordre["arguments"])
                os._exit(0)
            enfants.add(pid)
            _dire({"pid": pid})
    for pid in enfants:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _devenir(ordre: Mapping[str, Any]) -> None:
    """In the child: its log, its variables, and no way to speak for the parent."""
    journal = os.open(ordre["journal"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    rien = os.open(os.devnull, os.O_RDONLY)
    os.dup2(rien, 0)
    os.dup2(journal, 1)
    os.dup2(journal, 2)
    os.environ.update(ordre["variables"])


def _recolter(enfants: set[int]) -> None:
    for pid in list(enfants):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            enfants.discard(pid)
            _dire({"pid": pid, "fin": os.waitstatus_to_exitcode(status)})


def _dire(dit: Mapping[str, int]) -> None:
    os.write(1, json.dumps(dit).encode() + b"\n")


if __name__ == "__main__":
    main()

"""How a run is shared among pytest's processes (`pytest -n 2`): what stands on one deployment goes together.

Each process has servers of its own, so that nothing one does is seen by another. What goes together is a module, or all
that is under a folder whose conftest makes something that lasts as long as the folder. The longest begin first: those that
gave themselves a longer time limit, then the folders, then the modules that need servers. What needs nothing fills the end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.processus import demarre

RACINE = Path(__file__).parents[1]


class Repartition:
    """The plugin; without pytest-xdist it does nothing."""

    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Producer) -> LoadScopeScheduling:
        config.option.loadscopereorder = False  # it would put the many before the long
        return ParLot(config, log)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        if not hasattr(config, "workerinput"):
            return
        lots: defaultdict[str, list[pytest.Item]] = defaultdict(list)
        for item in items:
            lots[lot(item.nodeid)].append(item)
        ordre = sorted(lots, key=lambda nom: (_rang(nom, lots[nom]), nom))
        items[:] = [item for nom in ordre for item in lots[nom]]


class ParLot(LoadScopeScheduling):  # type: ignore[misc]  # the library publishes no types
    # The library's own `loadgroup` is not used: it writes a group into a test's name where pytest no longer reads it.
    def _split_scope(self, nodeid: str) -> str:
        return lot(nodeid)


def lot(nodeid: str) -> str:
    """What a test goes with: the path of a module or of a folder."""
    return _lot(nodeid.partition("::")[0])


@cache
def _lot(module: str) -> str:
    for dossier in Path(module).parents:
        conftest = RACINE / dossier / "conftest.py"
        if conftest.exists() and 'scope="package"' in conftest.read_text():
            return dossier.as_posix()
    return module


def _rang(nom: str, tests: Sequence[pytest.Item]) -> tuple[float, bool, bool, int]:
    """The smaller, the earlier."""
    delais = [mark.args[0] for test in tests for mark in test.iter_markers("timeout")]
    return -max(delais, default=0), nom.endswith(".py"), not any(map(demarre, tests)), -len(tests)

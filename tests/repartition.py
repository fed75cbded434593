"""How a run is shared among pytest's processes (pytest-xdist, `--dist loadgroup`): what stands on one deployment goes together.

Each process has servers of its own, so that nothing one does is seen by another. What goes together is a module, or the
whole folder where a fixture lasts as long as the folder. The longest begin first: those that gave themselves a longer
time limit, then the folders, then the modules that need servers. What needs nothing fills the end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.processus import demandes, demarre


class Repartition:
    """The plugin; without pytest-xdist it does nothing."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        if config.getoption("dist", "no") != "loadgroup":
            return
        modules: defaultdict[Path, list[pytest.Item]] = defaultdict(list)
        for item in items:
            modules[item.path].append(item)
        lots: defaultdict[Path, list[pytest.Item]] = defaultdict(list)
        for path, du_module in modules.items():
            lots[min(filter(None, map(_dossier, du_module)), key=lambda d: len(d.parts), default=path)] += du_module
        ordre = sorted(lots, key=lambda place: (_rang(place, lots[place]), place))
        items[:] = [item for place in ordre for item in lots[place]]
        for place, lot in lots.items():
            for item in lot:
                item.add_marker(pytest.mark.xdist_group(place.relative_to(config.rootpath).as_posix()))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Give a test its own name back: pytest-xdist adds the group's, under which pytest would not find it."""
        nom, _, groupe = report.nodeid.rpartition("@")
        if nom and "]" not in groupe:
            report.nodeid = nom


def _dossier(item: pytest.Item) -> Path | None:
    """The folder that a fixture of the test lasts as long as; the highest of them, whose sub-folders share it."""
    found = getattr(item, "_fixtureinfo", None)
    connues = found.name2fixturedefs if found else {}
    durent = [
        item.config.rootpath / defined.baseid
        for nom in demandes(item)
        for defined in connues.get(nom, ())
        if defined.scope == "package"
    ]
    return min(durent, key=lambda folder: len(folder.parts), default=None)


def _rang(place: Path, lot: Sequence[pytest.Item]) -> tuple[float, bool, bool, int]:
    """The smaller, the earlier."""
    delais = [mark.args[0] for item in lot for mark in item.iter_markers("timeout")]
    return -max(delais, default=0), place.suffix == ".py", not any(map(demarre, lot)), -len(lot)

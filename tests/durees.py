"""Where a run's time went: the twenty slowest tests, and what each folder took. Printed when it took more than a few seconds.

The time is that of the tests, setting up and taking down included, whichever process ran them: side by side, they add up
to more than the clock's.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

import pytest

LENTS = 20
ASSEZ = 10.0
"""Seconds under which nobody asks."""


class Durees:
    """The plugin."""

    def __init__(self) -> None:
        self._par_test: defaultdict[str, float] = defaultdict(float)  # seconds
        self._preparer: defaultdict[str, float] = defaultdict(float)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._par_test[report.nodeid] += report.duration
        if report.when == "setup":
            self._preparer[report.nodeid] += report.duration

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
        if hasattr(config, "workerinput") or sum(self._par_test.values()) < ASSEZ:
            return
        dire = terminalreporter.write_line
        terminalreporter.section(f"{LENTS} slowest tests (s, of which setting up)")
        for test, s in _du_plus_long(self._par_test)[:LENTS]:
            dire(f"{s:7.1f} {self._preparer[test]:7.1f}  {test}")
        dossiers: defaultdict[str, float] = defaultdict(float)
        combien: Counter[str] = Counter()
        for test, s in self._par_test.items():
            dossier = test.partition("::")[0].rpartition("/")[0]
            dossiers[dossier] += s
            combien[dossier] += 1
        terminalreporter.section("folders (s, tests)")
        for dossier, s in _du_plus_long(dossiers):
            dire(f"{s:7.1f} {combien[dossier]:7}  {dossier}")


def _du_plus_long(secondes: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(secondes.items(), key=lambda nom_et_duree: -nom_et_duree[1])

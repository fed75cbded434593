"""Which tests start a program (a server, a browser, a command), and which need nothing but Python: those `make vite` runs.

A test of the first kind asks for the fixture `processus`, itself or through the server it takes. Nobody keeps a list of the
second kind: it is all the others, and one that starts a program without having asked fails, wherever it is run.
"""

from __future__ import annotations

import sys
from collections.abc import Generator

import pytest

VITE = "vite"
DEPARTS = frozenset({"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system"})
"""What Python says when a program starts."""


@pytest.fixture(scope="session")
def processus() -> None:
    """For whoever starts a program of their own."""


class Processus:
    """The plugin: marks the tests, and stands guard while one of those that promised to start nothing runs."""

    def __init__(self) -> None:
        self._promis: str | None = None
        sys.addaudithook(self._entendre)

    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line("markers", f"{VITE}: starts no program (given by tests/processus.py, never by hand)")

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            if not demarre(item):
                item.add_marker(VITE)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, object, object]:
        return (yield from self._garder(item))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        return (yield from self._garder(item))

    def _garder(self, item: pytest.Item) -> Generator[None, object, object]:
        self._promis = item.nodeid if item.get_closest_marker(VITE) else None
        try:
            return (yield)
        finally:
            self._promis = None

    def _entendre(self, evenement: str, _: object) -> None:
        if self._promis and evenement in DEPARTS:
            raise AssertionError(f"{self._promis} starts a program: it must ask for the fixture « processus »")


def demarre(item: pytest.Item) -> bool:
    return "processus" in demandes(item)


def demandes(item: pytest.Item) -> list[str]:
    """Every fixture a test asks for, directly or not."""
    return item.fixturenames if isinstance(item, pytest.Function) else []

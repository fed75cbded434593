"""Logs: one JSON object a line, with the correlation, and no exception message, which may quote a name."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

SCRIPT = """
import logging, structlog
from services.socle.base.logging import configurer
configurer("dossiers", "info")
log = structlog.get_logger()
structlog.contextvars.bind_contextvars(correlation="c-1")
log.debug("invisible")
log.info("commande", dossier="d-1", version=3)
try:
    raise ValueError("Camille Exemple")
except ValueError:
    log.exception("panne")
    logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
logging.getLogger("aiokafka").info("bavardage")
"""


@pytest.mark.usefixtures("processus")
def test_les_journaux_d_un_processus() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert "Camille" not in done.stderr
    fact, failure, foreign = map(json.loads, done.stderr.splitlines())
    assert fact.pop("timestamp").endswith("Z")
    assert fact == {
        "event": "commande", "service": "dossiers", "correlation": "c-1", "level": "info", "dossier": "d-1", "version": 3,
    }  # fmt: skip
    assert (failure["event"], failure["erreur"], failure["level"]) == ("panne", "ValueError", "error")
    assert failure["ou"] == ["<string>:10 <module>"]
    assert (foreign["logger"], foreign["erreur"], foreign["correlation"]) == ("uvicorn.error", "ValueError", "c-1")

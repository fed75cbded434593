"""Logs are facts with ids, one JSON object a line on stderr (a terminal gets colours). Never a name, never a text.

Exceptions are written as their type and the places they went through, without their message: a database driver quotes
the value it refused, and that value may be somebody's name.
"""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any

import msgspec
import structlog
from structlog.typing import EventDict, Processor

__all__ = ["configurer", "ou"]


def configurer(service: str, niveau: str = "info") -> None:
    """Sets up this process's logs; called once, at its start. Libraries' own logs join them from `warning` up."""
    level = logging.getLevelNamesMapping()[niveau.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _service(service),
        _sans_message,
    ]
    terminal = sys.stderr.isatty()
    renderer = structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer(serializer=_json)
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[handler], force=True)


def ou(error: BaseException) -> list[str]:
    """Where an exception went through, innermost last: `module.py:12 function`."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames[-12:]]


def _service(service: str) -> Processor:
    def add(_: Any, __: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    return add


def _sans_message(_: Any, __: str, event: EventDict) -> EventDict:
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["erreur"], event["ou"] = type(error).__qualname__, ou(error)
    return event


def _json(event: Any, **_: Any) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()

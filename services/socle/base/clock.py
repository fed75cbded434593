"""What time it is: the machine's or, in local mode, a simulated one that processes share and that moves when told."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Protocol

from services.socle.base.calendar import PARIS, date_paris
from services.socle.base.settings import ReglageInvalide, Settings


class Horloge(Protocol):
    def now(self) -> datetime:
        """The current instant, aware, UTC."""
        ...

    def aujourd_hui(self) -> date:
        """The current Paris civil date."""
        ...


class HorlogeReelle:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def aujourd_hui(self) -> date:
        return date_paris(self.now())


class HorlogeSimulee:
    """Reads the instant from a file at each call.

    Reading costs 1.4 µs, a stat 0.9: remembering the file by its time would save nothing, and would miss two moves
    within one tick of the file system's clock.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.now()  # a missing or unreadable file stops the start, not the hundredth request

    def now(self) -> datetime:
        fd = os.open(self._path, os.O_RDONLY)
        try:
            return datetime.fromisoformat(os.read(fd, 64).decode("ascii").strip())
        finally:
            os.close(fd)

    def aujourd_hui(self) -> date:
        return date_paris(self.now())


def horloge(settings: Settings) -> Horloge:
    """The clock the settings ask for; a simulated one is refused anywhere but in local mode."""
    if settings.horloge is None:
        return HorlogeReelle()
    if settings.mode != "local":
        raise ReglageInvalide("MAILLAGE_HORLOGE : une horloge simulée n'est acceptée qu'avec MAILLAGE_MODE=local.")
    return HorlogeSimulee(settings.horloge)


def regler(path: Path, instant: datetime) -> None:
    """Sets the simulated clock. The file is replaced in one step: no reader ever sees half an instant."""
    if instant.tzinfo is None:
        raise ValueError("an instant carries its time zone")
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.write_text(instant.astimezone(UTC).isoformat(), encoding="ascii")
    os.replace(new, path)


def avancer(path: Path, jours: int) -> datetime:
    """Moves the simulated clock forward by whole Paris days, at the same hour of the day; the new instant (UTC)."""
    if jours < 0:
        raise ValueError("the clock never goes back")
    there = (HorlogeSimulee(path).now().astimezone(PARIS) + timedelta(days=jours)).astimezone(UTC)
    regler(path, there)
    return there

"""What several subcommands have in common."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

console = Console(stderr=True, highlight=False)

EnJson = Annotated[bool, typer.Option("--json", help="Écrit du JSON, pour une machine.")]

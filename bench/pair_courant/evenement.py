"""What travels from the API to the view."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import BaseModel


class MenageOriente(BaseModel):
    dossier: UUID
    version: int
    menage: UUID
    bailleur: UUID
    association: UUID
    convention: UUID
    identite: dict[str, Any]
    composition: dict[str, Any]
    logement: dict[str, Any]
    publics: list[str]
    motifs: list[str]
    expose: str
    reponse_avant: date
    le: date

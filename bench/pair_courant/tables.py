"""Its tables: dossiers with their conventions, commands already answered, the outbox, and the association's view."""

from __future__ import annotations

import os
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Identity, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    type_annotation_map = {dict[str, Any]: JSONB, list[str]: ARRAY(Text), str: Text}  # noqa: RUF012 - SQLAlchemy's own


class Convention(Base):
    __tablename__ = "conventions"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    bailleur: Mapped[UUID]
    association: Mapped[UUID]
    dispositif: Mapped[UUID]
    fin: Mapped[date]


class Dossier(Base):
    __tablename__ = "dossiers"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    menage: Mapped[UUID]
    bailleur: Mapped[UUID]
    etape: Mapped[str]
    accord: Mapped[bool]
    identite: Mapped[dict[str, Any]]
    composition: Mapped[dict[str, Any]]
    logement: Mapped[dict[str, Any]]
    publics: Mapped[list[str]]
    association: Mapped[UUID | None]
    convention: Mapped[UUID | None]
    motifs: Mapped[list[str] | None]
    expose: Mapped[str | None]
    reponse_avant: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=2)


class Commande(Base):
    __tablename__ = "commandes"
    organisation: Mapped[UUID] = mapped_column(primary_key=True)
    cle: Mapped[UUID] = mapped_column(primary_key=True)
    dossier: Mapped[UUID]
    version: Mapped[int]


class Envoi(Base):
    """The outbox. A row is deleted once Kafka has it."""

    __tablename__ = "envois"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    cle: Mapped[str]
    corps: Mapped[str]
    ecrit_le: Mapped[datetime] = mapped_column(server_default=func.now())


class Portefeuille(Base):
    """The view: what the association sees of each household."""

    __tablename__ = "portefeuille"
    dossier: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    association: Mapped[UUID] = mapped_column(index=True)
    bailleur: Mapped[UUID]
    menage: Mapped[UUID]
    convention: Mapped[UUID]
    etape: Mapped[str]
    etape_depuis: Mapped[date]
    identite: Mapped[dict[str, Any]]
    composition: Mapped[dict[str, Any]]
    logement: Mapped[dict[str, Any]]
    publics: Mapped[list[str]]
    motifs: Mapped[list[str]]
    expose: Mapped[str]
    reponse_avant: Mapped[date]


def sessions() -> async_sessionmaker[AsyncSession]:
    """What both processes work with; the address is in PAIR_URL."""
    engine = create_async_engine(os.environ["PAIR_URL"], pool_size=10)
    return async_sessionmaker(engine, expire_on_commit=False)

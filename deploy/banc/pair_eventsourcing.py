"""What one writes with the `eventsourcing` library for a count per case: an aggregate, a projection, its view."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection
from psycopg.sql import SQL, Composed


class Cas(Aggregate):
    @event("Ouvert")
    def __init__(self, note: str) -> None:
        self.note = note

    @event("Note")
    def noter(self, note: str) -> None:
        self.note = note


class CasSuivis(Application[UUID]):
    pass


class Compte(PostgresTrackingRecorder):
    """How many events each case has had; written with the projection's position, in one transaction."""

    def __init__(self, datastore: PostgresDatastore, **options: Any) -> None:
        super().__init__(datastore, **options)
        table = SQL("CREATE TABLE IF NOT EXISTS comptes (cas uuid PRIMARY KEY, n int)")
        self.sql_create_statements.append(Composed([table]))

    def compter(self, cas: UUID, tracking: Tracking) -> None:
        with self.datastore.get_connection() as connection, connection.transaction(), connection.cursor() as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(
                "INSERT INTO comptes VALUES (%s, 1) ON CONFLICT (cas) DO UPDATE SET n = comptes.n + 1", (cas,)
            )


class Comptes(Projection[Compte]):
    name = "comptes"
    topics = ()

    @singledispatchmethod
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        self.view.compter(domain_event.originator_id, tracking)


def semer(cas: int) -> int:
    """Write `cas` cases of twenty events; answers the id of the last notification."""
    app = CasSuivis()
    for _ in range(cas):
        un = Cas("x" * 200)
        for _ in range(19):
            un.noter("y" * 200)
        app.save(un)
    last = app.recorder.max_notification_id()
    app.close()
    assert last is not None
    return last

"""What one writes with the `eventsourcing` library: appending events, and a projection that counts them per case."""

from __future__ import annotations

import threading
import time
from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import StoredEvent, Tracking
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.sql import SQL, Composed
from uuid_utils.compat import uuid4

from bench.enfant import BaseDuPair
from bench.taille import Taille

FAITS_PAR_CAS = 20


# Appending


def ajouter(base: BaseDuPair, fils: int, octets: bytes, taille: Taille) -> float:
    """Events a second, the recorder called from `fils` threads; safe mode, without database functions."""
    datastore = PostgresDatastore(
        dbname=base.base, host=base.host, port=str(base.port), user=base.role, password=base.mot_de_passe,
        pool_size=fils, max_overflow=0, max_waiting=0, enable_db_functions=False,
    )  # fmt: skip
    recorder = PostgresApplicationRecorder(datastore, events_table_name="stored_events")
    recorder.create_table()
    begin = time.perf_counter() + taille.chauffe
    end = begin + taille.secondes
    done = [0] * fils

    def encore(fil: int) -> None:
        while (now := time.perf_counter()) < end:
            stored = StoredEvent(originator_id=uuid4(), originator_version=1, topic="exemple:Note", state=octets)
            recorder.insert_events([stored])
            done[fil] += now >= begin

    threads = [threading.Thread(target=encore, args=(fil,)) for fil in range(fils)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = time.perf_counter() - begin
    datastore.close()
    return sum(done) / spent


# Projecting


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


def rattraper(base: BaseDuPair, cas: int) -> float:
    """Events a second of the library's runner, catching up on `cas` cases."""
    env = {
        "PERSISTENCE_MODULE": "eventsourcing.postgres", "POSTGRES_DBNAME": base.base, "POSTGRES_HOST": base.host,
        "POSTGRES_PORT": str(base.port), "POSTGRES_USER": base.role, "POSTGRES_PASSWORD": base.mot_de_passe,
        "POSTGRES_ENABLE_DB_FUNCTIONS": "y",
    }  # fmt: skip
    last = _semer(CasSuivis(env), cas)
    start = time.perf_counter()
    with ProjectionRunner(application_class=CasSuivis, projection_class=Comptes, view_class=Compte, env=env) as runner:
        runner.wait(last, timeout=300)
        return cas * FAITS_PAR_CAS / (time.perf_counter() - start)


def _semer(app: CasSuivis, cas: int) -> int | None:
    """Write the cases; the id of the last notification."""
    for _ in range(cas):
        un = Cas("x" * 200)
        for _ in range(FAITS_PAR_CAS - 1):
            un.noter("y" * 200)
        app.save(un)
    last = app.recorder.max_notification_id()
    app.close()
    return last

"""The database: one engine, short transactions, what was touched announced after the commit."""

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import InvalidatePoolError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session

from grouplic.domain import orm_tables  # noqa: F401  (every table is in the metadata)
from grouplic.domain.refusals import OutOfReach

log = logging.getLogger(__name__)

Announce = Callable[[frozenset[str]], None]

# SQLite's result codes for a disk that is full, fails, cannot be opened or is locked for too long.
_NO_ROOM = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_BUSY")


class Database:
    """Opens transactions on SQLite or PostgreSQL.

    ``announce`` is called after a commit with the topics that its transaction touched.
    """

    def __init__(self, url: str, announce: Announce = lambda topics: None) -> None:
        self.engine = make_engine(url)
        self.announce = announce
        self._turn = FairLock() if self.is_sqlite else None

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite, where writers take turns."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a transaction that may write; commit at the end, roll back on any exception.

        Raises ``OutOfReach`` when the database is gone or has no room.
        """
        with (
            _refusing_without_database(),
            self._turn or nullcontext(),
            Session(self.engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session
        topics = frozenset(session.info.get("touched", ()))
        if topics:
            self.announce(topics)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a transaction that reads one state of the database and is rolled back at the end.

        Raises ``OutOfReach`` when the database is gone.
        """
        with (
            _refusing_without_database(),
            Session(self.engine, expire_on_commit=False) as session,
        ):
            session.connection(execution_options={"reading": True})
            yield session


@contextmanager
def _refusing_without_database() -> Iterator[None]:
    """Turn a database that is gone or full into a refusal; any other error of it is a bug."""
    try:
        yield
    except OperationalError as error:
        if not _is_out_of_reach(error):
            raise
        log.error("The database is out of reach: %s", error.orig)
        raise OutOfReach(
            "The site cannot reach its data just now. Please try again in a minute."
        ) from error


def _is_out_of_reach(error: OperationalError) -> bool:
    code = getattr(error.orig, "sqlite_errorname", None)
    if code is not None:
        return str(code).startswith(_NO_ROOM)
    # PostgreSQL: a connection that broke or was never made has no state, or one of classes
    # 08 (connection), 53 (no resources: memory, disk, connections) and 57P (shutting down).
    state = getattr(error.orig, "sqlstate", None)
    return state is None or state.startswith(("08", "53", "57P"))


class FairLock:
    """A lock that is granted in the order of asking.

    Writers that wait inside SQLite poll, and one of them can starve; here each has its turn.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._held = False
        self._waiting: deque[threading.Event] = deque()

    def __enter__(self) -> None:
        with self._guard:
            if not self._held:
                self._held = True
                return
            turn = threading.Event()
            self._waiting.append(turn)
        turn.wait()

    def __exit__(self, *_: object) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._held = False


def make_engine(url: str, rests_after: float = 1.0) -> Engine:
    """Return an engine for ``url``; SQLite runs in WAL mode, synced at every commit.

    A connection to PostgreSQL that has rested for so many seconds is asked whether it still lives.
    """
    if not url.startswith("sqlite"):
        patience = {"connect_timeout": 10}  # seconds; a host that is gone gives no answer
        engine = create_engine(url, pool_size=16, max_overflow=16, connect_args=patience)
        event.listen(engine, "checkin", _note_return)
        event.listen(engine, "checkout", partial(_ask_rested, rests_after))
        return engine
    engine = create_engine(url, pool_size=16, max_overflow=48, connect_args={"timeout": 30})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _note_return(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["returned_at"] = time.monotonic()


def _ask_rested(
    rests_after: float, connection: Any, record: ConnectionPoolEntry, _proxy: object
) -> None:
    # Asked every time, it would be a quarter of a short transaction.
    if time.monotonic() - record.info.get("returned_at", math.inf) < rests_after:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except psycopg.Error as error:
        raise InvalidatePoolError from error


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own BEGIN is deferred and would fail, not wait, when it first writes.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # an acknowledged seat survives a power cut
        "foreign_keys=ON",
        "busy_timeout=30000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

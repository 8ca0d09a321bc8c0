"""The database: one engine, short transactions, what was touched announced after the commit."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlmodel import Session

from grouplic.domain import orm_tables  # noqa: F401  (every table is in the metadata)

Announce = Callable[[frozenset[str]], None]


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
        """Open a transaction that may write; commit at the end, roll back on any exception."""
        with (
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
        """Open a transaction that reads one state of the database and is rolled back at the end."""
        with Session(self.engine, expire_on_commit=False) as session:
            session.connection(execution_options={"reading": True})
            yield session


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


def make_engine(url: str) -> Engine:
    """Return an engine for ``url``; SQLite runs in WAL mode, synced at every commit."""
    if not url.startswith("sqlite"):
        return create_engine(url, pool_size=16, max_overflow=16, pool_pre_ping=True)
    engine = create_engine(url, pool_size=16, max_overflow=48, connect_args={"timeout": 30})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


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

"""A database to begin every walk on: three seats of a module that is licensed for a year."""

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from sqlalchemy import create_engine, text

from grouplic.adapters.database import Database
from grouplic.domain.groups import Group
from grouplic.domain.terms import Term, add_months
from grouplic.services.catalog import load
from tests.cast import Cast, a_module, invite_the_cast
from tests.conftest import create_postgres_database, drop_postgres_database, migrate

SEATS = 3
YEAR = 12  # months
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Ground:
    """``fresh`` brings the one database back to where every walk begins.

    The engine stays, and with it the statements that it has compiled.
    """

    database: Database
    cast: Cast
    restore: Callable[[], None]

    def fresh(self) -> Database:
        """Return the database as it was prepared."""
        self.restore()
        return self.database


@contextmanager
def on_sqlite() -> Iterator[Ground]:
    """Prepare a database in memory where the machine has such a place.

    Syncing it costs nothing there, and its settings are those of production.
    """
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        file, kept = Path(folder) / "grouplic.db", Path(folder) / "prepared.db"
        migrate(f"sqlite:///{file}")
        database = Database(f"sqlite:///{file}")
        cast = _prepare(database)
        _copy(file, kept)
        yield Ground(database, cast, lambda: _copy(kept, file))
        database.engine.dispose()


@contextmanager
def on_postgresql(server: str) -> Iterator[Ground]:
    """Prepare a database on the server, and copies of it."""
    name = f"model_{uuid4().hex}"
    prepared, url = (create_postgres_database(server, each) for each in (f"{name}_0", name))
    first, database = Database(prepared), Database(url)
    cast = _prepare(first)
    first.engine.dispose()

    def restore() -> None:
        database.engine.dispose()
        drop_postgres_database(server, name)
        engine = create_engine(server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {name}_0"))
        engine.dispose()

    yield Ground(database, cast, restore)
    database.engine.dispose()
    for each in (name, f"{name}_0"):
        drop_postgres_database(server, each)


def _prepare(database: Database) -> Cast:
    cast = invite_the_cast(database, NOW, SEATS)
    with database.writing() as session:
        modules = [a_module(slug, place) for place, slug in enumerate(_SLUGS, start=1)]
        yearly = [replace(one, term=Term(months=YEAR), content_hash="yearly") for one in modules]
        load(session, yearly, NOW)
        session.get_one(Group, cast.group_id).ends_at = add_months(NOW, YEAR)
    return cast


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target)) as write:
        read.backup(write)


_SLUGS = ("writing", "privacy", "security")

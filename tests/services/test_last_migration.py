"""The newest migration runs while the version before it is at work, and is not noticed by that.

The code of that version is gone; what is left of it is its tables. Whatever it writes has these
columns and no others, so that is what is written here, before, during and after the migration.
"""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Engine, MetaData, Table, delete, insert, select, text, update

from alembic import command
from grouplic.adapters.database import Database, make_engine
from tests.cast import Cast
from tests.conftest import ROOT
from tests.running.servers import wait_until

Rows = dict[str, list[dict[str, Any]]]


def test_what_is_in_the_database_stays_as_it_is(
    database: Database, cast: Cast, tmp_path: Path
) -> None:
    rows = everything(database.engine)
    engine, before = as_it_was_before(database, tmp_path)
    old = AtWork(engine, before, rows)
    old.write_all()
    command.upgrade(config_for(engine), "head")
    old.read_all()
    engine.dispose()


def test_the_version_before_goes_on_during_and_after_the_newest_migration(
    database: Database, cast: Cast, tmp_path: Path
) -> None:
    rows = everything(database.engine)
    assert rows["seat"]
    assert rows["enrollment_key"]
    engine, before = as_it_was_before(database, tmp_path)
    old = AtWork(engine, before, rows)
    old.start()
    try:
        wait_until(lambda: old.rounds > 0 or old.failed)
        command.upgrade(config_for(engine), "head")
        rounds = old.rounds
        wait_until(lambda: old.rounds > rounds + 1 or old.failed)
    finally:
        old.stop()
    assert not old.failed
    assert revision_of(engine) == head(engine).revision
    engine.dispose()


class AtWork(threading.Thread):
    """Writes, reads, changes and removes rows of every table there was, round and round."""

    def __init__(self, engine: Engine, tables: MetaData, rows: Rows) -> None:
        super().__init__()
        self._engine, self._rows = engine, rows
        self._tables = [table for table in tables.sorted_tables if rows.get(table.name)]
        self._stopped = threading.Event()
        self.rounds = 0
        self.failed: Exception | None = None

    def run(self) -> None:
        """Go on until stopped, or until something is not as it was."""
        try:
            while not self._stopped.is_set():
                self.write_all()
                self._each(self._tables, self._change)
                self.read_all()
                self._each(reversed(self._tables), self._remove)
                self.rounds += 1
        except Exception as problem:
            self.failed = problem

    def stop(self) -> None:
        """Finish the round."""
        self._stopped.set()
        self.join()

    def write_all(self) -> None:
        """Write the rows, those that others refer to first."""
        self._each(self._tables, self._write)

    def read_all(self) -> None:
        """Fail unless they are all there as they were written, and no others."""
        self._each(self._tables, self._read)

    def _each(self, tables: Any, work: Callable[[Any, Table], None]) -> None:
        for table in tables:
            with self._engine.begin() as connection:
                work(connection, table)

    def _write(self, connection: Any, table: Table) -> None:
        connection.execute(insert(table), self._known(table))

    def _read(self, connection: Any, table: Table) -> None:
        found = [dict(row) for row in connection.execute(select(table)).mappings()]
        assert by_content(found) == by_content(self._known(table))

    def _change(self, connection: Any, table: Table) -> None:
        connection.execute(update(table).values(dict(table.c.items())))

    def _remove(self, connection: Any, table: Table) -> None:
        connection.execute(delete(table))

    def _known(self, table: Table) -> list[dict[str, Any]]:
        return [
            {name: value for name, value in row.items() if name in table.columns}
            for row in self._rows[table.name]
        ]


def by_content(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(repr(sorted(row.items())) for row in rows)


def everything(engine: Engine) -> Rows:
    """Return all rows of the database, as it is with the newest migration."""
    tables = MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for table in tables.sorted_tables
            if table.name != "alembic_version"
        }


def as_it_was_before(database: Database, folder: Path) -> tuple[Engine, MetaData]:
    """Return an empty database of the same kind without the newest migration, and its tables."""
    engine = emptied(database, folder)
    command.upgrade(config_for(engine), str(head(engine).down_revision))
    tables = MetaData()
    tables.reflect(engine)
    return engine, tables


def emptied(database: Database, folder: Path) -> Engine:
    """Return a database of the same kind in which there is nothing yet."""
    if database.is_sqlite:
        return make_engine(f"sqlite:///{folder / 'empty.db'}")
    with database.engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    return database.engine


def config_for(engine: Engine) -> Config:
    config = Config(ROOT / "alembic.ini")
    config.attributes["url"] = engine.url.render_as_string(hide_password=False)
    return config


def head(engine: Engine) -> Script:
    newest = ScriptDirectory.from_config(config_for(engine)).get_revision("head")
    assert newest
    return newest


def revision_of(engine: Engine) -> str:
    with engine.connect() as connection:
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())

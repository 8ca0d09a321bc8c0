"""The migrations make what the entities say, also where `alembic check` does not look."""

import re
from datetime import datetime, timedelta

from alembic.config import Config
from sqlalchemy import CheckConstraint, Connection, inspect, text

from alembic import command
from grouplic.adapters.database import Database
from grouplic.domain.orm_tables import metadata
from tests.cast import Cast
from tests.classroom import complete, enroll, newcomer, open_class, read, try_quiz
from tests.conftest import ROOT

STEPS = "SELECT lessons_done, steps_done FROM {} ORDER BY lessons_done, steps_done"


def plain(predicate: object) -> str:
    return re.sub(r"::\w+|[()\s\"]", "", "" if predicate is None else str(predicate)).lower()


def test_every_named_check_is_in_the_migrated_database(database: Database) -> None:
    inspector = inspect(database.engine)
    for table in metadata.sorted_tables:
        declared = {
            str(check.name) for check in table.constraints if isinstance(check, CheckConstraint)
        }
        migrated = {check["name"] for check in inspector.get_check_constraints(table.name)}
        assert migrated == {
            name if name.startswith("ck_") else f"ck_{table.name}_{name}" for name in declared
        }


def test_every_index_has_the_predicate_that_was_declared(database: Database) -> None:
    dialect = database.engine.dialect.name
    inspector = inspect(database.engine)
    for table in metadata.sorted_tables:
        declared = {
            index.name: plain(index.dialect_options[dialect]["where"]) for index in table.indexes
        }
        migrated = {
            index["name"]: plain(index.get("dialect_options", {}).get(f"{dialect}_where"))
            for index in inspector.get_indexes(table.name)
            if not index.get("duplicates_constraint")
        }
        assert {name: migrated.get(name) for name in declared} == declared


def test_sqlite_syncs_every_commit_and_keeps_foreign_keys(database: Database) -> None:
    if database.engine.dialect.name == "postgresql":
        return
    with database.engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_what_was_learned_before_steps_were_counted_is_counted_by_the_migration(
    database: Database, cast: Cast, now: datetime
) -> None:
    group, then = open_class(database, cast, now), now - timedelta(days=9)
    enroll(database, group, cast.bob, then)
    complete(database, cast.bob, "writing", then)
    read(database, cast.bob, "privacy", 1, then)
    dan = newcomer(database, group, "dan", then)
    try_quiz(database, dan, "writing", True, then)
    try_quiz(database, dan, "privacy", False, then)
    tables = ("module_progress", "enrollment_progress", "enrollment_summary")
    with database.engine.connect() as connection:
        before = [_steps(connection, table) for table in tables]
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("script_location", str(ROOT / "alembic"))
    # As an operator migrates: by a connection of its own, on which SQLite may make a table anew.
    config.attributes["url"] = database.engine.url.render_as_string(hide_password=False)
    command.downgrade(config, "0009")
    command.upgrade(config, "head")
    with database.engine.connect() as connection:
        after = [_steps(connection, table) for table in tables]

    assert after == before
    assert before[0] == [(0, 0), (0, 1), (1, 1), (2, 3)]
    assert before[2] == [(0, 1), (3, 4)]


def _steps(connection: Connection, table: str) -> list[tuple[int, int]]:
    return [(done, steps) for done, steps in connection.execute(text(STEPS.format(table)))]

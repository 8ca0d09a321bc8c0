"""The migrations make what the entities say, also where `alembic check` does not look."""

import re

from sqlalchemy import CheckConstraint, inspect

from grouplic.adapters.database import Database
from grouplic.domain.orm_tables import metadata


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

"""A statement made ready writes what the library would, on both databases."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import bindparam, insert, literal, select
from sqlalchemy.exc import IntegrityError

from grouplic.adapters.database import Database
from grouplic.domain.base import new_id
from grouplic.domain.records import AuditEvent
from grouplic.services.ready import run_ready

_TABLE: Any = AuditEvent.__table__  # type: ignore[attr-defined]
_NOTE = insert(_TABLE).values(
    id=bindparam("this_event"),
    at=bindparam("this_moment"),
    kind="noted",
    actor_id=bindparam("nobody"),
    group_id=bindparam("nobody"),
    facts=bindparam("these_facts"),
)
_NOTE_BESIDE = select(literal(1)).add_cte(_NOTE.cte("note"))


def values(now: datetime) -> dict[str, Any]:
    facts = {"seat": 1, "name": "Zoë 100%"}
    return {"this_event": new_id(), "this_moment": now, "nobody": None, "these_facts": facts}


def written(database: Database) -> list[tuple[Any, ...]]:
    columns = [column for column in _TABLE.c if column.name != "id"]
    with database.reading() as session:
        rows = session.connection().execute(select(*columns).where(_TABLE.c.kind == "noted"))
        return [tuple(row) for row in rows]


def test_it_writes_what_the_library_writes_time_after_time(
    database: Database, now: datetime
) -> None:
    with database.writing() as session:
        session.connection().execute(_NOTE, values(now))
        statement = _NOTE if database.is_sqlite else _NOTE_BESIDE
        run_ready(session.connection(), statement, values(now))
        run_ready(session.connection(), statement, values(now))
    by_the_library, *ready = written(database)
    assert ready == [by_the_library] * 2


def test_what_the_database_refuses_is_raised_as_the_library_does(
    database: Database, now: datetime
) -> None:
    twice = values(now)
    with database.writing() as session:
        run_ready(session.connection(), _NOTE, twice)
    with pytest.raises(IntegrityError), database.writing() as session:
        run_ready(session.connection(), _NOTE, twice)
    assert len(written(database)) == 1


def test_a_value_that_is_left_out_is_missed_and_not_written_as_none(
    database: Database, now: datetime
) -> None:
    less = values(now)
    del less["nobody"]
    with pytest.raises(KeyError, match="nobody"), database.writing() as session:
        run_ready(session.connection(), _NOTE, less)
    assert written(database) == []

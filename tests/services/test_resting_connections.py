"""Connections to PostgreSQL whose server ended them while nobody used them."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from grouplic.adapters.database import Database, make_engine

pytestmark = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


def test_a_connection_that_died_while_it_rested_is_replaced_unnoticed(database: Database) -> None:
    engine = engine_with_a_dead_connection(database, rests_after=0)
    assert ask(engine) == 1


def test_one_that_was_in_use_a_moment_ago_is_not_asked_and_costs_one_refusal_at_most(
    database: Database,
) -> None:
    engine = engine_with_a_dead_connection(database, rests_after=600)
    with pytest.raises(OperationalError):
        ask(engine)
    assert ask(engine) == 1


def engine_with_a_dead_connection(database: Database, rests_after: float) -> Engine:
    engine = make_engine(database.engine.url.render_as_string(hide_password=False), rests_after)
    with engine.connect() as connection:
        resting = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with database.writing() as session:
        session.connection().execute(
            text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": resting}
        )
    return engine


def ask(engine: Engine) -> int:
    with engine.connect() as connection:
        answer: int = connection.execute(text("SELECT 1")).scalar_one()
    return answer

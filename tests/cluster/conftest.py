"""PostgreSQL, Redis, and a group to watch: what sites of several workers stand on."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from grouplic.adapters.database import Database
from grouplic.services import sessions
from tests.cast import Cast, invite_the_cast, user_named
from tests.conftest import create_postgres_database, drop_postgres_database
from tests.running.servers import RedisServer

SEATS = 40


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    """A Redis of the test's own."""
    server = RedisServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def shared_database(postgres_server: str) -> Iterator[Database]:
    """A migrated PostgreSQL database."""
    name = f"cluster_{uuid4().hex}"
    database = Database(create_postgres_database(postgres_server, name))
    yield database
    database.engine.dispose()
    drop_postgres_database(postgres_server, name)


@pytest.fixture
def stage(shared_database: Database) -> Cast:
    """The cast, with a group of many seats, by the real clock."""
    return invite_the_cast(shared_database, datetime.now(UTC), SEATS)


def session_of(database: Database, name: str) -> str:
    """Sign somebody of the cast in, and return the cookie as a browser sends it."""
    with database.writing() as session:
        user = user_named(session, name)
        cookie = sessions.open_session(
            session, user, "a test", timedelta(hours=1), datetime.now(UTC)
        )
    return f"grouplic={cookie}"

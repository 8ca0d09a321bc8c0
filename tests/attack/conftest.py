"""The site with two groups that must not see each other, in one process."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from shutil import copy
from uuid import uuid4

import pytest

from grouplic.adapters.database import Database
from grouplic.services.catalog import load
from grouplic.services.outside import Outside
from grouplic.wiring import LIMITS
from tests.attack.listening import Running
from tests.attack.stage import wired
from tests.attack.tenants import Tenants, settle
from tests.cast import a_module
from tests.conftest import NOW, create_postgres_database, drop_postgres_database
from tests.outside import outside_of
from tests.running.servers import Server, serving

_NO_LIMITS = dict.fromkeys(LIMITS, "1000000/second")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.prove)])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Outside]:
    """The adapters of the site, over a fresh database; limits on attempts are far away.

    What differs between the databases is the services' concern, which are tried on both: attacks
    run on PostgreSQL in ``make prove`` alone.
    """
    if request.param == "sqlite":
        file = tmp_path / "attacked.db"
        copy(request.getfixturevalue("sqlite_template"), file)
        address, drop = f"sqlite:///{file}", None
    else:
        server, name = request.getfixturevalue("postgres_server"), f"attacked_{uuid4().hex}"
        address, drop = create_postgres_database(server, name), (server, name)
    database = Database(address)
    with wired(outside_of(database, NOW, **_NO_LIMITS)) as outside:
        yield outside
    database.engine.dispose()
    if drop:
        drop_postgres_database(*drop)


@pytest.fixture
def tenants(site: Outside) -> Tenants:
    """Alice's group, Dora's group, and whoever might look into another's."""
    return settle(site, site.database, NOW)  # type: ignore[arg-type]


@pytest.fixture(scope="package")
def running(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The site as a process of its own, with a catalog."""
    folder = tmp_path_factory.mktemp("attacked")
    database = Database(f"sqlite:///{copy(sqlite_template, folder / 'grouplic.db')}")
    with database.writing() as session:
        load(session, [a_module("writing", 1)], datetime.now(UTC))
    server = Server(folder, str(database.engine.url))
    with serving(server):
        yield Running(server, database)
    database.engine.dispose()


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    # Thousands of refusals, one line each; the tests of logging ask for theirs.
    doors = logging.getLogger("grouplic.ui.doors")
    doors.disabled = True
    yield
    doors.disabled = False


@pytest.fixture
def now() -> datetime:
    """The moment at which a test happens."""
    return NOW

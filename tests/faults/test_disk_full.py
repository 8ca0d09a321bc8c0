"""No room left on the disk: nothing is written by half, people are told, and it goes on after."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import func, select

from grouplic.adapters.database import Database
from grouplic.domain.groups import Enrollment, Group
from grouplic.domain.records import AuditEvent, Mail
from grouplic.domain.refusals import OutOfReach
from grouplic.services import inviting
from grouplic.services.inviting import Invitee
from tests.cast import Cast
from tests.model.rules import broken_rules

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@contextmanager
def no_room(database: Database) -> Iterator[None]:
    """Let the file grow no more."""

    def stop(connection: Any, *_: object) -> None:
        connection.execute("PRAGMA max_page_count = 1")  # what there is stays

    def go_on(connection: Any, *_: object) -> None:
        connection.execute("PRAGMA max_page_count = 4294967294")

    event.listen(database.engine, "checkout", stop)
    try:
        yield
    finally:
        event.remove(database.engine, "checkout", stop)
        event.listen(database.engine, "checkout", go_on)


def written(database: Database) -> tuple[int, ...]:
    with database.reading() as session:
        tables = (Enrollment, Mail, AuditEvent)
        return tuple(
            session.exec(select(func.count()).select_from(table)).one() for table in tables
        )


def invite_many(database: Database, cast: Cast, now: datetime, seats: int) -> None:
    people = [Invitee(f"dan{number}@new.org", "Dan", "Novak") for number in range(seats)]
    with database.writing() as session:
        inviting.invite(session, cast.group_id, people, cast.alice, now, note="Welcome! " * 100)


def test_a_full_disk_refuses_in_words_writes_nothing_and_the_site_goes_on_reading(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        session.get_one(Group, cast.group_id).name = "Before"
    before = written(database)
    with no_room(database):
        with pytest.raises(OutOfReach, match="try again"):
            fill_the_file(database, cast, now)
        assert written(database) == before
        with database.reading() as session:
            assert session.get_one(Group, cast.group_id).name == "Before"
            assert broken_rules(session) == []

    invite_many(database, cast, now, seats=3)
    assert written(database)[0] == before[0] + 3


def fill_the_file(database: Database, cast: Cast, now: datetime) -> None:
    """Write, in one transaction, more than the pages at hand can take."""
    with database.writing() as session:
        people = [Invitee("dan@new.org", "Dan", "Novak")]
        inviting.invite(session, cast.group_id, people, cast.alice, now)
        for number in range(200):
            session.add(AuditEvent(kind="note", at=now, facts={"text": f"{number}" * 500}))


def test_a_process_whose_files_may_not_grow_refuses_and_recovers(
    database: Database, cast: Cast, database_url: str
) -> None:
    """The system itself says no here, in the middle of writing the log of the transaction."""
    program = Path(__file__).with_name("growing_process.py")
    database.engine.dispose()
    done = subprocess.run(
        [sys.executable, program, database_url, str(cast.group_id)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.splitlines() == ["refused", "reads", "writes again"], done.stderr
    with database.reading() as session:
        assert broken_rules(session) == []
        kinds = session.exec(select(AuditEvent.kind).where(AuditEvent.kind.like("note%"))).all()  # type: ignore[attr-defined]
    assert kinds == ["note after"]

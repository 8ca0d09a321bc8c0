"""An import killed with SIGKILL in the middle and started again: every row exactly once."""

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlmodel import func, select

from grouplic.domain.groups import Enrollment
from grouplic.domain.joins import Invitation
from grouplic.domain.orders import OrderKind, Source
from grouplic.domain.people import User
from grouplic.domain.records import AuditEvent, Mail
from grouplic.domain.uploads import Overflow, RowState, Upload, UploadRow, UploadState
from grouplic.services import drafts, orders, receiving
from grouplic.services.sheets import Reading
from grouplic.services.shop import Wish
from tests.cast import invite_the_cast, seat_states
from tests.concurrency.import_process import outside_of

OPEN_SEATS = 7


def start(url: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "tests.concurrency.import_process", url])


def kill(worker: subprocess.Popen[bytes]) -> None:
    worker.send_signal(signal.SIGKILL)
    assert worker.wait(timeout=30) == -signal.SIGKILL


def settled(outside, upload_id: UUID) -> int:  # type: ignore[no-untyped-def]
    with outside.database.reading() as session:
        return session.exec(
            select(func.count())
            .select_from(UploadRow)
            .where(UploadRow.upload_id == upload_id, UploadRow.state != RowState.PENDING)
        ).one()


def wait_until_more_than(outside, upload_id: UUID, rows: int, worker) -> None:  # type: ignore[no-untyped-def]
    """Look until so many rows are done; the test's own limit ends a wait in vain."""
    while settled(outside, upload_id) <= rows:
        assert worker.poll() is None
        time.sleep(0.02)  # between looks


def wait_until_done(outside, upload_id: UUID, worker) -> None:  # type: ignore[no-untyped-def]
    while True:
        with outside.database.reading() as session:
            if session.get_one(Upload, upload_id).state == UploadState.DONE:
                return
        assert worker.poll() is None
        time.sleep(0.05)  # between looks; the test's own limit ends a wait in vain


def import_with_kills(url: str, people: int, kills: int, within: float = 0) -> None:
    """Kill the worker all along the import, so many seconds at most into a chunk, and go on."""
    draw = random.Random(7262)
    outside, now = outside_of(url), datetime.now(UTC)
    cast = invite_the_cast(outside.database, now, seats=people)
    with outside.database.writing() as session:
        more = Wish(OrderKind.ADD_SEATS, group_id=str(cast.group_id), seats=OPEN_SEATS)
        orders.grant(session, more, cast.alice, Source.DEMO, now)
    passwords = ["", "copper lantern meadow"]  # one is minted, the next is judged and hashed
    lines = [f"p{n}@x.org,{passwords[n % 2]},P{n},Person" for n in range(people)]
    data = "\n".join(["user_email,user_pass,first_name,last_name", *lines]).encode()
    group, alice = str(cast.group_id), cast.alice
    upload_id = receiving.receive(outside, group, data, "staff.csv", Reading(), alice)
    with outside.database.writing() as session:
        drafts.confirm(session, upload_id, Overflow.STOP, False, alice, now)

    for place in range(1, kills + 1):
        worker = start(url)
        wait_until_more_than(outside, upload_id, people * place // (kills + 2), worker)
        time.sleep(draw.uniform(0, within))  # anywhere in a chunk, not just after the last
        kill(worker)
        done = settled(outside, upload_id)
        assert done < people  # or it was not in the middle
        print(f"Killed after {done} of {people} rows", flush=True)
    worker = start(url)
    wait_until_done(outside, upload_id, worker)
    kill(worker)
    check_every_row_once(outside, cast.group_id, upload_id, people)
    outside.database.engine.dispose()


def check_every_row_once(outside, group_id: UUID, upload_id: UUID, people: int) -> None:  # type: ignore[no-untyped-def]
    everybody = Counter(f"p{n}@x.org" for n in range(people))
    with outside.database.reading() as session:
        rows = session.exec(select(UploadRow).where(UploadRow.upload_id == upload_id)).all()
        assert Counter(row.state for row in rows) == {RowState.ADDED: people}
        assert all(row.password_secret is None for row in rows)
        live = session.exec(
            select(User.email_key)
            .join(Enrollment, Enrollment.user_id == User.id)
            .where(Enrollment.ended_at.is_(None))
        ).all()
        assert Counter(live) == everybody
        assert Counter(session.exec(select(Mail.address))) == everybody
        assert Counter(session.exec(select(Invitation.address))) == everybody
        enrolled = select(AuditEvent).where(AuditEvent.kind == "enrolled")
        assert len(session.exec(enrolled).all()) == people
        states = Counter(seat_states(session, group_id))
    assert states == {"taken": people, "open": OPEN_SEATS}


def test_500_rows_and_a_kill_in_the_middle(database_url: str) -> None:
    import_with_kills(database_url, people=500, kills=1)


@pytest.mark.prove
@pytest.mark.timeout(1800)
def test_10_000_rows_and_five_kills_in_the_middle(database_url: str) -> None:
    import_with_kills(database_url, people=10_000, kills=5, within=1)

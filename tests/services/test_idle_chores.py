"""What goes on in the background, round after round: with nothing to do, it only reads."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import Connection, event
from sqlmodel import select

from grouplic.adapters.database import Database
from grouplic.adapters.mail.worker import Outbox, send_one
from grouplic.adapters.secrets import DerivedTokens
from grouplic.chores import CHORES
from grouplic.domain.groups import Group, Way
from grouplic.domain.records import Mail
from grouplic.domain.uploads import UploadRow
from grouplic.services import background, checkout, joining, waiting
from grouplic.services.sandbox import open_sandbox
from grouplic.services.waiting import ToWait
from tests.cast import Cast, key_of_open_seat
from tests.services.payments import Provider
from tests.services.test_buying import add_seats
from tests.services.upload_site import SECRET, Site, pools, site_of


@dataclass
class Workshop:
    """Everything that is done in the background, one round of it at a time."""

    site: Site
    provider: Provider
    sent: list[object] = field(default_factory=list)

    def round(self) -> None:
        """Do every chore, a step of every worker, and the next mail."""
        for chore in CHORES:
            chore.work(self.site.outside)  # type: ignore[arg-type]
        with pools() as work:
            background.work_once(self.site.outside, work)  # type: ignore[arg-type]
        background.tidy_up(self.site.outside)  # type: ignore[arg-type]
        while send_one(self._outbox()):
            pass

    def move(self, now: datetime) -> None:
        """Let it be later."""
        self.site.outside.clock = lambda: now

    def _outbox(self) -> Outbox:
        outside = self.site.outside
        return Outbox(
            outside.database,
            self.sent.append,
            "Grouplic <no-reply@grouplic.org>",
            DerivedTokens("a secret"),
            "http://localhost",
            outside.clock,
        )


@pytest.fixture
def workshop(database: Database, cast: Cast, now: datetime) -> Workshop:
    site, provider = site_of(database, cast, now), Provider()
    site.outside = SimpleNamespace(**vars(site.outside), payments=provider)
    return Workshop(site, provider)


@contextmanager
def writing(database: Database) -> Iterator[list[str]]:
    """Collect the transactions that may write."""
    begun: list[str] = []

    def note(connection: Connection) -> None:
        if not connection.get_execution_options().get("reading", False):
            begun.append("a transaction that may write")

    event.listen(database.engine, "begin", note)
    try:
        yield begun
    finally:
        event.remove(database.engine, "begin", note)


def test_rounds_with_nothing_to_do_write_nothing(database: Database, workshop: Workshop) -> None:
    workshop.round()
    with writing(database) as begun:
        for _ in range(3):
            workshop.round()
    assert begun == []


def test_what_only_waits_is_only_looked_at(
    database: Database, cast: Cast, workshop: Workshop, now: datetime
) -> None:
    # A draft whose password is forgotten tomorrow, an open checkout, seats that fill up slowly, a
    # sandbox, and somebody who waits for a license to be renewed.
    site = workshop.site
    site.upload(f"new@x.org,{SECRET},Ann,Lee")
    checkout.start_checkout(database, workshop.provider, add_seats(cast, 2), cast.alice, now)
    with database.writing() as session:
        joining.redeem(session, key_of_open_seat(session, cast.group_id), cast.bob, now)
        open_sandbox(session, cast.alice, now)
    with database.writing() as session:
        session.get_one(Group, cast.group_id).ends_at = now
        people = [ToWait("dan@new.org", "Dan", "Novak")]
        waiting.put_on_waiting_list(
            session, cast.group_id, people, Way.INVITE, cast.alice.user_id, now
        )
    workshop.round()
    with writing(database) as begun:
        for minutes in range(3):
            workshop.move(now + timedelta(minutes=minutes))
            workshop.round()
    assert begun == []


def test_what_is_due_is_done_and_then_there_is_peace(
    database: Database, cast: Cast, workshop: Workshop, now: datetime
) -> None:
    site = workshop.site
    site.upload(f"new@x.org,{SECRET},Ann,Lee")
    opened = checkout.start_checkout(
        database, workshop.provider, add_seats(cast, 2), cast.alice, now
    )
    workshop.provider.pay(opened.id)
    workshop.move(now + timedelta(days=1))
    with writing(database) as begun:
        workshop.round()
    assert begun != []
    with database.reading() as session:
        assert session.exec(select(UploadRow.password_secret)).all() == [None]
        assert session.exec(select(Mail.template)).all() == ["order_ready"]
    assert len(workshop.sent) == 1
    with writing(database) as begun:
        workshop.round()
    assert begun == []

"""The clock is put forward and back by hours and days: nothing is lost, doubled or stuck."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from grouplic.adapters.database import Database
from grouplic.adapters.mail.worker import Outbox, send_one
from grouplic.adapters.secrets import DerivedTokens
from grouplic.domain.groups import Enrollment
from grouplic.domain.orders import OrderKind, Source
from grouplic.domain.people import User
from grouplic.domain.records import Mail
from grouplic.domain.uploads import Upload, UploadState
from grouplic.services import checkout, inviting, leases, orders, outbox, sessions
from grouplic.services.actors import actor_of
from grouplic.services.inviting import Invitee
from grouplic.services.links import token_hash
from grouplic.services.shop import Wish
from tests.cast import Cast, user_named
from tests.model.rules import broken_rules
from tests.services.payments import Provider
from tests.services.upload_site import site_of

TOKENS = DerivedTokens("a secret")
STEPS = [timedelta(hours=3), timedelta(days=2), timedelta(minutes=7), timedelta(seconds=40)]


@dataclass
class Clock:
    """A clock that somebody keeps setting."""

    now: datetime

    def __call__(self) -> datetime:
        """Return what it shows."""
        return self.now


def box(database: Database, clock: Clock, send: Callable[..., None]) -> Outbox:
    return Outbox(database, send, "Grouplic <hello@g.example>", TOKENS, "https://l.ex", clock)


@pytest.mark.parametrize("seed", range(3))
def test_work_under_a_clock_that_jumps_is_done_once(
    database: Database, cast: Cast, now: datetime, seed: int
) -> None:
    draw, clock, provider = random.Random(seed), Clock(now), Provider()
    sent: list[str] = []
    outbox_ = box(database, clock, lambda letter: sent.append(str(letter["To"])))
    site = site_of(database, cast, now)
    site.outside.clock = clock
    with database.writing() as session:
        grow = Wish(OrderKind.ADD_SEATS, group_id=str(cast.group_id), seats=40)
        orders.grant(session, grow, cast.alice, Source.DEMO, now)

    def jump() -> None:
        clock.now += draw.choice([-1, 1]) * draw.choice(STEPS)

    paid = 0
    for turn in range(6):
        jump()
        with database.writing() as session:
            people = [Invitee(f"dan{turn}@new.org", "Dan", "Novak")]
            inviting.invite(session, cast.group_id, people, cast.alice, clock())
        jump()
        site.confirm(site.upload(*(f"eve{turn}-{n}@new.org,,Eve,Novak" for n in range(3))))
        jump()
        wish = Wish(OrderKind.ADD_SEATS, group_id=str(cast.group_id), seats=1)
        opened = checkout.start_checkout(database, provider, wish, cast.alice, clock())
        provider.pay(opened.id)
        paid += 1
        for work in (site.work, lambda: send_one(outbox_)):
            jump()
            work()
        checkout.reconcile(database, provider, clock())

    # Time goes on from where the clock was last put; what it had promised for later is due then.
    clock.now = now + timedelta(days=30)
    site.work()
    checkout.reconcile(database, provider, clock())
    while send_one(outbox_):
        pass

    invited = [f"dan{turn}@new.org" for turn in range(6)]
    imported = [f"eve{turn}-{n}@new.org" for turn in range(6) for n in range(3)]
    with database.reading() as session:
        assert broken_rules(session) == []
        assert set(session.exec(select(Mail.state))) == {"sent"}
        learners = session.exec(
            select(User.email_key).join(Enrollment, Enrollment.user_id == User.id)
        ).all()
    assert Counter(learners) == Counter(invited + imported)
    assert Counter(one for one in sent if one.endswith("@new.org")) == Counter(invited + imported)
    assert sum(one.startswith("alice@") for one in sent) == paid


def test_a_lease_on_an_import_taken_before_the_clock_went_back_holds_nobody_up(
    database: Database, cast: Cast, now: datetime
) -> None:
    site, clock = site_of(database, cast, now), Clock(now + timedelta(days=2))
    site.outside.clock = clock
    site.confirm(site.upload("dan@new.org,,Dan,Novak"))
    lost = leases.take_lease(site.outside, UploadState.IMPORTING)
    assert lost

    clock.now = now
    site.work()  # another worker, at once
    with database.writing() as session:
        assert session.get_one(Upload, lost.upload_id).state == UploadState.DONE
        assert leases.hold(session, lost) is None  # and the first one has lost it


def test_a_mail_whose_sender_died_before_the_clock_went_back_leaves_once_when_the_lease_is_over(
    database: Database, cast: Cast, now: datetime
) -> None:
    clock, sent = Clock(now), list[str]()
    with database.writing() as session:
        dan = [Invitee("dan@new.org", "Dan", "Novak")]
        inviting.invite(session, cast.group_id, dan, cast.alice, now)
    with database.writing() as session:
        assert outbox.claim(session, clock(), TOKENS)
    clock.now -= timedelta(hours=3)
    outbox_ = box(database, clock, lambda letter: sent.append(str(letter["To"])))
    # Whoever has it may be sending it right now: it is not sent twice for the clock's sake.
    assert not send_one(outbox_)

    clock.now = now + outbox.LEASE
    assert send_one(outbox_)
    assert not send_one(outbox_)
    assert sent == ["dan@new.org"]


def test_a_session_ends_by_the_clock_and_is_there_again_when_the_clock_is(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        bob = user_named(session, "bob")
        cookie = sessions.open_session(session, bob, "a test", timedelta(days=14), now)
    for moved, signed_in in [(1, True), (20, False), (-3, True), (0, True)]:
        with database.reading() as session:
            found = actor_of(session, token_hash(cookie), now + timedelta(days=moved))
        assert bool(found) == signed_in

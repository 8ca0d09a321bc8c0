"""The term of a license, its renewal and reminders; and seats that run low."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from grouplic.adapters.database import Database
from grouplic.domain.groups import Group, Way
from grouplic.domain.orders import OrderKind, OrderStatus, Source
from grouplic.domain.quotes import Tier
from grouplic.domain.records import Mail
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.domain.terms import Term, add_months
from grouplic.services import joining, learning, low_seats, orders, renewals, shop
from grouplic.services.catalog import load
from grouplic.services.groups import lock_group
from grouplic.services.shop import Wish
from grouplic.services.tasks import take_turn
from tests.cast import Cast, a_module, actor

YEAR = Term(months=12)


@pytest.fixture
def yearly(database: Database, cast: Cast, now: datetime) -> UUID:
    """Alice's second group: three seats of a module that lasts a year, prorated."""
    with database.writing() as session:
        text = replace(a_module("yearly", 4), term=YEAR, prorated=True, amount=1200)
        late = replace(a_module("late", 5), term=YEAR, prorated=True, amount=600)
        load(session, [text, late], now)
    with database.writing() as session:
        wish = Wish(OrderKind.NEW_GROUP, "Yearly", "", ("yearly",), 3)
        return orders.grant(session, wish, cast.alice, Source.DEMO, now).id


def price(
    database: Database, cast: Cast, now: datetime, kind: OrderKind, group_id: UUID, **more: object
) -> shop.Answer:
    with database.reading() as session:
        wish = Wish(kind, group_id=str(group_id), **more)  # type: ignore[arg-type]
        return shop.answer(session, wish, cast.alice, now)


def sent(database: Database, template: str) -> list[str]:
    with database.reading() as session:
        mails = session.exec(select(Mail).where(Mail.template == template)).all()
        return [mail.address for mail in mails]


def join(database: Database, group_id: UUID, cast: Cast, now: datetime, people: int) -> None:
    with database.writing() as session:
        for number in range(people):
            learner = actor(session, f"learner{number}-{now:%H%M%S}", now)
            group = lock_group(session, group_id)
            joining.take_open_seat(
                session, group, learner.user_id, Way.DEMO, cast.alice.user_id, now
            )


def test_a_group_ends_with_its_term_and_what_is_added_costs_the_months_left(
    database: Database, cast: Cast, yearly: UUID, now: datetime
) -> None:
    with database.reading() as session:
        assert session.get_one(Group, yearly).ends_at == add_months(now, 12)

    later = add_months(now, 9)
    seats = price(database, cast, later, OrderKind.ADD_SEATS, yearly, seats=2)
    assert seats.quote.total == 2 * 300
    modules = price(database, cast, later, OrderKind.ADD_MODULES, yearly, modules=("late",))
    assert modules.quote.total == 3 * 150


def test_an_unlimited_group_has_no_end_and_nothing_to_renew(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.reading() as session:
        assert session.get_one(Group, cast.group_id).ends_at is None
    with pytest.raises(Refusal, match="no end"):
        price(database, cast, now, OrderKind.RENEWAL, cast.group_id)


@pytest.mark.parametrize(("months", "expected"), [(11, 24), (14, 26)])
def test_a_renewal_extends_from_the_end_or_from_today_once_that_has_passed(
    database: Database, cast: Cast, yearly: UUID, now: datetime, months: int, expected: int
) -> None:
    then = add_months(now, months)
    renewal = price(database, cast, then, OrderKind.RENEWAL, yearly)
    assert renewal.quote.total == 3 * 1200
    with database.writing() as session:
        wish = Wish(OrderKind.RENEWAL, group_id=str(yearly))
        orders.grant(session, wish, cast.alice, Source.DEMO, then)
    with database.reading() as session:
        assert session.get_one(Group, yearly).ends_at == add_months(now, expected)


@pytest.mark.parametrize("outsider", ["bob", "charlie", "olive"])
def test_only_its_leader_renews(
    database: Database, cast: Cast, yearly: UUID, now: datetime, outsider: str
) -> None:
    wish = Wish(OrderKind.RENEWAL, group_id=str(yearly))
    with database.reading() as session, pytest.raises(NotFound):
        shop.answer(session, wish, getattr(cast, outsider), now)


def test_at_the_end_access_pauses_says_why_and_comes_back_with_the_renewal(
    database: Database, cast: Cast, yearly: UUID, now: datetime
) -> None:
    ended = add_months(now, 12) + timedelta(minutes=1)
    with database.writing() as session:
        group = lock_group(session, yearly)
        bob, alice = cast.bob.user_id, cast.alice.user_id
        joining.take_open_seat(session, group, bob, Way.DEMO, alice, now)
        learning.open_lesson(session, cast.bob, "yearly", "lesson-1", now)
    with database.writing() as session, pytest.raises(Refusal, match="paused"):
        learning.open_lesson(session, cast.bob, "yearly", "lesson-1", ended)
    with database.reading() as session:
        assert learning.my_modules(session, cast.bob, ended) == []
        assert renewals.paused_for(session, cast.bob, ended)[0][0] == "Yearly"
        assert renewals.paused_for(session, cast.charlie, ended) == []
    with pytest.raises(Refusal, match="Renew it first"):
        price(database, cast, ended, OrderKind.ADD_SEATS, yearly, seats=1)

    with database.writing() as session:
        wish = Wish(OrderKind.RENEWAL, group_id=str(yearly))
        orders.grant(session, wish, cast.alice, Source.DEMO, ended)
    with database.reading() as session:
        (card,) = learning.my_modules(session, cast.bob, ended)
        assert card.state


def test_reminders_come_thirty_and_seven_days_before_once_each(
    database: Database, cast: Cast, yearly: UUID, now: datetime
) -> None:
    ends = add_months(now, 12)
    expected = {31: 0, 30: 1, 20: 1, 7: 2, 3: 2, -1: 2}
    for days, mails in expected.items():
        for _ in range(2):
            renewals.remind_of_ends(database, ends - timedelta(days=days))
        assert len(sent(database, "term_ends")) == mails
    assert set(sent(database, "term_ends")) == {"alice@northlab.org"}


def test_whoever_was_not_reminded_of_thirty_days_hears_of_seven_alone(
    database: Database, cast: Cast, yearly: UUID, now: datetime
) -> None:
    renewals.remind_of_ends(database, add_months(now, 12) - timedelta(days=5))

    assert len(sent(database, "term_ends")) == 1


def at_once(act: Callable[[], object], times: int = 6) -> None:
    with ThreadPoolExecutor(times) as pool:
        for outcome in [pool.submit(act) for _ in range(times)]:
            outcome.result(timeout=60)


def test_several_workers_remind_and_tell_once(
    database: Database, cast: Cast, yearly: UUID, now: datetime
) -> None:
    then = add_months(now, 12) - timedelta(days=29)
    at_once(lambda: renewals.remind_of_ends(database, then))
    join(database, cast.group_id, cast, now, 3)
    at_once(lambda: low_seats.tell_of_low_seats(database, now))

    assert len(sent(database, "term_ends")) == 1
    assert len(sent(database, "low_seats")) == 1


def test_one_worker_has_the_turn_and_the_next_comes_when_it_is_due(
    database: Database, now: datetime
) -> None:
    turns: list[bool] = []

    def take(at: datetime) -> None:
        with database.writing() as session:
            turns.append(take_turn(session, "night", timedelta(hours=24), at))

    at_once(lambda: take(now))
    assert sorted(turns) == [False] * 5 + [True]
    take(now + timedelta(hours=23))
    take(now + timedelta(hours=24))
    assert turns[-2:] == [False, True]


def test_leaders_hear_at_eighty_and_at_a_hundred_percent_once_each_until_seats_are_added(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        wish = Wish(OrderKind.ADD_SEATS, group_id=str(cast.group_id), seats=7)
        orders.grant(session, wish, cast.alice, Source.DEMO, now)
    heard = []
    for step, people in enumerate((7, 1, 1, 1)):
        moment = now + timedelta(seconds=step + 1)
        join(database, cast.group_id, cast, moment, people)
        for _ in range(2):
            low_seats.tell_of_low_seats(database, moment)
        heard.append(len(sent(database, "low_seats")))
    assert heard == [0, 1, 1, 2]

    # Ten of twelve is what they know of already; all of twelve is news again.
    with database.writing() as session:
        wish = Wish(OrderKind.ADD_SEATS, group_id=str(cast.group_id), seats=2)
        orders.grant(session, wish, cast.alice, Source.DEMO, now)
    low_seats.tell_of_low_seats(database, now)
    assert len(sent(database, "low_seats")) == 2
    later = now + timedelta(minutes=1)
    join(database, cast.group_id, cast, later, 2)
    low_seats.tell_of_low_seats(database, later)
    assert len(sent(database, "low_seats")) == 3


def test_a_cumulative_price_counts_what_the_group_has_and_what_is_on_its_way(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        tiers = (Tier(5, 800), Tier(10, 700))
        by_order = replace(a_module("by-order", 6), tiers=tiers, amount=1000)
        by_all = replace(by_order, slug="by-all", tier_basis="cumulative", content_hash="all")
        load(session, [by_order, by_all], now)
    with database.writing() as session:
        wish = Wish(OrderKind.NEW_GROUP, "Tiers", "", ("by-order", "by-all"), 4)
        group = orders.grant(session, wish, cast.alice, Source.DEMO, now)

    first = price(database, cast, now, OrderKind.ADD_SEATS, group.id, seats=2)
    assert {line.module.slug: line.unit_amount for line in first.quote.lines} == {
        "by-order": 1000,
        "by-all": 800,
    }
    with database.writing() as session:
        wish = Wish(OrderKind.ADD_SEATS, "", str(group.id), (), 4)
        orders.place(session, wish, cast.alice, now).status = OrderStatus.PROCESSING
    second = price(database, cast, now, OrderKind.ADD_SEATS, group.id, seats=2)
    assert {line.module.slug: line.unit_amount for line in second.quote.lines} == {
        "by-order": 1000,
        "by-all": 700,
    }

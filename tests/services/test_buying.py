"""Buying: seats and modules appear once, from what was paid."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from grouplic.adapters.database import Database
from grouplic.domain.groups import Group, GroupLeader
from grouplic.domain.orders import Order, OrderKind, PaymentEvent
from grouplic.domain.records import Mail
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services import checkout, groups, orders, payment_events, shop
from grouplic.services.actors import Actor
from grouplic.services.ports import Checkout, PaidLine
from grouplic.services.shop import Wish
from tests.cast import Cast, seat_states
from tests.services.payments import Provider


@pytest.fixture
def provider() -> Provider:
    return Provider()


def new_group(seats: int = 4) -> Wish:
    return Wish(OrderKind.NEW_GROUP, "Spring class", "", ("writing", "privacy"), seats)


def add_seats(cast: Cast, seats: int) -> Wish:
    return Wish(OrderKind.ADD_SEATS, group_id=str(cast.group_id), seats=seats)


def add_modules(cast: Cast, *slugs: str) -> Wish:
    return Wish(OrderKind.ADD_MODULES, group_id=str(cast.group_id), modules=slugs)


def start(
    database: Database, provider: Provider, wish: Wish, actor: Actor, now: datetime
) -> Checkout:
    return checkout.start_checkout(database, provider, wish, actor, now)


def event(paid: Checkout, now: datetime, identifier: str = "evt_1") -> PaymentEvent:
    return PaymentEvent(
        id=identifier,
        type="checkout.session.completed",
        checkout_id=paid.id,
        created_at=now,
        received_at=now,
    )


def test_a_paid_order_makes_a_group_its_leader_its_modules_and_seats(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    opened = start(database, provider, new_group(), cast.charlie, now)
    provider.pay(opened.id)
    payment_events.receive_event(database, provider, event(opened, now), now)

    with database.reading() as session:
        (card,) = groups.groups_led_by(session, cast.charlie)
        assert (card.name, card.modules, card.counts.open) == ("Spring class", 2, 4)
        assert session.exec(select(Mail.template)).all() == ["order_ready"]


def test_nothing_exists_before_it_is_paid(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    opened = start(database, provider, new_group(), cast.charlie, now)
    payment_events.receive_event(database, provider, event(opened, now), now)

    with database.reading() as session:
        assert groups.groups_led_by(session, cast.charlie) == []


def test_fifty_copies_of_an_event_at_once_fulfill_once(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    opened = start(database, provider, add_seats(cast, 5), cast.alice, now)
    provider.pay(opened.id)

    def receive(copy: int) -> None:
        payment_events.receive_event(database, provider, event(opened, now, f"evt_{copy % 5}"), now)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(receive, range(50)))

    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["open"] * 8


def test_a_webhook_that_never_comes_is_made_up_for_by_the_reconciler(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    opened = start(database, provider, add_seats(cast, 5), cast.alice, now)
    provider.pay(opened.id)

    assert checkout.reconcile(database, provider, now) == 1
    assert checkout.reconcile(database, provider, now) == 0

    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["open"] * 8


def test_an_asynchronous_payment_waits_and_then_counts(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    opened = start(database, provider, add_seats(cast, 5), cast.alice, now)
    provider.pay_later(opened.id)
    payment_events.receive_event(database, provider, event(opened, now), now)
    with database.reading() as session:
        assert session.get_one(Order, _order_id(opened)).status == "processing"
        assert seat_states(session, cast.group_id) == ["open"] * 3

    provider.pay(opened.id)
    payment_events.receive_event(database, provider, event(opened, now, "evt_2"), now)
    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["open"] * 8


def test_a_failed_payment_makes_nothing(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    opened = start(database, provider, add_seats(cast, 5), cast.alice, now)
    provider.fail(opened.id)
    payment_events.receive_event(database, provider, event(opened, now), now)

    with database.reading() as session:
        assert session.get_one(Order, _order_id(opened)).status == "failed"
        assert seat_states(session, cast.group_id) == ["open"] * 3


def test_starting_another_checkout_ends_the_first(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    first = start(database, provider, add_seats(cast, 5), cast.alice, now)
    start(database, provider, add_seats(cast, 2), cast.alice, now)

    assert provider.checkouts[first.id].status == "expired"
    with database.reading() as session:
        assert session.get_one(Order, _order_id(first)).status == "expired"


def test_a_first_checkout_that_was_just_paid_is_honored_when_another_starts(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    first = start(database, provider, add_seats(cast, 5), cast.alice, now)
    provider.pay(first.id)
    second = start(database, provider, add_modules(cast, "privacy"), cast.alice, now)

    assert second.amount_total == 8 * 2000
    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["open"] * 8


def test_seats_being_paid_for_count_in_the_price_of_a_module(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    opened = start(database, provider, add_seats(cast, 5), cast.alice, now)
    provider.pay_later(opened.id)
    payment_events.receive_event(database, provider, event(opened, now), now)

    with database.reading() as session:
        answer = shop.answer(session, add_modules(cast, "privacy"), cast.alice, now)
    assert answer.quote.seats == 8


def test_seats_follow_from_what_was_paid_and_not_from_what_was_asked(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    opened = start(database, provider, add_seats(cast, 5), cast.alice, now)
    provider.pay(opened.id)
    provider.checkouts[opened.id] = replace(
        provider.checkouts[opened.id], lines=(PaidLine("writing", 2),)
    )
    checkout.reconcile(database, provider, now)

    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["open"] * 5


@pytest.mark.parametrize("outsider", ["bob", "charlie", "olive"])
def test_only_its_leader_buys_for_a_group(
    database: Database, cast: Cast, provider: Provider, now: datetime, outsider: str
) -> None:
    with pytest.raises(NotFound):
        start(database, provider, add_seats(cast, 5), getattr(cast, outsider), now)


def test_an_order_is_shown_to_its_buyer_and_to_nobody_else(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    opened = start(database, provider, new_group(), cast.charlie, now)
    with database.reading() as session:
        assert orders.order_of(session, opened.order_id, cast.charlie).seats == 4
        for stranger in (cast.alice, cast.bob):
            with pytest.raises(NotFound):
                orders.order_of(session, opened.order_id, stranger)


def test_a_module_the_group_has_cannot_be_bought_again(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    with pytest.raises(Refusal, match="already"):
        start(database, provider, add_modules(cast, "writing"), cast.alice, now)


def test_the_return_page_the_webhook_and_the_reconciler_at_once_fulfill_once(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    opened = start(database, provider, new_group(), cast.charlie, now)
    provider.pay(opened.id)
    ways = [
        lambda: checkout.resume_checkout(database, provider, opened.order_id, cast.charlie, now),
        lambda: payment_events.receive_event(database, provider, event(opened, now), now),
        lambda: checkout.reconcile(database, provider, now),
        lambda: payment_events.receive_event(database, provider, event(opened, now, "evt_2"), now),
    ]
    with ThreadPoolExecutor(len(ways)) as pool:
        for outcome in [pool.submit(way) for way in ways]:
            outcome.result(timeout=60)

    with database.reading() as session:
        led = select(Group).join(GroupLeader).where(GroupLeader.user_id == cast.charlie.user_id)
        assert len(session.exec(led).all()) == 1


def test_an_order_that_never_reached_the_provider_expires(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    with database.writing() as session:
        order = orders.place(session, add_seats(cast, 5), cast.alice, now)
    checkout.reconcile(database, provider, now + timedelta(days=1))

    with database.reading() as session:
        assert session.get_one(Order, order.id).status == "expired"


def _order_id(opened: Checkout) -> UUID:
    return UUID(opened.order_id)


def test_an_event_about_something_else_is_kept_and_changes_nothing(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    unknown = PaymentEvent(id="evt_9", type="price.created", created_at=now, received_at=now)
    assert payment_events.receive_event(database, provider, unknown, now)

    with database.reading() as session:
        assert session.get_one(PaymentEvent, "evt_9").handled_at == now
        assert seat_states(session, cast.group_id) == ["open"] * 3


def test_an_old_event_after_a_newer_one_takes_nothing_back(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    opened = start(database, provider, add_seats(cast, 5), cast.alice, now)
    provider.pay(opened.id)
    payment_events.receive_event(database, provider, event(opened, now, "evt_newer"), now)
    provider.pay_later(opened.id)
    payment_events.receive_event(database, provider, event(opened, now, "evt_older"), now)

    with database.reading() as session:
        assert session.get_one(Order, _order_id(opened)).status == "fulfilled"
        assert seat_states(session, cast.group_id) == ["open"] * 8


def test_an_expired_session_leaves_an_expired_order_and_nothing_else(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    opened = start(database, provider, add_seats(cast, 5), cast.alice, now)
    provider.expire(opened.id)
    payment_events.receive_event(database, provider, event(opened, now), now)

    with database.reading() as session:
        assert session.get_one(Order, _order_id(opened)).status == "expired"
        assert seat_states(session, cast.group_id) == ["open"] * 3

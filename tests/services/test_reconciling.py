"""The nightly comparison: what was missed is made up for, what differs is written down once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlmodel import delete, select

from grouplic.adapters.database import Database
from grouplic.domain.after_sale import Difference
from grouplic.domain.groups import EnrollmentKey, Seat
from grouplic.domain.orders import Order, OrderKind, PaymentEvent
from grouplic.services import checkout, differences
from grouplic.services.ports import Payment
from grouplic.services.reconciling import Reconciler
from grouplic.services.shop import Wish
from tests.cast import Cast, seat_states
from tests.services.payments import Provider


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def paid(database: Database, cast: Cast, provider: Provider, now: datetime) -> Order:
    """Alice's order of five more seats, paid and fulfilled."""
    order_id = start(database, cast, provider, now)
    checkout.reconcile(database, provider, now)
    with database.reading() as session:
        return session.get_one(Order, order_id)


def start(database: Database, cast: Cast, provider: Provider, now: datetime) -> UUID:
    wish = Wish(OrderKind.ADD_SEATS, group_id=str(cast.group_id), seats=5)
    opened = checkout.start_checkout(database, provider, wish, cast.alice, now)
    provider.pay(opened.id)
    return UUID(opened.order_id)


def a_night(database: Database, provider: Provider, now: datetime) -> Reconciler:
    night = Reconciler(database, provider, now)
    night.run()
    return night


def kinds(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.exec(select(Difference.kind)))


def test_where_all_agrees_nothing_is_written(
    database: Database, provider: Provider, paid: Order, now: datetime
) -> None:
    night = a_night(database, provider, now)

    assert (night.found, night.failed, kinds(database)) == (0, 0, [])


def test_events_that_never_came_are_replayed(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    order_id = start(database, cast, provider, now)
    event = PaymentEvent(
        id="evt_missed",
        type="checkout.session.completed",
        checkout_id=f"cs_{order_id}",
        created_at=now,
        received_at=now,
    )
    provider.missed.append(event)
    provider.payments.clear()
    a_night(database, provider, now)

    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["open"] * 8
        assert session.get_one(PaymentEvent, "evt_missed").handled_at == now


def test_a_paid_session_without_an_event_is_settled(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    start(database, cast, provider, now)
    night = a_night(database, provider, now)

    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["open"] * 8
    assert night.found == 0


def test_a_refund_nobody_told_us_of_is_found(
    database: Database, cast: Cast, provider: Provider, paid: Order, now: datetime
) -> None:
    provider.give_back(str(paid.payment_id), 5000)
    a_night(database, provider, now)

    with database.reading() as session:
        assert seat_states(session, cast.group_id).count("withdrawn") == 5


def test_another_amount_is_written_down_once_and_not_again_when_it_is_settled(
    database: Database, cast: Cast, provider: Provider, paid: Order, now: datetime
) -> None:
    payment = str(paid.payment_id)
    provider.payments[payment] = replace(provider.payments[payment], amount=4999)
    found = [a_night(database, provider, now + timedelta(days=day)).found for day in range(2)]
    assert (found, kinds(database)) == ([1, 0], ["amount"])

    with database.writing() as session:
        waiting = session.exec(select(Difference)).one()
        differences.settle_difference(session, waiting.id, cast.olive, "A fee", now)
    assert a_night(database, provider, now + timedelta(days=2)).found == 0


def test_a_payment_for_no_order_and_a_second_payment_are_written_down(
    database: Database, provider: Provider, paid: Order, now: datetime
) -> None:
    provider.payments["pi_stray"] = Payment("pi_stray", str(uuid4()), True, 100, 0)
    provider.payments["pi_again"] = Payment("pi_again", str(paid.id), True, 5000, 0)
    a_night(database, provider, now)

    assert sorted(kinds(database)) == ["paid_twice", "unknown_payment"]


def test_of_two_payments_the_one_that_the_order_does_not_know_is_the_second(
    database: Database, provider: Provider, paid: Order, now: datetime
) -> None:
    again = {"pi_again": Payment("pi_again", str(paid.id), True, 5000, 0)}
    provider.payments = again | provider.payments
    a_night(database, provider, now)

    with database.reading() as session:
        facts = session.exec(select(Difference)).one().facts
    assert facts == {"first": paid.payment_id, "second": "pi_again"}


def test_a_refund_of_a_payment_older_than_the_comparison_is_found(
    database: Database, cast: Cast, provider: Provider, paid: Order, now: datetime
) -> None:
    forgetful = Forgetful(provider.checkouts, provider.invoices, provider.payments)
    forgetful.give_back(str(paid.payment_id), 5000)
    a_night(database, forgetful, now)

    with database.reading() as session:
        assert seat_states(session, cast.group_id).count("withdrawn") == 5


def test_seats_that_are_not_as_many_as_were_paid_are_written_down(
    database: Database, provider: Provider, paid: Order, now: datetime
) -> None:
    with database.writing() as session:
        seat = session.exec(select(Seat).where(Seat.order_id == paid.id)).first()
        assert seat is not None
        session.exec(delete(EnrollmentKey).where(EnrollmentKey.seat_id == seat.id))
        session.delete(seat)
    a_night(database, provider, now)

    assert kinds(database) == ["seats"]


class Forgetful(Provider):
    """A provider that lists no payment of the time that is asked for, only a refund."""

    def payments_since(self, since: datetime) -> Iterator[Payment]:
        return iter(())


class Unreachable(Provider):
    """A provider whose sessions cannot be listed tonight."""

    def checkouts_since(self, since: datetime) -> None:  # type: ignore[override]
        raise ConnectionError("No answer.")


def test_what_cannot_be_asked_does_not_stop_the_rest(
    database: Database, provider: Provider, paid: Order, now: datetime
) -> None:
    unreachable = Unreachable(provider.checkouts, provider.invoices, provider.payments)
    unreachable.give_back(str(paid.payment_id), 700)
    night = a_night(database, unreachable, now)

    assert night.failed == 1
    assert kinds(database) == ["partial_refund"]

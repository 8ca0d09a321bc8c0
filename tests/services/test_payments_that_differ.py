"""Payments that are not as we knew them: said twice, about nothing of ours, or taken back."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from grouplic.adapters.database import Database
from grouplic.domain.after_sale import Difference
from grouplic.domain.orders import Order, OrderKind, PaymentEvent
from grouplic.domain.refusals import Refusal
from grouplic.services import checkout, invoicing, joining, orders, payment_events, refunds
from grouplic.services.orders import AnotherCheckoutOpen
from grouplic.services.ports import Payment
from grouplic.services.reconciling import Reconciler
from grouplic.services.shop import Wish
from tests.cast import Cast, key_of_open_seat, seat_states
from tests.services.payments import Provider


@pytest.fixture
def provider() -> Provider:
    return Provider()


def more_seats(cast: Cast, seats: int = 5) -> Wish:
    return Wish(OrderKind.ADD_SEATS, group_id=str(cast.group_id), seats=seats)


def buy(database: Database, cast: Cast, provider: Provider, now: datetime, wish: Wish) -> UUID:
    opened = checkout.start_checkout(database, provider, wish, cast.alice, now)
    provider.pay(opened.id)
    checkout.reconcile(database, provider, now)
    return UUID(opened.order_id)


def order_of(database: Database, order_id: UUID) -> Order:
    with database.reading() as session:
        return session.get_one(Order, order_id)


def differences(database: Database) -> list[str]:
    with database.reading() as session:
        return sorted(session.exec(select(Difference.kind)))


def a_night(database: Database, provider: Provider, now: datetime) -> list[str]:
    """Compare, and return what has been written down by then."""
    night = Reconciler(database, provider, now)
    night.run()
    assert night.failed == 0
    return differences(database)


def test_a_page_that_is_opened_again_after_the_order_is_settled_asks_nobody(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    order_id = buy(database, cast, provider, now, more_seats(cast))
    asked = provider.asked
    view = checkout.resume_checkout(database, provider, order_id, cast.alice, now)
    assert (view.status, provider.asked) == ("fulfilled", asked)


def test_a_page_that_is_opened_again_before_an_invoice_is_paid_asks_for_the_invoice(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    order_id = checkout.order_on_invoice(
        database, provider, more_seats(cast), "", 30, cast.alice, now
    )
    waiting = checkout.resume_checkout(database, provider, order_id, cast.alice, now)
    provider.pay_invoice(f"in_{order_id}")
    paid = checkout.resume_checkout(database, provider, order_id, cast.alice, now)
    assert (waiting.status, paid.status) == ("processing", "fulfilled")


def test_an_order_that_reached_no_provider_makes_way_for_the_next_and_waits_its_time_else(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    with database.writing() as session:
        first = orders.place(session, more_seats(cast), cast.alice, now).id
    checkout.reconcile(database, provider, now + timedelta(hours=1))
    assert order_of(database, first).status == "pending"
    checkout.start_checkout(database, provider, more_seats(cast, 1), cast.alice, now)
    assert order_of(database, first).status == "expired"


def test_a_checkout_that_cannot_be_ended_is_named_instead_of_a_second_one(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    first = checkout.start_checkout(database, provider, more_seats(cast), cast.alice, now)

    class Stubborn(Provider):
        def expire(self, checkout_id: str):  # type: ignore[no-untyped-def]
            return provider.checkouts[checkout_id]

    with pytest.raises(AnotherCheckoutOpen) as refused:
        checkout.start_checkout(database, Stubborn(), more_seats(cast, 1), cast.alice, now)
    assert str(refused.value.order_id) == first.order_id


@pytest.mark.parametrize("about", ["", "11111111-1111-1111-1111-111111111111"])
def test_news_of_a_checkout_an_invoice_and_a_payment_of_somebody_else_change_nothing(
    database: Database, cast: Cast, provider: Provider, now: datetime, about: str
) -> None:
    opened = checkout.start_checkout(database, provider, more_seats(cast), cast.alice, now)
    invoice = checkout.order_on_invoice(
        database,
        provider,
        Wish(OrderKind.NEW_GROUP, "A", "", ("writing",), 1),
        "",
        30,
        cast.bob,
        now,
    )
    provider.pay(opened.id)
    provider.pay_invoice(f"in_{invoice}")
    provider.checkouts[opened.id] = replace(provider.checkouts[opened.id], order_id=about)
    named = f"in_{invoice}"
    provider.invoices[named] = replace(provider.invoices[named], order_id=about)
    provider.payments["pi_stray"] = Payment("pi_stray", about, True, 100, 0)

    assert not payment_events.settle_checkout(database, provider, opened.id, now)
    assert not payment_events.settle_invoice_of(database, provider, named, now)
    event = PaymentEvent(
        id="evt_stray",
        type="charge.refunded",
        payment_id="pi_stray",
        created_at=now,
        received_at=now,
    )
    payment_events.receive_event(database, provider, event, now)
    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["open"] * 3
        assert session.get_one(PaymentEvent, "evt_stray").handled_at == now
    assert order_of(database, invoice).status == "processing"


def test_a_night_settles_an_invoice_and_leaves_what_is_not_paid(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    order_id = checkout.order_on_invoice(
        database, provider, more_seats(cast), "", 30, cast.alice, now
    )
    opened = checkout.start_checkout(
        database, provider, Wish(OrderKind.NEW_GROUP, "A", "", ("writing",), 1), cast.bob, now
    )
    assert a_night(database, provider, now) == []
    assert order_of(database, order_id).status == "processing"

    provider.pay_invoice(f"in_{order_id}")
    provider.pay_later(opened.id)
    assert a_night(database, provider, now) == []
    assert order_of(database, order_id).status == "fulfilled"
    assert order_of(database, UUID(opened.order_id)).status == "pending"


def test_a_night_writes_down_a_checkout_of_no_order_and_one_of_another_amount(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    order_id = buy(database, cast, provider, now, more_seats(cast))
    (known,) = list(provider.checkouts)
    settled = provider.checkouts[known]
    provider.checkouts[known] = replace(settled, amount_total=settled.amount_total + 1)
    provider.checkouts["cs_stray"] = replace(settled, id="cs_stray", order_id="nonsense")
    assert a_night(database, provider, now) == ["amount", "unknown_payment"]
    assert order_of(database, order_id).amount_total == settled.amount_total


def test_a_payment_whose_event_is_on_its_way_is_left_for_the_next_night(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    opened = checkout.start_checkout(database, provider, more_seats(cast), cast.alice, now)
    provider.pay(opened.id)
    provider.checkouts[opened.id] = replace(provider.checkouts[opened.id], status="open")
    assert a_night(database, provider, now) == []
    assert order_of(database, UUID(opened.order_id)).status == "pending"


def test_a_night_writes_down_a_refund_that_the_provider_does_not_list(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    order_id = buy(database, cast, provider, now, more_seats(cast))
    payment = str(order_of(database, order_id).payment_id)
    provider.payments[payment] = replace(provider.payments[payment], amount_refunded=700)
    assert a_night(database, provider, now) == ["refunded_amount"]


def test_money_is_given_back_with_a_reason_and_never_asked_for_twice(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    order_id = buy(database, cast, provider, now, more_seats(cast))
    with pytest.raises(Refusal, match="Say why the money"):
        refunds.refund(database, provider, order_id, cast.olive, "  ", now, seats=1)

    provider.drops_refund_answers = 1
    with pytest.raises(ConnectionError):
        refunds.refund(database, provider, order_id, cast.olive, "Asked to", now, seats=1)
    for _ in range(2):
        refunds.retry_refunds(database, provider, now)
    assert provider.refund_requests == 1
    assert order_of(database, order_id).refunded_amount == 1000


def test_seats_that_cannot_be_taken_back_are_written_down(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    order_id = buy(database, cast, provider, now, more_seats(cast, 1))
    payment = str(order_of(database, order_id).payment_id)
    provider.give_back(payment, 500, seats=9)
    assert a_night(database, provider, now) == ["seats_still_owed"]


def test_an_invoice_that_is_approved_needs_a_reason_and_is_paid_once(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    order_id = checkout.order_on_invoice(
        database, provider, more_seats(cast), "", 30, cast.alice, now
    )
    with database.writing() as session:
        with pytest.raises(Refusal, match="Say why it is approved"):
            invoicing.approve_invoice(session, order_id, cast.olive, " ", now)
        invoicing.approve_invoice(session, order_id, cast.olive, "Known", now)
    assert a_night(database, provider, now) == []
    provider.pay_invoice(f"in_{order_id}")
    later = now + timedelta(days=1)
    for moment in (later, later + timedelta(days=1)):
        payment_events.settle_invoice_of(database, provider, f"in_{order_id}", moment)
    assert order_of(database, order_id).paid_at == later
    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["open"] * 8


def test_a_module_refunded_in_part_waits_for_an_operator(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    wish = Wish(OrderKind.ADD_MODULES, group_id=str(cast.group_id), modules=("privacy",))
    order_id = buy(database, cast, provider, now, wish)
    with database.writing() as session:
        joining.redeem(session, key_of_open_seat(session, cast.group_id), cast.bob, now)
    provider.give_back(str(order_of(database, order_id).payment_id), 1)
    assert a_night(database, provider, now) == ["partial_refund"]

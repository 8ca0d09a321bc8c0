"""An invoice whose sending was answered by silence: there is one to pay, whatever comes next."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from grouplic.adapters.database import Database
from grouplic.adapters.stripe_payments import StripePayments
from grouplic.domain.orders import Order, OrderKind
from grouplic.services import charging, checkout
from grouplic.services.ports import ProviderSilent
from grouplic.services.shop import Wish
from grouplic.services.unanswered_invoices import SentBefore
from tests.cast import Cast, seat_states
from tests.faults.test_stripe import direct, more_seats, one_way, through
from tests.local_stripe.conftest import Shop
from tests.local_stripe.conftest import shop as shop
from tests.local_stripe.test_bad_days import in_front_of

__all__ = ["direct", "one_way"]

# What an invoice takes, each of which may be the one that nobody answers.
STEPS = ("written", "given its lines", "finalized", "sent")


@pytest.fixture(autouse=True)
def known_buyers(database: Database, cast: Cast, direct: StripePayments) -> None:
    """Stripe knows the buyers already: the first request of the stories is the invoice's."""
    for buyer in (cast.alice, cast.charlie):
        charging.customer_of(database, direct, buyer)


@pytest.fixture
def silence(
    database: Database, cast: Cast, shop: Shop, request: pytest.FixtureRequest, now: datetime
) -> None:
    """Alice has asked for an invoice, and was told that nobody answers."""
    send_in_silence(database, cast, shop, request.param, now, more_seats(cast))


def send_in_silence(
    database: Database, cast: Cast, shop: Shop, step: str, now: datetime, wish: Wish
) -> None:
    buyer = cast.charlie if wish.kind == OrderKind.NEW_GROUP else cast.alice
    troubles = [""] * STEPS.index(step) + ["cut"]
    with in_front_of(shop, *troubles) as line, pytest.raises(ProviderSilent, match="paid twice"):
        checkout.order_on_invoice(database, through(line), wish, "PO 7", 30, buyer, now)


def at_stripe(shop: Shop) -> list[str]:
    return sorted(str(each.status) for each in shop.client.v1.invoices.list().data)


def pay_what_can_be_paid(shop: Shop) -> None:
    for each in shop.client.v1.invoices.list().data:
        if each.status == "open":
            shop.browser.post(str(each.hosted_invoice_url), data={"action": "pay"})


def on_their_way(database: Database) -> list[Order]:
    with database.reading() as session:
        return list(session.exec(select(Order).where(Order.status == "processing")))


@pytest.mark.parametrize("silence", STEPS, indirect=True)
@pytest.mark.usefixtures("silence")
def test_whoever_sends_it_again_has_one_invoice_and_one_order(
    database: Database, cast: Cast, shop: Shop, direct: StripePayments, now: datetime
) -> None:
    again = now + timedelta(minutes=1)
    checkout.order_on_invoice(database, direct, more_seats(cast), "PO 7", 30, cast.alice, again)
    (order,) = on_their_way(database)
    # Once it was answered, a second one is another one, which is asked about.
    with pytest.raises(SentBefore) as asked:
        checkout.order_on_invoice(database, direct, more_seats(cast), "PO 7", 30, cast.alice, again)
    assert asked.value.order_id == order.id
    assert at_stripe(shop) == ["open"]

    pay_what_can_be_paid(shop)
    checkout.settle_order(database, direct, order.id, again)
    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["open"] * 8


@pytest.mark.parametrize("silence", STEPS, indirect=True)
@pytest.mark.usefixtures("silence")
def test_whoever_buys_something_else_instead_can_pay_for_that_alone(
    database: Database, cast: Cast, shop: Shop, direct: StripePayments, now: datetime
) -> None:
    again = now + timedelta(minutes=1)
    other = replace(more_seats(cast), seats=2)
    checkout.order_on_invoice(database, direct, other, "PO 7", 30, cast.alice, again)
    assert at_stripe(shop).count("open") == 1
    assert "draft" not in at_stripe(shop)
    assert [order.seats for order in on_their_way(database)] == [2]


@pytest.mark.parametrize("silence", ["given its lines", "sent"], indirect=True)
@pytest.mark.usefixtures("silence")
def test_whoever_pays_by_card_instead_has_no_invoice_to_pay(
    database: Database, cast: Cast, shop: Shop, direct: StripePayments, now: datetime
) -> None:
    checkout.start_checkout(database, direct, more_seats(cast), cast.alice, now)
    assert set(at_stripe(shop)) <= {"void"}


@pytest.mark.parametrize("silence", ["sent"], indirect=True)
@pytest.mark.usefixtures("silence")
def test_an_invoice_that_was_sent_after_all_is_found_without_anybody_asking(
    database: Database, cast: Cast, shop: Shop, direct: StripePayments, now: datetime
) -> None:
    checkout.reconcile(database, direct, now)
    (order,) = on_their_way(database)
    assert order.invoice_url

    # Whoever has not looked there, and sends it again, hears of the same one.
    again = now + timedelta(minutes=1)
    with pytest.raises(SentBefore) as asked:
        checkout.order_on_invoice(database, direct, more_seats(cast), "PO 7", 30, cast.alice, again)
    assert asked.value.order_id == order.id
    assert at_stripe(shop) == ["open"]


@pytest.mark.parametrize("silence", ["written"], indirect=True)
@pytest.mark.usefixtures("silence")
def test_a_draft_that_nobody_goes_on_with_is_gone_after_a_day(
    database: Database, cast: Cast, shop: Shop, direct: StripePayments, now: datetime
) -> None:
    checkout.reconcile(database, direct, now)
    assert at_stripe(shop) == ["draft"]
    checkout.reconcile(database, direct, now + timedelta(days=1))
    assert at_stripe(shop) == []
    with database.reading() as session:
        assert session.exec(select(Order.status).where(Order.pay_by == "invoice")).all() == [
            "expired"
        ]


@pytest.mark.parametrize("step", STEPS)
def test_a_new_group_is_invoiced_once_as_well(
    database: Database, cast: Cast, shop: Shop, direct: StripePayments, now: datetime, step: str
) -> None:
    wish = Wish(OrderKind.NEW_GROUP, "Spring class", "", ("writing",), 4)
    send_in_silence(database, cast, shop, step, now, wish)
    again = now + timedelta(minutes=1)
    order_id = checkout.order_on_invoice(database, direct, wish, "PO 7", 30, cast.charlie, again)

    assert at_stripe(shop) == ["open"]
    assert [order.id for order in on_their_way(database)] == [order_id]


def test_a_second_order_that_is_another_one_is_sent(
    database: Database, cast: Cast, shop: Shop, direct: StripePayments, now: datetime
) -> None:
    ids: set[UUID] = set()
    for number, moment in (("PO 7", now), ("PO 8", now), ("PO 8", now + timedelta(minutes=16))):
        ids.add(
            checkout.order_on_invoice(
                database, direct, more_seats(cast), number, 30, cast.alice, moment
            )
        )
    assert (len(ids), at_stripe(shop)) == (3, ["open"] * 3)

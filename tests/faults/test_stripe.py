"""Stripe gone, slow, broken, or silent after it has accepted: a purchase happens once, or not."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from grouplic.adapters.database import Database
from grouplic.adapters.stripe_payments import Patience, StripePayments
from grouplic.domain.orders import Order, OrderKind
from grouplic.domain.people import User
from grouplic.services import charging, checkout, refunds
from grouplic.services.actors import Actor
from grouplic.services.ports import ProviderSilent
from grouplic.services.shop import Wish
from tests.cast import Cast, seat_states
from tests.local_stripe.conftest import KEY, Shop
from tests.local_stripe.conftest import shop as shop
from tests.local_stripe.test_bad_days import in_front_of
from tests.model.rules import broken_rules

TROUBLES = ["cut", "500", "429", "slow"]
PATIENT = Patience(seconds=0.5, repeats=0)


def through(line: str) -> StripePayments:
    """Return Stripe as it is reached over this line, asked once."""
    return StripePayments(KEY, "http://shop.example", line, patience=PATIENT)


@pytest.fixture
def direct(shop: Shop) -> StripePayments:
    return StripePayments(KEY, "http://shop.example", shop.config.page_base)


@pytest.fixture(autouse=True)
def one_way(cast: Cast, database: Database) -> Iterator[None]:
    """Check the rules of the database after each story."""
    yield
    with database.reading() as session:
        assert broken_rules(session) == []


def more_seats(cast: Cast) -> Wish:
    return Wish(OrderKind.ADD_SEATS, group_id=str(cast.group_id), seats=5)


def buy(database: Database, payments: StripePayments, cast: Cast, now: datetime) -> UUID:
    opened = checkout.start_checkout(database, payments, more_seats(cast), cast.alice, now)
    return UUID(opened.order_id)


def pay(database: Database, shop: Shop, order_id: UUID) -> None:
    with database.reading() as session:
        url = session.get_one(Order, order_id).checkout_url
    assert shop.browser.post(str(url), data={"action": "pay"}).status_code == 303


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_checkout_that_cannot_be_opened_is_refused_in_words_and_opened_the_next_time(
    database: Database,
    cast: Cast,
    shop: Shop,
    direct: StripePayments,
    now: datetime,
    trouble: str,
) -> None:
    charging.customer_of(database, direct, cast.alice)
    with in_front_of(shop, trouble) as line:
        with pytest.raises(ProviderSilent, match="try again in a minute"):
            buy(database, through(line), cast, now)
        order_id = buy(database, through(line), cast, now + timedelta(minutes=1))
    pay(database, shop, order_id)
    checkout.reconcile(database, direct, now + timedelta(minutes=2))

    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["open"] * 8
        assert sorted(session.exec(select(Order.status).where(Order.source == "payment"))) == [
            "expired",
            "fulfilled",
        ]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_buyer_is_a_customer_once_however_often_the_answer_is_lost(
    database: Database, cast: Cast, shop: Shop, now: datetime, trouble: str
) -> None:
    with in_front_of(shop, trouble, trouble) as line:
        for _ in range(2):
            with pytest.raises(ProviderSilent):
                charging.customer_of(database, through(line), cast.alice)
        known = charging.customer_of(database, through(line), cast.alice)

    with database.reading() as session:
        assert session.get_one(User, cast.alice.user_id).customer_id == known
    assert [each.id for each in shop.client.v1.customers.list().data] == [known]


def test_the_return_page_shows_the_order_as_it_is_while_stripe_is_gone(
    database: Database, cast: Cast, shop: Shop, direct: StripePayments, now: datetime
) -> None:
    order_id = buy(database, direct, cast, now)
    pay(database, shop, order_id)
    nowhere = through("http://127.0.0.1:9")
    alice: Actor = cast.alice
    assert checkout.resume_checkout(database, nowhere, order_id, alice, now).status == "pending"
    assert checkout.reconcile(database, nowhere, now) == 0

    assert checkout.resume_checkout(database, direct, order_id, alice, now).status == "fulfilled"
    checkout.reconcile(database, direct, now)
    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["open"] * 8


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_refund_whose_answer_is_lost_is_asked_for_again_and_made_once(
    database: Database,
    cast: Cast,
    shop: Shop,
    direct: StripePayments,
    now: datetime,
    trouble: str,
) -> None:
    order_id = buy(database, direct, cast, now)
    pay(database, shop, order_id)
    checkout.reconcile(database, direct, now)
    with in_front_of(shop, trouble) as line, pytest.raises(ProviderSilent):
        refunds.refund(database, through(line), order_id, cast.olive, "Asked for", now)
    for _ in range(2):
        refunds.retry_refunds(database, direct, now)

    with database.reading() as session:
        order = session.get_one(Order, order_id)
        assert order.refunded_amount == order.amount_total
        assert seat_states(session, cast.group_id).count("withdrawn") == 5
    assert direct.read_payment(str(order.payment_id)).amount_refunded == order.amount_total

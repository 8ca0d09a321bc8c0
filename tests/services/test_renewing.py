"""Renewing: a group's time is paid for once, and a quote adds nothing to a license that is over."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from grouplic.adapters.database import Database
from grouplic.domain.groups import Group
from grouplic.domain.orders import Order, OrderKind
from grouplic.domain.refusals import Refusal
from grouplic.domain.terms import add_months
from grouplic.services import checkout, granting
from grouplic.services.shop import Wish
from tests.cast import Cast
from tests.services.payments import Provider
from tests.services.test_buying import provider, start
from tests.services.test_invoices_and_quotes import quoted
from tests.services.test_terms_and_seats import yearly

__all__ = ["provider", "yearly"]


def renewal(group_id: UUID) -> Wish:
    return Wish(OrderKind.RENEWAL, group_id=str(group_id))


def end_of(database: Database, group_id: UUID) -> datetime | None:
    with database.reading() as session:
        return session.get_one(Group, group_id).ends_at


def orders_on_their_way(database: Database, group_id: UUID) -> int:
    with database.reading() as session:
        on_the_way = select(Order).where(Order.group_id == group_id, Order.status == "processing")
        return len(session.exec(on_the_way).all())


def test_a_renewal_that_is_paid_later_is_not_sold_a_second_time(
    database: Database, cast: Cast, provider: Provider, yearly: UUID, now: datetime
) -> None:
    offered = quoted(database, renewal(yearly), cast.alice, now)
    first = start(database, provider, renewal(yearly), cast.alice, now)
    provider.pay_later(first.id)
    # Neither by another checkout, which finds the first one paid, nor by invoice, nor by a quote.
    for wish in (renewal(yearly), offered):
        with pytest.raises(Refusal, match="renewal of this group is on its way"):
            start(database, provider, wish, cast.alice, now)
        with pytest.raises(Refusal, match="renewal of this group is on its way"):
            checkout.order_on_invoice(database, provider, wish, "", 30, cast.alice, now)
    with database.writing() as session, pytest.raises(Refusal, match="on its way"):
        granting.grant_to_group(session, renewal(yearly), cast.olive, "A gift", now)

    provider.pay(first.id)
    checkout.reconcile(database, provider, now)
    assert end_of(database, yearly) == add_months(now, 24)
    # The next year is another purchase.
    assert start(database, provider, renewal(yearly), cast.alice, now).amount_total == 3 * 1200


def test_a_renewal_whose_payment_failed_can_be_bought_again(
    database: Database, cast: Cast, provider: Provider, yearly: UUID, now: datetime
) -> None:
    first = start(database, provider, renewal(yearly), cast.alice, now)
    provider.pay_later(first.id)
    checkout.reconcile(database, provider, now)
    provider.fail(first.id)
    checkout.reconcile(database, provider, now)

    assert start(database, provider, renewal(yearly), cast.alice, now).status == "open"


def test_two_leaders_who_renew_by_invoice_at_once_are_sent_one(
    database: Database, cast: Cast, provider: Provider, yearly: UUID, now: datetime
) -> None:
    def order(number: int) -> bool:
        try:
            checkout.order_on_invoice(
                database, provider, renewal(yearly), f"PO {number}", 30, cast.alice, now
            )
        except Refusal:
            return False
        return True

    with ThreadPoolExecutor(4) as leaders:
        list(leaders.map(order, range(8)))
    # Whoever gave way to another was told so; what is left to pay is one renewal at most.
    open_invoices = [one for one in provider.invoices.values() if one.status == "open"]
    assert len(open_invoices) == orders_on_their_way(database, yearly) <= 1
    order(9)
    assert orders_on_their_way(database, yearly) == 1


@pytest.mark.parametrize("kind", [OrderKind.ADD_SEATS, OrderKind.ADD_MODULES])
def test_a_quote_adds_nothing_to_a_license_that_is_over(
    database: Database, cast: Cast, provider: Provider, yearly: UUID, now: datetime, kind: OrderKind
) -> None:
    asked = add_months(now, 12) - timedelta(days=5)
    wish = {
        OrderKind.ADD_SEATS: Wish(kind, group_id=str(yearly), seats=2),
        OrderKind.ADD_MODULES: Wish(kind, group_id=str(yearly), modules=("late",)),
    }[kind]
    offered = quoted(database, wish, cast.alice, asked)
    ended = add_months(now, 12)
    with pytest.raises(Refusal, match="Renew the group first, then choose again"):
        start(database, provider, offered, cast.alice, ended)
    with pytest.raises(Refusal, match="Renew the group first, then choose again"):
        checkout.order_on_invoice(database, provider, offered, "", 30, cast.alice, ended)
    assert (provider.checkouts, provider.invoices) == ({}, {})


def test_a_quote_to_renew_is_good_after_the_end_and_once(
    database: Database, cast: Cast, provider: Provider, yearly: UUID, now: datetime
) -> None:
    offered = quoted(database, renewal(yearly), cast.alice, add_months(now, 12) - timedelta(days=5))
    ended = add_months(now, 12) + timedelta(days=1)
    opened = start(database, provider, offered, cast.alice, ended)
    assert opened.amount_total == 3 * 1200
    provider.pay(opened.id)
    with pytest.raises(Refusal, match="changed since this quote"):
        start(database, provider, offered, cast.alice, ended)
    assert end_of(database, yearly) == add_months(ended, 12)


def test_a_quote_for_the_months_left_does_not_buy_the_months_of_a_renewal(
    database: Database, cast: Cast, provider: Provider, yearly: UUID, now: datetime
) -> None:
    late = add_months(now, 9)
    seats = Wish(OrderKind.ADD_SEATS, group_id=str(yearly), seats=2)
    offered = quoted(database, seats, cast.alice, late)
    assert start(database, provider, offered, cast.alice, late).amount_total == 2 * 300
    with database.writing() as session:
        granting.grant_to_group(
            session, renewal(yearly), cast.olive, "A gift", late + timedelta(days=1)
        )
    with pytest.raises(Refusal, match="changed since this quote"):
        start(database, provider, offered, cast.alice, late + timedelta(days=2))

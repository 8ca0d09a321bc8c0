"""Renewing: a group's time is paid for once, and a quote adds nothing to a license that is over."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from grouplic.adapters.database import Database
from grouplic.domain.groups import Group
from grouplic.domain.orders import Order, OrderKind
from grouplic.domain.refusals import Refusal
from grouplic.domain.terms import add_months
from grouplic.services import checkout, granting, saved_quotes
from grouplic.services.shop import RenewedMeanwhile, Wish
from tests.cast import Cast
from tests.concurrency.test_seats_are_never_oversold import wait_until_blocked
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


def as_shown(database: Database, wish: Wish) -> Wish:
    """Return the wish of a page that shows the group's end as it is now."""
    return replace(wish, shown_end=end_of(database, UUID(wish.group_id)))


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


@pytest.mark.parametrize("heard_of", [True, False])
def test_a_page_that_stayed_open_while_somebody_else_renewed_buys_no_second_year(
    database: Database,
    cast: Cast,
    provider: Provider,
    yearly: UUID,
    now: datetime,
    heard_of: bool,
) -> None:
    stayed_open = as_shown(database, renewal(yearly))
    other = start(database, provider, as_shown(database, renewal(yearly)), cast.alice, now)
    provider.pay(other.id)
    if heard_of:
        checkout.reconcile(database, provider, now)
    again = f"was renewed just now until {add_months(now, 24):%B %-d, %Y}.* Look again"
    with pytest.raises(RenewedMeanwhile, match=again):
        start(database, provider, stayed_open, cast.alice, now)
    # However often it is sent, and whatever it is sent for.
    for _ in range(2):
        with pytest.raises(RenewedMeanwhile):
            checkout.order_on_invoice(database, provider, stayed_open, "", 30, cast.alice, now)
    with database.writing() as session, pytest.raises(RenewedMeanwhile):
        saved_quotes.save_quote(session, stayed_open, cast.alice, now)
    assert (len(provider.checkouts), provider.invoices) == (1, {})
    assert end_of(database, yearly) == add_months(now, 24)


def test_a_license_is_renewed_twice_in_a_row_by_whoever_sees_the_new_end(
    database: Database, cast: Cast, provider: Provider, yearly: UUID, now: datetime
) -> None:
    for years in (2, 3):
        opened = start(database, provider, as_shown(database, renewal(yearly)), cast.alice, now)
        provider.pay(opened.id)
        checkout.reconcile(database, provider, now)
        assert end_of(database, yearly) == add_months(now, 12 * years)


@pytest.mark.parametrize("kind", [OrderKind.ADD_SEATS, OrderKind.ADD_MODULES])
def test_what_was_priced_for_the_months_left_is_not_sold_for_the_months_of_a_renewal(
    database: Database, cast: Cast, provider: Provider, yearly: UUID, now: datetime, kind: OrderKind
) -> None:
    late = add_months(now, 9)
    modules = ("late",) if kind == OrderKind.ADD_MODULES else ()
    wish = Wish(kind, group_id=str(yearly), modules=modules, seats=2)
    stayed_open = as_shown(database, wish)
    with database.writing() as session:
        granting.grant_to_group(session, renewal(yearly), cast.olive, "A gift", late)
    with pytest.raises(RenewedMeanwhile):
        checkout.order_on_invoice(database, provider, stayed_open, "", 30, cast.alice, late)
    assert provider.invoices == {}
    again = as_shown(database, wish)
    assert checkout.order_on_invoice(database, provider, again, "", 30, cast.alice, late)


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_renewal_that_is_asked_for_while_another_is_written_finds_it(
    database: Database, cast: Cast, provider: Provider, yearly: UUID, now: datetime
) -> None:
    stayed_open = as_shown(database, renewal(yearly))
    with ThreadPoolExecutor(1) as pool, database.writing() as writing:
        granting.grant_to_group(writing, renewal(yearly), cast.olive, "A gift", now)
        asked = pool.submit(start, database, provider, stayed_open, cast.alice, now)
        wait_until_blocked(database, 1)
        writing.commit()
        with pytest.raises(RenewedMeanwhile):
            asked.result(timeout=60)
    assert provider.checkouts == {}

"""Leaving the payment page: the same can be bought again at once, and is never paid for twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pytest
from sqlmodel import select

from grouplic.adapters.database import Database
from grouplic.domain.groups import GroupModule
from grouplic.domain.orders import Order, OrderKind
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services import checkout, granting, orders, saved_quotes, shop
from grouplic.services.ports import Checkout, CheckoutRequest, Invoice, InvoiceRequest
from grouplic.services.shop import Wish
from tests.cast import Cast
from tests.services.payments import Provider
from tests.services.test_buying import add_modules, add_seats, provider, start

__all__ = ["provider"]


@dataclass
class Slow(Provider):
    """A provider that takes its time: something else happens before it answers the first time."""

    meanwhile: Callable[[], object] = lambda: None

    def start(self, request: CheckoutRequest) -> Checkout:
        self._pause()
        return super().start(request)

    def send_invoice(self, request: InvoiceRequest) -> Invoice:
        self._pause()
        return super().send_invoice(request)

    def _pause(self) -> None:
        then, self.meanwhile = self.meanwhile, lambda: None
        then()


def status(database: Database, opened: Checkout) -> str:
    with database.reading() as session:
        return session.get_one(Order, UUID(opened.order_id)).status


def modules(database: Database, cast: Cast) -> int:
    with database.reading() as session:
        rows = select(GroupModule).where(GroupModule.group_id == cast.group_id)
        return len(session.exec(rows).all())


def settle(database: Database, provider: Provider, opened: Checkout, now: datetime) -> None:
    checkout.settle_order(database, provider, UUID(opened.order_id), now)


def test_a_module_whose_checkout_was_left_is_priced_and_ordered_again_at_once(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    wish = add_modules(cast, "privacy")
    first = start(database, provider, wish, cast.alice, now)
    with database.reading() as session:
        assert shop.answer(session, wish, cast.alice, now).quote.total == 3 * 2000
    second = start(database, provider, wish, cast.alice, now)

    assert provider.checkouts[first.id].status == "expired"
    assert (status(database, first), status(database, second)) == ("expired", "pending")
    provider.pay(second.id)
    settle(database, provider, second, now)
    assert modules(database, cast) == 2


def test_a_checkout_that_was_paid_after_all_is_not_sold_again(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    wish = add_modules(cast, "privacy")
    provider.pay(start(database, provider, wish, cast.alice, now).id)
    with pytest.raises(Refusal, match="already"):
        start(database, provider, wish, cast.alice, now)
    assert (modules(database, cast), len(provider.checkouts)) == (2, 1)


def test_a_payment_on_its_way_keeps_the_module_from_being_sold_again(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    wish = add_modules(cast, "privacy")
    provider.pay_later(start(database, provider, wish, cast.alice, now).id)
    with pytest.raises(Refusal, match="on its way"):
        start(database, provider, wish, cast.alice, now)


def test_what_a_quote_shows_beside_an_open_checkout_is_what_is_charged(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    start(database, provider, add_modules(cast, "privacy"), cast.alice, now)
    with database.reading() as session:
        shown = shop.answer(session, add_seats(cast, 2), cast.alice, now).quote.total
    with database.writing() as session:
        saved = saved_quotes.save_quote(session, add_seats(cast, 2), cast.alice, now)
    quoted = Wish(OrderKind.ADD_SEATS, group_id=str(cast.group_id), seats=2, quote_id=str(saved.id))
    assert shown == 2 * 1000
    assert start(database, provider, quoted, cast.alice, now).amount_total == shown


def test_a_leader_cancels_an_open_checkout_and_nobody_can_pay_it(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    opened = start(database, provider, add_seats(cast, 2), cast.alice, now)
    for outsider in (cast.bob, cast.charlie):
        with pytest.raises(NotFound):
            checkout.cancel_checkout(database, provider, opened.order_id, outsider, now)
    assert provider.checkouts[opened.id].status == "open"

    for _ in range(2):
        view = checkout.cancel_checkout(database, provider, opened.order_id, cast.alice, now)
        assert view.status == "expired"
    assert provider.checkouts[opened.id].status == "expired"


def test_what_was_paid_a_moment_before_it_was_cancelled_is_honored(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    opened = start(database, provider, add_modules(cast, "privacy"), cast.alice, now)
    provider.pay(opened.id)
    view = checkout.cancel_checkout(database, provider, opened.order_id, cast.alice, now)
    assert (view.status, modules(database, cast)) == ("fulfilled", 2)


def test_a_checkout_that_another_overtook_is_closed_before_anybody_sees_it(
    database: Database, cast: Cast, now: datetime
) -> None:
    provider, wish = Slow(), add_modules(cast, "privacy")
    provider.meanwhile = lambda: start(database, provider, wish, cast.alice, now)
    with pytest.raises(checkout.Overtaken, match="nothing was charged"):
        start(database, provider, wish, cast.alice, now)
    assert sorted(one.status for one in provider.checkouts.values()) == ["expired", "open"]


def test_an_invoice_that_a_checkout_overtook_is_voided(
    database: Database, cast: Cast, now: datetime
) -> None:
    provider, wish = Slow(), add_modules(cast, "privacy")
    provider.meanwhile = lambda: start(database, provider, wish, cast.alice, now)
    with pytest.raises(checkout.Overtaken):
        checkout.order_on_invoice(database, provider, wish, "", 30, cast.alice, now)
    assert [one.status for one in provider.invoices.values()] == ["void"]
    assert [one.status for one in provider.checkouts.values()] == ["open"]


def test_many_tabs_that_start_the_same_at_once_leave_one_page_to_pay_on(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    def tab(_: int) -> bool:
        try:
            start(database, provider, add_modules(cast, "privacy"), cast.alice, now)
        except (checkout.Overtaken, orders.AnotherCheckoutOpen):
            return False
        return True

    with ThreadPoolExecutor(4) as tabs:
        assert any(list(tabs.map(tab, range(12))))
    assert [one.status for one in provider.checkouts.values()].count("open") == 1
    with database.reading() as session:
        pending = session.exec(select(Order).where(Order.status == "pending")).one()
    assert provider.checkouts[str(pending.checkout_id)].status == "open"


def test_an_operator_waits_with_granting_what_somebody_may_be_paying_for(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    wish = add_modules(cast, "privacy")
    opened = start(database, provider, wish, cast.alice, now)
    with database.writing() as session, pytest.raises(Refusal) as refused:
        granting.grant_to_group(session, wish, cast.olive, "A gift", now)
    assert (refused.value.message, refused.value.field) == (
        "Somebody may be paying for this module right now. Wait until that checkout has ended.",
        "modules",
    )
    checkout.cancel_checkout(database, provider, opened.order_id, cast.alice, now)
    with database.writing() as session:
        granting.grant_to_group(session, wish, cast.olive, "A gift", now)
    assert modules(database, cast) == 2

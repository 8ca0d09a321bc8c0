"""An order priced on another that then fails: it is priced anew, or the difference is said."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import UUID

import pytest
from sqlmodel import select

from grouplic.adapters.database import Database
from grouplic.domain.after_sale import Difference, DifferenceKind
from grouplic.services import (
    checkout,
    differences,
    invoicing,
    order_history,
    orders,
    payment_events,
)
from grouplic.services.ports import Checkout
from grouplic.services.shop import Wish
from tests.cast import Cast
from tests.concurrency.test_seats_are_never_oversold import wait_until_blocked
from tests.services.payments import Provider
from tests.services.test_buying import add_modules, add_seats, event, provider, start
from tests.services.test_renewing import renewal
from tests.services.test_terms_and_seats import yearly

__all__ = ["provider", "yearly"]


def coming(
    database: Database, provider: Provider, cast: Cast, wish: Wish, now: datetime
) -> Checkout:
    """Buy it by a payment that takes its time."""
    opened = start(database, provider, wish, cast.alice, now)
    provider.pay_later(opened.id)
    payment_events.receive_event(database, provider, event(opened, now, opened.id), now)
    return opened


def hear(
    database: Database, provider: Provider, opened: Checkout, now: datetime, what: str
) -> None:
    event_about = event(opened, now, f"{opened.id} {what}")
    payment_events.receive_event(database, provider, event_about, now)


def fail(database: Database, provider: Provider, opened: Checkout, now: datetime) -> None:
    provider.fail(opened.id)
    hear(database, provider, opened, now, "failed")


def pay(
    database: Database, provider: Provider, opened: Checkout, now: datetime, discount: int = 0
) -> None:
    provider.pay(opened.id, discount)
    hear(database, provider, opened, now, "paid")


def noted(database: Database) -> list[tuple[str, int]]:
    """Return the order and the amount of each open difference of this kind."""
    with database.reading() as session:
        found = session.exec(
            select(Difference).where(
                Difference.kind == DifferenceKind.OVERCHARGED,
                Difference.settled_at.is_(None),  # type: ignore[union-attr]
            )
        )
        return [(str(each.order_id), each.facts["overcharged"]) for each in found]


def shown(database: Database, cast: Cast, opened: Checkout) -> int:
    with database.reading() as session:
        return order_history.after_sale_of(session, UUID(opened.order_id), cast.alice).overcharged


@pytest.mark.parametrize("failed_first", [True, False])
def test_modules_charged_for_seats_that_never_came_are_a_difference_and_shown(
    database: Database, cast: Cast, provider: Provider, now: datetime, failed_first: bool
) -> None:
    seats = coming(database, provider, cast, add_seats(cast, 5), now)
    modules = coming(database, provider, cast, add_modules(cast, "privacy"), now)
    assert modules.amount_total == 8 * 2000
    if failed_first:
        fail(database, provider, seats, now)
        pay(database, provider, modules, now)
    else:
        pay(database, provider, modules, now)
        fail(database, provider, seats, now)

    assert noted(database) == [(modules.order_id, 5 * 2000)]
    assert shown(database, cast, modules) == 5 * 2000


def test_seats_charged_for_a_module_that_never_came_are_a_difference(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    modules = coming(database, provider, cast, add_modules(cast, "privacy"), now)
    seats = start(database, provider, add_seats(cast, 2), cast.alice, now)
    assert seats.amount_total == 2 * (1000 + 2000)
    pay(database, provider, seats, now, discount=600)
    fail(database, provider, modules, now)

    assert noted(database) == [(seats.order_id, 2 * 2000 * 9 // 10)]


def test_a_renewal_charged_for_seats_that_never_came_is_a_difference(
    database: Database, cast: Cast, provider: Provider, yearly: UUID, now: datetime
) -> None:
    wish = Wish(add_seats(cast, 2).kind, group_id=str(yearly), seats=2)
    seats = coming(database, provider, cast, wish, now)
    renewed = start(database, provider, renewal(yearly), cast.alice, now)
    assert renewed.amount_total == 5 * 1200
    pay(database, provider, renewed, now)
    fail(database, provider, seats, now)

    assert noted(database) == [(renewed.order_id, 2 * 1200)]


def test_seats_beside_seats_and_what_all_came_are_no_difference(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    first = coming(database, provider, cast, add_seats(cast, 5), now)
    second = coming(database, provider, cast, add_seats(cast, 2), now)
    modules = coming(database, provider, cast, add_modules(cast, "privacy"), now)
    pay(database, provider, second, now)
    pay(database, provider, modules, now)
    pay(database, provider, first, now)
    third = coming(database, provider, cast, add_seats(cast, 5), now)
    pay(database, provider, start(database, provider, add_seats(cast, 1), cast.alice, now), now)
    fail(database, provider, third, now)

    assert noted(database) == []


def test_an_open_checkout_that_counts_on_it_is_ended_and_priced_anew(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    seats = coming(database, provider, cast, add_seats(cast, 5), now)
    modules = start(database, provider, add_modules(cast, "privacy"), cast.alice, now)
    fail(database, provider, seats, now)

    assert provider.checkouts[modules.id].status == "expired"
    again = start(database, provider, add_modules(cast, "privacy"), cast.alice, now)
    assert again.amount_total == 3 * 2000
    pay(database, provider, again, now)
    assert noted(database) == []


def test_what_is_paid_after_all_is_no_difference_any_more(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    order_id = checkout.order_on_invoice(
        database, provider, add_seats(cast, 5), "", 30, cast.alice, now
    )
    modules = start(database, provider, add_modules(cast, "privacy"), cast.alice, now)
    pay(database, provider, modules, now)
    provider.end_invoice(f"in_{order_id}", "uncollectible")
    payment_events.settle_invoice_of(database, provider, f"in_{order_id}", now)
    assert noted(database) == [(modules.order_id, 5 * 2000)]

    provider.pay_invoice(f"in_{order_id}")
    payment_events.settle_invoice_of(database, provider, f"in_{order_id}", now)
    assert (noted(database), shown(database, cast, modules)) == ([], 0)


def test_what_an_operator_has_settled_is_not_shown_and_not_noted_again(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    seats = coming(database, provider, cast, add_seats(cast, 5), now)
    modules = coming(database, provider, cast, add_modules(cast, "privacy"), now)
    fail(database, provider, seats, now)
    with database.writing() as session:
        found = session.exec(select(Difference)).one()
        differences.settle_difference(session, found.id, cast.olive, "Invoice made anew", now)
    pay(database, provider, modules, now)

    assert (noted(database), shown(database, cast, modules)) == ([], 0)


def test_an_approved_order_counts_as_charged(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    seats = coming(database, provider, cast, add_seats(cast, 5), now)
    order_id = checkout.order_on_invoice(
        database, provider, add_modules(cast, "privacy"), "", 30, cast.alice, now
    )
    with database.writing() as session:
        invoicing.approve_invoice(session, order_id, cast.olive, "Known customer", now)
    fail(database, provider, seats, now)

    assert noted(database) == [(str(order_id), 5 * 2000)]


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_payment_that_is_heard_of_while_the_failure_is_written_finds_it(
    database: Database, cast: Cast, provider: Provider, now: datetime
) -> None:
    seats = coming(database, provider, cast, add_seats(cast, 5), now)
    modules = start(database, provider, add_modules(cast, "privacy"), cast.alice, now)
    provider.fail(seats.id)
    provider.pay(modules.id)
    with ThreadPoolExecutor(1) as pool, database.writing() as failing:
        orders.settle(failing, UUID(seats.order_id), provider.read(seats.id), now)
        paying = pool.submit(hear, database, provider, modules, now, "paid")
        wait_until_blocked(database, 1)
        failing.commit()
        paying.result(timeout=60)

    assert noted(database) == [(modules.order_id, 5 * 2000)]

"""Everything that hears of a payment at once: seats exist exactly once.

RACES=100 runs the long form.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import UUID

import pytest
from sqlmodel import select

from grouplic.adapters.database import Database
from grouplic.domain.groups import EnrollmentKey, Seat
from grouplic.domain.orders import OrderKind, PaymentEvent
from grouplic.services import checkout, payment_events
from grouplic.services.ports import Checkout
from grouplic.services.reconciling import Reconciler
from grouplic.services.shop import Wish
from tests.cast import Cast
from tests.services.payments import Provider

RACES = int(os.environ.get("RACES", "8"))


def at_once(*acts: Callable[[], object]) -> None:
    with ThreadPoolExecutor(len(acts)) as pool:
        for outcome in [pool.submit(act) for act in acts]:
            outcome.result(timeout=60)


def start(database: Database, provider: Provider, cast: Cast, now: datetime) -> Checkout:
    wish = Wish(OrderKind.ADD_SEATS, group_id=str(cast.group_id), seats=2)
    return checkout.start_checkout(database, provider, wish, cast.alice, now)


def event(opened: Checkout, now: datetime) -> PaymentEvent:
    return PaymentEvent(
        id=f"evt_{opened.id}",
        type="checkout.session.completed",
        checkout_id=opened.id,
        created_at=now,
        received_at=now,
    )


def numbers(database: Database, group_id: UUID) -> list[int]:
    with database.reading() as session:
        live = select(Seat.number).join(EnrollmentKey, EnrollmentKey.seat_id == Seat.id)
        return sorted(session.exec(live.where(Seat.group_id == group_id)))


def test_the_return_page_two_webhooks_and_both_reconcilers_at_once(
    database: Database, cast: Cast, now: datetime
) -> None:
    provider = Provider()
    for race in range(1, RACES + 1):
        opened = start(database, provider, cast, now)
        provider.pay(opened.id)
        copies = [event(opened, now), event(opened, now)]
        at_once(
            lambda o=opened: checkout.resume_checkout(  # type: ignore[misc]
                database, provider, o.order_id, cast.alice, now
            ),
            *(
                lambda c=copy: payment_events.receive_event(  # type: ignore[misc]
                    database, provider, c, now
                )
                for copy in copies
            ),
            lambda: checkout.reconcile(database, provider, now),
            Reconciler(database, provider, now).run,
        )
        assert numbers(database, cast.group_id) == list(range(1, 3 + 2 * race + 1))


@pytest.mark.parametrize("race", range(3))
def test_add_seats_paid_in_two_tabs_honors_both_once(
    database: Database, cast: Cast, now: datetime, race: int
) -> None:
    provider = Provider()
    first = start(database, provider, cast, now)
    # The buyer pays the first before the second tab could end it.
    provider.pay(first.id)
    second = start(database, provider, cast, now)
    provider.pay(second.id)
    at_once(
        *(
            lambda o=opened: payment_events.receive_event(  # type: ignore[misc]
                database, provider, event(o, now), now
            )
            for opened in (first, second, first, second)
        ),
        lambda: checkout.reconcile(database, provider, now),
    )

    assert numbers(database, cast.group_id) == list(range(1, 8))

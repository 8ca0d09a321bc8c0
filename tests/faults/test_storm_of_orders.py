"""Paid orders in a storm: webhooks lost, doubled, shuffled and late, while the site is killed.

Orders are placed by the use case and paid on the payment page, which is killed with the site. What
counts as paid is what the page itself says afterwards, whether or not the buyer heard of it.
"""

import os
import random
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest
import stripe
from sqlmodel import col, func, select

from grouplic.adapters.database import Database
from grouplic.domain.groups import Group, Seat
from grouplic.domain.orders import Order, OrderKind, OrderStatus, Source
from grouplic.domain.refusals import OutOfReach
from grouplic.services.actors import Actor
from grouplic.services.checkout import reconcile, start_checkout
from grouplic.services.shop import Wish
from tests.cast import invite_the_cast
from tests.kills.test_nothing_is_lost import Site
from tests.model.rules import broken_rules
from tests.running.servers import Server, serving
from tests.running.smtp import mail_server

pytestmark = pytest.mark.timeout(900)

_FAULTS: list[dict[str, object]] = [
    {"drop": True},
    {"duplicate": 3},
    {"reorder": True, "duplicate": 1},
    {"delay_seconds": 2.0, "duplicate": 1},
    {},
]
_SEATS = 3
_LOST = (httpx.TransportError, OutOfReach, stripe.StripeError)


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[Site]:
    url = database.engine.url.render_as_string(hide_password=False)
    with mail_server() as mails:
        smtp = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(mails.port)}
        server = Server(tmp_path, url, **smtp)
        with serving(server):
            yield Site(server, database, mails, [])


@pytest.mark.short_form_on("postgres")
def test_fifty_orders_in_a_storm(site: Site) -> None:
    assert Storm(site, seed=7262, kills=3, every=2.0).over(orders=50)["paid"] >= 30


@pytest.mark.prove
@pytest.mark.timeout(14_000)
def test_thousands_of_orders_in_a_storm(site: Site) -> None:
    """ORDERS and STORM_SEED choose how many, and which storm."""
    seed = int(os.environ.get("STORM_SEED", "0"))
    storm = Storm(site, seed, kills=1_000_000, every=5.0)
    print(storm.over(int(os.environ.get("ORDERS", "2_000"))))


class Storm:
    """Kills the site every few seconds that it is up, so often at most, and changes its faults."""

    def __init__(self, site: Site, seed: int, kills: int, every: float) -> None:
        self._site, self._draw = site, random.Random(seed)
        self._most, self._every = kills, every
        self._is_up, self._ended = threading.Event(), threading.Event()

    def over(self, orders: int) -> dict[str, int]:
        """Buy so many groups meanwhile, reconcile, check each, and return the figures."""
        buyer = invite_the_cast(self._site.database, datetime.now(UTC)).alice
        plans = [(f"Group {number}", self._draw.random() < 0.9) for number in range(orders)]
        self._change_faults()
        self._is_up.set()
        with ThreadPoolExecutor(5) as pool:
            killing = pool.submit(self._kill_again_and_again)
            buyers = [pool.submit(self._buy_each, buyer, plans[place::4]) for place in range(4)]
            try:
                for one in buyers:
                    one.result()
            finally:
                self._ended.set()
            kills = killing.result()
        self._site.deliver_webhooks_with()
        reconcile(self._site.database, self._site.payments, datetime.now(UTC))
        return check(self._site) | {"orders": orders, "kills": kills}

    def _buy_each(self, buyer: Actor, plans: Sequence[tuple[str, bool]]) -> None:
        for name, pays in plans:
            self._buy(buyer, Wish(OrderKind.NEW_GROUP, name, "", ("writing",), _SEATS), pays)

    def _buy(self, buyer: Actor, wish: Wish, pays: bool) -> None:
        opened = None
        while not self._ended.is_set():
            self._is_up.wait()
            try:
                opened = opened or start_checkout(
                    self._site.database, self._site.payments, wish, buyer, datetime.now(UTC)
                )
                if pays:
                    httpx.post(opened.url, data={"action": "pay"}, timeout=30, verify=False)
                return
            except _LOST:
                self._ended.wait(0.2)  # as somebody who presses the button again

    def _kill_again_and_again(self) -> int:
        for kill in range(self._most):
            if self._ended.wait(self._draw.uniform(0.5, 1.5) * self._every):
                return kill
            self._is_up.clear()
            self._site.server.kill()
            print(f"Kill {kill + 1}: {_fulfilled(self._site)} orders fulfilled", flush=True)
            self._site.server.start()
            self._site.server.wait_until_ready()
            self._change_faults()
            self._is_up.set()
        return self._most

    def _change_faults(self) -> None:
        self._site.deliver_webhooks_with(**self._draw.choice(_FAULTS))


def check(site: Site) -> dict[str, int]:
    """Every order that the payment page says was paid is there once; no other is."""
    with site.database.reading() as session:
        assert broken_rules(session) == []
        orders = session.exec(select(Order).where(Order.source == Source.PAYMENT)).all()
        seats = dict(
            session.exec(select(Seat.order_id, func.count()).group_by(col(Seat.order_id))).all()
        )
        groups = session.exec(select(func.count()).select_from(Group)).one()
    paid = paid_for(site)
    fulfilled = {one.id for one in orders if one.status == OrderStatus.FULFILLED}
    figures = {
        "paid": len(paid),
        "lost": len(paid - fulfilled),
        "for nothing": len(fulfilled - paid),
        "doubled": sum(seats[one] != _SEATS for one in fulfilled),
        "groups too many": groups - len(fulfilled) - 1,  # one is the cast's own
    }
    assert {name: number for name, number in figures.items() if number} == {"paid": len(paid)}
    return figures


def _fulfilled(site: Site) -> int:
    with site.database.reading() as session:
        done = select(func.count()).where(Order.status == OrderStatus.FULFILLED)
        return session.exec(done).one()


def paid_for(site: Site) -> set[UUID]:
    """Return the orders that the payment page has taken money for, once each."""
    since = datetime.now(UTC) - timedelta(days=1)
    payments = [UUID(one.order_id) for one in site.payments.payments_since(since) if one.paid]
    assert len(payments) == len(set(payments))
    return set(payments)

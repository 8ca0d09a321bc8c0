"""The site is killed again and again while people use it: what it acknowledged is kept.

A kill shows that no acknowledged write waits in the process. That it does not wait in the machine
either, where a power cut would lose it, is a setting of the database, asserted below.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from sqlmodel import Session, col, func, select

from grouplic.adapters.database import Database
from grouplic.adapters.mail.sending import Smtp
from grouplic.adapters.mail.worker import Outbox, send_one
from grouplic.adapters.secrets import DerivedTokens
from grouplic.adapters.stripe_payments import StripePayments
from grouplic.domain.groups import Enrollment, EnrollmentKey, Group, Seat
from grouplic.domain.orders import Order, OrderStatus, Source
from grouplic.domain.people import User
from grouplic.domain.records import Mail
from grouplic.services.checkout import reconcile
from grouplic.settings import DEVELOPMENT_SECRET, LOCAL_STRIPE_KEY
from tests.concurrency.mixed import offer
from tests.kills.crowd import SEATS_OF_AN_ORDER, Crowd, Journal
from tests.model.rules import broken_rules
from tests.running.servers import Server, serving, wait_until
from tests.running.smtp import MailServer, mail_server

LIMITS = {"NEW_ACCOUNTS_PER_ADDRESS": "1000000/hour"}
_FAULTS = {"duplicate": 2, "reorder": True, "delay_seconds": 0.1}


@dataclass
class Site:
    """A site that can be killed, its database, and the mail server it sends to."""

    server: Server
    database: Database
    mails: MailServer
    codes: list[str]

    @property
    def payments(self) -> StripePayments:
        """The payment provider, as the site asks it."""
        base = f"http://127.0.0.1:{self.server.port}/local-stripe"
        return StripePayments(LOCAL_STRIPE_KEY, self.server.address, base)

    def deliver_webhooks_with(self, **faults: object) -> None:
        """Tell the payment page how to misbehave."""
        httpx.post(
            f"{self.server.address}/local-stripe/control/faults",
            json=faults,
            headers={"Authorization": f"Bearer {LOCAL_STRIPE_KEY}"},
        ).raise_for_status()

    def outbox(self, later: timedelta) -> Outbox:
        """The worker of mails, as if it were later: leases of killed workers have run out."""
        smtp = Smtp("127.0.0.1", self.mails.port)
        tokens = DerivedTokens(DEVELOPMENT_SECRET)
        sender, address = "Grouplic <hello@grouplic.example>", self.server.address
        return Outbox(
            self.database, smtp, sender, tokens, address, lambda: datetime.now(UTC) + later
        )


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[Site]:
    prize = offer(database, seats=600, contenders=0, now=datetime.now(UTC))
    with mail_server() as mails:
        url = database.engine.url.render_as_string(hide_password=False)
        server = Server(tmp_path, url, SMTP_HOST="127.0.0.1", SMTP_PORT=str(mails.port), **LIMITS)
        with serving(server):
            yield Site(server, database, mails, list(prize.keys))


@pytest.mark.short_form_on("sqlite")
def test_two_kills_lose_nothing(site: Site) -> None:
    live_through(site, kills=2, writes=8, seed=7262)


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(10))
def test_twenty_kills_lose_nothing(site: Site, seed: int) -> None:
    live_through(site, kills=20, writes=25, seed=seed)


@pytest.mark.short_form_on("postgres")
def test_a_paid_order_of_which_no_webhook_tells_is_there_within_a_minute(site: Site) -> None:
    """Every webhook is dropped and the browser is closed: the site asks by itself."""
    site.deliver_webhooks_with(drop=True)
    crowd = Crowd(site.server.address, [], learners=0)
    with crowd.at_work() as journal:
        journal.wait_for(2)

    def everything_is_there() -> bool:
        with site.database.reading() as session:
            return set(journal.paid) <= set(session.exec(select(Group.name)))

    wait_until(everything_is_there, 60)
    check_what_was_acknowledged(site, journal)


def test_sqlite_syncs_every_commit(tmp_path: Path, sqlite_template: Path) -> None:
    database = Database(f"sqlite:///{sqlite_template}")
    with database.writing() as session:
        assert session.connection().execute(text("PRAGMA synchronous")).scalar() == 2
    database.engine.dispose()


def live_through(site: Site, kills: int, writes: int, seed: int) -> None:
    """Kill the site so often, each time after some acknowledged writes, and check everything."""
    draw = random.Random(seed)
    site.deliver_webhooks_with(**_FAULTS)
    crowd = Crowd(site.server.address, site.codes)
    with crowd.at_work() as journal:
        for kill in range(1, kills + 1):
            journal.wait_for(journal.size + draw.randint(1, writes))
            site.server.kill()
            check_what_was_acknowledged(site, journal)
            print(f"Seed {seed}, kill {kill}: {journal.size} acknowledged, 0 lost", flush=True)
            site.server.start()
            site.server.wait_until_ready()
        journal.wait_for(journal.size + writes)
    reconcile(site.database, site.payments, datetime.now(UTC))
    check_what_was_acknowledged(site, journal)
    check_orders(site, journal)
    site.server.kill()
    check_mails(site)


def check_what_was_acknowledged(site: Site, journal: Journal) -> None:
    """Every rule holds, and every key that was said to be redeemed is."""
    with site.database.reading() as session:
        assert broken_rules(session) == []
        held = dict(
            session.exec(
                select(EnrollmentKey.code, User.email_key)
                .join(User, col(User.id) == col(EnrollmentKey.redeemed_by_id))
                .join(Enrollment, col(Enrollment.seat_id) == col(EnrollmentKey.seat_id))
                .where(col(Enrollment.user_id) == col(User.id), col(Enrollment.ended_at).is_(None))
            ).all()
        )
    with journal.changed:
        lost = {code: email for code, email in journal.redeemed.items() if held.get(code) != email}
    assert lost == {}


def check_orders(site: Site, journal: Journal) -> None:
    """What was paid is there once, with its seats; what was not, is not there."""
    with site.database.reading() as session:
        orders = session.exec(select(Order).where(Order.source == Source.PAYMENT)).all()
        groups = dict(
            session.exec(
                select(Group.name, func.count(col(Seat.id)))
                .join(Seat, col(Seat.group_id) == col(Group.id))
                .join(Order, col(Order.id) == col(Seat.order_id))
                .where(Order.source == Source.PAYMENT)
                .group_by(col(Group.id), col(Group.name))
            ).all()
        )
        made = _groups_of(session, [order.group_name for order in orders])
    assert made == len(groups)
    assert {name: groups.get(name) for name in journal.paid} == dict.fromkeys(
        journal.paid, SEATS_OF_AN_ORDER
    )
    for order in orders:
        paid = bool(order.checkout_id) and _is_paid(site.payments, str(order.checkout_id))
        assert (order.status == OrderStatus.FULFILLED) == paid


def check_mails(site: Site) -> None:
    """Every mail that was promised has been taken by the server; copies are identical."""
    until(lambda: not send_one(site.outbox(timedelta(days=2))))
    with site.database.reading() as session:
        mails = session.exec(select(Mail.id, Mail.state)).all()
    assert {state for _, state in mails} == {"sent"}
    taken = site.mails.taken
    missing = [mail for mail, _ in mails if not any(str(mail) in known for known in taken)]
    assert missing == []
    assert [copies for copies in taken.values() if len(set(copies)) > 1] == []


def until(done: Callable[[], bool]) -> None:
    """Do it until it says that nothing is left."""
    while not done():
        pass


def _groups_of(session: Session, names: list[str]) -> int:
    return session.exec(
        select(func.count()).select_from(Group).where(col(Group.name).in_(names))
    ).one()


def _is_paid(payments: StripePayments, checkout_id: str) -> bool:
    return payments.read(checkout_id).payment == "paid"

"""PostgreSQL crashes under a site that is used, and is back after ten seconds."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from sqlmodel import col, func, select

from grouplic.adapters.database import Database
from grouplic.domain.records import Mail
from grouplic.domain.refusals import OutOfReach
from grouplic.services.checkout import reconcile
from grouplic.services.flash import COOKIE, read_flash
from grouplic.settings import DEVELOPMENT_SECRET
from tests.concurrency.mixed import offer
from tests.faults.postgres import FailingServer, failing_postgres
from tests.kills.crowd import Crowd
from tests.kills.test_nothing_is_lost import (
    LIMITS,
    Site,
    check_mails,
    check_orders,
    check_what_was_acknowledged,
)
from tests.running.servers import Server, serving, wait_until
from tests.running.smtp import mail_server
from tests.running.visitor import PASSWORD

pytestmark = pytest.mark.alone

GONE = 10.0  # seconds


@pytest.fixture
def postgres() -> Iterator[FailingServer]:
    with failing_postgres() as server:
        yield server


def test_who_asks_meanwhile_is_refused_and_the_pool_recovers(postgres: FailingServer) -> None:
    database = Database(postgres.url)
    offer(database, seats=1, contenders=0, now=datetime.now(UTC))
    postgres.stop()
    for asking in (database.reading, database.writing):
        with pytest.raises(OutOfReach, match="try again"), asking() as session:
            session.exec(select(func.count()).select_from(Mail)).one()
    postgres.start()
    with database.writing() as session:
        session.exec(select(func.count()).select_from(Mail)).one()
    database.engine.dispose()


def test_the_database_crashes_within_a_transaction_which_leaves_nothing(
    postgres: FailingServer,
) -> None:
    database, now = Database(postgres.url), datetime.now(UTC)

    def write_and_lose_it() -> None:
        with database.writing() as session:
            session.add(Mail(address="dan@new.org", template="x", created_at=now, due_at=now))
            session.flush()
            postgres.stop()

    with pytest.raises(OutOfReach):
        write_and_lose_it()
    postgres.start()
    with database.reading() as session:
        assert session.exec(select(func.count()).select_from(Mail)).one() == 0
    database.engine.dispose()


def test_gone_for_ten_seconds_under_a_site_in_use(postgres: FailingServer, tmp_path: Path) -> None:
    database = Database(postgres.url)
    prize = offer(database, seats=600, contenders=0, now=datetime.now(UTC))
    codes = list(prize.keys)
    with mail_server() as mails:
        smtp = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(mails.port)}
        server = Server(tmp_path, postgres.url, **smtp, **LIMITS)
        site = Site(server, database, mails, codes)
        with serving(server):
            crowd = Crowd(server.address, codes[1:], learners=2)
            with crowd.at_work() as journal:
                journal.wait_for(4)
                postgres.stop()
                gone_since = time.monotonic()
                wait_until(lambda: health(server) == 503)
                assert "try again in a minute" in refusal(server, codes[0])
                wait_until(lambda: time.monotonic() - gone_since > GONE)
                postgres.start()
                wait_until(lambda: health(server) == 200)
                # The same process goes on, without being told to.
                journal.wait_for(journal.size + 4)
            wait_until(lambda: nothing_waits(database), 200)
            assert [copies for copies in mails.taken.values() if len(copies) > 1] == []
            reconcile(database, site.payments, datetime.now(UTC))
            check_what_was_acknowledged(site, journal)
            check_orders(site, journal)
        check_mails(site)
    database.engine.dispose()


def health(server: Server) -> int:
    return httpx.get(f"{server.address}/healthz", timeout=30).status_code


def refusal(server: Server, key: str) -> str:
    """Try to redeem a key, and return what the site says."""
    someone = {"email": "eve@x.org", "first_name": "Eve", "last_name": "M", "password": PASSWORD}
    answer = httpx.post(f"{server.address}/auth/redeem", data={**someone, "key": key}, timeout=30)
    flash = read_flash(answer.cookies.get(COOKIE) or "", "redeem", DEVELOPMENT_SECRET)
    assert flash
    return flash.message


def nothing_waits(database: Database) -> bool:
    """Say whether the site's own worker has sent all mails."""
    with database.reading() as session:
        unsent = select(func.count()).select_from(Mail).where(col(Mail.state) != "sent")
        return session.exec(unsent).one() == 0

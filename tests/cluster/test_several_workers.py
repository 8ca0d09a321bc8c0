"""Two workers, then two hosts: PostgreSQL, Redis and the site as processes of their own."""

import asyncio
from pathlib import Path

import httpx
import pytest

from grouplic.adapters.database import Database
from tests.cast import Cast, key_of_open_seat
from tests.cluster.conftest import SEATS, session_of
from tests.coroutines import run
from tests.running.servers import METRICS_TOKEN, RedisServer, Server, serving, wait_until
from tests.running.tab import Tab
from tests.running.visitor import Visitor

pytestmark = pytest.mark.alone


async def dashboard(site: str, stage: Cast, cookie: str, tab: Tab | None = None) -> Tab:
    """Open the group's dashboard and wait until it shows its seats."""
    group = str(stage.group_id)
    tab = Tab(site, f"/my-teaching/{group}", cookie, group=group)
    await tab.open(METRICS_TOKEN)
    await tab.until(lambda page: page.get("group_state", {}).get("bought") == SEATS)
    return tab


async def taken(tab: Tab, number: int) -> None:
    """Wait until the dashboard shows so many taken seats."""
    await tab.until(lambda page: page["group_state"]["taken"] == number)


async def tab_of_another_worker(site: str, stage: Cast, cookie: str, worker: int) -> Tab:
    """Open dashboards until one is served by another worker; close the others."""
    while (tab := await dashboard(site, stage, cookie)).worker == worker:
        await tab.close()
    return tab


def test_a_dashboard_hears_of_a_learner_whom_another_worker_serves(
    tmp_path: Path, shared_database: Database, redis: RedisServer, stage: Cast
) -> None:
    site = Server(
        tmp_path,
        shared_database.engine.url.render_as_string(hide_password=False),
        REDIS_URL=redis.url,
        WORKERS="2",
    )
    cookie = session_of(shared_database, "alice")
    with shared_database.reading() as session:
        first, second, third, fourth = (
            key_of_open_seat(session, stage.group_id, number) for number in (1, 2, 3, 4)
        )

    async def story() -> None:
        bob = Visitor(site.address)
        worker = await asyncio.to_thread(bob.worker, METRICS_TOKEN)
        alice = await tab_of_another_worker(site.address, stage, cookie, worker)
        assert await asyncio.to_thread(bob.redeem, first)
        await taken(alice, 1)

        # Redis is gone: what is done is done, and pages are as they were.
        redis.stop()
        ann = Visitor(site.address)
        assert await asyncio.to_thread(ann.redeem, second)
        assert await asyncio.to_thread(health, site.address) == 503

        # It is back, and empty: the open page shows what it has missed, and hears of more.
        redis.start()
        await taken(alice, 2)
        assert await asyncio.to_thread(health, site.address) == 200
        assert await asyncio.to_thread(Visitor(site.address).redeem, third)
        await taken(alice, 3)
        assert alice.redirects == []

        # One worker is killed: the other goes on, and another takes its place.
        site.kill(worker)
        await asyncio.to_thread(wait_until, lambda: joins(Visitor(site.address), fourth))
        await taken(alice, 4)
        await asyncio.to_thread(
            wait_until, lambda: worker_of(site.address) not in (0, alice.worker)
        )
        await alice.close()

    with serving(site):
        run(story())


def test_two_hosts_share_a_database_and_a_redis(
    tmp_path: Path, shared_database: Database, redis: RedisServer, stage: Cast
) -> None:
    url = shared_database.engine.url.render_as_string(hide_password=False)
    hosts = [Server(tmp_path, url, REDIS_URL=redis.url) for _ in range(2)]
    cookie = session_of(shared_database, "alice")
    with shared_database.reading() as session:
        key = key_of_open_seat(session, stage.group_id)

    async def story() -> None:
        alice = await dashboard(hosts[0].address, stage, cookie)
        assert await asyncio.to_thread(Visitor(hosts[1].address).redeem, key)
        await taken(alice, 1)
        await alice.close()

    with serving(*hosts):
        run(story())


def joins(visitor: Visitor, key: str) -> bool:
    """Say whether it went through; a connection to the killed worker does not."""
    try:
        return visitor.redeem(key)
    except httpx.TransportError:
        return False


def worker_of(site: str) -> int:
    """Return which worker answers a new connection."""
    try:
        return Visitor(site).worker(METRICS_TOKEN)
    except httpx.TransportError:
        return 0


def health(site: str) -> int:
    return httpx.get(f"{site}/healthz", timeout=30).status_code

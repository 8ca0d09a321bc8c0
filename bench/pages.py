"""The site as people use it: redemptions by websocket, live dashboards, memory, latencies."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psutil
from sqlmodel import col, select

from bench.figures import percentile
from grouplic.adapters.database import Database
from grouplic.domain.groups import EnrollmentKey
from grouplic.domain.people import User
from grouplic.services import sessions
from tests.cast import a_group
from tests.concurrency.mixed import Prize, offer
from tests.running.servers import Server
from tests.running.tab import Tab

EVENTS_OF_A_REDEMPTION = 2  # the key is typed, then redeemed

_GROUP = "group_state"
_REDEEM = "redeem____redeem_state"
_BARE = "errors____error_state.load"  # it reads the page's address, and nothing else


@dataclass
class Site:
    """A running site with its database."""

    server: Server
    database: Database

    @property
    def processes(self) -> list[psutil.Process]:
        """The server and its workers."""
        parent = psutil.Process(self.server.pid)
        return [parent, *parent.children(True)]

    @property
    def memory(self) -> float:
        """Resident kilobytes of its processes."""
        return sum(process.memory_info().rss for process in self.processes) / 1024

    def cookie(self, user: User) -> str:
        """Sign somebody in, and return the cookie as a browser sends it."""
        with self.database.writing() as session:
            person = session.get_one(User, user.id)
            value = sessions.open_session(
                session, person, "bench", timedelta(hours=2), datetime.now(UTC)
            )
        return f"grouplic={value}"

    def leader_cookie(self, prize: Prize) -> str:
        """Sign the group's leader in."""
        with self.database.reading() as session:
            leader = session.get_one(User, prize.leader.user_id)
        return self.cookie(leader)


async def redemptions(site: Site, learners: int, each: int) -> tuple[float, float]:
    """Return redemptions a second and the 95th percentile of their time in ms.

    Every learner types a key, sees what it opens, and redeems it, one group after the other.
    """
    prize, codes = await asyncio.to_thread(_groups, site, learners, each)
    cookies = [await asyncio.to_thread(site.cookie, person) for person in prize.people]
    tabs = await _open([(site, "/redeem", cookie, {}) for cookie in cookies])
    times: list[float] = []

    async def learn(number: int) -> None:
        for group in range(each):
            times.append(await _redeem(tabs[number], codes[group][number]))

    began = time.perf_counter()
    await asyncio.gather(*(learn(number) for number in range(learners)))
    rate = learners * each / (time.perf_counter() - began)
    await _close(tabs)
    return rate, percentile(times, 95) * 1000


async def bare_events(site: Site, tabs: int, each: int) -> float:
    """Return how many events a second come back that do nothing."""
    opened = await _open([(site, "/error", "", {}) for _ in range(tabs)])

    async def ask(tab: Tab) -> None:
        for _ in range(EVENTS_OF_A_REDEMPTION * each):
            before = tab.updates
            await tab.do(_BARE)
            await tab.until(lambda _, before=before: tab.updates > before)

    began = time.perf_counter()
    await asyncio.gather(*(ask(tab) for tab in opened))
    rate = tabs * EVENTS_OF_A_REDEMPTION * each / (time.perf_counter() - began)
    await _close(opened)
    return rate


async def bare_http(site: Site, connections: int, each: int) -> float:
    """Return how many requests a second are answered without asking anything."""
    limits = httpx.Limits(max_connections=connections)
    async with httpx.AsyncClient(base_url=site.server.address, limits=limits) as browser:

        async def ask() -> None:
            for _ in range(each):
                (await browser.get("/uploads/sample.csv")).raise_for_status()

        began = time.perf_counter()
        await asyncio.gather(*(ask() for _ in range(connections)))
        return connections * each / (time.perf_counter() - began)


async def live(site: Site, dashboards: int, changes: int) -> float:
    """Return the 95th percentile, in ms, from a learner's click to every dashboard showing it."""
    prize = await asyncio.to_thread(offer, site.database, 100, changes, datetime.now(UTC))
    tabs = await open_dashboards(site, prize, dashboards)
    times: list[float] = []
    for number in range(changes):
        cookie = await asyncio.to_thread(site.cookie, prize.people[number])
        (learner,) = await _open([(site, "/redeem", cookie, {})])
        await learner.do(f"{_REDEEM}.type_key", typed=prize.keys[number])
        await learner.until(lambda page: page["redeem_state"].get("key"))
        began = time.perf_counter()
        seen = [asyncio.create_task(_taken(tab, number + 1)) for tab in tabs]
        await learner.do(f"{_REDEEM}.redeem")
        times += [await one - began for one in seen]
        await learner.close()
    await _close(tabs)
    return percentile(times, 95) * 1000


async def memory(site: Site, dashboards: int) -> float:
    """Return the resident kilobytes that each of so many open dashboards costs."""
    prize = await asyncio.to_thread(offer, site.database, 30, 20, datetime.now(UTC))
    await _close(await open_dashboards(site, prize, 20))  # what is loaded but once
    before = site.memory
    tabs = await open_dashboards(site, prize, dashboards)
    cost = (site.memory - before) / dashboards
    await _close(tabs)
    return cost


async def added_by(
    site: Site, work: Callable[[], Awaitable[Any]], seconds: float
) -> tuple[float, float]:
    """Return the 95th percentile, in ms, of other people's events: at rest, and beside ``work``."""
    prize = await asyncio.to_thread(offer, site.database, 10, 4, datetime.now(UTC))
    cookies = [await asyncio.to_thread(site.cookie, person) for person in prize.people]
    tabs = await _open([(site, "/redeem", cookie, {}) for cookie in cookies])
    stop = asyncio.Event()
    at_rest = asyncio.create_task(_look_up(tabs, prize, stop))
    await asyncio.sleep(seconds)
    stop.set()
    rest = await at_rest
    stop = asyncio.Event()
    beside = asyncio.create_task(_look_up(tabs, prize, stop))
    await work()
    stop.set()
    busy = await beside
    await _close(tabs)
    return percentile(rest, 95) * 1000, percentile(busy, 95) * 1000


async def open_dashboards(site: Site, prize: Prize, number: int) -> list[Tab]:
    """Open the group's dashboard in so many tabs, and wait until all show it."""
    cookie = await asyncio.to_thread(site.leader_cookie, prize)
    tabs: list[Tab] = []
    for start in range(0, number, 20):
        wave = range(start, min(start + 20, number))
        tabs += await asyncio.gather(*(_dashboard(site, prize, cookie) for _ in wave))
    return tabs


async def _dashboard(site: Site, prize: Prize, cookie: str) -> Tab:
    group = str(prize.group_id)
    tab = Tab(site.server.address, f"/my-teaching/{group}", cookie, group=group)
    await tab.open()
    await tab.until(lambda page: page.get(_GROUP, {}).get("bought"))
    return tab


async def _open(pages: Sequence[tuple[Site, str, str, dict[str, str]]]) -> list[Tab]:
    tabs = [Tab(site.server.address, path, cookie, **args) for site, path, cookie, args in pages]
    for tab in tabs:
        await tab.open()
        await tab.until(lambda page: page.get("who_state", {}).get("ready"))
    return tabs


async def _close(tabs: Sequence[Tab]) -> None:
    await asyncio.gather(*(tab.close() for tab in tabs))


async def _redeem(tab: Tab, code: str) -> float:
    began = time.perf_counter()
    tab.redirects.clear()
    await tab.do(f"{_REDEEM}.type_key", typed=code)
    await tab.do(f"{_REDEEM}.redeem")
    await tab.until(lambda _: tab.redirects)
    return time.perf_counter() - began


async def _taken(tab: Tab, number: int) -> float:
    await tab.until(lambda page: page[_GROUP]["taken"] >= number)
    return time.perf_counter()


async def _look_up(tabs: Sequence[Tab], prize: Prize, stop: asyncio.Event) -> list[float]:
    times: list[float] = []
    while not stop.is_set():
        for number, tab in enumerate(tabs):
            began, before = time.perf_counter(), tab.updates
            await tab.do(f"{_REDEEM}.type_key", typed=prize.keys[number])
            await tab.until(lambda _, tab=tab, before=before: tab.updates > before)
            times.append(time.perf_counter() - began)
        await asyncio.sleep(0.02)
    return times


def _groups(site: Site, learners: int, each: int) -> tuple[Prize, list[list[str]]]:
    now = datetime.now(UTC)
    prize = offer(site.database, 1, learners, now)
    codes: list[list[str]] = []
    for _ in range(each):
        with site.database.writing() as session:
            group = a_group(session, prize.leader, now, learners)
            session.flush()
            keys = select(EnrollmentKey.code).where(col(EnrollmentKey.group_id) == group.id)
            codes.append(list(session.exec(keys)))
    return prize, codes


def median(values: Sequence[float]) -> float:
    """Return the middle value."""
    return statistics.median(values)

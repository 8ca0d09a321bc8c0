"""What an answer's time tells a guesser: of something that is there, beside something that is not.

What is there and what is not is asked for in turn, so that a busy machine falls on both alike. The
ratio is what counts; that it is near one over many is no proof for every attack.
"""

import asyncio
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlmodel import select

from bench.figures import Figure
from bench.pages import Site
from grouplic.domain import keys
from grouplic.domain.groups import EnrollmentKey
from tests.concurrency.mixed import offer
from tests.running.tab import Tab
from tests.running.visitor import Visitor

# Of one who has time and many addresses; whoever has one is stopped after a few.
LIMITS = dict.fromkeys(
    (
        *("FAILED_SIGN_INS_PER_ACCOUNT", "FAILED_SIGN_INS_PER_ADDRESS", "LINKS_PER_ACCOUNT"),
        *("FAILED_KEYS_PER_ACCOUNT", "FAILED_KEYS_PER_ADDRESS"),
    ),
    "1000000/hour",
)
_LOOK_UP = "redeem____redeem_state.look_up"

Ask = Callable[[bool], None]


def figures(site: Site, runs: int, each: int) -> Iterator[Figure]:
    """Yield the ratio of medians, there to not there, for every door that a guesser might try."""
    known = Visitor(site.server.address)
    known.sign_up()
    guesser = Visitor(site.server.address)

    def sign_in(there: bool) -> None:
        guesser.sign_in(known.email if there else _nobody(), "not the password 42")

    def forgot(there: bool) -> None:
        email = known.email if there else _nobody()
        guesser.post("/auth/forgot-password", {"email": email})

    yield _figure("a wrong password, of an account beside none", sign_in, runs, each)
    yield _figure("a forgotten password, of an account beside none", forgot, runs, each)
    yield _keys(site, runs, each)


def _keys(site: Site, runs: int, each: int) -> Figure:
    prize = offer(site.database, 1, 1, datetime.now(UTC))
    with site.database.reading() as session:
        minted = session.exec(
            select(EnrollmentKey.code).where(EnrollmentKey.group_id == prize.group_id)
        ).all()

    async def work() -> Figure:
        tab = await Tab(site.server.address, "/redeem").open()
        await tab.until(lambda page: page.get("who_state", {}).get("ready"))
        loop = asyncio.get_running_loop()

        def look_up(there: bool) -> None:
            key = minted[0] if there else keys.mint()
            asyncio.run_coroutine_threadsafe(_looked_up(tab, key, there), loop).result()

        name = "a look at a key, of one that is minted beside none"
        figure = await asyncio.to_thread(_figure, name, look_up, runs, each)
        figure.target, figure.holds = "measured; the answer itself says it", None
        await tab.close()
        return figure

    return asyncio.run(work())


async def _looked_up(tab: Tab, key: str, there: bool) -> None:
    def answered(page: dict[str, dict[str, Any]]) -> bool:
        shown = page["redeem_state"]
        if there:
            return bool(shown["key"] == keys.show(key))
        return bool(shown["typed"] == key and shown["refusal"])

    await tab.do(_LOOK_UP, form={"key": key})
    await tab.until(answered)


def _figure(name: str, ask: Ask, runs: int, each: int) -> Figure:
    figure = Figure(f"time of {name}, median by median", "×", "0.95 to 1.05 ×")
    figure.holds = lambda ratio: 0.95 <= ratio <= 1.05
    medians: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(runs):
        took = _took(ask, each)
        figure.runs.append(took[True] / took[False])
        for there, milliseconds in took.items():
            medians[there].append(milliseconds)
    there, none = (statistics.median(medians[one]) for one in (True, False))
    figure.limit = f"there {there:.2f} ms, not there {none:.2f} ms"
    return figure


def _took(ask: Ask, each: int) -> dict[bool, float]:
    """Return the median milliseconds of asking so often for what is there, and for what is not."""
    times: dict[bool, list[float]] = {True: [], False: []}
    for number in range(2 * each):
        there = number % 2 == 0
        began = time.perf_counter()
        ask(there)
        times[there].append((time.perf_counter() - began) * 1_000)
    return {there: statistics.median(took) for there, took in times.items()}


def _nobody() -> str:
    return f"{uuid4().hex[:12]}@visitors.org"

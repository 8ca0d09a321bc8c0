"""The rows of design.md's numbers, each with its target and with what the machine allows."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from bench import claims, dashboard, databases, files, guessing, pages, races
from bench.figures import Figure
from bench.sites import one_process, two_workers
from bench.sizes import Size
from grouplic.adapters.database import Database

Measure = Callable[[Size], Iterator[Figure]]


def oversold(size: Size) -> Iterator[Figure]:
    """Every way into a group at once, for few seats, on both databases."""
    for kind, database in _both():
        figure = Figure(
            f"seats oversold, promised twice or withheld, {size.contenders:,} contenders for "
            f"{', '.join(map(str, races.SEATS))} seats over 64 connections, {kind}",
            "",
            "0",
            lambda x: x == 0,
            others="license-manager: twice in 29 of 35 races",
        )
        figure.runs += [races.wrongs(database, seats, size.contenders) for seats in races.SEATS]
        over = races.naive(database, races.SEATS[1], size.contenders)
        figure.limit = f"a naive way: {over} too many"
        yield figure


def claim_rates(size: Size) -> Iterator[Figure]:
    """Redemptions at service level, on both databases."""
    for kind, database in _both():
        yield from _claim_rates(database, kind, size)


def _claim_rates(database: Database, kind: str, size: Size) -> Iterator[Figure]:
    rate, share = claims.figures(kind)
    bare_rates, most, syncs = [], [], []
    claims.redemptions(database, 20)
    for _ in range(size.runs):
        syncs.append(claims.bare_syncs(size.claims // 4))
        served, bare, by_driver = claims.measure(database, size.claims)
        rate.runs.append(served)
        share.runs.append(100 * served / bare)
        bare_rates.append(bare)
        most.append(by_driver)
    rate.limit = f"its own statements by the bare driver {pages.median(most):,.0f}/s"
    share.limit = (
        f"bare claims {pages.median(bare_rates):,.0f}/s, fdatasync {pages.median(syncs):,.0f}/s"
    )
    yield from (rate, share)


def by_websocket(size: Size) -> Iterator[Figure]:
    """50 signed-in learners who redeem, in one process with SQLite."""
    rate = Figure("redemptions by websocket, 50 learners, one process", "/s", "≥ 250/s")
    rate.holds, rate.others = lambda x: x >= 250, "pretix: 12 vouchers/s"
    late = Figure("… 95th percentile, with the look-up", "ms", "≤ 300 ms", lambda x: x <= 300)
    late.others = "pretix: 4.4 s"
    share = Figure("… of what as many bare events reach", "%", "measured")
    bare, http = [], []
    with one_process() as site:
        for _ in range(size.runs):
            bare.append(asyncio.run(pages.bare_events(site, 50, size.each)))
            http.append(asyncio.run(pages.bare_http(site, 50, size.each)))
            served, worst = asyncio.run(pages.redemptions(site, 50, size.each))
            rate.runs.append(served)
            late.runs.append(worst)
            share.runs.append(100 * served * pages.EVENTS_OF_A_REDEMPTION / bare[-1])
    share.limit = (
        f"bare events {pages.median(bare):,.0f}/s, bare HTTP {pages.median(http):,.0f}/s; "
        f"a redemption is {pages.EVENTS_OF_A_REDEMPTION} events"
    )
    yield from (rate, late, share)


def live_in_one_process(size: Size) -> Iterator[Figure]:
    """From a learner's click to every open dashboard, one process with SQLite."""
    yield from _live(size, "one process", 100, one_process)


def live_across_workers(size: Size) -> Iterator[Figure]:
    """The same across two workers with PostgreSQL and Redis."""
    yield from _live(size, "two workers with Redis", 250, two_workers)


def _live(size: Size, where: str, most: float, place: Callable[[], Any]) -> Iterator[Figure]:
    name = f"click → shown in {size.dashboards} dashboards, p95, {where}"
    figure = Figure(name, "ms", f"≤ {most:.0f} ms", lambda x: x <= most, others="nobody pushes")
    figure.limit = "the redemption itself is in it"
    with place() as site:
        _runs(figure, size, lambda: pages.live(site, size.dashboards, size.changes))
    yield figure


def memory(size: Size) -> Iterator[Figure]:
    """What an open dashboard costs."""
    figure = Figure("memory of an open dashboard", "KB", "≤ 250 KB", lambda x: x <= 250)
    for _ in range(size.runs):
        with one_process() as site:
            figure.runs.append(asyncio.run(pages.memory(site, 2 * size.dashboards)))
    yield figure


def dashboards(size: Size) -> Iterator[Figure]:
    """A dashboard of many learners beside one of 100: server time, and queries."""
    with databases.sqlite() as database:
        yield from dashboard.figures(database, size.large, size.runs, 20 * size.changes)


def beside_an_import(size: Size) -> Iterator[Figure]:
    """Other people's pages while a file with passwords is imported."""
    rest = Figure("an event of others, at rest, p95", "ms", "measured")
    added = Figure("… added while an import runs", "ms", "≤ 50 ms", lambda x: x <= 50)
    with one_process() as site:
        for _ in range(size.runs):
            confirm = files.confirmed(site.database, min(1_000, size.hashed))

            async def work(confirm: Callable[[], Any] = confirm) -> None:
                upload = await asyncio.to_thread(confirm)
                await asyncio.to_thread(files.wait_for, site.database, upload)

            at_rest, busy = asyncio.run(pages.added_by(site, work, size.seconds))
            rest.runs.append(at_rest)
            added.runs.append(busy - at_rest)
    yield from (rest, added)


def hashed_imports(size: Size) -> Iterator[Figure]:
    """Imports with passwords, beside the hashes alone."""
    name = f"import of {size.hashed:,} new users with passwords, of the hashes alone on all cores"
    figure = Figure(name, "×", "≤ 1.25 ×", lambda x: x <= 1.25)
    figure.others = "Kolibri: 11.5 rows/s, 90 % of it hashes"
    rates = []
    for _ in range(size.runs):
        with databases.sqlite() as database:
            alone = files.hashes(size.hashed)
            rates.append(size.hashed / alone)
            figure.runs.append(files.importing(database, size.hashed, passwords=True) / alone)
    figure.limit = f"argon2 alone: {pages.median(rates):,.0f}/s"
    yield figure


def plain_imports(size: Size) -> Iterator[Figure]:
    """Imports without passwords."""
    figure = Figure(f"import of {size.rows:,} without passwords", "rows/s", "≥ 5,000/s")
    figure.holds, figure.others = lambda x: x >= 5_000, "license-manager: 930 rows/s"
    for _ in range(size.runs):
        with databases.sqlite() as database:
            seconds = files.importing(database, size.rows, passwords=False)
            figure.runs.append(size.rows / seconds)
    yield figure


def dry_runs(size: Size) -> Iterator[Figure]:
    """A large file with passwords, from its bytes to a verdict on every row."""
    figure = Figure(f"dry run of {size.file:,} rows", "s", "≤ 8 s", lambda x: x <= 8)
    alone = []
    for _ in range(size.runs):
        with databases.sqlite() as database:
            alone.append(files.validating(size.file))
            figure.runs.append(files.dry_run(database, size.file))
    figure.limit = f"email-validator alone: {pages.median(alone):.1f} s"
    yield figure


def scripts(_: Size) -> Iterator[Figure]:
    """What the redeem page makes a browser load, and the least that any page of the site does."""
    figure = Figure("JavaScript of the redeem page, gzipped", "KB", "recorded")
    figure.runs = [files.script_size("redeem")]
    figure.limit = f"the site's error page: {files.script_size('error'):.0f} KB"
    yield figure


def guesses(size: Size) -> Iterator[Figure]:
    """What the time of an answer tells somebody who guesses accounts and keys."""
    with one_process(**guessing.LIMITS) as site:
        yield from guessing.figures(site, size.runs, size.changes)


MEASURES: dict[str, Measure] = {
    "oversold": oversold,
    "claims": claim_rates,
    "websocket": by_websocket,
    "hashed": hashed_imports,
    "plain": plain_imports,
    "dry": dry_runs,
    "live": live_in_one_process,
    "workers": live_across_workers,
    "dashboards": dashboards,
    "beside": beside_an_import,
    "scripts": scripts,
    "memory": memory,
    "guesses": guesses,
}


def _both() -> Iterator[tuple[str, Database]]:
    with databases.sqlite() as database:
        yield "SQLite", database
    with databases.postgres_server() as server, databases.postgres(server) as database:
        yield "PostgreSQL", database


def _runs(figure: Figure, size: Size, measure: Callable[[], Awaitable[float]]) -> None:
    async def once() -> float:
        return await measure()

    figure.runs += [asyncio.run(once()) for _ in range(size.runs)]

"""Takes the measurements and writes bench/RESULTS.md; names on the command line choose some."""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import claims, databases, files, pages
from bench.figures import Figure, machine, table
from bench.pages import Site
from grouplic.adapters.database import Database
from tests.running.servers import RedisServer, Server, serving

_RESULTS = Path(__file__).parent / "RESULTS.md"
_LIMITS = {"NEW_ACCOUNTS_PER_ADDRESS": "1000000/hour", "LOOKUPS_PER_LEADER": "1000000/hour"}


@dataclass(frozen=True)
class Size:
    """How much is measured: everything for RESULTS.md, a little to try the scripts."""

    runs: int
    claims: int
    each: int
    dashboards: int
    changes: int
    rows: int
    file: int
    large: int
    seconds: float


_FULL = Size(5, 2_000, 10, 100, 20, 10_000, 100_000, 10_000, 10)
_LITTLE = Size(1, 100, 1, 10, 2, 100, 1_000, 300, 1)

Measure = Callable[[Size], Iterator[Figure]]


def claim_rates(size: Size) -> Iterator[Figure]:
    """Redemptions at service level, on both databases."""
    with databases.sqlite() as database:
        yield from _claim_rates(database, "SQLite", size)
    with databases.postgres_server() as server, databases.postgres(server) as database:
        yield from _claim_rates(database, "PostgreSQL", size)


def _claim_rates(database: Database, kind: str, size: Size) -> Iterator[Figure]:
    rate, share = claims.figures(kind)
    bare_rates = []
    claims.redemptions(database, 20)
    for _ in range(size.runs):
        served, bare = claims.measure(database, kind, size.claims)
        rate.runs.append(served)
        share.runs.append(100 * served / bare)
        bare_rates.append(bare)
    share.note = f"bare: {pages.median(bare_rates):,.0f}/s"
    yield from (rate, share)


def by_websocket(size: Size) -> Iterator[Figure]:
    """50 signed-in learners who redeem, in one process with SQLite."""
    rate = Figure("redemptions by websocket, 50 learners", "/s", "≥ 250/s", lambda x: x >= 250)
    late = Figure("… 95th percentile, with the look-up", "ms", "≤ 300 ms", lambda x: x <= 300)
    with one_process() as site:
        for _ in range(size.runs):
            served, worst = asyncio.run(pages.redemptions(site, 50, size.each))
            rate.runs.append(served)
            late.runs.append(worst)
    yield from (rate, late)


def live(size: Size) -> Iterator[Figure]:
    """From a learner's click to every open dashboard."""
    tabs = size.dashboards
    one = Figure(
        f"click → {tabs} dashboards, p95, one process", "ms", "≤ 100 ms", lambda x: x <= 100
    )
    two = Figure(
        f"click → {tabs} dashboards, p95, two workers", "ms", "≤ 250 ms", lambda x: x <= 250
    )
    for figure, place in ((one, one_process), (two, two_workers)):
        figure.note = "the redemption itself is in it"
        with place() as site:
            _runs(figure, size, lambda: pages.live(site, tabs, size.changes))
        yield figure


def memory(size: Size) -> Iterator[Figure]:
    """What an open dashboard costs."""
    figure = Figure("memory of an open dashboard", "KB", "≤ 250 KB", lambda x: x <= 250)
    for _ in range(size.runs):
        with one_process() as site:
            figure.runs.append(asyncio.run(pages.memory(site, 2 * size.dashboards)))
    yield figure


def growth(size: Size) -> Iterator[Figure]:
    """A dashboard of many learners beside one of 100."""
    small = Figure("opening a dashboard of 100 learners, p95", "ms", "measured")
    large = Figure(f"… of {size.large:,} learners, p95", "ms", "measured")
    ratio = Figure("… of that", "×", "≤ 2 ×", lambda x: x <= 2)
    with one_process() as site:
        for _ in range(size.runs):
            small.runs.append(asyncio.run(pages.opening(site, 100, size.changes)))
            large.runs.append(asyncio.run(pages.opening(site, size.large, size.changes)))
            ratio.runs.append(large.runs[-1] / small.runs[-1])
    yield from (small, large, ratio)


def beside_an_import(size: Size) -> Iterator[Figure]:
    """Other people's pages while a file with passwords is imported."""
    rest = Figure("an event of others, at rest, p95", "ms", "measured")
    added = Figure("… added while an import runs", "ms", "≤ 50 ms", lambda x: x <= 50)
    with one_process() as site:
        for _ in range(size.runs):
            confirm = files.confirmed(site.database, size.rows // 10)

            async def work(confirm: Callable[[], Any] = confirm) -> None:
                upload = await asyncio.to_thread(confirm)
                await asyncio.to_thread(files.wait_for, site.database, upload)

            at_rest, busy = asyncio.run(pages.added_by(site, work, size.seconds))
            rest.runs.append(at_rest)
            added.runs.append(busy - at_rest)
    yield from (rest, added)


def imports(size: Size) -> Iterator[Figure]:
    """Imports with and without passwords, and dry runs."""
    hashed = Figure(
        f"import of {size.rows:,} with passwords, of the hashes alone",
        "×",
        "≤ 1.25 ×",
        lambda x: x <= 1.25,
    )
    plain = Figure("import without passwords", "rows/s", "≥ 5,000", lambda x: x >= 5_000)
    dry = Figure(f"dry run of {size.file:,} rows", "s", "≤ 8 s", lambda x: x <= 8)
    for _ in range(size.runs):
        with databases.sqlite() as database:
            alone = files.hashes(size.rows)
            hashed.runs.append(files.importing(database, size.rows, passwords=True) / alone)
            hashed.note = f"hashes alone: {size.rows / alone:,.0f}/s"
            seconds = files.importing(database, size.rows, passwords=False)
            plain.runs.append(size.rows / seconds)
            dry.runs.append(files.dry_run(database, size.file))
    yield from (hashed, plain, dry)


def scripts(_: Size) -> Iterator[Figure]:
    """What the redeem page makes a browser load."""
    yield Figure(
        "JavaScript of the redeem page, gzipped",
        "KB",
        "recorded",
        runs=[files.script_size("redeem")],
    )


_ALL: dict[str, Measure] = {
    "scripts": scripts,
    "claims": claim_rates,
    "websocket": by_websocket,
    "live": live,
    "memory": memory,
    "growth": growth,
    "beside": beside_an_import,
    "imports": imports,
}


@contextmanager
def one_process() -> Iterator[Site]:
    """One process with SQLite."""
    with databases.sqlite() as database, _serve(database) as site:
        yield site


@contextmanager
def two_workers() -> Iterator[Site]:
    """Two workers with PostgreSQL and Redis."""
    redis = RedisServer()
    redis.start()
    try:
        with (
            databases.postgres_server() as server,
            databases.postgres(server) as database,
            _serve(database, REDIS_URL=redis.url, WORKERS="2") as site,
        ):
            yield site
    finally:
        redis.stop()


@contextmanager
def _serve(database: Database, **environment: str) -> Iterator[Site]:
    url = database.engine.url.render_as_string(hide_password=False)
    with tempfile.TemporaryDirectory(prefix="grouplic-bench-") as folder:
        server = Server(Path(folder), url, **_LIMITS, **environment)
        with serving(server):
            yield Site(server, database)


def _runs(figure: Figure, size: Size, measure: Callable[[], Awaitable[float]]) -> None:
    async def once() -> float:
        return await measure()

    figure.runs += [asyncio.run(once()) for _ in range(size.runs)]


def main(arguments: list[str]) -> None:
    """Measure; ``little`` measures a little and writes nothing."""
    size = _LITTLE if "little" in arguments else _FULL
    chosen = [name for name in _ALL if name in arguments] or list(_ALL)
    about, measured = machine(), []
    print(about)
    for name in chosen:
        for figure in _ALL[name](size):
            measured.append(figure)
            print(figure.row, flush=True)
    if size is _FULL and chosen == list(_ALL):
        head = "# Results\n\nWritten by `make bench`; every figure is the median of its runs."
        _RESULTS.write_text(f"{head}\n\n{about}\n\n{table(measured)}\n", encoding="utf-8")


main(sys.argv[1:])

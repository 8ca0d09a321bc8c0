"""The leader's dashboard of many learners against 100: server time, as a ratio, and queries.

Each round reads what the page reads when it is opened: the seats and one page of the matrix. The
two classes take turns, so that whatever else the machine does meets both.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

from bench.figures import Figure, percentile
from grouplic.adapters.database import Database
from grouplic.services.looking import Looking
from grouplic.services.matrix import matrix
from grouplic.services.seat_map import seat_map
from tests.big_class import BigClass, fill_class
from tests.cast import invite_the_cast
from tests.services.watching import asked

_FEW = 100


def figures(database: Database, many: int, runs: int, rounds: int) -> Iterator[Figure]:
    """Return both times, their ratio, and how many queries more the large one needs."""
    now = datetime.now(UTC)
    leader = invite_the_cast(database, now).alice
    classes = [fill_class(database, leader, size, now) for size in (_FEW, many)]
    small = Figure(f"dashboard of {_FEW} learners, server time p95", "ms", "measured")
    large = Figure(f"… of {many:,} learners, p95", "ms", "measured")
    ratio = Figure("… of that", "×", "≤ 2 ×", lambda x: x <= 2)
    more = Figure("… queries more than for 100", "", "0", lambda x: x == 0)
    queries = [_queries(database, one, now) for one in classes]
    more.runs, more.limit = (
        [queries[1] - queries[0]],
        f"{queries[0]} for 100, {queries[1]} for {many:,}: a bar asks for no tiles",
    )
    for _ in range(runs):
        times = _rounds(database, classes, rounds // runs, now)
        few_ms, many_ms = (1000 * percentile(one, 95) for one in times)
        small.runs.append(few_ms)
        large.runs.append(many_ms)
        ratio.runs.append(many_ms / few_ms)
    yield from (small, large, ratio, more)


def _rounds(
    database: Database, classes: list[BigClass], rounds: int, now: datetime
) -> list[list[float]]:
    times: list[list[float]] = [[] for _ in classes]
    for _ in range(max(rounds, 1)):
        for place, one in enumerate(classes):
            began = time.perf_counter()
            _open_dashboard(database, one, now)
            times[place].append(time.perf_counter() - began)
    return times


def _queries(database: Database, one: BigClass, now: datetime) -> int:
    with asked(database) as statements:
        _open_dashboard(database, one, now)
    return len(statements)


def _open_dashboard(database: Database, one: BigClass, now: datetime) -> None:
    with database.reading() as session:
        seat_map(session, one.group_id, one.leader)
        matrix(session, one.group_id, Looking(), one.leader, now)

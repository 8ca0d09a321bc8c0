"""The leader's dashboard with 10,000 learners against 100: server time, as a ratio.

    .venv/bin/python -m bench.dashboard

Each round reads what the page reads when it is opened: the seats and one page of the matrix. The
two classes take turns, so that whatever else the machine does meets both.
"""

import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from grouplic.adapters.database import Database
from grouplic.services.looking import Looking
from grouplic.services.matrix import matrix
from grouplic.services.seat_map import seat_map
from tests.big_class import BigClass, fill_class
from tests.cast import invite_the_cast
from tests.conftest import migrate

SMALL, LARGE, ROUNDS, TARGET = 100, 10_000, 60, 2.0


def main() -> None:
    """Measure, and print both times and their ratio."""
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'grouplic.db'}"
        migrate(url)
        database = Database(url)
        leader = invite_the_cast(database, now).alice
        classes = [fill_class(database, leader, size, now) for size in (SMALL, LARGE)]
        times: list[list[float]] = [[], []]
        for _ in range(ROUNDS):
            for place, one in enumerate(classes):
                times[place].append(_open_dashboard(database, one, now))
    small, large = (statistics.quantiles(one[5:], n=20)[18] for one in times)
    print(f"{SMALL:>6} learners: p95 {1000 * small:6.1f} ms")
    print(f"{LARGE:>6} learners: p95 {1000 * large:6.1f} ms")
    print(f"ratio {large / small:.2f}, target at most {TARGET}")


def _open_dashboard(database: Database, one: BigClass, now: datetime) -> float:
    began = time.perf_counter()
    with database.reading() as session:
        seat_map(session, one.group_id, one.leader)
        matrix(session, one.group_id, Looking(), one.leader, now)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()

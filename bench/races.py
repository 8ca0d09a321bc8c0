"""Many more people than seats, by every way at once: how many seats too many were given."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from grouplic.adapters.database import Database
from tests.cast import live_learners
from tests.concurrency.mixed import contend, offer, refused_while_a_seat_was_free
from tests.concurrency.race import by_read_and_write, drop_the_guard, prepare, race

SEATS = (1, 10, 100)


def wrongs(database: Database, seats: int, contenders: int) -> float:
    """Hold a race over two pools of 32 connections; count what should not have happened.

    That is: learners more or fewer than seats, seats promised twice, and whoever was refused while
    a seat was free.
    """
    with _twin(database) as other:
        prize = offer(database, seats, contenders, datetime.now(UTC))
        told = contend([database, other], prize, seed=seats)
    with database.reading() as session:
        learners = len(live_learners(session, prize.group_id))
    promised = sum(one.seats for one in told)
    return abs(learners - seats) + abs(promised - seats) + refused_while_a_seat_was_free(told)


def naive(database: Database, seats: int, contenders: int) -> int:
    """Hold the same race with a naive way; return how many more learners than seats it let in.

    The database is of no use afterwards: the index that would stop them is gone.
    """
    now = datetime.now(UTC)
    group_id, people = prepare(database, seats, contenders, now)
    drop_the_guard(database)
    outcome = race(database, group_id, people, by_read_and_write(database, group_id, now))
    return outcome.learners_on_seats - seats


@contextmanager
def _twin(database: Database) -> Iterator[Database]:
    other = Database(database.engine.url.render_as_string(hide_password=False))
    yield other
    other.engine.dispose()

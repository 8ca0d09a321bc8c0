"""Up to 1,000 contenders over 64 connections for 1, 10 or 100 seats, by every way at once."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from grouplic.adapters.database import Database
from tests.cast import live_learners, seat_states
from tests.concurrency.mixed import contend, offer, refused_while_a_seat_was_free
from tests.concurrency.race import by_read_and_write, drop_the_guard, prepare, race
from tests.model.rules import broken_rules


@pytest.fixture
def two_processes(database: Database) -> Iterator[list[Database]]:
    """Two pools of 32 connections each, which know nothing of each other."""
    other = Database(database.engine.url.render_as_string(hide_password=False))
    yield [database, other]
    other.engine.dispose()


def compete(
    databases: list[Database], seats: int, contenders: int, now: datetime, seed: int
) -> None:
    """Hold one race, and check everything there is to check about it."""
    prize = offer(databases[0], seats, contenders, now)
    told = contend(databases, prize, seed)

    with databases[0].reading() as session:
        assert broken_rules(session) == []
        assert seat_states(session, prize.group_id) == ["taken"] * seats
        assert len(live_learners(session, prize.group_id)) == seats
    assert sum(one.seats for one in told) == seats
    assert refused_while_a_seat_was_free(told) == 0


def test_300_contenders_by_every_way_take_exactly_the_20_seats(
    two_processes: list[Database], now: datetime
) -> None:
    compete(two_processes, seats=20, contenders=300, now=now, seed=7262)


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("seats", [1, 10, 100])
def test_1000_contenders_by_every_way(
    two_processes: list[Database], seats: int, seed: int, now: datetime
) -> None:
    compete(two_processes, seats, contenders=1_000, now=now, seed=seed)


@pytest.mark.prove
@pytest.mark.parametrize("seats", [10, 100])
def test_1000_contenders_see_a_naive_way_oversell(
    database: Database, seats: int, now: datetime
) -> None:
    group_id, people = prepare(database, seats, 1_000, now)
    drop_the_guard(database)
    outcome = race(database, group_id, people, by_read_and_write(database, group_id, now))
    assert outcome.learners_on_seats > seats

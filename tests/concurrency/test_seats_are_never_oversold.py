"""200 people for 50 seats, at once."""

from datetime import datetime

from grouplic.adapters.database import Database
from tests.concurrency.race import (
    by_read_and_write,
    by_the_service,
    drop_the_guard,
    prepare,
    race,
)


def test_200_contenders_for_50_seats_take_exactly_50(database: Database, now: datetime) -> None:
    group_id, people = prepare(database, seats=50, contenders=200, now=now)

    outcome = race(database, group_id, people, by_the_service(database, group_id, now), 32)

    assert outcome.errors == []
    assert outcome.told == {"joined": 50, "refused": 150}
    assert outcome.taken_seats == outcome.learners_on_seats == 50
    assert outcome.most_on_one_seat == 1


def test_the_same_harness_sees_a_naive_way_oversell(database: Database, now: datetime) -> None:
    group_id, people = prepare(database, seats=50, contenders=200, now=now)
    drop_the_guard(database)

    outcome = race(database, group_id, people, by_read_and_write(database, group_id, now), 32)

    assert outcome.learners_on_seats > 50
    assert outcome.most_on_one_seat > 1


def test_the_index_stops_even_the_naive_way(database: Database, now: datetime) -> None:
    group_id, people = prepare(database, seats=50, contenders=200, now=now)

    outcome = race(database, group_id, people, by_read_and_write(database, group_id, now), 32)

    assert outcome.most_on_one_seat == 1
    assert outcome.learners_on_seats <= 50


def test_whoever_waits_gets_the_seat_of_a_claim_that_is_rolled_back(
    database: Database, now: datetime
) -> None:
    import threading

    group_id, (first, second) = prepare(database, seats=1, contenders=2, now=now)
    join = by_the_service(database, group_id, now)
    told: list[str] = []
    waiting = threading.Thread(target=lambda: told.append(join(second)))
    try:
        with database.writing() as session:
            from grouplic.domain.groups import Group, Way
            from grouplic.services import joining

            group = session.get_one(Group, group_id)
            joining.take_open_seat(session, group, first, Way.JOIN_LINK, first, now)
            session.flush()
            waiting.start()
            raise ConnectionAbortedError
    except ConnectionAbortedError:
        waiting.join(timeout=30)

    assert told == ["joined"]

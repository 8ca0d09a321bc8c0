"""200 people for 50 seats, at once."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import text

from grouplic.adapters.database import Database
from grouplic.domain.groups import Group, Seat, SeatState, Way
from grouplic.services import joining
from grouplic.services.accounts import NewAccount, insert_user
from grouplic.services.admission import Admitted, Newcomer, admit
from grouplic.services.seats import NoSeatOpen, claim_open_seat, hold_seats, move, move_seats
from tests.cast import seat_states
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
            group = session.get_one(Group, group_id)
            joining.take_open_seat(session, group, first, Way.JOIN_LINK, first, now)
            session.flush()
            waiting.start()
            if not database.is_sqlite:
                wait_until_blocked(database, 1)
            raise ConnectionAbortedError
    except ConnectionAbortedError:
        waiting.join(timeout=30)

    assert told == ["joined"]


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_who_waited_in_vain_for_one_seat_blocks_nobody_on_the_next(
    database: Database, now: datetime
) -> None:
    """An import holds seat 2 and waits for seat 1, behind somebody who waits for the same two.

    Whoever kept the lock on seat 1 while they wait for seat 2 would wait in a circle with it.
    """
    group_id, (eve,) = prepare(database, 2, 1, now)

    def join(person: UUID) -> None:
        with database.writing() as session:
            group = session.get_one(Group, group_id)
            joining.take_open_seat(session, group, person, Way.JOIN_LINK, person, now)

    with ThreadPoolExecutor(2) as pool, database.writing() as first:
        claimed = claim_open_seat(first, first.get_one(Group, group_id))
        move(first, first.get_one(Seat, claimed.id), SeatState.TAKEN, now)
        with database.writing() as importing:
            assert [seat.number for seat in hold_seats(importing, group_id, 1)] == [2]
            late = pool.submit(join, eve)
            wait_until_blocked(database, 1)
            more = pool.submit(hold_seats, importing, group_id, 2)
            wait_until_blocked(database, 2)
            first.commit()
            assert [seat.number for seat in more.result()] == [2]
            move_seats(importing, more.result(), SeatState.TAKEN, now)
    with pytest.raises(NoSeatOpen):
        late.result()


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.parametrize(("joined", "outcome"), [(True, "member"), (False, "claim")])
def test_an_account_that_comes_to_be_while_an_import_makes_it_is_not_taken_for_a_new_one(
    database: Database, now: datetime, joined: bool, outcome: str
) -> None:
    """Somebody signs up, and perhaps joins, in a transaction that the import has to wait for."""
    group_id, (eve,) = prepare(database, 3, 1, now)

    def import_them() -> list[Admitted]:
        named = [Newcomer(f"{name}@race.org", "Dan", "Lee", Way.UPLOAD, eve) for name in ("z", "a")]
        with database.writing() as session:
            return admit(session, group_id, named, now)

    with ThreadPoolExecutor(1) as pool, database.writing() as first:
        person = insert_user(first, NewAccount("a@race.org", "Ann", "Lee"), "a hash", now)
        if joined:
            group = first.get_one(Group, group_id)
            joining.take_open_seat(first, group, person.id, Way.JOIN_LINK, person.id, now)
        importing = pool.submit(import_them)
        wait_until_blocked(database, 1)
        first.commit()
        new, known = importing.result()
    assert (new.outcome, known.outcome, known.user_id) == ("new", outcome, person.id)
    with database.reading() as session:
        assert seat_states(session, group_id) == ["taken", "taken", "open"]


def wait_until_blocked(database: Database, transactions: int) -> None:
    """Return when so many transactions of this PostgreSQL database wait for a lock."""
    blocked = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    while True:
        with database.reading() as session:
            if session.execute(blocked).scalar_one() >= transactions:
                return
        time.sleep(0.01)  # between looks

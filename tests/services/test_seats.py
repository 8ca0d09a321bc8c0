"""Seats: made in order, claimed one at a time, held, moved and freed, each with its key."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlmodel import Session, select

from grouplic.adapters.database import Database
from grouplic.domain.groups import EnrollmentKey, Seat, SeatState
from grouplic.services import seats
from grouplic.services.groups import lock_group
from grouplic.services.seats import NoSeatOpen
from tests.cast import Cast, a_group, seat_states

MANY = 501  # one more than goes into one statement


def seats_of(session: Session, group_id: UUID) -> list[Seat]:
    of_group = select(Seat).where(Seat.group_id == group_id).order_by(Seat.number)
    return list(session.exec(of_group.execution_options(populate_existing=True)))


def live_keys(session: Session, group_id: UUID) -> list[UUID]:
    """Return the seats that have a live key, once for each."""
    keys = select(EnrollmentKey.seat_id).where(
        EnrollmentKey.group_id == group_id,
        EnrollmentKey.voided_at.is_(None),
        EnrollmentKey.redeemed_at.is_(None),
    )
    return sorted(session.exec(keys))


def test_seats_are_added_after_the_last_one_each_with_a_key(
    database: Database, cast: Cast, now: datetime
) -> None:
    later = now + timedelta(days=1)
    with database.writing() as session:
        a_group(session, cast.charlie, now, seats=9)
        order_id = seats_of(session, cast.group_id)[0].order_id
        added = seats.add_seats(session, cast.group_id, order_id, 2, later)
        assert [(seat.number, seat.state, seat.changed_at) for seat in added] == [
            (4, "open", later),
            (5, "open", later),
        ]
        everyone = seats_of(session, cast.group_id)
        assert everyone[3:] == added
        assert live_keys(session, cast.group_id) == sorted(seat.id for seat in everyone)
        made = session.exec(select(EnrollmentKey).where(EnrollmentKey.seat_id == added[0].id)).one()
        assert (made.created_at, made.issued_at) == (later, None)


def test_the_first_open_seat_of_the_group_is_claimed_until_none_is_open(
    database: Database, cast: Cast, now: datetime
) -> None:
    later = now + timedelta(hours=1)
    with database.writing() as session:
        a_group(session, cast.charlie, now)
        group = lock_group(session, cast.group_id)
        first = seats_of(session, group.id)[0]
        seats.move(session, first, SeatState.ISSUED, now)
        for number in (2, 3):
            held = seats.claim_open_seat(session, group)
            assert (held.group_id, held.number) == (group.id, number)
            seats.move(session, session.get_one(Seat, held.id), SeatState.TAKEN, later)
        with pytest.raises(NoSeatOpen) as refused:
            seats.claim_open_seat(session, group)
    assert refused.value.message == (
        "Every seat in Northlab autumn intake is taken. "
        "Ask the person who leads the group to add one."
    )


@pytest.mark.parametrize(
    ("comes_back", "owed", "state"),
    [
        (True, False, "open"),
        (False, False, "retired"),
        (True, True, "withdrawn"),
        (False, True, "withdrawn"),
    ],
)
def test_a_seat_that_is_left_opens_retires_or_goes_back_to_who_sold_it(
    database: Database, cast: Cast, now: datetime, comes_back: bool, owed: bool, state: str
) -> None:
    later = now + timedelta(hours=1)
    with database.writing() as session:
        held = seats.claim_open_seat(session, lock_group(session, cast.group_id))
        seat = session.get_one(Seat, held.id)
        seats.move(session, seat, SeatState.TAKEN, now)
        seats.void_keys(session, [seat.id], now)
        seat.owed_at = now if owed else None
        session.flush()
        seats.free_seat(session, seat, comes_back, later)
        session.flush()
        assert (seat.state, seat.owed_at, seat.changed_at) == (state, None, later)
        assert live_keys(session, cast.group_id).count(seat.id) == (state == "open")


@pytest.mark.parametrize(
    ("wanted", "takes_issued", "held"),
    [
        (0, True, []),
        (1, True, [2]),
        (2, True, [2, 4]),
        (3, True, [2, 4, 1]),
        (9, True, [2, 4, 1, 3]),
        (1, False, [2]),
        (9, False, [2, 4]),
    ],
)
def test_open_seats_are_held_before_those_whose_key_is_out(
    database: Database, cast: Cast, now: datetime, wanted: int, takes_issued: bool, held: list[int]
) -> None:
    with database.writing() as session:
        a_group(session, cast.alice, now)
        group = a_group(session, cast.alice, now, seats=6)
        states = ("issued", "open", "issued", "open", "taken", "retired")
        for seat, state in zip(seats_of(session, group.id), states, strict=True):
            seats.move(session, seat, SeatState(state), now)
        session.flush()
        found = seats.hold_seats(session, group.id, wanted, takes_issued)
        assert [seat.number for seat in found] == held


def test_no_key_that_is_out_is_taken_unasked_and_the_order_can_be_another(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        seats.move(session, seats_of(session, cast.group_id)[0], SeatState.ISSUED, now)
        session.flush()
        held = seats.hold_seats(session, cast.group_id, 3, order=(Seat.number.desc(),))
        assert [seat.number for seat in held] == [3, 2]


def test_seats_that_are_held_are_read_anew(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        known, following, _ = seats_of(session, cast.group_id)
        behind_its_back = update(Seat).where(Seat.id == known.id).values(state=SeatState.TAKEN)
        session.connection().execute(behind_its_back)
        assert known.state == SeatState.OPEN
        (held,) = seats.hold_seats(session, cast.group_id, 1)
        assert (held.id, held.number) == (following.id, 2)


def test_many_seats_are_moved_and_their_keys_voided_and_no_others(
    database: Database, cast: Cast, now: datetime
) -> None:
    later = now + timedelta(hours=1)
    with database.writing() as session:
        group = a_group(session, cast.alice, now, seats=MANY + 1)
        *moved, kept = seats_of(session, group.id)
        seats.move_seats(session, moved, SeatState.TAKEN, later)
        assert {(seat.state, seat.changed_at) for seat in moved} == {("taken", later)}
        seats.void_keys(session, [seat.id for seat in moved], later)
        assert seat_states(session, group.id) == ["taken"] * MANY + ["open"]
        changed = [seat.changed_at for seat in seats_of(session, group.id)]
        assert changed == [later] * MANY + [now]
        assert live_keys(session, group.id) == [kept.id]
        assert len(live_keys(session, cast.group_id)) == 3


def test_voiding_leaves_what_was_voided_or_redeemed_before(
    database: Database, cast: Cast, now: datetime
) -> None:
    later = now + timedelta(hours=1)
    with database.writing() as session:
        of_group = select(EnrollmentKey).where(EnrollmentKey.group_id == cast.group_id)
        voided, redeemed, live = session.exec(of_group).all()
        voided.voided_at = now
        redeemed.redeemed_at, redeemed.redeemed_by_id = now, cast.bob.user_id
        session.flush()
        seats.void_keys(session, [key.seat_id for key in (voided, redeemed, live)], later)
        session.expire_all()
        assert [key.voided_at for key in (voided, redeemed, live)] == [now, None, later]


def test_seats_at_hand_know_that_they_were_moved_and_others_do_not(
    database: Database, cast: Cast, now: datetime
) -> None:
    later = now + timedelta(hours=1)
    with database.writing() as session:
        first, second, third = seats_of(session, cast.group_id)
        seats.move_seats(
            session, seats.hold_seats(session, cast.group_id, 2), SeatState.TAKEN, later
        )
        assert [seat.state for seat in (first, second, third)] == ["taken", "taken", "open"]
        assert [seat.changed_at for seat in (first, second, third)] == [later, later, now]

"""Seats: made by a fulfilled order, claimed one at a time, never twice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, update
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, col, select

from grouplic.domain import keys
from grouplic.domain.groups import EnrollmentKey, Group, Seat, SeatState
from grouplic.domain.refusals import Refusal

_AT_ONCE = 500  # identifiers in one statement


class NoSeatOpen(Refusal):
    """Every seat is taken or promised."""

    def __init__(self, group_name: str) -> None:
        super().__init__(
            f"Every seat in {group_name} is taken. Ask the person who leads the group to add one."
        )


@dataclass(frozen=True, slots=True)
class HeldSeat:
    """A seat whose row is held, for somebody to be put on it."""

    id: UUID
    group_id: UUID
    number: int


def add_seats(
    session: Session, group_id: UUID, order_id: UUID, quantity: int, now: datetime
) -> list[Seat]:
    """Create ``quantity`` open seats with a key each, numbered after the last one.

    The caller holds the group's row, so that two orders cannot number alike.
    """
    last = session.exec(
        select(func.coalesce(func.max(Seat.number), 0)).where(Seat.group_id == group_id)
    ).one()
    seats = [
        Seat(group_id=group_id, order_id=order_id, number=last + place, changed_at=now)
        for place in range(1, quantity + 1)
    ]
    session.add_all(seats)
    session.flush()
    mint_keys(session, seats, now)
    return seats


def free_seat(session: Session, seat: Seat, comes_back: bool, now: datetime) -> None:
    """Take a held seat from its learner: it comes back open with a new key, or retires.

    A seat that was refunded while it was taken is withdrawn either way.
    """
    if seat.owed_at:
        seat.owed_at = None
        move(session, seat, SeatState.WITHDRAWN, now)
    elif comes_back:
        move(session, seat, SeatState.OPEN, now)
        mint_keys(session, [seat], now)
    else:
        move(session, seat, SeatState.RETIRED, now)


def mint_keys(session: Session, seats: Iterable[Seat], now: datetime) -> None:
    """Give each seat a fresh key. The seats have no live key."""
    session.add_all(
        EnrollmentKey(group_id=seat.group_id, seat_id=seat.id, code=keys.mint(), created_at=now)
        for seat in seats
    )


def claim_open_seat(session: Session, group: Group) -> HeldSeat:
    """Hold the first open seat of the group that nobody else is taking; refuse when none is open.

    On PostgreSQL, seats that are being claimed are skipped. When only such are left we wait for
    one: if its claim is rolled back the seat is ours, so nobody is refused while a seat is free.
    On SQLite the transaction already has the database to itself.
    """
    session.flush()
    found = session.connection().execute(_FREE_SEAT, {"this_group": group.id}).first()
    seat = found or _wait_for_one(session, _open_seats(group.id))
    if seat is None:
        raise NoSeatOpen(group.name)
    return HeldSeat(seat.id, group.id, seat.number)


def _open_seats(group_id: Any) -> Any:
    return (
        select(Seat.id, Seat.number)
        .where(col(Seat.group_id) == group_id, Seat.state == SeatState.OPEN)
        .order_by(col(Seat.number))
    )


# Built once: it is asked for everybody who joins.
_FREE_SEAT = _open_seats(bindparam("this_group")).limit(1).with_for_update(skip_locked=True)


def _wait_for_one(session: Session, seats: Any) -> Any:
    """Return the first of ``seats`` that another transaction lets go; None when it took them all.

    The lock on a seat that was waited for in vain is given back: whoever kept it while waiting for
    the next seat could wait in a circle with somebody who holds that one.
    """
    while (first := session.exec(seats.limit(1)).first()) is not None:
        step = session.begin_nested()
        seat = session.exec(seats.where(Seat.id == first.id).with_for_update()).first()
        if seat is not None:
            step.commit()
            return seat
        step.rollback()
    return None


def hold_seats(
    session: Session,
    group_id: UUID,
    quantity: int,
    takes_issued: bool = False,
    order: Sequence[Any] = (col(Seat.number),),
) -> list[HeldSeat]:
    """Return up to ``quantity`` seats nobody else can take now, open ones first, in ``order``.

    The caller holds the group's row, so that only single claims go on beside this one; where such a
    claim holds one of the seats that are needed, it is waited for.
    """
    held: list[HeldSeat] = []
    states = (SeatState.OPEN, SeatState.ISSUED) if takes_issued else (SeatState.OPEN,)
    for state in states:
        while len(held) < quantity and (
            more := _hold_more(session, group_id, state, quantity - len(held), held, order)
        ):
            held += more
    return held


def _hold_more(
    session: Session,
    group_id: UUID,
    state: SeatState,
    quantity: int,
    held: list[HeldSeat],
    order: Sequence[Any],
) -> list[HeldSeat]:
    known = [seat.id for seat in held]
    # Rows, not entities: making those takes longer than the database does.
    seats = (
        select(Seat.id, Seat.number)
        .where(Seat.group_id == group_id, Seat.state == state, col(Seat.id).not_in(known))
        .order_by(*order)
    )
    free = session.exec(seats.limit(quantity).with_for_update(skip_locked=True)).all()
    # None is free: if one is being claimed by somebody else, wait for what becomes of it.
    if not free and (seat := _wait_for_one(session, seats)):
        free = [seat]
    return [HeldSeat(seat_id, group_id, number) for seat_id, number in free]


def move_seats(
    session: Session, seats: Sequence[Seat | HeldSeat], state: SeatState, now: datetime
) -> None:
    """Set the state of many held seats, and when it changed."""
    ids = [seat.id for seat in seats]
    for start in range(0, len(ids), _AT_ONCE):
        session.exec(
            update(Seat)
            .where(col(Seat.id).in_(ids[start : start + _AT_ONCE]))
            .values(state=state, changed_at=now)
            # Finding out by itself which of the seats at hand these are takes longer than the rest.
            .execution_options(synchronize_session=False)
        )
    moved = set(ids)
    for one in session.identity_map.values():
        if isinstance(one, Seat) and one.id in moved:
            set_committed_value(one, "state", state)
            set_committed_value(one, "changed_at", now)


def move(session: Session, seat: Seat, state: SeatState, now: datetime) -> None:
    """Set the seat's state and when it changed."""
    seat.state = state
    seat.changed_at = now
    session.add(seat)


def void_keys(session: Session, seat_ids: Sequence[UUID], now: datetime) -> None:
    """Void the live keys of these seats; they stay on record."""
    for start in range(0, len(seat_ids), _AT_ONCE):
        session.exec(
            update(EnrollmentKey)
            .where(
                col(EnrollmentKey.seat_id).in_(seat_ids[start : start + _AT_ONCE]),
                col(EnrollmentKey.voided_at).is_(None),
                col(EnrollmentKey.redeemed_at).is_(None),
            )
            .values(voided_at=now)
        )

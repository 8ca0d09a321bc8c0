"""Withdrawing seats: after a refund, or on an operator's word. Nobody is thrown out."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, func
from sqlmodel import Session, col, select

from grouplic.domain.groups import Group, Seat, SeatState
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services.actors import Actor, require_operator
from grouplic.services.groups import SeatCounts, lock_group, seat_counts
from grouplic.services.identifiers import id_of
from grouplic.services.recording import record, touch
from grouplic.services.seats import HeldSeat, hold_seats, move_seats, void_keys


@dataclass(frozen=True)
class Withdrawn:
    """How many seats are gone, will go when they come free, and could not be found at all."""

    gone: int
    owed: int
    missing: int


def withdraw_seats(
    session: Session, group_id: UUID, order_id: UUID | None, quantity: int, now: datetime
) -> Withdrawn:
    """Withdraw open seats, then issued ones with their keys, then retired ones of the order.

    What is still owed is marked on taken seats, which are withdrawn when they come free. Seats of
    the order go first, the last ones before the first.
    """
    lock_group(session, group_id)
    order = (case((col(Seat.order_id) == order_id, 0), else_=1), col(Seat.number).desc())
    free = hold_seats(session, group_id, quantity, takes_issued=True, order=order)
    retired = _held(session, group_id, SeatState.RETIRED, quantity - len(free), order, order_id)
    gone: list[Seat | HeldSeat] = [*free, *retired]
    void_keys(session, [seat.id for seat in gone], now)
    move_seats(session, gone, SeatState.WITHDRAWN, now)
    taken = _held(session, group_id, SeatState.TAKEN, quantity - len(gone), order)
    for seat in taken:
        seat.owed_at = now
        session.add(seat)
    touch(session, f"group:{group_id}")
    return Withdrawn(len(gone), len(taken), quantity - len(gone) - len(taken))


def owed_seats(session: Session, group_id: UUID) -> int:
    """Count the taken seats that go when they come free."""
    owed = select(func.count()).select_from(Seat)
    return session.exec(owed.where(Seat.group_id == group_id, col(Seat.owed_at).is_not(None))).one()


def foresee_take_back(
    session: Session, group_id: UUID | str, quantity: int, actor: Actor
) -> tuple[SeatCounts, int]:
    """Return how many seats of each state would be taken back, and how many there are not.

    What is ``taken`` stays with its learners until it comes free.
    """
    group = _group(session, group_id, quantity, actor)
    counts, owed = seat_counts(session, group.id), owed_seats(session, group.id)
    left, gone = quantity, {}
    for state in (SeatState.OPEN, SeatState.ISSUED, SeatState.RETIRED, SeatState.TAKEN):
        there = getattr(counts, state) - (owed if state == SeatState.TAKEN else 0)
        gone[str(state)] = min(left, there)
        left -= gone[str(state)]
    return SeatCounts(**gone), left


def take_back_seats(
    session: Session, group_id: UUID | str, quantity: int, actor: Actor, reason: str, now: datetime
) -> Withdrawn:
    """Withdraw seats of a group on an operator's word, without a refund; a reason is needed."""
    group = _group(session, group_id, quantity, actor)
    if not reason.strip():
        raise Refusal("Say why the seats are taken back.", "reason")
    done = withdraw_seats(session, group.id, None, quantity, now)
    record(
        session,
        "seats_taken_back",
        now,
        actor.user_id,
        group.id,
        gone=done.gone,
        owed=done.owed,
        reason=reason.strip()[:500],
    )
    return done


def _group(session: Session, group_id: UUID | str, quantity: int, actor: Actor) -> Group:
    require_operator(actor)
    if quantity < 1:
        raise Refusal("Take back at least one seat.", "quantity")
    group = session.get(Group, id_of("group", group_id))
    if group is None:
        raise NotFound("group")
    return group


def _held(
    session: Session,
    group_id: UUID,
    state: SeatState,
    quantity: int,
    order: tuple,  # type: ignore[type-arg]
    order_id: UUID | None = None,
) -> list[Seat]:
    if quantity < 1:
        return []
    seats = (
        select(Seat)
        .where(Seat.group_id == group_id, Seat.state == state, col(Seat.owed_at).is_(None))
        .order_by(*order)
        .limit(quantity)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(session.exec(seats.where(Seat.order_id == order_id) if order_id else seats))

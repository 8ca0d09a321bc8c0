"""Handing out enrollment keys."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from grouplic.domain import keys
from grouplic.domain.groups import EnrollmentKey, Seat, SeatState
from grouplic.domain.refusals import Refusal
from grouplic.services.actors import Actor
from grouplic.services.groups import May, led_group
from grouplic.services.recording import record, touch
from grouplic.services.seats import move


@dataclass(frozen=True)
class HandedKey:
    """A key that has been handed out and not been used, ready to show."""

    seat_number: int
    text: str
    issued_at: datetime


def hand_out(
    session: Session, group_id: UUID | str, quantity: int, actor: Actor, now: datetime
) -> list[HandedKey]:
    """Mark the first ``quantity`` open seats as issued and return their keys.

    Refuses who does not lead the group, less than one key, and more keys than open seats.
    """
    group = led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    if quantity < 1:
        raise Refusal("Hand out at least one key.", "quantity")
    seats = session.exec(
        select(Seat)
        .where(Seat.group_id == group.id, Seat.state == SeatState.OPEN)
        .order_by(col(Seat.number))
        .limit(quantity)
        .with_for_update(skip_locked=True)
    ).all()
    if len(seats) < quantity:
        raise Refusal(f"Only {len(seats)} of the {quantity} seats you need are open.", "quantity")
    for seat in seats:
        move(session, seat, SeatState.ISSUED, now)
    numbers = {seat.id: seat.number for seat in seats}
    issued = _live_keys(session, list(numbers))
    for key in issued:
        key.issued_at = now
    record(
        session,
        "keys_handed_out",
        now,
        actor_id=actor.user_id,
        group_id=group.id,
        seats=sorted(numbers.values()),
    )
    touch(session, f"group:{group.id}")
    handed = [HandedKey(numbers[key.seat_id], keys.show(key.code), now) for key in issued]
    return sorted(handed, key=lambda key: key.seat_number)


def handed_out(
    session: Session, group_id: UUID | str, actor: Actor, most: int = 100
) -> list[HandedKey]:
    """Return the unused keys that are out, the latest first, ``most`` at a time."""
    group = led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    rows = session.exec(
        select(Seat.number, EnrollmentKey.code, EnrollmentKey.issued_at)
        .join(EnrollmentKey, col(EnrollmentKey.seat_id) == col(Seat.id))
        .where(
            Seat.group_id == group.id,
            Seat.state == SeatState.ISSUED,
            col(EnrollmentKey.voided_at).is_(None),
            col(EnrollmentKey.redeemed_at).is_(None),
        )
        .order_by(col(EnrollmentKey.issued_at).desc(), col(Seat.number))
        .limit(most)
    )
    return [HandedKey(number, keys.show(code), issued) for number, code, issued in rows if issued]


def _live_keys(session: Session, seat_ids: list[UUID]) -> list[EnrollmentKey]:
    return list(
        session.exec(
            select(EnrollmentKey).where(
                col(EnrollmentKey.seat_id).in_(seat_ids),
                col(EnrollmentKey.voided_at).is_(None),
                col(EnrollmentKey.redeemed_at).is_(None),
            )
        )
    )

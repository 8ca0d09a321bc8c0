"""The key ledger: every key of a group with what became of it, and handing keys out."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, func
from sqlmodel import Session, col, select

from grouplic.domain import keys
from grouplic.domain.base import new_id
from grouplic.domain.groups import EnrollmentKey, Group, KeyBatch, Seat, SeatState
from grouplic.domain.people import User
from grouplic.domain.refusals import Refusal
from grouplic.services.actors import Actor
from grouplic.services.groups import May, hold_led_group, led_group
from grouplic.services.key_filter import EVERY_KEY, KeyFilter, KeyState, in_state, matching
from grouplic.services.recording import record, touch
from grouplic.services.seats import HeldSeat, hold_seats, move_seats
from grouplic.services.terms import refuse_ended
from grouplic.services.wording import say_too_few_open

PAGE = 50
BATCHES = 5
_MOST_LABELS = 50
LONGEST_LABEL = 60
# What a leader looks for stands first; keys of taken seats were mostly never seen by anybody.
_RANK = case(
    (in_state(KeyState.ISSUED), 1),
    (in_state(KeyState.OPEN), 2),
    (in_state(KeyState.USED), 3),
    else_=4,
)
_AT_ONCE = 500  # identifiers in one statement


@dataclass(frozen=True)
class LedgerRow:
    """One key of the ledger."""

    id: UUID
    seat_number: int
    text: str
    state: KeyState
    label: str
    issued_at: datetime | None
    redeemed_at: datetime | None
    redeemed_by: str
    redeemed_email: str


@dataclass(frozen=True)
class LedgerPage:
    """One page of the ledger, and how many keys match in all."""

    rows: list[LedgerRow]
    total: int
    page: int
    labels: list[str]


@dataclass(frozen=True)
class Batch:
    """Keys that were handed out together; ``unused`` of them can still be redeemed."""

    id: UUID
    label: str
    quantity: int
    unused: int
    made_by: str
    created_at: datetime


@dataclass(frozen=True)
class HandedKey:
    """A key that has been handed out and not been used, ready to show."""

    seat_number: int
    text: str
    label: str
    issued_at: datetime


def hand_out(
    session: Session,
    group_id: UUID | str,
    quantity: int,
    actor: Actor,
    now: datetime,
    label: str = "",
) -> list[HandedKey]:
    """Mark the first ``quantity`` open seats as issued and return their keys, as one batch.

    Refuses who may not manage the group's people, less than one key, an endless label, more keys
    than open seats, and a group whose term is over.
    """
    group = hold_led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    if quantity < 1:
        raise Refusal("Hand out at least one key.", "quantity")
    cleaned = clean_label(label)
    refuse_ended(group, now)
    seats = hold_seats(session, group.id, quantity)
    if len(seats) < quantity:
        raise Refusal(say_too_few_open(quantity, len(seats)), "quantity")
    batch = KeyBatch(
        id=new_id(),
        group_id=group.id,
        made_by_id=actor.user_id,
        label=cleaned,
        quantity=quantity,
        created_at=now,
    )
    session.add(batch)
    session.flush()
    move_seats(session, seats, SeatState.ISSUED, now)
    handed = _issue(session, seats, batch, now)
    numbers = [key.seat_number for key in handed]
    record(session, "keys_handed_out", now, actor.user_id, group.id, seats=numbers, label=cleaned)
    touch(session, f"group:{group.id}")
    return handed


def ledger(
    session: Session, group_id: UUID | str, wanted: KeyFilter, page: int, actor: Actor
) -> LedgerPage:
    """Return one page of the group's keys: those out first, then open, used and voided ones.

    A page past the end is the last one.
    """
    group = led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    total = session.exec(select(func.count()).select_from(matching(group, wanted).subquery())).one()
    last = max(1, -(-total // PAGE))
    page = min(max(1, page), last)
    rows = session.exec(
        select(EnrollmentKey, Seat.number, User)
        .join(Seat, col(Seat.id) == col(EnrollmentKey.seat_id))
        .outerjoin(User, col(User.id) == col(EnrollmentKey.redeemed_by_id))
        .where(col(EnrollmentKey.id).in_(matching(group, wanted)))
        .order_by(_RANK, col(Seat.number), col(EnrollmentKey.id).desc())
        .offset((page - 1) * PAGE)
        .limit(PAGE)
    ).all()
    return LedgerPage([_row(*row) for row in rows], total, page, _labels(session, group))


def batches(
    session: Session, group_id: UUID | str, page: int, actor: Actor
) -> tuple[list[Batch], bool]:
    """Return a page of the group's batches, the newest first, and whether there are older ones."""
    group = led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    unused = (
        select(EnrollmentKey.batch_id, func.count().label("left"))
        .where(EnrollmentKey.group_id == group.id, in_state(KeyState.ISSUED))
        .group_by(col(EnrollmentKey.batch_id))
        .subquery()
    )
    rows = session.exec(
        select(KeyBatch, User, unused.c.left)
        .join(User, col(User.id) == col(KeyBatch.made_by_id))
        .outerjoin(unused, unused.c.batch_id == col(KeyBatch.id))
        .where(KeyBatch.group_id == group.id)
        .order_by(col(KeyBatch.created_at).desc(), col(KeyBatch.id).desc())
        .offset((max(1, page) - 1) * BATCHES)
        .limit(BATCHES + 1)
    ).all()
    shown = [
        Batch(batch.id, batch.label, batch.quantity, keys or 0, user.name, batch.created_at)
        for batch, user, keys in rows[:BATCHES]
    ]
    return shown, len(rows) > BATCHES


def handed_out(
    session: Session,
    group_id: UUID | str,
    actor: Actor,
    wanted: KeyFilter = EVERY_KEY,
) -> list[HandedKey]:
    """Return the unused keys that are out and match, in the order of their seats.

    Keys of open seats are not among them: whoever gets such a key in a file holds a promise that
    nobody counted. Handing out counts it.
    """
    group = led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    rows = session.exec(
        select(Seat.number, EnrollmentKey.code, EnrollmentKey.label, col(EnrollmentKey.issued_at))
        .join(Seat, col(Seat.id) == col(EnrollmentKey.seat_id))
        .where(col(EnrollmentKey.id).in_(matching(group, wanted)), in_state(KeyState.ISSUED))
        .order_by(col(Seat.number))
    )
    return [
        HandedKey(number, keys.show(code), label, issued)
        for number, code, label, issued in rows
        if issued
    ]


def clean_label(label: str) -> str:
    """Return the label in one line; refuses an endless one."""
    cleaned = " ".join("".join(s if s.isprintable() else " " for s in label).split())
    if len(cleaned) > LONGEST_LABEL:
        raise Refusal(f"A label has at most {LONGEST_LABEL} characters.", "label")
    return cleaned


def _issue(
    session: Session, seats: list[HeldSeat], batch: KeyBatch, now: datetime
) -> list[HandedKey]:
    numbers = {seat.id: seat.number for seat in seats}
    ids = list(numbers)
    handed: list[HandedKey] = []
    for start in range(0, len(ids), _AT_ONCE):
        live = select(EnrollmentKey).where(
            col(EnrollmentKey.seat_id).in_(ids[start : start + _AT_ONCE]),
            in_state(KeyState.OPEN),
        )
        for key in session.exec(live):
            key.issued_at, key.label, key.batch_id = now, batch.label, batch.id
            session.add(key)
            handed.append(HandedKey(numbers[key.seat_id], keys.show(key.code), key.label, now))
    return sorted(handed, key=lambda key: key.seat_number)


def _labels(session: Session, group: Group) -> list[str]:
    return list(
        session.exec(
            select(EnrollmentKey.label)
            .where(EnrollmentKey.group_id == group.id, EnrollmentKey.label != "")
            .group_by(col(EnrollmentKey.label))
            .order_by(func.count().desc(), col(EnrollmentKey.label))
            .limit(_MOST_LABELS)
        )
    )


def _row(key: EnrollmentKey, number: int, user: User | None) -> LedgerRow:
    return LedgerRow(
        id=key.id,
        seat_number=number,
        text=keys.show(key.code),
        state=_state_of(key),
        label=key.label,
        issued_at=key.issued_at,
        redeemed_at=key.redeemed_at,
        redeemed_by=user.name if user else "",
        redeemed_email=user.email if user else "",
    )


def _state_of(key: EnrollmentKey) -> KeyState:
    if key.redeemed_at:
        return KeyState.USED
    if key.voided_at:
        return KeyState.VOIDED
    return KeyState.ISSUED if key.issued_at else KeyState.OPEN

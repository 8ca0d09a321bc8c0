"""Putting somebody on a seat: its statements, built once.

Joining is what happens most. Building these statements anew each time, and entities of their rows,
would cost many times what the database takes to run them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, Executable, bindparam, insert, literal, select, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from grouplic.domain.base import new_id
from grouplic.domain.groups import (
    Enrollment,
    EnrollmentKey,
    Group,
    GroupModule,
    Seat,
    SeatState,
    Way,
)
from grouplic.domain.joins import Waiting
from grouplic.domain.people import User
from grouplic.domain.progress import EnrollmentSummary, ModuleProgress
from grouplic.domain.records import AuditEvent
from grouplic.services.ready import run_ready
from grouplic.services.recording import touch
from grouplic.services.seats import HeldSeat
from grouplic.services.standing import NOTHING_YET, carry_over
from grouplic.services.waiting import leave_waiting_list


@dataclass(frozen=True)
class Comer:
    """Somebody who joins, whose row is held: nobody else enrolls them meanwhile."""

    user_id: UUID
    email_key: str
    way: Way
    by_id: UUID
    join_link_id: UUID | None = None


@dataclass(frozen=True)
class Standing:
    """How somebody stands with a group: is in it, may return to a retired seat, waits for one,
    has begun one of its modules before.
    """

    member: bool
    returns: bool
    waits: bool
    started: bool


@dataclass(frozen=True)
class FoundKey(Standing):
    """A key, what it opens, and how whoever has it at hand stands with the group."""

    id: UUID
    code: str
    redeemed_at: datetime | None
    voided_at: datetime | None
    seat_id: UUID
    seat_number: int
    group_id: UUID
    group_name: str
    ends_at: datetime | None
    sandbox_of_id: UUID | None


class _Writes:
    """Changes to write together, in one round trip where the database can (PostgreSQL)."""

    def __init__(self, *changes: Any) -> None:
        self._changes = changes
        self._at_once = select(literal(1)).add_cte(
            *(change.cte(f"change_{number}") for number, change in enumerate(changes))
        )

    def run(self, session: Session, values: dict[str, Any]) -> None:
        connection = session.connection()
        together = connection.dialect.name == "postgresql"
        for statement in (self._at_once,) if together else self._changes:
            run_ready(connection, statement, values)


def hold_comer(session: Session, user_id: UUID, way: Way, by_id: UUID) -> Comer:
    """Hold the person's row, so that nobody else enrolls them meanwhile."""
    # Two joins of one person at once would both find no enrollment; here the second one waits.
    email_key = _ask(session, _HOLD_USER, this_user=user_id).scalar_one()
    return Comer(user_id, email_key, way, by_id)


def find_key(session: Session, code: str, user_id: UUID | None) -> FoundKey | None:
    """Return the key as this person has it at hand, or None when there is no such key."""
    return _found(_ask(session, _KEY, this_code=code, this_user=user_id, this_address=None))


def hold_key(session: Session, code: str, comer: Comer) -> FoundKey | None:
    """Return the key like ``find_key``, and hold its seat and it."""
    address = comer.email_key
    return _found(
        _ask(session, _HELD_KEY, this_code=code, this_user=comer.user_id, this_address=address)
    )


def standing_of(session: Session, group_id: UUID, comer: Comer) -> Standing:
    """Return how somebody stands with the group."""
    values = {"this_user": comer.user_id, "this_address": comer.email_key}
    row = _ask(session, _STANDING, this_group=group_id, **values).one()
    return Standing(**row._mapping)


def enroll_by_key(session: Session, key: FoundKey, comer: Comer, now: datetime) -> None:
    """Put somebody on the seat of their key, which is held and live, and use the key up."""
    seat = HeldSeat(key.seat_id, key.group_id, key.seat_number)
    _enroll(session, _BY_KEY, seat, comer, key, now, this_key=key.id)


def enroll_on_open_seat(
    session: Session, seat: HeldSeat, comer: Comer, standing: Standing, now: datetime
) -> None:
    """Put somebody on an open seat; its key is void from now on."""
    _enroll(session, _ON_OPEN_SEAT, seat, comer, standing, now)


def enroll_again(
    session: Session, seat: HeldSeat, comer: Comer, standing: Standing, now: datetime
) -> None:
    """Put somebody back on the seat that retired with them."""
    _enroll(session, _ON_SEAT, seat, comer, standing, now)


def _enroll(
    session: Session,
    writes: _Writes,
    seat: HeldSeat,
    comer: Comer,
    standing: Standing,
    now: datetime,
    **more: UUID,
) -> None:
    enrollment_id = new_id()
    facts = {"seat": seat.number, "learner": str(comer.user_id), "way": str(comer.way)}
    values = {
        "this_moment": now,
        "this_group": seat.group_id,
        "this_seat": seat.id,
        "this_user": comer.user_id,
        "this_enrollment": enrollment_id,
        "this_way": str(comer.way),
        "this_link": comer.join_link_id,
        "this_event": new_id(),
        "who_did_it": comer.by_id,
        "these_facts": facts,
    }
    writes.run(session, values | more)
    if standing.started:
        carry_over(session, [enrollment_id])
    if standing.waits:
        leave_waiting_list(session, seat.group_id, [comer.email_key], now)
    # Everybody who watches the group, and the learner's own pages, hear of it.
    touch(session, f"group:{seat.group_id}", f"user:{comer.user_id}")


def seats_retired_with(group_id: Any, user_id: Any, seat: Any = Seat) -> Any:
    """Return the question for the seats, id and number, that retired with somebody."""
    return (
        select(col(seat.id), col(seat.number))
        .join(Enrollment, col(Enrollment.seat_id) == col(seat.id))
        .where(
            col(seat.group_id) == group_id,
            col(seat.state) == SeatState.RETIRED,
            col(Enrollment.user_id) == user_id,
            # The enrollment whose end retired the seat, and not an earlier one on it.
            col(Enrollment.ended_at) == col(seat.changed_at),
        )
    )


def _ask(session: Session, statement: Executable, **values: Any) -> CursorResult[Any]:
    session.flush()
    return session.connection().execute(statement, values)


def _found(result: CursorResult[Any]) -> FoundKey | None:
    row = result.first()
    return FoundKey(**row._mapping) if row else None


def _table(entity: type) -> Any:
    return entity.__table__  # type: ignore[attr-defined]


def _standing(group_id: Any) -> tuple[Any, ...]:
    user_id: Any = bindparam("this_user")
    questions = {
        "member": select(col(Enrollment.id)).where(
            col(Enrollment.group_id) == group_id,
            col(Enrollment.user_id) == user_id,
            col(Enrollment.ended_at).is_(None),
        ),
        "returns": seats_retired_with(group_id, user_id, aliased(Seat)),
        "waits": select(col(Waiting.id)).where(
            col(Waiting.group_id) == group_id,
            col(Waiting.email_key) == bindparam("this_address"),
            col(Waiting.ended_at).is_(None),
        ),
        "started": select(col(ModuleProgress.user_id))
        .join(GroupModule, col(GroupModule.module_id) == col(ModuleProgress.module_id))
        .where(
            col(ModuleProgress.user_id) == user_id,
            col(GroupModule.group_id) == group_id,
        ),
    }
    return tuple(question.exists().label(name) for name, question in questions.items())


_HOLD_USER = (
    select(col(User.email_key))
    .where(col(User.id) == bindparam("this_user"))
    .with_for_update(key_share=True)
)
_KEY: Any = (
    select(
        col(EnrollmentKey.id),
        col(EnrollmentKey.code),
        col(EnrollmentKey.redeemed_at),
        col(EnrollmentKey.voided_at),
        col(EnrollmentKey.seat_id),
        col(Seat.number).label("seat_number"),
        col(EnrollmentKey.group_id),
        col(Group.name).label("group_name"),
        col(Group.ends_at),
        col(Group.sandbox_of_id),
        *_standing(EnrollmentKey.group_id),
    )
    .join(Seat, col(Seat.id) == col(EnrollmentKey.seat_id))
    .join(Group, col(Group.id) == col(EnrollmentKey.group_id))
    .where(col(EnrollmentKey.code) == bindparam("this_code"))
)
# The seat before its key, as everywhere: whoever takes the seat another way voids the key.
# PostgreSQL locks the rows in this order, and reads them anew after it had to wait for one.
_HELD_KEY = _KEY.with_for_update(of=[Seat, EnrollmentKey])
_STANDING = select(*_standing(bindparam("this_group")))

_TAKE = (
    update(_table(Seat))
    .where(col(Seat.id) == bindparam("this_seat"))
    .values(state=str(SeatState.TAKEN), changed_at=bindparam("this_moment"))
)
_USE_KEY = (
    update(_table(EnrollmentKey))
    .where(col(EnrollmentKey.id) == bindparam("this_key"))
    .values(redeemed_at=bindparam("this_moment"), redeemed_by_id=bindparam("this_user"))
)
_VOID_KEY = (
    update(_table(EnrollmentKey))
    .where(
        col(EnrollmentKey.seat_id) == bindparam("this_seat"),
        col(EnrollmentKey.voided_at).is_(None),
        col(EnrollmentKey.redeemed_at).is_(None),
    )
    .values(voided_at=bindparam("this_moment"))
)
_ENROLL = (
    insert(_table(Enrollment)).values(
        id=bindparam("this_enrollment"),
        group_id=bindparam("this_group"),
        seat_id=bindparam("this_seat"),
        user_id=bindparam("this_user"),
        way=bindparam("this_way"),
        join_link_id=bindparam("this_link"),
        awaits_claim=False,
        enrolled_at=bindparam("this_moment"),
    ),
    insert(_table(EnrollmentSummary)).values(
        enrollment_id=bindparam("this_enrollment"), group_id=bindparam("this_group"), **NOTHING_YET
    ),
    insert(_table(AuditEvent)).values(
        id=bindparam("this_event"),
        at=bindparam("this_moment"),
        kind="enrolled",
        actor_id=bindparam("who_did_it"),
        group_id=bindparam("this_group"),
        facts=bindparam("these_facts"),
    ),
)
_BY_KEY = _Writes(_TAKE, _USE_KEY, *_ENROLL)
_ON_OPEN_SEAT = _Writes(_TAKE, _VOID_KEY, *_ENROLL)
_ON_SEAT = _Writes(_TAKE, *_ENROLL)

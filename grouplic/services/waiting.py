"""The waiting list of a group: who is on it, in which order, and who left it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, func, literal, tuple_
from sqlmodel import Session, col, select

from grouplic.domain.base import new_id
from grouplic.domain.groups import Enrollment, Way
from grouplic.domain.joins import Waiting
from grouplic.domain.people import User
from grouplic.domain.refusals import NotFound
from grouplic.services.actors import Actor
from grouplic.services.groups import May, hold_led_group, led_group
from grouplic.services.identifiers import id_of
from grouplic.services.many_rows import insert_many
from grouplic.services.recording import record, touch


class Where(StrEnum):
    """Where someone on the list can be moved."""

    FRONT = "front"
    UP = "up"
    DOWN = "down"


_ORDER = (col(Waiting.position), col(Waiting.id))


@dataclass(frozen=True)
class ToWait:
    """Someone to put on the list."""

    email: str
    first_name: str
    last_name: str
    note: str = ""
    upload_row_id: UUID | None = None


@dataclass(frozen=True)
class WaitingRow:
    """Someone on the list, with their place."""

    id: UUID
    place: int
    email: str
    name: str
    added_at: datetime


def put_on_waiting_list(
    session: Session, group_id: UUID, people: Sequence[ToWait], way: Way, by_id: UUID, now: datetime
) -> int:
    """Put people at the end of the list, in their order; who is on it stays where they are.

    Returns how many were added. The caller holds the group's row and may manage its people.
    """
    keys = [person.email.lower() for person in people]
    known = set(
        session.exec(
            select(Waiting.email_key).where(
                Waiting.group_id == group_id,
                col(Waiting.email_key).in_(keys),
                col(Waiting.ended_at).is_(None),
            )
        )
    )
    rows: dict[str, dict[str, Any]] = {}
    for person in people:
        if person.email.lower() not in known:
            rows.setdefault(person.email.lower(), _row(group_id, person, way, by_id, now))
    last = session.exec(
        select(func.coalesce(func.max(Waiting.position), 0)).where(*_live(group_id))
    ).one()
    for position, row in enumerate(rows.values(), start=last + 1):
        row["position"] = position
    insert_many(session, Waiting, list(rows.values()))
    if rows:
        record(session, "waiting", now, by_id, group_id, people=len(rows))
        touch(session, f"group:{group_id}")
    return len(rows)


def waiting_list(
    session: Session, group_id: UUID | str, actor: Actor, most: int = 200, skip: int = 0
) -> tuple[list[WaitingRow], int]:
    """Return ``most`` of the list in order, after ``skip``, and how many wait altogether."""
    group = led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    live = _live(group.id)
    rows = session.exec(select(Waiting).where(*live).order_by(*_ORDER).offset(skip).limit(most))
    total = session.exec(select(func.count()).select_from(Waiting).where(*live)).one()
    return [
        WaitingRow(
            row.id,
            place,
            row.email,
            f"{row.first_name} {row.last_name}".strip(),
            row.added_at,
        )
        for place, row in enumerate(rows, start=skip + 1)
    ], total


def move_on_waiting_list(
    session: Session,
    group_id: UUID | str,
    waiting_id: UUID | str,
    where: Where,
    actor: Actor,
    now: datetime,
) -> None:
    """Move someone to the front, one up or one down; at the end of the list nothing changes."""
    group = hold_led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    row = _find(session, group.id, waiting_id)
    other = _first(session, group.id) if where == Where.FRONT else _next_to(session, row, where)
    if other is None or other.id == row.id:
        return
    if where == Where.FRONT:
        row.position = other.position - 1
    elif row.position == other.position:  # a tie that ids have decided so far
        row.position += -1 if where == Where.UP else 1
    else:
        row.position, other.position = other.position, row.position
    session.add_all([row, other])
    record(session, "waiting_moved", now, actor.user_id, group.id, who=str(row.id), where=where)
    touch(session, f"group:{group.id}")


def take_off_waiting_list(
    session: Session, group_id: UUID | str, waiting_id: UUID | str, actor: Actor, now: datetime
) -> None:
    """Take someone off the list."""
    group = hold_led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    row = _find(session, group.id, waiting_id)
    row.ended_at = now
    session.add(row)
    record(session, "waiting_ended", now, actor.user_id, group.id, email_key=row.email_key)
    touch(session, f"group:{group.id}")


def leave_waiting_list(
    session: Session, group_id: UUID, email_keys: list[str], now: datetime
) -> None:
    """End the waiting of those among these people who hold a seat now."""
    waiting = session.exec(
        select(Waiting).where(
            Waiting.group_id == group_id,
            col(Waiting.email_key).in_(email_keys),
            col(Waiting.ended_at).is_(None),
        )
    ).all()
    if not waiting:
        return
    members = set(
        session.exec(
            select(User.email_key)
            .join(Enrollment, col(Enrollment.user_id) == col(User.id))
            .where(
                Enrollment.group_id == group_id,
                col(Enrollment.ended_at).is_(None),
                col(User.email_key).in_([row.email_key for row in waiting]),
            )
        )
    )
    for row in waiting:
        if row.email_key in members:
            row.enrolled_at = row.ended_at = now
            session.add(row)


def _live(group_id: UUID) -> tuple[Any, Any]:
    return (col(Waiting.group_id) == group_id, col(Waiting.ended_at).is_(None))


def _find(session: Session, group_id: UUID, waiting_id: UUID | str) -> Waiting:
    wanted = id_of("entry of the waiting list", waiting_id)
    row = session.exec(
        select(Waiting).where(Waiting.id == wanted, *_live(group_id)).with_for_update()
    ).first()
    if row is None:
        raise NotFound("entry of the waiting list")
    return row


def _first(session: Session, group_id: UUID) -> Waiting | None:
    return session.exec(select(Waiting).where(*_live(group_id)).order_by(*_ORDER).limit(1)).first()


def _next_to(session: Session, row: Waiting, where: Where) -> Waiting | None:
    here = tuple_(col(Waiting.position), col(Waiting.id))
    there = tuple_(literal(row.position), literal(row.id, Uuid()))
    order: Sequence[Any] = _ORDER
    beside = here > there
    if where == Where.UP:
        beside, order = here < there, [part.desc() for part in _ORDER]
    return session.exec(
        select(Waiting).where(*_live(row.group_id), beside).order_by(*order).limit(1)
    ).first()


def _row(group_id: UUID, person: ToWait, way: Way, by_id: UUID, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "group_id": group_id,
        "upload_row_id": person.upload_row_id,
        "email": person.email,
        "email_key": person.email.lower(),
        "first_name": person.first_name,
        "last_name": person.last_name,
        "note": person.note,
        "way": str(way),
        "added_by_id": by_id,
        "added_at": now,
        "enrolled_at": None,
        "ended_at": None,
    }

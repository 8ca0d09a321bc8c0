"""The waiting list of a group: who is on it, in which order, and who left it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from grouplic.domain.base import new_id
from grouplic.domain.groups import Enrollment, Way
from grouplic.domain.joins import Waiting
from grouplic.domain.people import User
from grouplic.domain.refusals import NotFound
from grouplic.services.actors import Actor
from grouplic.services.groups import May, led_group
from grouplic.services.recording import insert_many, record, touch


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
    insert_many(session, Waiting, list(rows.values()))
    if rows:
        record(session, "waiting", now, by_id, group_id, people=len(rows))
        touch(session, f"group:{group_id}")
    return len(rows)


def waiting_list(
    session: Session, group_id: UUID | str, actor: Actor, most: int = 200
) -> tuple[list[WaitingRow], int]:
    """Return the first of the list in order, and how many wait altogether."""
    group = led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    live = (Waiting.group_id == group.id, col(Waiting.ended_at).is_(None))
    rows = session.exec(select(Waiting).where(*live).order_by(col(Waiting.id)).limit(most))
    total = session.exec(select(func.count()).select_from(Waiting).where(*live)).one()
    return [
        WaitingRow(
            row.id,
            place,
            row.email,
            f"{row.first_name} {row.last_name}".strip(),
            row.added_at,
        )
        for place, row in enumerate(rows, start=1)
    ], total


def take_off_waiting_list(
    session: Session, group_id: UUID | str, waiting_id: UUID, actor: Actor, now: datetime
) -> None:
    """Take someone off the list."""
    group = led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    row = session.exec(
        select(Waiting)
        .where(
            Waiting.id == waiting_id,
            Waiting.group_id == group.id,
            col(Waiting.ended_at).is_(None),
        )
        .with_for_update()
    ).first()
    if row is None:
        raise NotFound("entry of the waiting list")
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

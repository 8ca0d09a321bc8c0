"""Seats that come open go to whoever waits longest."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func
from sqlmodel import Session, col, select

from grouplic.domain.groups import Group, Seat, SeatState, Way
from grouplic.domain.joins import Waiting
from grouplic.domain.uploads import RowState, UploadRow
from grouplic.services.admission import Admitted, Newcomer, admit, hold_people
from grouplic.services.groups import lock_group

MOST_AT_ONCE = 200


def fill_from_waiting_list(
    session: Session, group_id: UUID, now: datetime, most: int = MOST_AT_ONCE
) -> int:
    """Give open seats of the group to the first of its waiting list; return how many joined.

    Called in the transaction in which seats come open, so that nobody comes between; what is more
    than ``most`` is left to the background worker. Once the term is over they wait on, until the
    group is renewed.
    """
    first = session.exec(select(Waiting.id).where(*_live(group_id)).limit(1)).first()
    if first is None:
        return 0
    session.flush()
    if lock_group(session, group_id).has_ended(now):
        return 0
    hold_those_who_wait(session, group_id, most=most)
    joined = 0
    # Whoever comes back to the seat that retired with them takes no open one: it is the next one's.
    while joined < most and (done := _fill(session, group_id, now, most - joined)):
        joined += done
    return joined


def _fill(session: Session, group_id: UUID, now: datetime, most: int) -> int:
    free = session.exec(
        select(func.count())
        .select_from(Seat)
        .where(Seat.group_id == group_id, Seat.state == SeatState.OPEN)
    ).one()
    rows = session.exec(
        select(Waiting)
        .where(*_live(group_id))
        .order_by(col(Waiting.position), col(Waiting.id))
        .limit(min(free, most))
    ).all()
    if not rows:
        return 0
    admitted = admit(session, group_id, [_newcomer(row) for row in rows], now)
    joined = 0
    for row, one in zip(rows, admitted, strict=True):
        if one.outcome != "no_seat":
            joined += _end(session, row, one, now)
    return joined


def hold_those_who_wait(
    session: Session, group_id: UUID, also: Iterable[str] = (), most: int = MOST_AT_ONCE
) -> None:
    """Hold the accounts of the first of the list, and those with the addresses ``also``.

    Called with the group's row held and before any seat of it is, by whoever lets seats come open:
    somebody who joins by themselves holds their account, and waits for a seat.
    """
    first = session.exec(
        select(Waiting.email_key)
        .where(*_live(group_id))
        .order_by(col(Waiting.position), col(Waiting.id))
        .limit(most)
    ).all()
    hold_people(session, {*first, *also})


def groups_with_room_and_waiting(session: Session, now: datetime, most: int = 20) -> list[UUID]:
    """Return groups in which somebody waits and a seat is open, and whose term runs."""
    return list(
        session.exec(
            select(Waiting.group_id)
            .join(Group, col(Group.id) == col(Waiting.group_id))
            .where(
                col(Waiting.ended_at).is_(None),
                col(Group.ends_at).is_(None) | (col(Group.ends_at) > now),
                exists().where(
                    col(Seat.group_id) == col(Waiting.group_id),
                    col(Seat.state) == SeatState.OPEN,
                ),
            )
            .distinct()
            .limit(most)
        )
    )


def _live(group_id: UUID) -> tuple:  # type: ignore[type-arg]
    return (col(Waiting.group_id) == group_id, col(Waiting.ended_at).is_(None))


def _newcomer(row: Waiting) -> Newcomer:
    return Newcomer(
        row.email, row.first_name, row.last_name, Way(row.way), row.added_by_id, row.note
    )


def _end(session: Session, row: Waiting, admitted: Admitted, now: datetime) -> int:
    row.enrolled_at = row.ended_at = now
    session.add(row)
    uploaded = session.get(UploadRow, row.upload_row_id) if row.upload_row_id else None
    if uploaded:
        uploaded.state, uploaded.outcome = RowState.ADDED, "Joined from the waiting list"
        uploaded.enrollment_id = admitted.enrollment_id
        session.add(uploaded)
    return 1

"""The end of a term: reminders 30 and 7 days before, and what the leader sees of it."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from grouplic.domain.groups import Enrollment, Group, TermReminder
from grouplic.services.actors import Actor
from grouplic.services.low_seats import leaders_who_buy
from grouplic.services.ports import Transactions
from grouplic.services.recording import queue_mail, record

DAYS_BEFORE = (7, 30)


def remind_of_ends(database: Transactions, now: datetime) -> int:
    """Write to the leaders of groups whose term ends soon; return how many groups were due."""
    with database.reading() as session:
        due = groups_due(session, now)
    reminded = 0
    for group_id, days in due:
        with database.writing() as session:
            reminded += remind(session, group_id, days, now)
    return reminded


def groups_due(session: Session, now: datetime) -> list[tuple[UUID, int]]:
    """Return the groups that end within a reminder's days and have not had it for this end."""
    due: dict[UUID, int] = {}
    for days in sorted(DAYS_BEFORE, reverse=True):
        had = (
            select(TermReminder.group_id)
            .where(
                col(TermReminder.group_id) == col(Group.id),
                col(TermReminder.ends_at) == col(Group.ends_at),
                # The later reminder says all that the earlier one would.
                TermReminder.days <= days,
            )
            .exists()
        )
        rows = session.exec(
            select(Group.id).where(
                col(Group.ends_at) > now, col(Group.ends_at) <= now + timedelta(days=days), ~had
            )
        )
        due |= dict.fromkeys(rows, days)
    return list(due.items())


def remind(session: Session, group_id: UUID, days: int, now: datetime) -> bool:
    """Write one group's reminder; several workers may try, and one of them does."""
    group = session.get_one(Group, group_id)
    if group.ends_at is None:
        return False
    try:
        with session.begin_nested():
            session.add(TermReminder(group_id=group_id, ends_at=group.ends_at, days=days, at=now))
    except IntegrityError:
        return False
    facts = {
        "group": group.name,
        "path": f"/buy?group={group.id}&add=renewal",
        "until": f"{group.ends_at:%B %-d, %Y}",
        "days": str((group.ends_at - now).days),
    }
    for leader in leaders_who_buy(session, group_id):
        queue_mail(session, "term_ends", leader, now, group_id, **facts)
    record(session, "term_reminder", now, None, group_id, days=days)
    return True


def paused_for(session: Session, actor: Actor, now: datetime) -> list[tuple[str, datetime]]:
    """Return the groups in which the actor holds a seat and whose term has ended, with its end."""
    rows = session.exec(
        select(Group.name, Group.ends_at)
        .join(Enrollment, col(Enrollment.group_id) == col(Group.id))
        .where(
            Enrollment.user_id == actor.user_id,
            col(Enrollment.ended_at).is_(None),
            col(Enrollment.awaits_claim).is_(False),
            col(Group.ends_at) <= now,
        )
        .order_by(col(Group.ends_at).desc())
    )
    return [(name, ended) for name, ended in rows if ended]

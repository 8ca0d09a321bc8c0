"""The weekly summary: a mail on Monday to every leader of a group who wants it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlmodel import Session, col

from grouplic.domain.groups import Enrollment, Group, GroupLeader
from grouplic.domain.people import User
from grouplic.domain.performance import Stand, week_began
from grouplic.domain.progress import EnrollmentProgress, EnrollmentSummary
from grouplic.domain.refusals import NotFound
from grouplic.domain.reminding import Newsletter, Unsubscription, WeeklySummary
from grouplic.services.actors import Actor
from grouplic.services.groups import May, leads, led_group
from grouplic.services.hard_questions import hardest_questions
from grouplic.services.performance import Class, figures, read_class
from grouplic.services.recording import queue_mail, record
from grouplic.services.wording import show_percent

_WEEK = timedelta(days=7)


def wants_summary(session: Session, group_id: UUID | str, actor: Actor) -> bool:
    """Say whether the leader gets the weekly summary of this group; refuse who does not lead it."""
    group = led_group(session, actor, group_id, May.SEE)
    wish = session.get(WeeklySummary, (group.id, actor.user_id))
    return wish is not None and wish.ended_at is None


def set_summary(
    session: Session, group_id: UUID | str, wanted: bool, actor: Actor, now: datetime
) -> None:
    """Begin or end the leader's weekly summary of this group."""
    group = led_group(session, actor, group_id, May.SEE)
    if not leads(session, group.id, actor):
        raise NotFound("group")
    if wanted == wants_summary(session, group.id, actor):
        return
    wish = session.get(WeeklySummary, (group.id, actor.user_id)) or WeeklySummary(
        group_id=group.id, user_id=actor.user_id, since=now
    )
    wish.ended_at = None if wanted else now
    wish.since = now if wanted else wish.since
    session.add(wish)
    ended = session.get(Unsubscription, (actor.user_id, group.id, str(Newsletter.WEEKLY_SUMMARY)))
    if wanted and ended:
        session.delete(ended)
    record(session, "weekly_summary_set", now, actor.user_id, group.id, wanted=wanted)


def send_summary(session: Session, now: datetime) -> bool:
    """Queue one weekly summary that is due; return False when none is.

    Whoever sets ``last_sent_at`` queues it, so that many workers send it once.
    """
    wish = session.execute(due_summaries(now).with_for_update(skip_locked=True)).scalars().first()
    if wish is None:
        return False
    wish.last_sent_at = now
    group, leader = session.get_one(Group, wish.group_id), session.get_one(User, wish.user_id)
    if not _leads(session, wish) or group.has_ended(now):
        wish.ended_at = now
        return True
    klass = read_class(session, group, now)
    queue_mail(session, "weekly_summary", leader, now, group.id, **_facts(session, klass))
    return True


def due_summaries(now: datetime) -> Any:
    """Select the wish for a summary that waits longest."""
    monday = week_began(now)
    return (
        select(WeeklySummary)
        .where(
            col(WeeklySummary.ended_at).is_(None),
            func.coalesce(col(WeeklySummary.last_sent_at), col(WeeklySummary.since)) < monday,
        )
        .order_by(col(WeeklySummary.group_id), col(WeeklySummary.user_id))
        .limit(1)
    )


def _leads(session: Session, wish: WeeklySummary) -> bool:
    found = session.execute(
        select(col(GroupLeader.id)).where(
            col(GroupLeader.group_id) == wish.group_id,
            col(GroupLeader.user_id) == wish.user_id,
            col(GroupLeader.ended_at).is_(None),
            col(GroupLeader.awaits_claim).is_(False),
        )
    ).first()
    return found is not None


def _facts(session: Session, klass: Class) -> dict[str, str]:
    now = figures(session, klass)
    since = klass.now - _WEEK
    hardest = hardest_questions(session, klass, 1)
    return {
        "newsletter": str(Newsletter.WEEKLY_SUMMARY),
        "group": klass.group.name,
        "dashboard": str(klass.group.id),
        "week": f"{since:%B %-d} to {klass.now:%B %-d, %Y}",
        "learners": str(now.learners),
        "joined": str(_joined(session, klass, since)),
        "active": str(_active(session, klass, since)),
        "completions": str(_completions(session, klass, since)),
        "finished": str(now.stands[Stand.DONE]),
        "not_started": str(now.stands[Stand.NOT_STARTED]),
        "stuck": str(now.stands[Stand.STUCK]),
        "median": "" if now.median_score is None else show_percent(now.median_score),
        "hardest": (
            f"“{hardest[0].prompt}” ({show_percent(hardest[0].percent_right)} right)"
            if hardest
            else ""
        ),
    }


def _joined(session: Session, klass: Class, since: datetime) -> int:
    return _number(session, _here(klass, Enrollment).where(col(Enrollment.enrolled_at) >= since))


def _active(session: Session, klass: Class, since: datetime) -> int:
    active = _here(klass, EnrollmentSummary).where(
        col(EnrollmentSummary.group_id) == klass.group.id,
        col(EnrollmentSummary.last_activity_at) >= since,
    )
    return _number(session, active)


def _completions(session: Session, klass: Class, since: datetime) -> int:
    done = _here(klass, EnrollmentProgress).where(col(EnrollmentProgress.completed_at) >= since)
    return _number(session, done)


def _here(klass: Class, what: Any) -> Any:
    rows = select(func.count()).select_from(Enrollment)
    if what is not Enrollment:
        rows = rows.join(what, and_(what.enrollment_id == col(Enrollment.id)))
    return rows.where(
        col(Enrollment.group_id) == klass.group.id,
        col(Enrollment.ended_at).is_(None),
        col(Enrollment.awaits_claim).is_(False),
    )


def _number(session: Session, rows: Any) -> int:
    return int(session.execute(rows).scalar_one())

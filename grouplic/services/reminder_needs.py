"""Who needs a reminder, and whether a reminder that has not left is still needed."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, exists, select
from sqlmodel import Session, col

from grouplic.domain.groups import Enrollment
from grouplic.domain.people import User
from grouplic.domain.performance import Cut
from grouplic.domain.progress import EnrollmentProgress, EnrollmentSummary, ProgressState
from grouplic.domain.records import Mail
from grouplic.domain.reminding import Newsletter, Reminder, Unsubscription
from grouplic.services.performance import Class, Condition, counted, fits

ONCE_IN = timedelta(hours=24)
_LEARNER: list[Any] = [Enrollment, User]


class Need(StrEnum):
    """Why somebody is reminded. due: not done with a module some days before its due date."""

    NOT_STARTED = "not_started"
    STUCK = "stuck"
    OVERDUE = "overdue"
    DUE = "due"


def who_needs(klass: Class, need: Need, module_id: UUID | None = None) -> Select[Any]:
    """Select enrollment and user of those whom a reminder is meant for."""
    condition = _not_done(module_id) if module_id else fits(klass, Cut(need))
    learners: Select[Any] = select(*_LEARNER)
    return (
        learners.select_from(EnrollmentSummary)
        .join(Enrollment, col(Enrollment.id) == col(EnrollmentSummary.enrollment_id))
        .join(User, col(User.id) == col(Enrollment.user_id))
        .where(
            col(EnrollmentSummary.group_id) == klass.group.id,
            counted(klass.group.id),
            condition,
            col(User.erased_at).is_(None),
        )
        .order_by(col(User.email_key))
    )


def reminded_lately(klass: Class) -> Condition:
    """Say, as SQL, whether the group's leaders have reminded this learner within a day."""
    return exists().where(
        col(Reminder.user_id) == col(Enrollment.user_id),
        col(Reminder.group_id) == klass.group.id,
        col(Reminder.sent_at) > klass.now - ONCE_IN,
    )


def unsubscribed(klass: Class) -> Condition:
    """Say, as SQL, whether this learner wants no reminders from the group."""
    return exists().where(
        col(Unsubscription.user_id) == col(Enrollment.user_id),
        col(Unsubscription.group_id) == klass.group.id,
        col(Unsubscription.kind) == str(Newsletter.REMINDERS),
    )


def still_needed(session: Session, mail: Mail) -> bool:
    """Say whether a reminder that is about to leave still says what is so.

    Not after the learner has started, gone on or finished, has left, or wants no more of them.
    """
    enrollment = session.get(Enrollment, UUID(mail.facts["enrollment"]))
    if enrollment is None or enrollment.ended_at or enrollment.awaits_claim:
        return False
    key = (enrollment.user_id, enrollment.group_id, str(Newsletter.REMINDERS))
    if session.get(Unsubscription, key):
        return False
    summary = session.get_one(EnrollmentSummary, enrollment.id)
    need = Need(mail.facts["need"])
    if need == Need.NOT_STARTED:
        return summary.modules_started == 0
    if need == Need.STUCK:
        return not _went_on(summary.last_activity_at, mail.created_at)
    return _any_left(session, enrollment.id, [UUID(one) for one in mail.facts["about"].split()])


def _not_done(module_id: UUID) -> Condition:
    return ~exists().where(
        and_(
            col(EnrollmentProgress.enrollment_id) == col(EnrollmentSummary.enrollment_id),
            col(EnrollmentProgress.module_id) == module_id,
            col(EnrollmentProgress.state) == str(ProgressState.DONE),
        )
    )


def _went_on(last_activity_at: datetime | None, since: datetime) -> bool:
    return last_activity_at is not None and last_activity_at > since


def _any_left(session: Session, enrollment_id: UUID, modules: list[UUID]) -> bool:
    done = session.execute(
        select(col(EnrollmentProgress.module_id)).where(
            col(EnrollmentProgress.enrollment_id) == enrollment_id,
            col(EnrollmentProgress.module_id).in_(modules),
            col(EnrollmentProgress.state) == str(ProgressState.DONE),
        )
    ).scalars()
    return bool(set(modules) - set(done))

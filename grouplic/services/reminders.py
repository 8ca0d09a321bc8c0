"""Reminders: a leader chooses who, sees the mail, and sends it; planned ones go out by themselves.

A learner hears from a group at most once in 24 hours. What no longer holds when a mail is about to
leave is withdrawn by the outbox.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session, col

from grouplic.domain.base import new_id
from grouplic.domain.groups import Enrollment
from grouplic.domain.people import User
from grouplic.domain.progress import EnrollmentProgress, ProgressState
from grouplic.domain.records import Mail, MailState
from grouplic.domain.refusals import Refusal
from grouplic.domain.reminding import DueDate, Newsletter, PlannedReminder, Reminder
from grouplic.services.actors import Actor
from grouplic.services.groups import May, hold_led_group, leaders_among, led_group, lock_group
from grouplic.services.joining import leader_name
from grouplic.services.many_rows import insert_many
from grouplic.services.outbox import Letter
from grouplic.services.performance import Class, ClassModule, read_class
from grouplic.services.recording import record, touch
from grouplic.services.reminder_needs import Need, reminded_lately, unsubscribed, who_needs


@dataclass(frozen=True)
class Prospect:
    """What sending would do: so many are mailed, so many are left out and why; the mail itself."""

    mailed: int
    reminded_lately: int
    unsubscribed: int
    letter: Letter


def prospect(
    session: Session, group_id: UUID | str, need: Need, actor: Actor, now: datetime, site: str
) -> Prospect:
    """Return what reminding those would do; changes nothing. Refuses who may not manage people."""
    klass = read_class(session, led_group(session, actor, group_id, May.MANAGE_PEOPLE), now)
    everyone = who_needs(klass, need)
    facts = {
        **_facts(klass, need, actor.name, _about(klass, need)),
        "name": "Ann",
        "site": site,
        "unsubscribe": f"{site}/unsubscribe/…",
    }
    return Prospect(
        _number(session, everyone.where(~reminded_lately(klass), ~unsubscribed(klass))),
        _number(session, everyone.where(reminded_lately(klass), ~unsubscribed(klass))),
        _number(session, everyone.where(unsubscribed(klass))),
        Letter(new_id(), "ann@example.org", "reminder", now, facts),
    )


def remind(session: Session, group_id: UUID | str, need: Need, actor: Actor, now: datetime) -> int:
    """Queue a reminder for everyone who needs it; return to how many.

    Refuses who may not manage people, a license that has ended, and when nobody is left.
    """
    group = hold_led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    if group.has_ended(now):
        raise Refusal(f"The license of {group.name} has ended, so there is nothing to go on with.")
    klass = read_class(session, group, now)
    sent = _write(session, klass, need, _about(klass, need), actor.user_id, actor.name)
    if not sent:
        raise Refusal("Nobody is left to remind: they went on, or heard from you within 24 hours.")
    record(session, "reminded", now, actor.user_id, group.id, need=str(need), learners=sent)
    return sent


def send_planned(session: Session, now: datetime) -> int | None:
    """Send one planned reminder that is due, to everyone not done; None when none is due.

    Whoever sets ``sent_at`` sends it, so that many workers send it once.
    """
    found = session.execute(due_plans(now)).scalars().first()
    if found is None:
        return None
    # The group's row first, like everybody; while this waited, another worker may have sent it.
    group = lock_group(session, found.group_id)
    plan = (
        session.execute(
            due_plans(now)
            .where(
                col(PlannedReminder.group_id) == found.group_id,
                col(PlannedReminder.module_id) == found.module_id,
            )
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        .scalars()
        .first()
    )
    if plan is None:
        return 0
    plan.sent_at = now
    session.flush()
    if group.has_ended(now):
        return 0
    klass = read_class(session, group, now)
    due = session.get_one(DueDate, (plan.group_id, plan.module_id))
    module = [one for one in klass.modules if one.id == plan.module_id]
    by_name = _who_leads(session, due)
    sent = _write(session, klass, Need.DUE, module, due.set_by_id, by_name)
    record(session, "planned_reminder_sent", now, group_id=group.id, learners=sent)
    return sent


def due_plans(now: datetime) -> Any:
    """Select the planned reminder that is due longest."""
    return (
        select(PlannedReminder)
        .where(col(PlannedReminder.sent_at).is_(None), col(PlannedReminder.send_on) <= now.date())
        .order_by(col(PlannedReminder.send_on), col(PlannedReminder.group_id))
        .limit(1)
    )


def _who_leads(session: Session, due: DueDate) -> str:
    """Return the name of whoever set the date, or of the group's leader once they do not lead."""
    if leaders_among(session, due.group_id, {due.set_by_id}):
        return session.get_one(User, due.set_by_id).name
    return leader_name(session, due.group_id)


def _write(
    session: Session,
    klass: Class,
    need: Need,
    about: Sequence[ClassModule],
    by_id: UUID,
    by_name: str,
) -> int:
    module_id = about[0].id if need == Need.DUE else None
    needy = who_needs(klass, need, module_id).where(~reminded_lately(klass), ~unsubscribed(klass))
    learners = session.execute(needy).all()
    done = _done_by(session, needy)
    mails, reminders = [], []
    for enrollment, user in learners:
        left = [one for one in about if one.id not in done.get(enrollment.id, ())] or about
        facts = _facts(klass, need, by_name, left)
        mails.append(_mail(klass, facts, enrollment, user))
        reminders.append(_reminder(klass, left[0].id, by_id, user))
    insert_many(session, Mail, mails)
    insert_many(session, Reminder, reminders)
    touch(session, "outbox", f"group:{klass.group.id}")
    return len(mails)


def _done_by(session: Session, learners: Any) -> dict[UUID, set[UUID]]:
    ids = learners.order_by(None).with_only_columns(col(Enrollment.id))
    rows = session.execute(
        select(col(EnrollmentProgress.enrollment_id), col(EnrollmentProgress.module_id)).where(
            col(EnrollmentProgress.enrollment_id).in_(ids),
            col(EnrollmentProgress.state) == str(ProgressState.DONE),
        )
    )
    done: dict[UUID, set[UUID]] = {}
    for enrollment_id, module_id in rows:
        done.setdefault(enrollment_id, set()).add(module_id)
    return done


def _about(klass: Class, need: Need) -> Sequence[ClassModule]:
    if need == Need.OVERDUE:
        return [one for one in klass.modules if one.id in klass.overdue] or klass.modules
    return klass.modules


def _facts(klass: Class, need: Need, leader: str, about: Sequence[ClassModule]) -> dict[str, str]:
    return {
        "need": str(need),
        "newsletter": str(Newsletter.REMINDERS),
        "group": klass.group.name,
        "group_id": str(klass.group.id),
        "leader": leader,
        "about": " ".join(str(one.id) for one in about),
        "modules": "\n".join(_line(one) for one in about),
        "due": f"{about[0].due_on:%B %-d}" if need == Need.DUE and about[0].due_on else "",
    }


def _line(module: ClassModule) -> str:
    return f"{module.title}, due {module.due_on:%B %-d, %Y}" if module.due_on else module.title


def _mail(
    klass: Class, facts: dict[str, str], enrollment: Enrollment, user: User
) -> dict[str, Any]:
    mail = Mail(
        user_id=user.id,
        group_id=klass.group.id,
        address=user.email,
        template="reminder",
        facts={**facts, "name": user.first_name, "enrollment": str(enrollment.id)},
        state=str(MailState.QUEUED),
        due_at=klass.now,
        created_at=klass.now,
    )
    return mail.model_dump()


def _reminder(klass: Class, module_id: UUID, by_id: UUID, user: User) -> dict[str, Any]:
    return {
        "id": new_id(),
        "group_id": klass.group.id,
        "user_id": user.id,
        "module_id": module_id,
        "sent_by_id": by_id,
        "sent_at": klass.now,
    }


def _number(session: Session, learners: Any) -> int:
    count = select(func.count()).select_from(learners.order_by(None).subquery())
    return int(session.execute(count).scalar_one())

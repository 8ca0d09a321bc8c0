"""Due dates of a group's modules, and the reminders planned before them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col, select

from grouplic.domain.groups import Group
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.domain.reminding import DueDate, PlannedReminder
from grouplic.services.actors import Actor
from grouplic.services.groups import May, hold_led_group, led_group
from grouplic.services.performance import ClassModule, read_class
from grouplic.services.recording import record, touch

DAYS_BEFORE = (7, 1)
_FURTHEST = timedelta(days=5 * 366)


@dataclass(frozen=True)
class Due:
    """A module of the group with its due date, and how many days before a reminder goes out."""

    module_id: UUID
    title: str
    due_on: date | None
    days_before: tuple[int, ...]


def due_dates(session: Session, group_id: UUID | str, actor: Actor, now: datetime) -> list[Due]:
    """Return the group's modules with their due dates; refuse who does not lead it."""
    klass = read_class(session, led_group(session, actor, group_id, May.SEE), now)
    planned = session.exec(
        select(PlannedReminder).where(PlannedReminder.group_id == klass.group.id)
    ).all()
    return [
        Due(
            module.id,
            module.title,
            module.due_on,
            tuple(
                sorted((p.days_before for p in planned if p.module_id == module.id), reverse=True)
            ),
        )
        for module in klass.modules
    ]


def set_due_date(
    session: Session,
    group_id: UUID | str,
    module_id: UUID | str,
    due_on: str,
    days_before: Iterable[int],
    actor: Actor,
    now: datetime,
) -> None:
    """Set the last day for a module, with reminders so many days before, to those not done then.

    ``due_on`` is an ISO date. Refuses a day that has passed, one after the license ends, and
    whoever may not manage people.
    """
    group, module = _held_module(session, group_id, module_id, actor, now)
    day = _day(due_on, group, now)
    _forget_plan(session, group.id, module.id)
    due = session.get(DueDate, (group.id, module.id))
    if due is None:
        due = DueDate(
            group_id=group.id, module_id=module.id, due_on=day, set_by_id=actor.user_id, set_at=now
        )
    due.due_on, due.set_by_id, due.set_at = day, actor.user_id, now
    session.add(due)
    session.flush()
    for days in sorted(set(days_before) & set(DAYS_BEFORE)):
        send_on = day - timedelta(days=days)
        if send_on > now.date():
            session.add(
                PlannedReminder(
                    group_id=group.id, module_id=module.id, days_before=days, send_on=send_on
                )
            )
    record(
        session,
        "due_date_set",
        now,
        actor.user_id,
        group.id,
        module=module.slug,
        due_on=day.isoformat(),
    )
    touch(session, f"group:{group.id}")


def clear_due_date(
    session: Session, group_id: UUID | str, module_id: UUID | str, actor: Actor, now: datetime
) -> None:
    """Take the due date of a module away, with its planned reminders; without one, do nothing."""
    group, module = _held_module(session, group_id, module_id, actor, now)
    due = session.get(DueDate, (group.id, module.id))
    if due is None:
        return
    _forget_plan(session, group.id, module.id)
    session.delete(due)
    record(session, "due_date_cleared", now, actor.user_id, group.id, module=module.slug)
    touch(session, f"group:{group.id}")


def _held_module(
    session: Session, group_id: UUID | str, module_id: UUID | str, actor: Actor, now: datetime
) -> tuple[Group, ClassModule]:
    group = hold_led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    for module in read_class(session, group, now).modules:
        if str(module.id) == str(module_id):
            return group, module
    raise NotFound("module")


def _day(due_on: str, group: Group, now: datetime) -> date:
    try:
        day = date.fromisoformat(str(due_on))
    except ValueError:
        raise Refusal("Choose a day, such as 2027-01-31.", "due_on") from None
    if day < now.date():
        raise Refusal("This day has passed. Choose today or a later one.", "due_on")
    if day > now.date() + _FURTHEST:
        raise Refusal("This day is too far away. Choose one within five years.", "due_on")
    if group.ends_at and day > group.ends_at.date():
        raise Refusal(
            f"The license ends on {group.ends_at:%B %-d, %Y}. Choose a day before it.", "due_on"
        )
    return day


def _forget_plan(session: Session, group_id: UUID, module_id: UUID) -> None:
    session.exec(
        delete(PlannedReminder).where(
            col(PlannedReminder.group_id) == group_id, col(PlannedReminder.module_id) == module_id
        )
    )

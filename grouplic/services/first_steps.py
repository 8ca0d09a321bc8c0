"""The first minutes of a group: three steps from the purchase to the first learner."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from grouplic.domain.catalog import Lesson
from grouplic.domain.groups import Enrollment, GroupModule
from grouplic.domain.joins import Invitation
from grouplic.domain.progress import LessonProgress
from grouplic.services.actors import Actor
from grouplic.services.groups import May, led_group, seat_counts
from grouplic.services.recording import record, touch


@dataclass(frozen=True)
class FirstSteps:
    """What has been done. ``offered`` counts people invited and keys handed out."""

    seats: int
    modules: int
    offered: int
    joined: int
    started: bool
    dismissed: bool

    @property
    def remaining(self) -> int:
        """How many of the three steps are still to be done."""
        return 3 - sum((self.seats > 0, self.joined > 0, self.started))

    @property
    def shown(self) -> bool:
        """Whether the steps are worth the leader's attention."""
        return self.remaining > 0 and not self.dismissed


def first_steps(session: Session, group_id: UUID | str, actor: Actor) -> FirstSteps:
    """Return how far the group has come; refuse who does not lead it."""
    group = led_group(session, actor, group_id, May.SEE)
    counts = seat_counts(session, group.id)
    modules = session.exec(
        select(func.count()).select_from(GroupModule).where(GroupModule.group_id == group.id)
    ).one()
    return FirstSteps(
        seats=counts.bought,
        modules=modules,
        offered=counts.issued + _invited(session, group.id),
        joined=counts.taken + counts.retired,
        started=_anyone_started(session, group.id),
        dismissed=group.first_steps_dismissed_at is not None,
    )


def dismiss_first_steps(
    session: Session, group_id: UUID | str, actor: Actor, now: datetime
) -> None:
    """Do not show the steps of this group again; refuse who may not manage its people."""
    group = led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    group.first_steps_dismissed_at = group.first_steps_dismissed_at or now
    session.add(group)
    record(session, "first_steps_dismissed", now, actor.user_id, group.id)
    touch(session, f"group:{group.id}")


def _invited(session: Session, group_id: UUID) -> int:
    return session.exec(
        select(func.count())
        .select_from(Invitation)
        .where(
            Invitation.group_id == group_id,
            col(Invitation.ended_at).is_(None),
            col(Invitation.leader_id).is_(None),
            col(Invitation.key_id).is_(None),  # its seat is counted as issued
        )
    ).one()


def _anyone_started(session: Session, group_id: UUID) -> bool:
    # As everywhere, a leader sees progress in the group's modules of people who are or were in it.
    started = session.exec(
        select(LessonProgress.user_id)
        .join(Lesson, col(Lesson.id) == col(LessonProgress.lesson_id))
        .join(
            GroupModule,
            (col(GroupModule.module_id) == col(Lesson.module_id))
            & (col(GroupModule.group_id) == group_id),
        )
        .join(
            Enrollment,
            (col(Enrollment.user_id) == col(LessonProgress.user_id))
            & (col(Enrollment.group_id) == group_id),
        )
        .where(col(LessonProgress.last_opened_at) >= col(Enrollment.enrolled_at))
        .limit(1)
    ).first()
    return started is not None

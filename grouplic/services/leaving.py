"""Leaving: enrollments end, and the reclaim rule says what becomes of their seats."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from grouplic.domain.catalog import Lesson
from grouplic.domain.groups import Enrollment, Group, GroupModule, Seat, SeatState, Way
from grouplic.domain.people import User
from grouplic.domain.progress import LessonProgress
from grouplic.domain.quizzes import QuizAttempt
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services.accounts import clean_email
from grouplic.services.actors import Actor
from grouplic.services.admission import Admitted, Newcomer, Outcome, admit
from grouplic.services.filling import fill_from_waiting_list, hold_those_who_wait
from grouplic.services.groups import May, hold_led_group, led_group
from grouplic.services.invitations import end_invitations
from grouplic.services.recording import record, touch
from grouplic.services.seats import NoSeatOpen, free_seat


class ReclaimRule(StrEnum):
    """Whether the seat of a removed learner comes back as open; otherwise it retires."""

    NOT_STARTED = "not_started"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True)
class Leaving:
    """What removing someone would do, told before it is done."""

    name: str
    opened: int
    lessons: int
    seat_number: int
    seat_comes_back: bool
    has_begun: bool

    @property
    def sentence(self) -> str:
        """The prospect in words."""
        done = f"{self.name} has opened {self.opened} of {self.lessons} lessons"
        if self.seat_comes_back:
            return f"{done}, the seat is free to move."
        if self.has_begun and not self.opened:
            done = f"{self.name} has begun a quiz"
        return (
            f"{done}, so seat {self.seat_number} retires: it cannot go to someone else, "
            f"and {self.name} may come back to it."
        )


def prospect(
    session: Session, group_id: UUID | str, user_id: UUID, actor: Actor, rule: ReclaimRule
) -> Leaving:
    """Return what removing the learner would do; changes nothing."""
    group = led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    enrollment = _live(session, group, user_id)
    seat = session.get_one(Seat, enrollment.seat_id)
    opened = lessons_opened(session, group.id, [enrollment]).get(user_id, 0)
    has_begun = user_id in who_began(session, group.id, [enrollment])
    lessons = session.exec(
        select(func.count())
        .select_from(Lesson)
        .join(GroupModule, col(GroupModule.module_id) == col(Lesson.module_id))
        .where(GroupModule.group_id == group.id, col(Lesson.removed).is_(False))
    ).one()
    name = session.get_one(User, user_id).name
    comes_back = _comes_back(rule, has_begun)
    return Leaving(name, opened, lessons, seat.number, comes_back, has_begun)


def remove(
    session: Session,
    group_id: UUID | str,
    user_id: UUID,
    actor: Actor,
    now: datetime,
    rule: ReclaimRule = ReclaimRule.NOT_STARTED,
) -> Seat:
    """End a learner's enrollment and return the seat, as the reclaim rule leaves it.

    A seat that comes back goes to the first of the waiting list, if somebody waits.
    """
    group = hold_led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    hold_those_who_wait(session, group.id)
    enrollment = _live(session, group, user_id)
    seat = end_enrollments(session, group.id, [enrollment], actor.user_id, now, rule)[0]
    fill_from_waiting_list(session, group.id, now)
    return seat


def swap(
    session: Session,
    group_id: UUID | str,
    user_id: UUID,
    newcomer: tuple[str, str, str],
    actor: Actor,
    now: datetime,
    rule: ReclaimRule = ReclaimRule.NOT_STARTED,
) -> Admitted:
    """Remove one learner and admit another, address and names given, in one step.

    The seat passes from one to the other, and the waiting list does not come between. Where the
    seat retires, the newcomer takes an open one; refuses when there is none, and someone who is in
    the group already.
    """
    group = hold_led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    email, first_name, last_name = clean_email(newcomer[0]), *newcomer[1:]
    hold_those_who_wait(session, group.id, [email.lower()])
    enrollment = _live(session, group, user_id)
    seat = end_enrollments(session, group.id, [enrollment], actor.user_id, now, rule)[0]
    session.flush()
    person = Newcomer(email, first_name, last_name, Way.INVITE, actor.user_id)
    (admitted,) = admit(
        session, group.id, [person], now, seats=[seat] if seat.state == SeatState.OPEN else []
    )
    if admitted.outcome == Outcome.NO_SEAT:
        raise NoSeatOpen(group.name)
    if admitted.outcome == Outcome.MEMBER:
        raise Refusal(f"{email} is in the group already.", "email")
    record(
        session,
        "swapped",
        now,
        actor.user_id,
        group.id,
        left=str(user_id),
        joined=str(admitted.user_id),
    )
    # Someone who came back to a retired seat of theirs has left the other one open.
    fill_from_waiting_list(session, group.id, now)
    return admitted


def end_enrollments(
    session: Session,
    group_id: UUID,
    enrollments: Sequence[Enrollment],
    actor_id: UUID,
    now: datetime,
    rule: ReclaimRule,
) -> list[Seat]:
    """End live enrollments of one group, with their invitations; return their seats.

    Each seat comes back open with a new key, or retires; a refunded one is withdrawn. The caller
    holds the group's row.
    """
    began = who_began(session, group_id, enrollments)
    seats = _hold(session, enrollments)
    for enrollment in enrollments:
        seat = seats[enrollment.seat_id]
        enrollment.ended_at = now
        session.add(enrollment)
        comes_back = _comes_back(rule, enrollment.user_id in began)
        free_seat(session, seat, comes_back, now)
        record(
            session,
            "removed",
            now,
            actor_id=actor_id,
            group_id=group_id,
            seat=seat.number,
            learner=str(enrollment.user_id),
            seat_state=seat.state,
        )
        touch(session, f"user:{enrollment.user_id}")
    end_invitations(session, [enrollment.id for enrollment in enrollments], now)
    touch(session, f"group:{group_id}")
    return [seats[enrollment.seat_id] for enrollment in enrollments]


def lessons_opened(
    session: Session, group_id: UUID, enrollments: Sequence[Enrollment]
) -> dict[UUID, int]:
    """Return, by learner, how many of the group's lessons they opened on the seat they hold."""
    rows = session.exec(
        select(Enrollment.user_id, func.count())
        .join(LessonProgress, col(LessonProgress.user_id) == col(Enrollment.user_id))
        .join(Lesson, col(Lesson.id) == col(LessonProgress.lesson_id))
        .join(GroupModule, col(GroupModule.module_id) == col(Lesson.module_id))
        .where(
            col(Enrollment.id).in_([enrollment.id for enrollment in enrollments]),
            GroupModule.group_id == group_id,
            col(LessonProgress.last_opened_at) >= _first_on_seat(),
        )
        .group_by(col(Enrollment.user_id))
    ).all()
    return dict(rows)


def who_began(
    session: Session, group_id: UUID, enrollments: Sequence[Enrollment]
) -> frozenset[UUID]:
    """Return those of the learners who have used the seat they hold."""
    ids = [enrollment.id for enrollment in enrollments]
    rows = select(Enrollment.user_id).where(col(Enrollment.id).in_(ids), has_begun(group_id))
    return frozenset(session.exec(rows))


def has_begun(group_id: UUID) -> ColumnElement[bool]:
    """Return the condition that an enrollment's learner has used its seat.

    They have opened a lesson of the group or begun one of its quizzes, since they first held it.
    """
    opened = (
        select(LessonProgress.user_id)
        .join(Lesson, col(Lesson.id) == col(LessonProgress.lesson_id))
        .join(GroupModule, col(GroupModule.module_id) == col(Lesson.module_id))
        .where(
            col(LessonProgress.user_id) == col(Enrollment.user_id),
            GroupModule.group_id == group_id,
            col(LessonProgress.last_opened_at) >= _first_on_seat(),
        )
    )
    tried = (
        select(QuizAttempt.user_id)
        .join(GroupModule, col(GroupModule.module_id) == col(QuizAttempt.module_id))
        .where(
            col(QuizAttempt.user_id) == col(Enrollment.user_id),
            GroupModule.group_id == group_id,
            col(QuizAttempt.started_at) >= _first_on_seat(),
        )
    )
    return opened.exists() | tried.exists()


def _first_on_seat() -> Any:
    # Not since this enrollment: whoever comes back to the seat that retired with them has used it.
    earlier = aliased(Enrollment)
    return (
        select(func.min(col(earlier.enrolled_at)))
        .where(
            col(earlier.user_id) == col(Enrollment.user_id),
            col(earlier.seat_id) == col(Enrollment.seat_id),
        )
        .correlate(Enrollment)
        .scalar_subquery()
    )


def _comes_back(rule: ReclaimRule, has_begun: bool) -> bool:
    if rule == ReclaimRule.NOT_STARTED:
        return not has_begun
    return rule == ReclaimRule.ALWAYS


def _live(session: Session, group: Group, user_id: UUID) -> Enrollment:
    enrollment = session.exec(
        select(Enrollment)
        .where(
            Enrollment.group_id == group.id,
            Enrollment.user_id == user_id,
            col(Enrollment.ended_at).is_(None),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if enrollment is None:
        raise NotFound("learner")
    return enrollment


def _hold(session: Session, enrollments: Sequence[Enrollment]) -> dict[UUID, Seat]:
    seats = session.exec(
        select(Seat)
        .where(col(Seat.id).in_([enrollment.seat_id for enrollment in enrollments]))
        .order_by(col(Seat.number))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {seat.id: seat for seat in seats}

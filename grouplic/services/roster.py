"""The people of a group as its leaders see them: searched, sorted, filtered, a page at a time.

What is shown of progress is the state reached in the group's modules, whenever it was reached;
times are shown from the enrollment on; nothing before an account is confirmed, or after the end.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, exists, func, not_, or_
from sqlmodel import Session, col, select

from grouplic.domain.catalog import Lesson, Module
from grouplic.domain.groups import Enrollment, GroupModule, Seat
from grouplic.domain.joins import Invitation, InvitationKind
from grouplic.domain.people import User
from grouplic.domain.performance import Stand, percent
from grouplic.domain.progress import EnrollmentSummary
from grouplic.domain.records import Mail, MailState
from grouplic.services.actors import Actor
from grouplic.services.groups import May, led_group
from grouplic.services.outlines import has_quiz
from grouplic.services.sent_invitations import nobody_came

PAGE = 25


class Standing(StrEnum):
    """Where a learner stands. ``former`` is who has left and holds no seat now."""

    INVITED = "invited"
    MAIL_FAILED = "mail_failed"
    AWAITS = "awaits"
    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FORMER = "former"


class Sort(StrEnum):
    """What the list is ordered by."""

    NAME = "name"
    JOINED = "joined"
    ACTIVITY = "activity"
    SEAT = "seat"


@dataclass(frozen=True)
class Look:
    """Which of the people to show. No ``standing`` is everyone who holds a seat."""

    search: str = ""
    sort: Sort = Sort.NAME
    descending: bool = False
    standing: Standing | None = None
    page: int = 1


@dataclass(frozen=True)
class Person:
    """One learner, or one who was. ``invitation_id`` is of the mail that can be sent again."""

    enrollment_id: UUID
    user_id: UUID
    name: str
    email: str
    seat_number: int
    way: str
    joined_at: datetime
    left_at: datetime | None
    standing: Standing
    percent: int
    last_activity: datetime | None
    invitation_id: UUID | None
    mail_error: str
    correctable: bool


@dataclass(frozen=True)
class Roster:
    """One page of people, and how many there are in all."""

    people: tuple[Person, ...]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PAGE))


def roster(session: Session, group_id: UUID | str, actor: Actor, look: Look) -> Roster:
    """Return a page of the group's people, in five queries however many there are.

    A page past the last shows the last. Refuses who may not manage the group's people.
    """
    group = led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    steps = _steps(session, group.id)
    query = _Query(group.id, look)
    total = session.exec(query.count()).one()
    page = min(max(1, look.page), max(1, -(-total // PAGE)))
    ids = session.exec(query.ids().offset((page - 1) * PAGE).limit(PAGE)).all()
    return Roster(tuple(_people(session, list(ids), steps)), total, page)


class _Query:
    def __init__(self, group_id: UUID, look: Look) -> None:
        self._group_id, self._look = group_id, look

    def count(self) -> Any:
        return self._those(select(func.count()).select_from(Enrollment))

    def ids(self) -> Any:
        turn = "desc" if self._look.descending else "asc"
        chosen, table = {
            Sort.NAME: (_NAME, User),
            Sort.JOINED: (col(Enrollment.enrolled_at), Enrollment),
            Sort.ACTIVITY: (col(EnrollmentSummary.last_activity_at), EnrollmentSummary),
            Sort.SEAT: (col(Seat.number), Seat),
        }[self._look.sort]
        order = getattr(chosen, turn)().nulls_last()
        return self._those(select(Enrollment.id), table).order_by(order, col(Enrollment.id))

    def _those(self, statement: Any, *also: Any) -> Any:
        statement = self._joined(statement, *also)
        statement = statement.where(col(Enrollment.group_id) == self._group_id, *self._searched())
        if self._look.standing == Standing.FORMER:
            return statement.where(col(Enrollment.ended_at).is_not(None), _is_latest())
        statement = statement.where(col(Enrollment.ended_at).is_(None))
        if self._look.standing is None:
            return statement
        return statement.where(_standing() == str(self._look.standing))

    def _joined(self, statement: Any, *also: Any) -> Any:
        # Every table costs a look for each of the group's people: only those that are asked.
        judged = self._look.standing not in (None, Standing.FORMER)
        if User in also or judged or self._look.search.strip():
            statement = statement.join(User, col(User.id) == col(Enrollment.user_id))
        if EnrollmentSummary in also or judged:
            summary = col(EnrollmentSummary.enrollment_id) == col(Enrollment.id)
            statement = statement.join(EnrollmentSummary, summary)
        if Seat in also:
            statement = statement.join(Seat, col(Seat.id) == col(Enrollment.seat_id))
        return statement

    def _searched(self) -> list[ColumnElement[bool]]:
        text = " ".join(self._look.search.split())[:100]
        if not text:
            return []
        # SQLite folds the case of ASCII letters only, so that É is looked for as typed and as a
        # name begins.
        return [
            or_(
                *(
                    where.icontains(variant, autoescape=True)
                    for where in (_FULL_NAME, col(User.email_key))
                    for variant in sorted({text, text.lower(), text.title()})
                )
            )
        ]


def _standing() -> ColumnElement[str]:
    failed = _invited(col(Mail.state) == MailState.FAILED, with_mail=True)
    unused = _invited(
        col(Invitation.kind) == InvitationKind.LOGIN, col(Invitation.used_at).is_(None)
    )
    modules = (
        select(func.count())
        .select_from(GroupModule)
        .where(col(GroupModule.group_id) == col(Enrollment.group_id))
        .correlate(Enrollment)
        .scalar_subquery()
    )
    return case(
        (col(Enrollment.ended_at).is_not(None), str(Standing.FORMER)),
        (col(Enrollment.awaits_claim) & failed, str(Standing.MAIL_FAILED)),
        (col(Enrollment.awaits_claim), str(Standing.AWAITS)),
        (
            (col(EnrollmentSummary.modules_done) >= modules) & (modules > 0),
            str(Standing.COMPLETED),
        ),
        (col(EnrollmentSummary.modules_started) > 0, str(Standing.IN_PROGRESS)),
        (failed, str(Standing.MAIL_FAILED)),
        (and_(col(User.must_change_password), unused), str(Standing.INVITED)),
        else_=str(Standing.NOT_STARTED),
    )


_FULL_NAME = func.trim(col(User.first_name) + " " + col(User.last_name))
_NAME = func.lower(func.coalesce(func.nullif(_FULL_NAME, ""), col(User.email_key)))


def _is_latest() -> ColumnElement[bool]:
    later = Enrollment.__table__.alias("later")  # type: ignore[attr-defined]
    return not_(
        exists().where(
            later.c.group_id == col(Enrollment.group_id),
            later.c.user_id == col(Enrollment.user_id),
            later.c.id > col(Enrollment.id),
        )
    )


def _invited(*those: ColumnElement[bool], with_mail: bool = False) -> ColumnElement[bool]:
    found = (
        select(Invitation.id)
        .where(
            col(Invitation.enrollment_id) == col(Enrollment.id),
            col(Invitation.ended_at).is_(None),
            *those,
        )
        .correlate(Enrollment)
    )
    if with_mail:
        found = found.join(Mail, col(Mail.id) == col(Invitation.mail_id))
    return found.exists()


def _steps(session: Session, group_id: UUID) -> int:
    lessons = (
        select(func.count(col(Lesson.id)))
        .where(col(Lesson.module_id) == col(Module.id), col(Lesson.removed).is_(False))
        .correlate(Module)
        .scalar_subquery()
    )
    steps = (
        select(func.sum(lessons + case((has_quiz(), 1), else_=0)))
        .select_from(Module)
        .join(GroupModule, col(GroupModule.module_id) == col(Module.id))
        .where(GroupModule.group_id == group_id)
    )
    return int(session.exec(steps).one() or 0)


def _people(session: Session, ids: list[UUID], steps: int) -> list[Person]:
    statement: Any = select(Enrollment, User, Seat, Invitation).add_columns(
        _standing(),
        col(EnrollmentSummary.steps_done),
        col(EnrollmentSummary.last_activity_at),
        col(Mail.error),
    )
    statement = (
        statement.join(User, col(User.id) == col(Enrollment.user_id))
        .join(Seat, col(Seat.id) == col(Enrollment.seat_id))
        .join(EnrollmentSummary, col(EnrollmentSummary.enrollment_id) == col(Enrollment.id))
        .outerjoin(
            Invitation,
            (col(Invitation.enrollment_id) == col(Enrollment.id))
            & col(Invitation.ended_at).is_(None),
        )
        .outerjoin(Mail, col(Mail.id) == col(Invitation.mail_id))
        .where(col(Enrollment.id).in_(ids))
    )
    rows = session.exec(statement)
    people = {row[0].id: _person(steps, *row) for row in rows}
    return [people[enrollment_id] for enrollment_id in ids]


def _person(
    steps: int,
    enrollment: Enrollment,
    user: User,
    seat: Seat,
    invitation: Invitation | None,
    standing: str,
    done: int,
    active: datetime | None,
    mail_error: str | None,
) -> Person:
    stand = Stand.DONE if standing == Standing.COMPLETED else ""
    is_shown = enrollment.ended_at is None and not enrollment.awaits_claim
    return Person(
        enrollment_id=enrollment.id,
        user_id=user.id,
        name=user.name,
        email=user.email,
        seat_number=seat.number,
        way=enrollment.way,
        joined_at=enrollment.enrolled_at,
        left_at=enrollment.ended_at,
        standing=Standing(standing),
        percent=percent(done, steps, stand) if is_shown else 0,
        last_activity=active if is_shown else None,
        invitation_id=invitation.id if invitation else None,
        mail_error=(mail_error or "") if standing == Standing.MAIL_FAILED else "",
        correctable=invitation is not None and nobody_came(invitation, user, enrollment),
    )

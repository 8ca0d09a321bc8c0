"""How a class stands: conditions on the summaries, and what is counted from them in one scan."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, or_, select, union_all
from sqlmodel import Session, col

from grouplic.domain.catalog import Lesson, Module
from grouplic.domain.groups import Enrollment, Group, GroupModule
from grouplic.domain.performance import STUCK_AFTER, Cut, Stand, median
from grouplic.domain.progress import EnrollmentProgress, EnrollmentSummary, ProgressState
from grouplic.domain.reminding import DueDate
from grouplic.services.outlines import has_quiz

Condition = ColumnElement[bool]

_COUNTED = (Stand.NOT_STARTED, Stand.STUCK, Stand.DONE, Stand.FAILED)  # the rest goes on


@dataclass(frozen=True)
class ClassModule:
    """A module of the group, with what there is to do in it and by when."""

    id: UUID
    slug: str
    title: str
    lessons: int
    has_quiz: bool
    due_on: date | None

    @property
    def steps(self) -> int:
        """What completion asks for: every lesson, and the quiz where there is one."""
        return self.lessons + self.has_quiz


@dataclass(frozen=True)
class Class:
    """The group as its figures are read: its modules, and which of them are overdue."""

    group: Group
    modules: tuple[ClassModule, ...]
    now: datetime

    @property
    def steps(self) -> int:
        """All that completing the group's modules asks for."""
        return sum(module.steps for module in self.modules)

    @property
    def overdue(self) -> list[UUID]:
        """The modules whose due date has passed."""
        today = self.now.date()
        return [one.id for one in self.modules if one.due_on and one.due_on < today]


@dataclass(frozen=True)
class Figures:
    """How many learners stand where, and the mean scores with how often each occurs."""

    stands: Counter[str]
    scores: dict[int, int]

    @property
    def learners(self) -> int:
        """Everyone who is counted: whoever holds a seat and has confirmed the account."""
        return sum(self.stands.values())

    @property
    def median_score(self) -> int | None:
        """The median of the learners' mean scores, in percent."""
        return median(self.scores)


def read_class(session: Session, group: Group, now: datetime) -> Class:
    """Return the group's modules in the catalog's order, in one query."""
    lessons = (
        select(func.count())
        .where(col(Lesson.module_id) == col(Module.id), col(Lesson.removed).is_(False))
        .scalar_subquery()
    )
    rows = session.execute(
        select(Module.id, Module.slug, Module.title, lessons, has_quiz(), DueDate.due_on)  # type: ignore[call-overload]
        .join(GroupModule, col(GroupModule.module_id) == col(Module.id))
        .outerjoin(
            DueDate,
            and_(
                col(DueDate.group_id) == col(GroupModule.group_id),
                col(DueDate.module_id) == col(Module.id),
            ),
        )
        .where(col(GroupModule.group_id) == group.id)
        .order_by(col(Module.position), col(Module.slug))
    )
    return Class(group, tuple(ClassModule(*row) for row in rows), now)


def figures(session: Session, klass: Class) -> Figures:
    """Count the class in one scan of an index, however large it is."""
    summary = EnrollmentSummary
    stand = stand_of(klass)
    each = [func.count().filter(stand == str(one)) for one in _COUNTED]
    rows = session.execute(
        select(col(summary.score), func.count(), *each)
        .where(col(summary.group_id) == klass.group.id, counted(klass.group.id))
        # In the order of the index, so that nothing is sorted.
        .group_by(col(summary.score))
    )
    stands: Counter[str] = Counter()
    scores: dict[int, int] = {}
    for score, quantity, *quantities in rows:
        stands.update(dict(zip(_COUNTED, quantities, strict=True)))
        stands[Stand.IN_PROGRESS] += quantity - sum(quantities)
        if score is not None:
            scores[score] = quantity
    return Figures(stands, scores)


def counted(group_id: UUID) -> Condition:
    """Leave out those who have left, and those who have not confirmed: there are few of either."""
    return col(EnrollmentSummary.enrollment_id).not_in(
        union_all(_awaiting(group_id), _ended(group_id))
    )


def still_here(group_id: UUID) -> Condition:
    """Leave out those who have left."""
    awaiting = _awaiting(group_id).where(col(Enrollment.ended_at).is_not(None))
    return col(EnrollmentSummary.enrollment_id).not_in(union_all(awaiting, _ended(group_id)))


def _awaiting(group_id: UUID) -> Any:
    here = col(Enrollment.group_id) == group_id
    return select(col(Enrollment.id)).where(here, col(Enrollment.awaits_claim).is_(True))


def _ended(group_id: UUID) -> Any:
    here = col(Enrollment.group_id) == group_id
    return select(col(Enrollment.id)).where(
        here, col(Enrollment.awaits_claim).is_(False), col(Enrollment.ended_at).is_not(None)
    )


def stand_of(klass: Class, module_id: UUID | None = None) -> ColumnElement[str]:
    """Return where a learner stands, as SQL: in all modules, or in one (joined by the caller)."""
    if module_id:
        return _stand_in_module(klass)
    summary = EnrollmentSummary
    return case(
        (col(summary.modules_started) == 0, str(Stand.NOT_STARTED)),
        (col(summary.modules_done) >= len(klass.modules), str(Stand.DONE)),
        (col(summary.modules_failed) > 0, str(Stand.FAILED)),
        (_quiet(klass, col(summary.last_activity_at)), str(Stand.STUCK)),
        else_=str(Stand.IN_PROGRESS),
    )


def stand_in(klass: Class, progress: EnrollmentProgress, enrolled_at: datetime) -> str:
    """The same for a row that has been read."""
    if progress.state in (ProgressState.DONE, ProgressState.FAILED):
        return progress.state
    last = progress.last_activity_at or enrolled_at
    return Stand.STUCK if last <= klass.now - STUCK_AFTER else Stand.IN_PROGRESS


def _stand_in_module(klass: Class) -> ColumnElement[str]:
    progress = EnrollmentProgress
    return case(
        (col(progress.state).is_(None), str(Stand.NOT_STARTED)),
        (col(progress.state) == ProgressState.DONE, str(Stand.DONE)),
        (col(progress.state) == ProgressState.FAILED, str(Stand.FAILED)),
        (_quiet(klass, col(progress.last_activity_at)), str(Stand.STUCK)),
        else_=str(Stand.IN_PROGRESS),
    )


def _quiet(klass: Class, last_activity: Any) -> Condition:
    # Whoever began before joining and has done nothing since is stuck a week after joining.
    limit = klass.now - STUCK_AFTER
    joined = (
        select(Enrollment.enrolled_at)  # type: ignore[call-overload]
        .where(col(Enrollment.id) == col(EnrollmentSummary.enrollment_id))
        .correlate(EnrollmentSummary)
        .scalar_subquery()
    )
    return or_(last_activity <= limit, and_(last_activity.is_(None), joined <= limit))


def fits(klass: Class, cut: Cut, module_id: UUID | None = None) -> Condition:
    """Return the condition for the learners of one cut."""
    if cut != Cut.OVERDUE:
        return stand_of(klass, module_id) == str(cut)
    overdue = [one for one in klass.overdue if module_id in (None, one)]
    progress = EnrollmentProgress.__table__.alias("due")  # type: ignore[attr-defined]
    done = (
        select(func.count())
        .select_from(progress)
        .where(
            progress.c.enrollment_id == col(EnrollmentSummary.enrollment_id),
            progress.c.module_id.in_(overdue),
            progress.c.state == str(ProgressState.DONE),
        )
        .correlate(EnrollmentSummary)
        .scalar_subquery()
    )
    return done < len(overdue)

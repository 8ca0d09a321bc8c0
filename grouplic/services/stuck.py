"""Where learners are stuck: the first lesson that is not done, in the module they were last in."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Subquery, and_, bindparam, func, select
from sqlmodel import Session, col

from grouplic.domain.catalog import Lesson, Module
from grouplic.domain.groups import Enrollment
from grouplic.domain.progress import EnrollmentProgress, LessonProgress, ProgressState


def places_of(
    session: Session, enrollment_ids: Sequence[UUID], module_id: UUID | None = None
) -> dict[UUID, str]:
    """Return, by enrollment, the lesson at which a learner stopped, such as ``lesson 3``."""
    values = {"these_enrollments": list(enrollment_ids), "this_module": module_id}
    rows = session.execute(_PLACES_IN_MODULE if module_id else _PLACES, values)
    return {
        enrollment_id: f"lesson {number}" if number else "the quiz"
        for enrollment_id, number in rows
    }


def stops(which: Any) -> Subquery:
    """Return a row for every learner of ``which``: module, lesson, number; the quiz has none."""
    last = _module_last_in(which)
    lesson = _numbered_lessons()
    undone = (
        select(
            last.c.enrollment_id,
            last.c.module_id,
            lesson.c.lesson_id,
            lesson.c.number,
            lesson.c.title,
            func.row_number()
            .over(partition_by=last.c.enrollment_id, order_by=lesson.c.number.asc().nulls_last())
            .label("place"),
        )
        .select_from(last)
        .outerjoin(
            lesson,
            and_(
                lesson.c.module_id == last.c.module_id,
                ~select(LessonProgress.lesson_id)  # type: ignore[call-overload]
                .where(
                    col(LessonProgress.user_id) == last.c.user_id,
                    col(LessonProgress.lesson_id) == lesson.c.lesson_id,
                    col(LessonProgress.completed_at).is_not(None),
                )
                .exists(),
            ),
        )
        .subquery("undone")
    )
    return (
        select(
            undone.c.enrollment_id,
            undone.c.module_id,
            undone.c.lesson_id,
            undone.c.number,
            undone.c.title,
        )
        .where(undone.c.place == 1)
        .subquery("stop")
    )


def _module_last_in(which: Any) -> Subquery:
    progress = EnrollmentProgress
    ranked = (
        select(
            col(progress.enrollment_id),
            col(progress.module_id),
            col(Enrollment.user_id),
            func.row_number()
            .over(
                partition_by=col(progress.enrollment_id),
                order_by=(col(progress.last_activity_at).desc().nulls_last(), col(Module.position)),
            )
            .label("place"),
        )
        .select_from(progress)
        .join(Enrollment, col(Enrollment.id) == col(progress.enrollment_id))
        .join(Module, col(Module.id) == col(progress.module_id))
        .where(which, col(progress.state) == ProgressState.STARTED)
        .subquery("ranked")
    )
    return (
        select(ranked.c.enrollment_id, ranked.c.module_id, ranked.c.user_id)
        .where(ranked.c.place == 1)
        .subquery("last")
    )


def _numbered_lessons() -> Subquery:
    return (
        select(
            col(Lesson.id).label("lesson_id"),
            col(Lesson.module_id),
            col(Lesson.title),
            func.row_number()
            .over(partition_by=col(Lesson.module_id), order_by=col(Lesson.position))
            .label("number"),
        )
        .where(col(Lesson.removed).is_(False))
        .subquery("numbered")
    )


def _places(which: ColumnElement[bool]) -> Any:
    stop = stops(which)
    return select(stop.c.enrollment_id, stop.c.number)


# Built once: they are asked for every page of every class.
_THESE = col(EnrollmentProgress.enrollment_id).in_(bindparam("these_enrollments", expanding=True))
_IN_MODULE = col(EnrollmentProgress.module_id) == bindparam("this_module")
_PLACES, _PLACES_IN_MODULE = _places(_THESE), _places(and_(_THESE, _IN_MODULE))

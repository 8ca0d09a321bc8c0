"""A module's outline: its lessons in order, and what the reader has done of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from grouplic.domain.catalog import Lesson, Module, Question
from grouplic.domain.progress import LessonProgress
from grouplic.domain.refusals import NotFound


@dataclass(frozen=True)
class LessonRow:
    """A lesson in a module's outline."""

    slug: str
    title: str
    minutes: int
    opened_at: datetime | None
    completed: bool


@dataclass(frozen=True)
class LessonView:
    """A lesson to read, with the outline around it; ``position`` is where it was left, in ‰."""

    module_slug: str
    module_title: str
    slug: str
    title: str
    minutes: int
    markdown: str
    completed: bool
    number: int
    position: int
    outline: tuple[LessonRow, ...]
    previous: str
    next: str
    has_quiz: bool
    quiz_passed: bool = False


def lesson_of(session: Session, module: Module, slug: str) -> Lesson:
    """Return the module's lesson with this slug; refuse one that is not there or was removed."""
    lesson = session.exec(
        select(Lesson).where(
            Lesson.module_id == module.id, Lesson.slug == str(slug), col(Lesson.removed).is_(False)
        )
    ).first()
    if lesson is None:
        raise NotFound("lesson")
    return lesson


def outlines(
    session: Session, module_ids: Sequence[UUID], user_id: UUID | None
) -> dict[UUID, tuple[LessonRow, ...]]:
    """Return the outline of each module as this reader finds it, in one query."""
    rows = session.exec(
        select(Lesson, LessonProgress)
        .outerjoin(
            LessonProgress,
            (col(LessonProgress.lesson_id) == col(Lesson.id))
            & (col(LessonProgress.user_id) == user_id),
        )
        .where(col(Lesson.module_id).in_(module_ids), col(Lesson.removed).is_(False))
        .order_by(col(Lesson.position))
    )
    found: dict[UUID, list[LessonRow]] = {module_id: [] for module_id in module_ids}
    for lesson, progress in rows:
        found[lesson.module_id].append(
            LessonRow(
                lesson.slug,
                lesson.title,
                lesson.minutes,
                opened_at=progress.last_opened_at if progress else None,
                completed=progress is not None and progress.completed_at is not None,
            )
        )
    return {module_id: tuple(rows) for module_id, rows in found.items()}


def question_counts(session: Session, module_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return how many questions each module's quiz has; modules without a quiz are left out."""
    rows = session.exec(
        select(Question.module_id, func.count())
        .where(col(Question.module_id).in_(module_ids), col(Question.removed).is_(False))
        .group_by(col(Question.module_id))
    ).all()
    return dict(rows)


def has_quiz() -> ColumnElement[bool]:
    """Say of each ``Module`` of a statement, as SQL, whether it has a quiz."""
    return (
        select(Question.id)
        .where(col(Question.module_id) == col(Module.id), col(Question.removed).is_(False))
        .correlate(Module)
        .exists()
    )


def lesson_view(
    session: Session,
    module: Module,
    lesson: Lesson,
    user_id: UUID | None = None,
    position: int = 0,
    quiz_passed: bool = False,
) -> LessonView:
    """Return the lesson with its outline; without ``user_id``, as somebody who did nothing yet."""
    outline = outlines(session, [module.id], user_id)[module.id]
    slugs = [row.slug for row in outline]
    place = slugs.index(lesson.slug)
    return LessonView(
        module_slug=module.slug,
        module_title=module.title,
        slug=lesson.slug,
        title=lesson.title,
        minutes=lesson.minutes,
        markdown=lesson.markdown,
        completed=outline[place].completed,
        number=place + 1,
        position=position,
        outline=outline,
        previous=slugs[place - 1] if place else "",
        next=slugs[place + 1] if place + 1 < len(slugs) else "",
        has_quiz=bool(question_counts(session, [module.id])),
        quiz_passed=quiz_passed,
    )

"""All that learners did, as one table for the summaries to add up."""

from typing import Any
from uuid import UUID

from sqlalchemy import Subquery, and_, case, cast, literal, null, union_all
from sqlalchemy import select as sql_select
from sqlalchemy.types import Integer
from sqlmodel import col

from grouplic.domain.catalog import Lesson
from grouplic.domain.progress import LessonProgress, Sitting
from grouplic.domain.quizzes import QuizAttempt


def facts(user_id: UUID | None = None, module_id: UUID | None = None) -> Subquery:
    """Return what was done, one row a fact: whose, where, when it began and was last gone on with.

    ``lessons``, ``attempts``, ``score``, ``passed`` and ``seconds`` say what the fact is worth.
    """
    wanted = {"user_id": user_id, "module_id": module_id}
    which = {name: value for name, value in wanted.items() if value is not None}
    done = case((and_(col(LessonProgress.completed_at).is_not(None), ~col(Lesson.removed)), 1))
    opened = _fact(LessonProgress, Lesson, "last_opened_at", "last_opened_at", lessons=done)
    completed = _fact(LessonProgress, Lesson, "completed_at", "completed_at")
    sat = _fact(Sitting, Sitting, "started_at", "ended_at", seconds=col(Sitting.seconds))
    tried = _fact(QuizAttempt, QuizAttempt, "started_at", "started_at")
    submitted = _fact(
        QuizAttempt,
        QuizAttempt,
        "started_at",
        "submitted_at",
        attempts=literal(1),
        score=col(QuizAttempt.score),
        passed=case((col(QuizAttempt.passed).is_(True), 1), else_=0),
    )
    lessons = col(Lesson.id) == col(LessonProgress.lesson_id)
    branches = [
        _narrowed(opened.join(Lesson, lessons), LessonProgress, Lesson, which),
        _narrowed(completed.join(Lesson, lessons), LessonProgress, Lesson, which).where(
            col(LessonProgress.completed_at).is_not(None)
        ),
        _narrowed(sat, Sitting, Sitting, which),
        _narrowed(tried, QuizAttempt, QuizAttempt, which),
        _narrowed(submitted, QuizAttempt, QuizAttempt, which).where(
            col(QuizAttempt.submitted_at).is_not(None)
        ),
    ]
    return union_all(*branches).subquery("fact")


def _fact(who: Any, where: Any, begun: str, at: str, **figures: Any) -> Any:
    numbers = ("lessons", "attempts", "score", "passed", "seconds")
    return sql_select(
        who.user_id.label("user_id"),
        where.module_id.label("module_id"),
        getattr(who, begun).label("begun_at"),
        getattr(who, at).label("at"),
        *[
            cast(figures.get(name, null() if name == "score" else literal(0)), Integer).label(name)
            for name in numbers
        ],
    ).select_from(who)


def _narrowed(branch: Any, who: Any, where: Any, which: dict[str, UUID]) -> Any:
    if "user_id" in which:
        branch = branch.where(who.user_id == which["user_id"])
    if "module_id" in which:
        branch = branch.where(where.module_id == which["module_id"])
    return branch

"""Learning: whoever holds a seat opens the group's modules; progress belongs to the learner."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session, col, select

from grouplic.domain.catalog import Module
from grouplic.domain.performance import percent
from grouplic.domain.progress import LessonProgress, ModuleProgress, ProgressState
from grouplic.domain.quizzes import QuizAttempt
from grouplic.domain.refusals import NotFound
from grouplic.domain.reminding import DueDate
from grouplic.services.access import module_open_to, modules_open_to
from grouplic.services.actors import Actor
from grouplic.services.completion import note_progress
from grouplic.services.outlines import (
    LessonRow,
    LessonView,
    lesson_of,
    lesson_view,
    outlines,
    question_counts,
)
from grouplic.services.standing import hold_learner


@dataclass(frozen=True)
class ModuleCard:
    """A module on myLearning. ``resume`` is the slug of the lesson to go on with, or ``quiz``.

    ``percent`` is of all that completion asks for: the lessons, and the quiz, which counts as one.
    ``state`` is empty before the start, else a ``ProgressState``.
    """

    slug: str
    title: str
    summary: str
    group_name: str
    state: str
    lessons: int
    completed: int
    percent: int
    minutes_left: int
    has_quiz: bool
    quiz_passed: bool
    best_score: int | None
    resume: str
    resume_title: str
    due_on: date | None
    overdue: bool


@dataclass(frozen=True)
class FormerModule:
    """A module that was begun and is not open anymore."""

    title: str
    state: str
    lessons_done: int
    last_activity_at: datetime


def my_modules(session: Session, actor: Actor, now: datetime) -> list[ModuleCard]:
    """Return the modules the actor's seats open, in the catalog's order, with progress."""
    found = session.exec(
        modules_open_to(actor.user_id, now).order_by(col(Module.position), col(Module.slug))
    ).all()
    modules = {module.id: (module, name) for module, _, name in reversed(found)}
    due = _due_dates(session, {group_id for _, group_id, _ in found})
    standings = _standings(session, actor.user_id)
    lessons = outlines(session, list(modules), actor.user_id)
    questions = question_counts(session, list(modules))
    return [
        _card(
            *modules[module_id],
            lessons[module_id],
            standings.get(module_id),
            questions.get(module_id, 0) > 0,
            due.get(module_id),
            now,
        )
        for module_id in reversed(modules)
        if lessons[module_id]
    ]


def former_modules(session: Session, actor: Actor, now: datetime) -> list[FormerModule]:
    """Return what the actor has begun in modules that no seat of theirs opens now."""
    still_open = {row[0].id for row in session.exec(modules_open_to(actor.user_id, now))}
    rows = session.exec(
        select(Module, ModuleProgress)
        .join(ModuleProgress, col(ModuleProgress.module_id) == col(Module.id))
        .where(ModuleProgress.user_id == actor.user_id)
        .order_by(col(ModuleProgress.last_activity_at).desc())
    )
    return [
        FormerModule(module.title, progress.state, progress.lessons_done, progress.last_activity_at)
        for module, progress in rows
        if module.id not in still_open
    ]


def open_lesson(
    session: Session, actor: Actor, module_slug: str, lesson_slug: str, now: datetime
) -> LessonView:
    """Return the lesson and note that it was opened; refuse who holds no seat for its module."""
    module = module_open_to(session, actor, module_slug, now)
    lesson = lesson_of(session, module, lesson_slug)
    hold_learner(session, actor.user_id)
    progress = session.get(LessonProgress, (actor.user_id, lesson.id))
    if progress is None:
        progress = LessonProgress(
            user_id=actor.user_id, lesson_id=lesson.id, opened_at=now, last_opened_at=now
        )
        session.add(progress)
    progress.last_opened_at = now
    note_progress(session, actor.user_id, module, now)
    passed = _has_passed(session, actor.user_id, module)
    return lesson_view(session, module, lesson, actor.user_id, progress.position, passed)


def complete_lesson(
    session: Session, actor: Actor, module_slug: str, lesson_slug: str, now: datetime
) -> None:
    """Note that the actor has finished the lesson; a second time changes nothing.

    Refuses who holds no seat for its module, and a lesson that was never opened.
    """
    module = module_open_to(session, actor, module_slug, now)
    lesson = lesson_of(session, module, lesson_slug)
    hold_learner(session, actor.user_id)
    progress = session.get(LessonProgress, (actor.user_id, lesson.id), populate_existing=True)
    if progress is None:
        raise NotFound("lesson")
    if progress.completed_at is None:
        progress.completed_at = now
        note_progress(session, actor.user_id, module, now)


def _has_passed(session: Session, user_id: UUID, module: Module) -> bool:
    passed = select(QuizAttempt.id).where(
        QuizAttempt.user_id == user_id,
        QuizAttempt.module_id == module.id,
        col(QuizAttempt.passed).is_(True),
    )
    return session.exec(passed).first() is not None


def _due_dates(session: Session, group_ids: set[UUID]) -> dict[UUID, date]:
    rows = session.exec(
        select(col(DueDate.module_id), col(DueDate.due_on))
        .where(col(DueDate.group_id).in_(group_ids))
        # The nearest is the last to be read, and stays.
        .order_by(col(DueDate.due_on).desc())
    ).all()
    return dict(rows)


def _standings(session: Session, user_id: UUID) -> dict[UUID, ModuleProgress]:
    rows = session.exec(select(ModuleProgress).where(ModuleProgress.user_id == user_id))
    return {row.module_id: row for row in rows}


def _card(
    module: Module,
    group_name: str,
    lessons: tuple[LessonRow, ...],
    standing: ModuleProgress | None,
    has_quiz: bool,
    due_on: date | None,
    now: datetime,
) -> ModuleCard:
    state = standing.state if standing else ""
    due_on = None if state == ProgressState.DONE else due_on
    done = standing.steps_done if standing else 0
    resume, resume_title = _where_to_go_on(lessons, has_quiz, state)
    return ModuleCard(
        slug=module.slug,
        title=module.title,
        summary=module.summary,
        group_name=group_name,
        state=state,
        lessons=len(lessons),
        completed=sum(row.completed for row in lessons),
        percent=percent(done, len(lessons) + has_quiz, state),
        minutes_left=sum(row.minutes for row in lessons if not row.completed),
        has_quiz=has_quiz,
        quiz_passed=standing is not None and standing.quiz_passed,
        best_score=standing.best_score if standing else None,
        resume=resume,
        resume_title=resume_title,
        due_on=due_on,
        overdue=due_on is not None and due_on < now.date(),
    )


def _where_to_go_on(lessons: tuple[LessonRow, ...], has_quiz: bool, state: str) -> tuple[str, str]:
    to_do = [row for row in lessons if not row.completed]
    begun = [row for row in to_do if row.opened_at]
    if begun:
        # Where they stopped: what they opened last and have not finished.
        row = max(begun, key=lambda row: row.opened_at or datetime.min)
        return row.slug, row.title
    if to_do:
        return to_do[0].slug, to_do[0].title
    if has_quiz and state != ProgressState.DONE:
        return "quiz", "Quiz"
    return lessons[0].slug, lessons[0].title

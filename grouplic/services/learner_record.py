"""One learner as the leaders of a group may see them, and nothing else of theirs.

In the group's modules the state reached, whenever it was reached; attempts, answers and times from
the enrollment on.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, select
from sqlmodel import Session, col

from grouplic.domain.answers import in_words
from grouplic.domain.catalog import Lesson, Question
from grouplic.domain.groups import Enrollment
from grouplic.domain.people import User
from grouplic.domain.performance import Stand
from grouplic.domain.progress import EnrollmentProgress, LessonProgress
from grouplic.domain.quizzes import QuestionKind, QuizAnswer, QuizAttempt
from grouplic.domain.refusals import NotFound
from grouplic.services.actors import Actor
from grouplic.services.groups import May, led_group
from grouplic.services.identifiers import id_of
from grouplic.services.matrix import Cell, cell_of
from grouplic.services.performance import Class, read_class
from grouplic.services.plain_text import plain_text


@dataclass(frozen=True)
class LessonState:
    """A lesson: whether it is done and, if that was here, when; the seconds spent here."""

    title: str
    done: bool
    done_at: datetime | None
    seconds: int


@dataclass(frozen=True)
class GivenAnswer:
    """One answer of an attempt, in words; ``right`` is None as long as the attempt is open."""

    prompt: str
    given: str
    right: bool | None


@dataclass(frozen=True)
class Attempt:
    """One attempt at a module's quiz that began after the learner had joined."""

    number: int
    started_at: datetime
    score: int | None
    passed: bool | None
    answers: tuple[GivenAnswer, ...]


@dataclass(frozen=True)
class ModuleRecord:
    """One module of the group as the learner stands in it.

    ``quiz_passed`` holds whenever that was, and is None where there is no quiz.
    """

    title: str
    due_on: date | None
    overdue: bool
    cell: Cell
    lessons: tuple[LessonState, ...]
    quiz_passed: bool | None
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True)
class LearnerRecord:
    """The learner's page."""

    group_name: str
    name: str
    email: str
    enrolled_at: datetime
    awaits_claim: bool
    modules: tuple[ModuleRecord, ...]


def learner_record(
    session: Session,
    group_id: UUID | str,
    enrollment_id: UUID | str,
    actor: Actor,
    now: datetime,
) -> LearnerRecord:
    """Return the learner's page; refuse who does not lead the group, and whom it does not hold."""
    klass = read_class(session, led_group(session, actor, group_id, May.SEE), now)
    enrollment, user = _learner(session, klass, enrollment_id)
    modules = () if enrollment.awaits_claim else _modules(session, klass, enrollment)
    return LearnerRecord(
        klass.group.name,
        user.name,
        user.email,
        enrollment.enrolled_at,
        enrollment.awaits_claim,
        modules,
    )


def _learner(session: Session, klass: Class, enrollment_id: UUID | str) -> tuple[Enrollment, User]:
    wanted = id_of("learner", enrollment_id)
    enrollment = session.get(Enrollment, wanted)
    if enrollment is None or enrollment.group_id != klass.group.id or enrollment.ended_at:
        raise NotFound("learner")
    return enrollment, session.get_one(User, enrollment.user_id)


def _modules(session: Session, klass: Class, enrollment: Enrollment) -> tuple[ModuleRecord, ...]:
    ids = [module.id for module in klass.modules]
    progress = {
        one.module_id: one
        for one in session.execute(
            select(EnrollmentProgress).where(
                col(EnrollmentProgress.enrollment_id) == enrollment.id,
                col(EnrollmentProgress.module_id).in_(ids),
            )
        ).scalars()
    }
    lessons = _lessons(session, ids, enrollment)
    attempts = _attempts(session, ids, enrollment)
    cells = {
        module.id: cell_of(klass, module, progress.get(module.id), enrollment)
        for module in klass.modules
    }
    return tuple(
        ModuleRecord(
            module.title,
            module.due_on,
            module.id in klass.overdue and cells[module.id].stand != Stand.DONE,
            cells[module.id],
            tuple(lessons.get(module.id, ())),
            _has_passed(progress.get(module.id)) if module.has_quiz else None,
            tuple(attempts.get(module.id, ())),
        )
        for module in klass.modules
    )


def _has_passed(progress: EnrollmentProgress | None) -> bool:
    return progress is not None and progress.quiz_passed


def _lessons(
    session: Session, ids: list[UUID], enrollment: Enrollment
) -> dict[UUID, list[LessonState]]:
    rows = session.execute(
        select(Lesson, LessonProgress)
        .outerjoin(
            LessonProgress,
            and_(
                col(LessonProgress.lesson_id) == col(Lesson.id),
                col(LessonProgress.user_id) == enrollment.user_id,
            ),
        )
        .where(col(Lesson.module_id).in_(ids), col(Lesson.removed).is_(False))
        .order_by(col(Lesson.position))
    )
    lessons: dict[UUID, list[LessonState]] = {}
    for lesson, progress in rows:
        state = _lesson_state(lesson, progress, enrollment.enrolled_at)
        lessons.setdefault(lesson.module_id, []).append(state)
    return lessons


def _lesson_state(lesson: Lesson, progress: LessonProgress | None, since: datetime) -> LessonState:
    done_at = progress.completed_at if progress else None
    # Seconds are kept as one sum: one that began before says how long it took somewhere else.
    here = progress is not None and progress.opened_at >= since
    return LessonState(
        lesson.title,
        done_at is not None,
        done_at if done_at and done_at >= since else None,
        progress.seconds if progress and here else 0,
    )


def _attempts(
    session: Session, ids: list[UUID], enrollment: Enrollment
) -> dict[UUID, list[Attempt]]:
    found = list(
        session.execute(
            select(QuizAttempt)
            .where(
                col(QuizAttempt.user_id) == enrollment.user_id,
                col(QuizAttempt.module_id).in_(ids),
                col(QuizAttempt.started_at) >= enrollment.enrolled_at,
            )
            .order_by(col(QuizAttempt.number))
        ).scalars()
    )
    answers = _answers(session, [one.id for one in found])
    attempts: dict[UUID, list[Attempt]] = {}
    for one in found:
        told = attempts.setdefault(one.module_id, [])
        # Counted from the joining on: how many there were before is nobody's business.
        number, given = len(told) + 1, tuple(answers.get(one.id, ()))
        told.append(Attempt(number, one.started_at, one.score, one.passed, given))
    return attempts


def _answers(session: Session, attempt_ids: list[UUID]) -> dict[UUID, list[GivenAnswer]]:
    rows = session.execute(
        select(QuizAnswer, Question)
        .join(Question, col(Question.id) == col(QuizAnswer.question_id))
        .where(col(QuizAnswer.attempt_id).in_(attempt_ids))
        .order_by(col(Question.position))
    )
    answers: dict[UUID, list[GivenAnswer]] = {}
    for answer, question in rows:
        words = in_words(question.body, answer.given)
        if question.kind in (QuestionKind.SINGLE, QuestionKind.MULTIPLE):
            words = plain_text(words)
        answers.setdefault(answer.attempt_id, []).append(
            GivenAnswer(plain_text(question.prompt), words, answer.correct)
        )
    return answers

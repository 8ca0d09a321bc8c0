"""What a page may know of a quiz: before an attempt, during it, and afterwards.

A view of an open attempt is made of prompts and options alone. Feedback to what was chosen comes
with the score; right answers and explanations come once no attempt is left to use them in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from grouplic.domain.answers import (
    chosen_options,
    clean_answer,
    is_right,
    option_id,
    right_answer,
    right_options,
    score_of,
)
from grouplic.domain.catalog import Module, Question
from grouplic.domain.progress import ModuleProgress, ProgressState
from grouplic.domain.quizzes import Certificate, QuizAttempt
from grouplic.services.access import module_open_to
from grouplic.services.actors import Actor
from grouplic.services.outlines import LessonRow, outlines
from grouplic.services.previewing import led_module
from grouplic.services.quizzes import (
    answers_in,
    attempts_at,
    close_expired_attempt,
    questions_asked,
    questions_of,
)
from grouplic.services.standing import hold_learner


class Stage(StrEnum):
    """Where somebody stands with a quiz."""

    READY = "ready"
    OPEN = "open"
    FAILED = "failed"
    PASSED = "passed"
    USED_UP = "used_up"


@dataclass(frozen=True)
class OptionView:
    """An option: chosen or not and, where it may be known, right or not."""

    id: str
    text: str
    chosen: bool = False
    right: bool | None = None
    feedback: str = ""


@dataclass(frozen=True)
class QuestionView:
    """A question. ``correct`` and what follows are empty while it can still be answered."""

    id: str
    number: int
    kind: str
    prompt: str
    unit: str
    options: tuple[OptionView, ...]
    given: str
    answered: bool
    correct: bool | None = None
    right_answer: str = ""
    explanation: str = ""


@dataclass(frozen=True)
class QuizView:
    """A quiz, as far as its learner may see it now."""

    module_slug: str
    module_title: str
    stage: Stage
    pass_mark: int
    questions_in_all: int
    time_limit: int | None
    attempts_allowed: int | None
    attempts_used: int
    outline: tuple[LessonRow, ...]
    attempt_id: str = ""
    number: int = 0
    expires_at: datetime | None = None
    score: int | None = None
    questions: tuple[QuestionView, ...] = ()
    certificate: str = ""

    @property
    def lessons_to_do(self) -> int:
        """How many lessons are left before the module is complete."""
        return sum(not row.completed for row in self.outline)


def look_at_quiz(session: Session, actor: Actor, module_slug: str, now: datetime) -> QuizView:
    """Return the quiz as its learner finds it; refuse who holds no seat for its module.

    An attempt whose time is up is scored first.
    """
    module = module_open_to(session, actor, module_slug, now)
    hold_learner(session, actor.user_id)
    close_expired_attempt(session, actor.user_id, module, now)
    asked = questions_of(session, module)
    attempts = attempts_at(session, actor.user_id, module)
    stage = _stage(module, attempts)
    last = attempts[-1] if attempts else None
    return QuizView(
        module_slug=module.slug,
        module_title=module.title,
        stage=stage,
        pass_mark=module.pass_mark,
        questions_in_all=len(asked),
        time_limit=module.time_limit,
        attempts_allowed=module.attempts,
        attempts_used=sum(attempt.submitted_at is not None for attempt in attempts),
        outline=outlines(session, [module.id], actor.user_id)[module.id],
        attempt_id=str(last.id) if last else "",
        number=last.number if last else 0,
        expires_at=last.expires_at if last and stage == Stage.OPEN else None,
        score=last.score if last else None,
        questions=_questions_of_attempt(session, last, stage) if last else (),
        certificate=_certificate(session, actor, module),
    )


def preview_quiz(
    session: Session, actor: Actor, group_id: UUID | str, module_slug: str, now: datetime
) -> QuizView:
    """Return a quiz as a learner would first meet it; refuse like ``led_module``."""
    module = led_module(session, actor, group_id, module_slug, now)
    asked = questions_of(session, module)
    return _preview(session, module, Stage.OPEN, _views(asked, {}, Stage.OPEN))


def judge_preview(
    session: Session,
    actor: Actor,
    group_id: UUID | str,
    module_slug: str,
    given: Mapping[str, Any],
    now: datetime,
) -> QuizView:
    """Return what a learner with these answers would be told in the end; nothing is stored.

    Refuses like ``led_module``.
    """
    module = led_module(session, actor, group_id, module_slug, now)
    asked = questions_of(session, module)
    answers = {
        question.id: clean_answer(question.kind, question.body, given[str(question.id)])
        for question in asked
        if str(question.id) in given
    }
    right = sum(is_right(one.kind, one.body, answers.get(one.id)) for one in asked)
    score = score_of(right, len(asked))
    stage = Stage.PASSED if score >= module.pass_mark else Stage.USED_UP
    return _preview(session, module, stage, _views(asked, answers, stage), score)


def _preview(
    session: Session,
    module: Module,
    stage: Stage,
    questions: tuple[QuestionView, ...],
    score: int | None = None,
) -> QuizView:
    return QuizView(
        module_slug=module.slug,
        module_title=module.title,
        stage=stage,
        pass_mark=module.pass_mark,
        questions_in_all=len(questions),
        time_limit=module.time_limit,
        attempts_allowed=module.attempts,
        attempts_used=0,
        outline=outlines(session, [module.id], None)[module.id],
        number=1,
        score=score,
        questions=questions,
    )


def _stage(module: Module, attempts: list[QuizAttempt]) -> Stage:
    if not attempts:
        return Stage.READY
    if attempts[-1].submitted_at is None:
        return Stage.OPEN
    if any(attempt.passed for attempt in attempts):
        return Stage.PASSED
    used_up = module.attempts is not None and len(attempts) >= module.attempts
    return Stage.USED_UP if used_up else Stage.FAILED


def _questions_of_attempt(
    session: Session, attempt: QuizAttempt, stage: Stage
) -> tuple[QuestionView, ...]:
    answers = {question_id: one.given for question_id, one in answers_in(session, attempt).items()}
    return _views(questions_asked(session, attempt), answers, stage)


def _views(
    questions: list[Question], answers: Mapping[UUID, Any], stage: Stage
) -> tuple[QuestionView, ...]:
    return tuple(
        _question(question, number, answers.get(question.id), stage)
        for number, question in enumerate(questions, start=1)
    )


def _question(question: Question, number: int, given: Any, stage: Stage) -> QuestionView:
    scored = stage != Stage.OPEN
    told = stage in (Stage.PASSED, Stage.USED_UP)
    return QuestionView(
        id=str(question.id),
        number=number,
        kind=question.kind,
        prompt=question.prompt,
        unit=question.body.get("unit", ""),
        options=_options(question, chosen_options(given), scored, told),
        given=_in_words(given),
        answered=given is not None,
        correct=is_right(question.kind, question.body, given) if scored else None,
        right_answer=right_answer(question.kind, question.body) if told else "",
        explanation=question.body.get("explanation", "") if told else "",
    )


def _options(
    question: Question, given: list[str], scored: bool, told: bool
) -> tuple[OptionView, ...]:
    options = question.body.get("option", [])
    right = right_options(question.body) if told and options else set()
    views = []
    for option in options:
        name = option_id(option)
        chosen = name in given
        views.append(
            OptionView(
                id=name,
                text=option["text"],
                chosen=chosen,
                right=name in right if told else None,
                feedback=option.get("feedback", "") if scored and chosen else "",
            )
        )
    return tuple(views)


def _in_words(given: Any) -> str:
    if isinstance(given, bool):
        return "True" if given else "False"
    return given if isinstance(given, str) else ""


def _certificate(session: Session, actor: Actor, module: Module) -> str:
    progress = session.get(ModuleProgress, (actor.user_id, module.id))
    if progress is None or progress.state != ProgressState.DONE:
        return ""
    return session.exec(
        select(Certificate.code).where(
            Certificate.user_id == actor.user_id, col(Certificate.module_id) == module.id
        )
    ).one()

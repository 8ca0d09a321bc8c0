"""The questions that a class finds hard, with how each answer was chosen since people enrolled."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import String, and_, case, cast, func, select
from sqlmodel import Session, col

from grouplic.domain.answers import chosen_options, in_words, is_right, option_id, right_options
from grouplic.domain.catalog import Module, Question
from grouplic.domain.groups import Enrollment
from grouplic.domain.quizzes import QuestionKind, QuizAnswer, QuizAttempt
from grouplic.services.performance import Class
from grouplic.services.plain_text import plain_text

MOST_QUESTIONS = 5
_MOST_CHOICES = 6
_FEWEST_ANSWERS = 3  # below, a question is hard by chance


@dataclass(frozen=True)
class Choice:
    """One answer to a question, and how often it was given."""

    text: str
    times: int
    right: bool


@dataclass(frozen=True)
class HardQuestion:
    """A question with the share of right answers, and how each answer was chosen."""

    module: str
    prompt: str
    answers: int
    right: int
    choices: tuple[Choice, ...]

    @property
    def percent_right(self) -> int:
        """How many of the answers were right."""
        return 100 * self.right // self.answers


def hardest_questions(
    session: Session, klass: Class, at_most: int = MOST_QUESTIONS
) -> tuple[HardQuestion, ...]:
    """Return the questions with the fewest right answers, in attempts begun since enrolling."""
    right = func.sum(case((col(QuizAnswer.correct).is_(True), 1), else_=0))
    times = func.count()
    rows = session.execute(
        _answers_here(klass, select(col(QuizAnswer.question_id), times, right))
        .group_by(col(QuizAnswer.question_id))
        .having(times >= _FEWEST_ANSWERS, right < times)
        .order_by((right * 1.0 / times), times.desc())
        .limit(at_most)
    ).all()
    found = _questions(session, [row[0] for row in rows])
    choices = _choices(session, klass, list(found))
    return tuple(
        HardQuestion(
            found[question_id][1],
            plain_text(found[question_id][0].prompt),
            answers,
            int(correct),
            _counted_choices(found[question_id][0], choices.get(question_id, {})),
        )
        for question_id, answers, correct in rows
    )


def _answers_here(klass: Class, answers: Any) -> Any:
    return (
        answers.select_from(QuizAnswer)
        .join(QuizAttempt, col(QuizAttempt.id) == col(QuizAnswer.attempt_id))
        .join(
            Enrollment,
            and_(
                col(Enrollment.user_id) == col(QuizAttempt.user_id),
                col(Enrollment.group_id) == klass.group.id,
                col(Enrollment.ended_at).is_(None),
                col(Enrollment.awaits_claim).is_(False),
            ),
        )
        .where(
            col(QuizAttempt.module_id).in_([module.id for module in klass.modules]),
            col(QuizAttempt.submitted_at).is_not(None),
            col(QuizAttempt.started_at) >= col(Enrollment.enrolled_at),
        )
    )


def _questions(session: Session, ids: Sequence[UUID]) -> dict[UUID, tuple[Question, str]]:
    rows = session.execute(
        select(Question, Module.title)  # type: ignore[call-overload]
        .join(Module, col(Module.id) == col(Question.module_id))
        .where(col(Question.id).in_(ids))
    )
    return {question.id: (question, title) for question, title in rows}


def _choices(session: Session, klass: Class, ids: list[UUID]) -> dict[UUID, dict[str, int]]:
    given = cast(col(QuizAnswer.given), String)
    rows = session.execute(
        _answers_here(klass, select(col(QuizAnswer.question_id), given, func.count()))
        .where(col(QuizAnswer.question_id).in_(ids))
        .group_by(col(QuizAnswer.question_id), given)
    )
    choices: dict[UUID, dict[str, int]] = {}
    for question_id, text, times in rows:
        choices.setdefault(question_id, {})[text] = times
    return choices


def _counted_choices(question: Question, given: dict[str, int]) -> tuple[Choice, ...]:
    if question.kind in (QuestionKind.SINGLE, QuestionKind.MULTIPLE):
        return _counted_options(question, given)
    counts: dict[tuple[str, bool], int] = {}
    for text, times in given.items():
        answer = json.loads(text)
        right = is_right(question.kind, question.body, answer)
        words = in_words(question.body, answer)
        counts[words, right] = counts.get((words, right), 0) + times
    most = sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:_MOST_CHOICES]
    return tuple(Choice(words, times, right) for (words, right), times in most)


def _counted_options(question: Question, given: dict[str, int]) -> tuple[Choice, ...]:
    times = dict.fromkeys((option_id(option) for option in question.body["option"]), 0)
    for text, quantity in given.items():
        for one in chosen_options(json.loads(text)):
            if one in times:
                times[one] += quantity
    right = right_options(question.body)
    return tuple(
        Choice(
            plain_text(str(option["text"])), times[option_id(option)], option_id(option) in right
        )
        for option in question.body["option"]
    )

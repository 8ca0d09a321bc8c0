"""What a class shows: where people stop, which questions are hard, when they finished."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import String, and_, case, cast, func, select
from sqlmodel import Session, col

from grouplic.domain.answers import in_words, is_right, option_id, right_options
from grouplic.domain.catalog import Module, Question
from grouplic.domain.groups import Enrollment
from grouplic.domain.performance import Stand
from grouplic.domain.progress import EnrollmentProgress, EnrollmentSummary
from grouplic.domain.quizzes import QuestionKind, QuizAnswer, QuizAttempt
from grouplic.services.actors import Actor
from grouplic.services.groups import May, led_group
from grouplic.services.performance import Class, Figures, counted, figures, read_class, stand_of
from grouplic.services.stuck import stops

MOST_QUESTIONS = 5
_MOST_PLACES = 8
_MOST_CHOICES = 6
_FEWEST_ANSWERS = 3  # below, a question is hard by chance


@dataclass(frozen=True)
class Stop:
    """A lesson, or the quiz, at which so many are stuck."""

    module: str
    place: str
    learners: int


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


@dataclass(frozen=True)
class Finish:
    """When one learner had completed all modules, and how many days after joining."""

    at: datetime
    days: int


@dataclass(frozen=True)
class ModuleFigures:
    """How many learners are done with a module, failed it, or have begun; their mean best score."""

    title: str
    done: int
    failed: int
    begun: int
    score: int | None


@dataclass(frozen=True)
class Insights:
    """Everything the page draws, and what each drawing says."""

    klass: Class
    figures: Figures
    modules: tuple[ModuleFigures, ...]
    stops: tuple[Stop, ...]
    questions: tuple[HardQuestion, ...]
    finishes: tuple[Finish, ...]

    @property
    def finishes_say(self) -> str:
        """How fast the class finishes, in words."""
        days = sorted(finish.days for finish in self.finishes)
        if not days:
            return "Nobody has finished all modules yet"
        half = -(-self.figures.learners // 2)
        if len(days) >= half:
            return f"Half finished within {_days(days[half - 1])}"
        middle = _days(days[(len(days) - 1) // 2])
        if len(days) == 1:
            return f"1 of {self.figures.learners} has finished, within {middle}"
        return f"{len(days)} of {self.figures.learners} have finished, half of them within {middle}"

    @property
    def scores_say(self) -> str:
        """How good the class is, in words."""
        median_score = self.figures.median_score
        if median_score is None:
            return "Nobody has taken a quiz yet"
        return f"Half score {median_score} % or more"

    @property
    def stops_say(self) -> str:
        """Where people stop, in words."""
        if not self.stops:
            return "Nobody is stuck"
        worst, stuck = self.stops[0], self.figures.stands[Stand.STUCK]
        where = f"“{worst.place}” of {worst.module}"
        if stuck == 1:
            return f"1 learner is stuck at {where}"
        if worst.learners == stuck:
            return f"{stuck} learners are stuck at {where}"
        if 2 * worst.learners > stuck:
            return f"{stuck} learners are stuck, most of them at {where}"
        return f"{stuck} learners are stuck, at different lessons"

    @property
    def stands_say(self) -> str:
        """How far the class is, in words."""
        learners = self.figures.learners
        if not learners:
            return "Nobody has a seat yet"
        started = learners - self.figures.stands[Stand.NOT_STARTED]
        return f"{started} of {learners} have started, {self.figures.stands[Stand.DONE]} are done"

    @property
    def questions_say(self) -> str:
        """Which question is the hardest, in words."""
        if not self.questions:
            return "No question stands out yet"
        return f"Only {self.questions[0].percent_right} % get the hardest question right"


def insights(session: Session, group_id: UUID | str, actor: Actor, now: datetime) -> Insights:
    """Return what the class shows; refuse who does not lead the group."""
    klass = read_class(session, led_group(session, actor, group_id, May.SEE), now)
    return Insights(
        klass,
        figures(session, klass),
        _module_figures(session, klass),
        _stops(session, klass),
        hardest_questions(session, klass),
        _finishes(session, klass),
    )


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
            found[question_id][0].prompt,
            answers,
            int(correct),
            _counted_choices(found[question_id][0], choices.get(question_id, {})),
        )
        for question_id, answers, correct in rows
    )


def _module_figures(session: Session, klass: Class) -> tuple[ModuleFigures, ...]:
    progress = EnrollmentProgress
    rows = session.execute(
        select(
            col(progress.module_id),
            func.count().filter(col(progress.state) == str(Stand.DONE)),
            func.count().filter(col(progress.state) == str(Stand.FAILED)),
            func.count(),
            func.avg(col(progress.best_score)),
        )
        .join(Enrollment, col(Enrollment.id) == col(progress.enrollment_id))
        .where(
            col(Enrollment.group_id) == klass.group.id,
            col(Enrollment.ended_at).is_(None),
            col(Enrollment.awaits_claim).is_(False),
        )
        .group_by(col(progress.module_id))
    )
    found = {row[0]: row[1:] for row in rows}
    figures_of = {one.id: found.get(one.id, (0, 0, 0, None)) for one in klass.modules}
    return tuple(
        ModuleFigures(one.title, done, failed, begun, None if mean is None else round(mean))
        for one in klass.modules
        for done, failed, begun, mean in [figures_of[one.id]]
    )


def _days(days: int) -> str:
    return "a day" if days <= 1 else f"{days} days"


def _stops(session: Session, klass: Class) -> tuple[Stop, ...]:
    stuck = select(col(EnrollmentSummary.enrollment_id)).where(
        col(EnrollmentSummary.group_id) == klass.group.id,
        counted(klass.group.id),
        stand_of(klass) == str(Stand.STUCK),
    )
    stop = stops(col(EnrollmentProgress.enrollment_id).in_(stuck))
    rows = session.execute(
        select(stop.c.module_id, stop.c.number, stop.c.title, func.count().label("learners"))
        .group_by(stop.c.module_id, stop.c.lesson_id, stop.c.number, stop.c.title)
        .order_by(func.count().desc(), stop.c.module_id, stop.c.number)
        .limit(_MOST_PLACES)
    )
    titles = {module.id: module.title for module in klass.modules}
    return tuple(
        Stop(
            titles.get(module_id, ""),
            f"Lesson {number}: {title}" if number else "Quiz",
            learners,
        )
        for module_id, number, title, learners in rows
    )


def _finishes(session: Session, klass: Class) -> tuple[Finish, ...]:
    done = func.count(col(EnrollmentProgress.completed_at))
    last = func.max(col(EnrollmentProgress.completed_at))
    rows = session.execute(
        select(last, col(Enrollment.enrolled_at))
        .select_from(Enrollment)
        .join(EnrollmentProgress, col(EnrollmentProgress.enrollment_id) == col(Enrollment.id))
        .where(
            col(Enrollment.group_id) == klass.group.id,
            col(Enrollment.ended_at).is_(None),
            col(Enrollment.awaits_claim).is_(False),
        )
        .group_by(col(Enrollment.id), col(Enrollment.enrolled_at))
        # Somebody who had completed a module before joining has no day for it here.
        .having(done >= len(klass.modules))
        .order_by(last)
    )
    return tuple(Finish(at, (at - enrolled_at).days) for at, enrolled_at in rows)


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
        words = in_words(question.kind, question.body, answer)
        counts[words, right] = counts.get((words, right), 0) + times
    most = sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:_MOST_CHOICES]
    return tuple(Choice(words, times, right) for (words, right), times in most)


def _counted_options(question: Question, given: dict[str, int]) -> tuple[Choice, ...]:
    times = dict.fromkeys((option_id(option) for option in question.body["option"]), 0)
    for text, quantity in given.items():
        for one in json.loads(text):
            if one in times:
                times[one] += quantity
    right = right_options(question.body)
    return tuple(
        Choice(str(option["text"]), times[option_id(option)], option_id(option) in right)
        for option in question.body["option"]
    )

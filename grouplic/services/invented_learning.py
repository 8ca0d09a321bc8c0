"""What invented learners have done: some finished, some half way, some stuck, some not begun.

Facts are written with the times at which they would have happened, and the summaries made from
them by the same service that keeps them otherwise.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from grouplic.domain import keys
from grouplic.domain.answers import is_right, option_id, right_options, score_of
from grouplic.domain.catalog import Lesson, Module, Question
from grouplic.domain.groups import Enrollment, Group
from grouplic.domain.people import User
from grouplic.domain.progress import LessonProgress, Sitting
from grouplic.domain.quizzes import Certificate, QuestionKind, QuizAnswer, QuizAttempt
from grouplic.domain.reminding import DueDate
from grouplic.services.actors import Actor
from grouplic.services.groups import modules_of
from grouplic.services.outlines import outlines
from grouplic.services.quizzes import questions_of
from grouplic.services.standing import summarize_module


@dataclass(frozen=True)
class Story:
    """One learner in one module: lessons done, wrong answers in each attempt, days of silence.

    ``lessons`` None is all of them; whoever attempts the quiz has done them all.
    """

    lessons: int | None
    wrong: tuple[int, ...] = ()
    silent: int = 0


_ALL = None
# By first name, in the order of the group's modules. Who is not here has not begun.
_STORIES: dict[str, tuple[Story, ...]] = {
    "Ann": (Story(_ALL, (1,)), Story(_ALL, (0,)), Story(_ALL, (1,))),
    "Bo": (Story(3), Story(_ALL, (3, 1))),
    "Carla": (Story(_ALL, (4, 1)), Story(_ALL, (1,)), Story(_ALL, (0,))),
    "Deniz": (Story(_ALL, (0,)), Story(_ALL, (2, 0)), Story(_ALL, (1,))),
    "Emile": (Story(_ALL, (3, 2, 1)), Story(_ALL, (1,)), Story(_ALL, (3, 1))),
    "Fatou": (Story(_ALL, (1,)), Story(_ALL, (1,)), Story(_ALL, (2, 0))),
    "Gus": (Story(2, (), 9),),
    "Hana": (Story(_ALL, (1,)), Story(2)),
    "Ivan": (Story(4), Story(_ALL, (4, 3, 4))),
    "Jo": (Story(_ALL, (3,)), Story(1)),
    "Kai": (Story(1, (), 8),),
    "Lea": (Story(5), Story(_ALL, (2,))),
    "Milo": (Story(_ALL, (2, 1)),),
    "Nora": (Story(0),),
    "Omar": (Story(3), Story(1)),
    "Sam": (Story(1),),
}
_STUDY_DAYS = 0.75  # from one lesson to the next, for whoever had time enough
_DUE_IN = (-2, 9)  # days until the first two modules are due


def learn(session: Session, group: Group, leader: Actor, people: list[User], now: datetime) -> None:
    """Write what the learners of the demo's group have done by ``now``."""
    modules = modules_of(session, group.id)
    for module, days in zip(modules, _DUE_IN, strict=False):
        due_on = (now + timedelta(days=days)).date()
        session.add(
            DueDate(
                group_id=group.id,
                module_id=module.id,
                due_on=due_on,
                set_by_id=leader.user_id,
                set_at=now - timedelta(days=21),
            )
        )
    joined = dict(
        session.exec(
            select(col(Enrollment.user_id), col(Enrollment.enrolled_at)).where(
                Enrollment.group_id == group.id
            )
        ).all()
    )
    for learner in people:
        stories = _STORIES.get(learner.first_name, ())
        _Diary(session, learner, joined[learner.id], now, stories).write(modules)
    session.flush()
    for module in modules:
        summarize_module(session, module.id)


class _Diary:
    """Writes one learner's facts, one after the other, between joining and now."""

    def __init__(
        self,
        session: Session,
        learner: User,
        joined: datetime,
        now: datetime,
        stories: tuple[Story, ...],
    ) -> None:
        self._session, self._learner, self._stories = session, learner, stories
        silent = timedelta(days=max((story.silent for story in stories), default=0))
        steps = sum((story.lessons or 6) + 2 * len(story.wrong) + 1 for story in stories)
        room = max(now - silent - joined - timedelta(hours=2), timedelta(hours=1))
        self._step = min(timedelta(days=_STUDY_DAYS), room / (steps + 1))
        self._at = joined + timedelta(minutes=20)

    def write(self, modules: list[Module]) -> None:
        for module, story in zip(modules, self._stories, strict=False):
            outline = outlines(self._session, [module.id], None)[module.id]
            done = len(outline) if story.lessons is None else story.lessons
            self._read(module, done)
            for number, wrong in enumerate(story.wrong, start=1):
                attempt = self._try(module, number, wrong)
                if attempt.passed:
                    self._certify(module, attempt)
                    break

    def _read(self, module: Module, done: int) -> None:
        lessons = self._session.exec(
            select(Lesson)
            .where(Lesson.module_id == module.id, col(Lesson.removed).is_(False))
            .order_by(col(Lesson.position))
        ).all()
        for place, lesson in enumerate(lessons[: done + 1]):
            finished = place < done
            seconds = 60 * lesson.minutes + 17 * (place + len(self._learner.first_name))
            if not finished:
                seconds //= 3
            self._session.add(
                LessonProgress(
                    user_id=self._learner.id,
                    lesson_id=lesson.id,
                    opened_at=self._at,
                    last_opened_at=self._at,
                    completed_at=self._at + timedelta(seconds=seconds) if finished else None,
                    seconds=seconds,
                    position=1000 if finished else 350,
                )
            )
            self._sit(module, seconds)

    def _try(self, module: Module, number: int, wrong: int) -> QuizAttempt:
        questions = questions_of(self._session, module)
        attempt = QuizAttempt(
            user_id=self._learner.id,
            module_id=module.id,
            number=number,
            questions=[str(question.id) for question in questions],
            started_at=self._at,
            expires_at=self._at + timedelta(minutes=module.time_limit)
            if module.time_limit
            else None,
        )
        self._session.add(attempt)
        self._session.flush()
        # The hard ones are hard for everybody: mistakes begin with the fourth question.
        mistaken = {(3 + place * 2) % len(questions) for place in range(wrong)}
        right = sum(
            self._answer(attempt, question, place not in mistaken, place)
            for place, question in enumerate(questions)
        )
        seconds = 40 * len(questions) + 11 * number
        attempt.submitted_at = self._at + timedelta(seconds=seconds)
        attempt.score = score_of(right, len(questions))
        attempt.passed = attempt.score >= module.pass_mark
        self._sit(module, seconds)
        return attempt

    def _answer(self, attempt: QuizAttempt, question: Question, well: bool, place: int) -> bool:
        given = _right(question) if well else _wrong(question, len(self._learner.first_name))
        correct = is_right(question.kind, question.body, given)
        self._session.add(
            QuizAnswer(
                attempt_id=attempt.id,
                question_id=question.id,
                given=given,
                saved_at=self._at + timedelta(seconds=30 * place),
                correct=correct,
            )
        )
        return correct

    def _sit(self, module: Module, seconds: int) -> None:
        self._session.add(
            Sitting(
                user_id=self._learner.id,
                module_id=module.id,
                started_at=self._at,
                ended_at=self._at + timedelta(seconds=seconds),
                seconds=seconds,
            )
        )
        self._at += max(self._step, timedelta(seconds=seconds + 60))

    def _certify(self, module: Module, attempt: QuizAttempt) -> None:
        self._session.add(
            Certificate(
                user_id=self._learner.id,
                module_id=module.id,
                code=keys.mint(),
                learner_name=self._learner.name,
                module_title=module.title,
                score=attempt.score,
                issued_at=attempt.submitted_at or self._at,
            )
        )


def _right(question: Question) -> Any:
    body = question.body
    if question.kind in (QuestionKind.SINGLE, QuestionKind.MULTIPLE):
        right = right_options(body)
        return [option_id(one) for one in body["option"] if option_id(one) in right]
    if question.kind == QuestionKind.SHORT:
        return body["accepted"][0]
    return str(body["answer"]) if question.kind == QuestionKind.NUMERIC else body["answer"]


def _wrong(question: Question, which: int) -> Any:
    body = question.body
    if question.kind in (QuestionKind.SINGLE, QuestionKind.MULTIPLE):
        right = right_options(body)
        others = [option_id(one) for one in body["option"] if option_id(one) not in right]
        return [others[which % len(others)]]
    if question.kind == QuestionKind.TRUE_FALSE:
        return not body["answer"]
    if question.kind == QuestionKind.NUMERIC:
        return str(body["answer"] + (which + 1) * (body.get("tolerance", 0) + 7))
    return "I am not sure"

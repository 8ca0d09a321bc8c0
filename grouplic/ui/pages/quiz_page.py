"""What the page of a quiz shows, for those who learn and for leaders who look."""

from dataclasses import dataclass
from secrets import token_hex

import reflex as rx

from grouplic.services.quiz_views import OptionView, QuestionView, QuizView, Stage
from grouplic.services.wording import counted
from grouplic.ui import seam
from grouplic.ui.money import show_percent
from grouplic.ui.pages.outline import OutlineRow, outline_rows, steps_in
from grouplic.ui.prose import to_inline_html


@dataclass(frozen=True)
class OptionRow:
    """An option of a question; ``look`` is empty until it may be told."""

    question: str
    id: str
    html: str
    chosen: bool
    feedback: str
    look: str


@dataclass(frozen=True)
class QuestionRow:
    """A question: to be answered, or with what came of the answer."""

    id: str
    number: int
    kind: str
    html: str
    unit: str
    given: str
    options: list[OptionRow]
    correct: bool
    right_answer: str
    explanation: str


class QuizPage(seam.Refusable, rx.State, mixin=True):
    """What a quiz shows."""

    module_title: str = ""
    stage: str = ""
    facts: list[str] = []
    questions: list[QuestionRow] = []
    attempt: str = ""
    outline: list[OutlineRow] = []
    done: int = 0
    steps: int = 0
    progress: str = ""
    unanswered: int = 0
    asks: bool = False
    heading: str = ""
    sentence: str = ""
    score: str = ""
    previous_path: str = ""
    certificate_path: str = ""
    seconds_left: str = ""
    ended: str = ""
    loaded: bool = False
    # A browser keeps what was ticked in a field that stays: what is read anew gets new fields.
    # Each answer says which fields it was given in.
    shown: str = ""

    def _show(self, view: QuizView, base: str) -> None:
        self.module_title, self.stage, self.attempt = view.module_title, view.stage, view.attempt_id
        self.facts = _facts(view)
        self.questions = [_question(question) for question in view.questions]
        passed = view.stage == Stage.PASSED
        self.outline = outline_rows(base, view.outline, "quiz", True, passed)
        self.done, self.steps = steps_in(self.outline)
        self.heading, self.sentence = _outcome(view)
        self.score = show_percent(view.score) if view.score is not None else ""
        self.previous_path = f"{base}/{view.outline[-1].slug}" if view.outline else ""
        self.certificate_path = f"/certificates/{view.certificate}" if view.certificate else ""
        self._count(sum(question.answered for question in view.questions))
        self.loaded = True
        self.shown = token_hex(4)

    def _count(self, answered: int) -> None:
        saved = ", all saved" if answered else ""
        self.progress = f"{answered} of {len(self.questions)} answered{saved}"
        self.unanswered, self.asks = len(self.questions) - answered, False


def _facts(view: QuizView) -> list[str]:
    facts = [
        counted(view.questions_in_all, "question"),
        f"{show_percent(view.pass_mark)} to pass",
    ]
    if view.attempts_allowed is not None:
        left = view.attempts_allowed - view.attempts_used
        facts.append(f"{left} of {counted(view.attempts_allowed, 'attempt')} left")
    if view.time_limit:
        limit = counted(view.time_limit, "minute")
        facts.append(f"{limit} for an attempt, once you start it")
    return facts


def _outcome(view: QuizView) -> tuple[str, str]:
    needed = show_percent(view.pass_mark)
    if view.stage == Stage.PASSED:
        to_do = view.lessons_to_do
        left = f"{to_do} lesson{' is' if to_do == 1 else 's are'} left before it is complete."
        return "Passed", left if to_do else "The module is complete."
    if view.stage == Stage.USED_UP:
        return (
            "Not passed",
            f"{needed} were needed, and no attempt is left. The lessons stay open.",
        )
    if view.stage == Stage.FAILED and view.attempts_allowed is not None:
        left = view.attempts_allowed - view.attempts_used
        again = f"{counted(left, 'attempt')} left."
        return "Not passed yet", f"{needed} are needed. You have {again} {_LATER}"
    return "Not passed yet", f"{needed} are needed. Try again as often as you like."


_LATER = "The right answers are shown once you have passed or used them up."


def _question(view: QuestionView) -> QuestionRow:
    return QuestionRow(
        id=view.id,
        number=view.number,
        kind=view.kind,
        html=to_inline_html(view.prompt),
        unit=view.unit,
        given=view.given,
        options=[_option(view, option) for option in view.options],
        correct=bool(view.correct),
        right_answer=view.right_answer,
        explanation=to_inline_html(view.explanation),
    )


def _option(question: QuestionView, option: OptionView) -> OptionRow:
    look = ""
    if question.correct is not None and option.right:
        look = "right"
    elif option.chosen and (option.right is False or question.correct is False):
        look = "wrong" if option.right is False else ""
    return OptionRow(
        question.id,
        option.id,
        to_inline_html(option.text),
        option.chosen,
        to_inline_html(option.feedback),
        look,
    )

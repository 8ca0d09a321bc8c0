"""The quiz of a module: the way in, the questions, what came of it."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from grouplic.services import quiz_views, quizzes
from grouplic.services.access import AccessEnded
from grouplic.services.quiz_views import OptionView, QuestionView, QuizView, Stage
from grouplic.ui import parts, seam
from grouplic.ui.live import watch
from grouplic.ui.pages.player import OutlineRow, ended_page, outline_nav, outline_rows
from grouplic.ui.pages.quiz_parts import asked, told
from grouplic.ui.prose import to_inline_html
from grouplic.ui.shell import page

el = rx.el


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
    lessons: int = 0
    progress: str = ""
    heading: str = ""
    sentence: str = ""
    score: str = ""
    previous_path: str = ""
    certificate_path: str = ""
    seconds_left: str = ""
    ended: str = ""
    loaded: bool = False
    # A browser keeps what was ticked in a field that stays: what is read anew gets new fields.
    shown: int = 0

    def _show(self, view: QuizView, base: str) -> None:
        self.module_title, self.stage, self.attempt = view.module_title, view.stage, view.attempt_id
        self.facts = _facts(view)
        self.questions = [_question(question) for question in view.questions]
        passed = view.stage == Stage.PASSED
        self.outline = outline_rows(base, view.outline, "quiz", True, passed)
        self.done, self.lessons = len(view.outline) - view.lessons_to_do, len(view.outline)
        self.heading, self.sentence = _outcome(view)
        self.score = f"{view.score} %" if view.score is not None else ""
        self.previous_path = f"{base}/{view.outline[-1].slug}" if view.outline else ""
        self.certificate_path = f"/certificates/{view.certificate}" if view.certificate else ""
        self._count(sum(question.answered for question in view.questions))
        self.loaded = True
        self.shown += 1

    def _count(self, answered: int) -> None:
        saved = ", all saved" if answered else ""
        self.progress = f"{answered} of {len(self.questions)} answered{saved}"


class QuizState(QuizPage, rx.State):
    """The quiz of somebody who learns."""

    study: str = ""
    _module: str = ""

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Show where they stand; refuse who holds no seat for the module."""
        self.loaded, self.study = False, ""
        self._module = str(self.module)
        user_id = await seam.read(self, lambda _session, actor, _now: actor.user_id)
        watch(self, f"user:{user_id}", on=QuizState.refresh)
        await self._look()

    @rx.event
    @seam.shows_refusals
    async def refresh(self):
        """Follow another tab: a submitted attempt, or a seat that was lost."""
        await self._look(keep=True)

    @rx.event
    @seam.shows_refusals
    async def begin(self):
        """Begin an attempt."""
        module = self._module
        await self._do(
            lambda session, actor, now: quizzes.start_attempt(session, actor, module, now).number
        )
        await self._look()

    @rx.event
    @seam.shows_refusals
    async def pick(self, question: str, option: str):
        """Keep the one option that was chosen."""
        await self._save(question, [option])

    @rx.event
    @seam.shows_refusals
    async def tick(self, question: str, option: str, chosen: bool):
        """Keep one option more, or one less."""
        attempt = self.attempt
        await self._keep(
            lambda session, actor, now: quizzes.tick_option(
                session, actor, attempt, question, option, chosen, now
            )
        )

    @rx.event
    @seam.shows_refusals
    async def say(self, question: str, truth: bool):
        """Keep true or false."""
        await self._save(question, truth)

    @rx.event
    @seam.shows_refusals
    async def write(self, question: str, text: str):
        """Keep what was typed."""
        await self._save(question, text)

    @rx.event
    @seam.shows_refusals
    async def submit(self):
        """Have the attempt scored."""
        attempt = self.attempt
        await self._do(
            lambda session, actor, now: quizzes.submit_attempt(session, actor, attempt, now).number
        )
        await self._look()

    async def _save(self, question: str, given: Any) -> None:
        attempt = self.attempt
        await self._keep(
            lambda session, actor, now: quizzes.save_answer(
                session, actor, attempt, question, given, now
            )
        )

    async def _keep(self, use: Any) -> None:
        try:
            answered = await self._do(use)
        except quizzes.AttemptOver as over:
            await self._look()
            self.refusal = over.message
            return
        if answered is not None:
            self._count(answered)

    async def _do(self, use: Any) -> Any:
        try:
            return await seam.act(self, use)
        except AccessEnded as ended:
            self._close(ended)
            return None

    async def _look(self, keep: bool = False) -> None:
        if self.ended and keep:
            return
        module = self._module
        self.ended = ""

        def look(session, actor, now):
            view = quiz_views.look_at_quiz(session, actor, module, now)
            left = (view.expires_at - now).total_seconds() if view.expires_at else None
            return view, left

        try:
            view, left = await seam.act(self, look)
        except AccessEnded as ended:
            self._close(ended)
            return
        if keep and (view.stage, view.attempt_id) == (self.stage, self.attempt):
            return
        self._show(view, f"/learn/{module}")
        self.seconds_left = "" if left is None else str(max(0, int(left)))
        self.study = f"{module}/quiz" if view.stage == Stage.OPEN else ""

    def _close(self, ended: AccessEnded) -> None:
        self.ended, self.study, self.questions = ended.message, "", []


def quiz() -> rx.Component:
    """The page."""
    state = QuizState
    return page(
        parts.refusal(state.refusal),
        rx.cond(
            state.ended != "",
            ended_page(state.ended),
            rx.cond(
                (state.refusal == "") | (state.module_title != ""),
                parts.when_loaded(
                    state.loaded,
                    el.div(outline_nav(state), _stages(state), _study(state), class_name="player"),
                    12,
                ),
            ),
        ),
        current="myLearning",
    )


def _stages(state: Any) -> rx.Component:
    return rx.match(
        state.stage,
        ("ready", _way_in(state)),
        ("open", asked(state, _submit(state))),
        told(
            state,
            rx.cond(
                state.stage == "failed",
                parts.primary("Try again", on_click=state.begin),
                rx.cond(
                    state.certificate_path != "",
                    parts.link_button("See your certificate", state.certificate_path, "primary"),
                    parts.link_button("Back to myLearning", "/my-learning", "primary"),
                ),
            ),
        ),
    )


def _way_in(state: Any) -> rx.Component:
    return el.div(
        el.p("Quiz", class_name="eyebrow"),
        el.h1(state.module_title),
        el.ul(rx.foreach(state.facts, lambda fact: el.li(fact)), class_name="ticks"),
        el.p("Answers are saved as you give them. You may leave, and come back to them."),
        el.div(
            rx.cond(
                state.previous_path != "",
                parts.link_button("Back", state.previous_path, data_turn="back"),
            ),
            parts.primary("Start the quiz", on_click=state.begin),
            class_name="row wrap",
        ),
        class_name="quiz",
    )


def _submit(state: Any) -> rx.Component:
    return el.div(
        rx.cond(
            state.seconds_left != "",
            el.span(
                el.span("Time left ", class_name="visually-hidden"),
                el.span(data_clock="yes", class_name="clock"),
                role="timer",
            ),
        ),
        el.span(state.progress, role="status", class_name="grow"),
        parts.primary("Submit", on_click=state.submit),
        el.button(
            "Time is up", type="button", hidden=True, data_time_up="yes", on_click=state.submit
        ),
        class_name="quiz-foot",
    )


def _study(state: Any) -> rx.Component:
    return rx.cond(
        state.study != "",
        el.span(data_study=state.study, data_seconds_left=state.seconds_left, hidden=True),
    )


def _facts(view: QuizView) -> list[str]:
    facts = [f"{view.questions_in_all} questions", f"{view.pass_mark} % to pass"]
    if view.attempts_allowed is not None:
        left = view.attempts_allowed - view.attempts_used
        facts.append(f"{left} of {view.attempts_allowed} attempts left")
    if view.time_limit:
        facts.append(f"{view.time_limit} minutes for an attempt, once you start it")
    return facts


def _outcome(view: QuizView) -> tuple[str, str]:
    if view.stage == Stage.PASSED:
        to_do = view.lessons_to_do
        left = f"{to_do} lesson{' is' if to_do == 1 else 's are'} left before it is complete."
        return "Passed", left if to_do else "The module is complete."
    if view.stage == Stage.USED_UP:
        return (
            "Not passed",
            f"{view.pass_mark} % were needed, and no attempt is left. The lessons stay open.",
        )
    if view.stage == Stage.FAILED and view.attempts_allowed is not None:
        left = view.attempts_allowed - view.attempts_used
        again = f"{left} attempt{'' if left == 1 else 's'} left."
        return "Not passed yet", f"{view.pass_mark} % are needed. You have {again} {_LATER}"
    return "Not passed yet", f"{view.pass_mark} % are needed. Try again as often as you like."


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

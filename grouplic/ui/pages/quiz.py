"""The quiz of a module: the way in, the questions, what came of it."""

from typing import Any

import reflex as rx

from grouplic.services import quiz_views, quizzes
from grouplic.services.access import AccessEnded
from grouplic.services.quiz_views import Stage
from grouplic.ui import parts, seam
from grouplic.ui.live import watch
from grouplic.ui.pages.outline import outline_nav
from grouplic.ui.pages.player import elsewhere, ended_page
from grouplic.ui.pages.quiz_page import QuizPage
from grouplic.ui.pages.quiz_parts import asked, refused_page, told
from grouplic.ui.returning import has_returned
from grouplic.ui.shell import page

el = rx.el


class QuizState(QuizPage, rx.State):
    """The quiz of somebody who learns."""

    study: str = ""
    _module: str = ""

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Show where they stand; refuse who holds no seat for the module."""
        # Of an attempt that is open, only the page knows what is being typed.
        stays = self.stage == Stage.OPEN and not self.ended and await has_returned(self)
        if not stays:
            self.loaded, self.study = False, ""
        self._module = str(self.module)
        user_id = await seam.read(self, lambda _session, actor, _now: actor.user_id)
        watch(self, f"user:{user_id}", on=QuizState.refresh)
        await self._look(keep=stays)

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
    async def pick(self, question: str, option: str, shown: str = ""):
        """Keep the one option that was chosen."""
        await self._save(question, [option], shown)

    @rx.event
    @seam.shows_refusals
    async def tick(self, question: str, option: str, chosen: bool, shown: str = ""):
        """Keep one option more, or one less."""
        attempt = self.attempt
        await self._keep(
            lambda session, actor, now: quizzes.tick_option(
                session, actor, attempt, question, option, chosen, now
            ),
            shown,
        )

    @rx.event
    @seam.shows_refusals
    async def say(self, question: str, truth: bool, shown: str = ""):
        """Keep true or false."""
        await self._save(question, truth, shown)

    @rx.event
    @seam.shows_refusals
    async def write(self, question: str, text: str, shown: str = ""):
        """Keep what was typed."""
        await self._save(question, text, shown)

    @rx.event
    @seam.shows_refusals
    async def hand_in(self):
        """Have the attempt scored; where an answer is missing, say so first."""
        if self.unanswered:
            self.asks = True
        else:
            await self._submit()

    @rx.event
    @seam.shows_refusals
    async def submit(self):
        """Have the attempt scored as it is."""
        await self._submit()

    async def _submit(self) -> None:
        attempt = self.attempt
        await self._do(
            lambda session, actor, now: quizzes.submit_attempt(session, actor, attempt, now).number
        )
        await self._look()

    async def _save(self, question: str, given: Any, shown: str) -> None:
        attempt = self.attempt
        await self._keep(
            lambda session, actor, now: quizzes.save_answer(
                session, actor, attempt, question, given, now
            ),
            shown,
        )

    async def _keep(self, use: Any, shown: str) -> None:
        try:
            answered = await self._do(use)
        except quizzes.AttemptOver as over:
            await self._look()
            self.refusal = over.message
            return
        if answered is not None:
            self._count(answered)
        # Given while the connection was lost: the fields were drawn anew since, without it.
        if shown and shown != self.shown:
            await self._look()

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
        refused_page(state, *elsewhere()),
        rx.cond(
            state.ended != "",
            ended_page(state.ended),
            rx.cond(
                (state.refusal == "") | state.loaded,
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
        el.span(
            rx.cond(state.asks, _missing(state), state.progress), role="status", class_name="grow"
        ),
        rx.cond(state.asks, parts.button("Submit anyway", on_click=state.submit)),
        parts.primary("Submit", on_click=state.hand_in),
        el.button(
            "Time is up", type="button", hidden=True, data_time_up="yes", on_click=state.submit
        ),
        class_name="quiz-foot",
    )


def _missing(state: Any) -> rx.Var[str]:
    return rx.cond(
        state.unanswered == 1,
        "1 question is not answered yet.",
        f"{state.unanswered} questions are not answered yet.",
    )


def _study(state: Any) -> rx.Component:
    return rx.cond(
        state.study != "",
        el.span(data_study=state.study, data_seconds_left=state.seconds_left, hidden=True),
    )

"""A quiz as a leader tries it: nothing is stored, not even on the way."""

from typing import Any

import reflex as rx

from grouplic.domain.answers import NotAnAnswer
from grouplic.services import quiz_views
from grouplic.ui import parts, seam
from grouplic.ui.pages.group_page import to_my_teaching
from grouplic.ui.pages.outline import outline_nav
from grouplic.ui.pages.player import preview_banner
from grouplic.ui.pages.quiz_page import QuizPage
from grouplic.ui.pages.quiz_parts import asked, refused_page, told
from grouplic.ui.shell import page

el = rx.el

_LONGEST = 200


class QuizPreviewState(QuizPage, rx.State):
    """The quiz, with the answers of this tab alone."""

    back_path: str = ""
    _group: str = ""
    _module: str = ""
    _given: dict[str, Any] = {}

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Show the questions; refuse who does not lead the group."""
        self.loaded, self._given = False, {}
        self._group, self._module = str(self.group), str(self.module)
        group, module = self._group, self._module
        view = await seam.read(
            self,
            lambda session, actor, now: quiz_views.preview_quiz(session, actor, group, module, now),
        )
        self._show_preview(view)

    @rx.event
    @seam.shows_refusals
    async def pick(self, question: str, option: str, shown: str = ""):
        """Note the one option that was chosen."""
        self._note(question, [str(option)[:_LONGEST]])

    @rx.event
    @seam.shows_refusals
    async def tick(self, question: str, option: str, chosen: bool, shown: str = ""):
        """Note one option more, or one less."""
        before, name = self._given.get(str(question), []), str(option)[:_LONGEST]
        others = [one for one in before if one != name] if isinstance(before, list) else []
        self._note(question, [*others[:_LONGEST], name] if chosen else others)

    @rx.event
    @seam.shows_refusals
    async def say(self, question: str, truth: bool, shown: str = ""):
        """Note true or false."""
        self._note(question, bool(truth))

    @rx.event
    @seam.shows_refusals
    async def write(self, question: str, text: str, shown: str = ""):
        """Note what was typed."""
        self._note(question, str(text)[:_LONGEST])

    @rx.event
    @seam.shows_refusals
    async def submit(self):
        """Show what a learner with these answers would be told."""
        group, module, given = self._group, self._module, dict(self._given)
        view = await seam.read(
            self,
            lambda session, actor, now: quiz_views.judge_preview(
                session, actor, group, module, given, now
            ),
        )
        self._show_preview(view)
        self.sentence = "This is what a learner is told in the end. Nothing was recorded."

    def _note(self, question: str, given: Any) -> None:
        known = {row.id for row in self.questions}
        if not isinstance(question, str) or question not in known:
            raise NotAnAnswer
        self._given = {**self._given, question: given}
        answered = sum(one not in ([], "") for one in self._given.values())
        self.progress = f"{answered} of {len(known)} answered"

    def _show_preview(self, view: quiz_views.QuizView) -> None:
        self.back_path = f"/my-teaching/{self._group}/preview"
        self._show(view, f"{self.back_path}/{self._module}")
        self.progress = f"0 of {len(self.questions)} answered"


def quiz_preview() -> rx.Component:
    """The page."""
    state = QuizPreviewState
    return page(
        refused_page(state, to_my_teaching()),
        rx.cond(
            (state.refusal == "") | state.loaded,
            parts.when_loaded(
                state.loaded,
                el.div(
                    preview_banner(state.back_path),
                    el.div(
                        outline_nav(state),
                        rx.cond(
                            state.stage == "open",
                            asked(state, _submit(state)),
                            told(state, parts.primary("Try it once more", on_click=state.load)),
                        ),
                        class_name="player",
                    ),
                    class_name="stack-wide",
                ),
                12,
            ),
        ),
        current="myTeaching",
    )


def _submit(state: Any) -> rx.Component:
    return el.div(
        el.span(state.progress, role="status", class_name="grow"),
        parts.primary("Submit", on_click=state.submit),
        class_name="quiz-foot",
    )

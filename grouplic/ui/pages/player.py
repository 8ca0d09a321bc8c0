"""The player of a module's lessons, for those who learn and for leaders who look."""

from typing import Any

import reflex as rx

from grouplic.services import learning, previewing
from grouplic.services.access import AccessEnded, module_open_to
from grouplic.services.outlines import LessonView, outlines
from grouplic.ui import parts, seam
from grouplic.ui.live import watch
from grouplic.ui.pages.group_page import to_my_teaching
from grouplic.ui.pages.outline import OutlineRow, outline_nav, outline_rows, steps_in
from grouplic.ui.prose import to_html
from grouplic.ui.shell import page

el = rx.el


class LessonPage(seam.Refusable, rx.State, mixin=True):
    """What a lesson shows."""

    module_title: str = ""
    title: str = ""
    html: str = ""
    eyebrow: str = ""
    completed: bool = False
    outline: list[OutlineRow] = []
    done: int = 0
    steps: int = 0
    previous_path: str = ""
    next_path: str = ""
    study: str = ""
    position: int = 0
    ended: str = ""
    loaded: bool = False
    _base: str = ""

    def _show(self, view: LessonView, base: str) -> None:
        self._base = base
        self.module_title, self.title = view.module_title, view.title
        self.html, self.completed = to_html(view.markdown, view.module_slug), view.completed
        self.eyebrow = f"Lesson {view.number} of {len(view.outline)} · {view.minutes} min"
        self.outline = outline_rows(base, view.outline, view.slug, view.has_quiz, view.quiz_passed)
        self.done, self.steps = steps_in(self.outline)
        self.previous_path = f"{base}/{view.previous}" if view.previous else ""
        after = view.next or ("quiz" if view.has_quiz else "")
        self.next_path = f"{base}/{after}" if after else ""
        self.position = view.position
        self.loaded = True


class LessonState(LessonPage, rx.State):
    """The lesson being read."""

    _module: str = ""
    _lesson: str = ""

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Open the lesson; refuse who holds no seat for its module."""
        self.loaded, self.ended, self.study = False, "", ""
        self._module, self._lesson = str(self.module), str(self.lesson)
        module, lesson = self._module, self._lesson

        def opened(session, actor, now):
            view = learning.open_lesson(session, actor, module, lesson, now)
            return actor.user_id, view

        try:
            user_id, view = await seam.act(self, opened)
        except AccessEnded as ended:
            self.ended = ended.message
            return
        watch(self, f"user:{user_id}", on=LessonState.refresh)
        self.study = f"{module}/{lesson}"
        self._show(view, f"/learn/{module}")

    @rx.event
    @seam.shows_refusals
    async def refresh(self):
        """Follow what is done in another tab, and close the page of whoever lost the seat."""
        slug = self._module

        def look(session, actor, now):
            module = module_open_to(session, actor, slug, now)
            return outlines(session, [module.id], actor.user_id)[module.id]

        try:
            rows = await seam.read(self, look)
        except AccessEnded as ended:
            self.ended, self.study, self.html = ended.message, "", ""
            return
        done = {f"{self._base}/{row.slug}": row.completed for row in rows}
        self.outline = [
            OutlineRow(row.path, row.title, row.note, done.get(row.path, row.done), row.current)
            for row in self.outline
        ]
        self.done, self.steps = steps_in(self.outline)

    @rx.event
    @seam.shows_refusals
    async def complete(self):
        """Mark the lesson as done and go on to the next."""
        module, lesson = self._module, self._lesson
        try:
            await seam.act(
                self,
                lambda session, actor, now: learning.complete_lesson(
                    session, actor, module, lesson, now
                ),
            )
        except AccessEnded as ended:
            self.ended, self.study, self.html = ended.message, "", ""
            return None
        return rx.redirect(self.next_path or "/my-learning")


class PreviewState(LessonPage, rx.State):
    """A lesson as a leader looks at it."""

    back_path: str = ""

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Show the lesson without a trace; refuse who does not lead the group."""
        self.loaded = False
        group, module, lesson = str(self.group), str(self.module), str(self.lesson)
        view = await seam.read(
            self,
            lambda session, actor, now: previewing.preview_lesson(
                session, actor, group, module, lesson, now
            ),
        )
        self.back_path = f"/my-teaching/{group}/preview"
        self._show(view, f"/my-teaching/{group}/preview/{module}")


def lesson() -> rx.Component:
    """The player."""
    return page(
        parts.closed(LessonState.refusal, *elsewhere()),
        rx.cond(
            LessonState.ended != "",
            ended_page(LessonState.ended),
            rx.cond(
                LessonState.refusal == "",
                parts.when_loaded(
                    LessonState.loaded,
                    _player(
                        LessonState,
                        parts.primary(
                            rx.cond(LessonState.completed, "Next", "Done, go on"),
                            on_click=LessonState.complete,
                        ),
                    ),
                    12,
                ),
            ),
        ),
        current="myLearning",
    )


def preview() -> rx.Component:
    """A leader's look at a lesson."""
    return page(
        parts.closed(PreviewState.refusal, to_my_teaching()),
        rx.cond(
            PreviewState.refusal == "",
            parts.when_loaded(
                PreviewState.loaded,
                el.div(
                    preview_banner(PreviewState.back_path),
                    _player(
                        PreviewState,
                        rx.cond(
                            PreviewState.next_path != "",
                            parts.link_button("Next", PreviewState.next_path, "primary"),
                        ),
                    ),
                    class_name="stack-wide",
                ),
                12,
            ),
        ),
        current="myTeaching",
    )


def preview_banner(back_path: Any) -> rx.Component:
    """Says that this is a preview, and leads back."""
    return el.div(
        el.span("This is a preview. It takes no seat, and nothing you do here is recorded."),
        el.a("All modules of the group", href=back_path),
        role="note",
        class_name="notice info banner",
    )


def ended_page(message: rx.Var[str]) -> rx.Component:
    """The clear page of someone whose access has ended."""
    return el.div(
        el.h1("This module is closed to you now"),
        el.p(message),
        el.div(*elsewhere(), class_name="row wrap center"),
        class_name="empty",
        role="alert",
    )


def elsewhere() -> tuple[rx.Component, ...]:
    """Where somebody can go to whom a page is closed."""
    return (
        parts.link_button("Go to myLearning", "/my-learning", "primary"),
        parts.link_button("Redeem a key", "/redeem"),
    )


def _player(state: Any, forward: rx.Component) -> rx.Component:
    return el.div(
        outline_nav(state),
        el.article(
            el.p(state.eyebrow, class_name="eyebrow"),
            el.h1(state.title),
            el.div(rx.html(state.html), class_name="prose"),
            el.div(
                rx.cond(
                    state.previous_path != "",
                    parts.link_button("Back", state.previous_path, data_turn="back"),
                ),
                forward,
                class_name="row wrap lesson-foot",
            ),
            # What the arrow key follows; it turns the page and marks nothing as done.
            rx.cond(
                state.next_path != "",
                el.a(
                    "Next page",
                    href=state.next_path,
                    data_turn="on",
                    class_name="visually-hidden",
                    tab_index=-1,
                    aria_hidden="true",
                ),
            ),
            el.p(
                el.kbd("←"), " ", el.kbd("→"), " turn the page", class_name="hint keys hide-phone"
            ),
        ),
        rx.cond(
            state.study != "",
            el.span(data_study=state.study, data_position=state.position.to_string(), hidden=True),
        ),
        class_name="player",
    )

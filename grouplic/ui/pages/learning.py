"""myLearning, and the player of a module's lessons."""

from dataclasses import dataclass

import reflex as rx

from grouplic.services import learning
from grouplic.ui import parts, seam
from grouplic.ui.live import watch
from grouplic.ui.prose import to_html
from grouplic.ui.shell import page, page_head

el = rx.el


@dataclass(frozen=True)
class ModuleRow:
    """A module one may open."""

    title: str
    summary: str
    group_name: str
    lessons: int
    completed: int
    size: str
    path: str
    next_title: str
    action: str


@dataclass(frozen=True)
class OutlineRow:
    """A lesson in the outline."""

    path: str
    title: str
    minutes: int
    completed: bool
    current: bool


class LearningState(seam.Refusable, rx.State):
    """The modules one's seats open, live."""

    modules: list[ModuleRow] = []
    joined: bool = False
    loaded: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Read them, and watch for new ones."""
        self.joined = bool(seam.parameter(self, "joined"))

        def topics(session, actor, _now):
            groups = learning.groups_joined_by(session, actor.user_id)
            return [f"user:{actor.user_id}", *(f"group:{group_id}" for group_id in groups)]

        watch(self, *await seam.read(self, topics), on=LearningState.load)
        cards = await seam.read(
            self, lambda session, actor, now: learning.my_modules(session, actor, now)
        )
        self.modules = [_row(card) for card in cards]
        self.loaded = True


class LessonState(seam.Refusable, rx.State):
    """The lesson being read."""

    module_title: str = ""
    title: str = ""
    html: str = ""
    eyebrow: str = ""
    completed: bool = False
    outline: list[OutlineRow] = []
    previous_path: str = ""
    next_path: str = ""
    loaded: bool = False
    _module: str = ""
    _lesson: str = ""

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Open the lesson; refuse who holds no seat for its module."""
        self.loaded = False
        self._module, self._lesson = str(self.module), str(self.lesson)
        module, lesson = self._module, self._lesson
        view = await seam.act(
            self,
            lambda session, actor, now: learning.open_lesson(session, actor, module, lesson, now),
        )
        self._show(view)
        self.loaded = True

    @rx.event
    @seam.shows_refusals
    async def complete(self):
        """Mark the lesson as done and go on to the next."""
        module, lesson = self._module, self._lesson
        await seam.act(
            self,
            lambda session, actor, now: learning.complete_lesson(
                session, actor, module, lesson, now
            ),
        )
        return rx.redirect(self.next_path or "/my-learning")

    def _show(self, view: learning.LessonView):
        base = f"/learn/{view.module_slug}/"
        self.module_title, self.title = view.module_title, view.title
        self.html, self.completed = to_html(view.markdown), view.completed
        self.eyebrow = f"Lesson {view.number} of {len(view.outline)} · {view.minutes} min"
        self.outline = [
            OutlineRow(
                base + row.slug, row.title, row.minutes, row.completed, row.slug == view.slug
            )
            for row in view.outline
        ]
        self.previous_path = base + view.previous if view.previous else ""
        self.next_path = base + view.next if view.next else ""


def my_learning() -> rx.Component:
    """The modules."""
    return page(
        page_head("Your modules", "myLearning"),
        rx.cond(
            LearningState.joined,
            parts.notice("good", "You are in. Your modules are here, ready to start."),
        ),
        parts.refusal(LearningState.refusal),
        parts.when_loaded(
            LearningState.loaded,
            rx.cond(
                LearningState.modules.length() > 0,
                el.div(rx.foreach(LearningState.modules, _module), class_name="modules"),
                parts.empty_state(
                    "No module yet",
                    "You were given an enrollment key? Redeem it, and your modules are here.",
                    parts.link_button("Redeem a key", "/redeem", "primary"),
                ),
            ),
        ),
        current="myLearning",
    )


def lesson() -> rx.Component:
    """The player."""
    return page(
        parts.refusal(LessonState.refusal),
        rx.cond(LessonState.refusal == "", parts.when_loaded(LessonState.loaded, _player(), 12)),
        current="myLearning",
    )


def _module(row: rx.Var[ModuleRow]) -> rx.Component:
    return el.article(
        el.p(row.group_name, class_name="eyebrow"),
        el.h2(row.title),
        el.p(row.summary),
        parts.progress(row.completed, row.lessons, "Lessons completed"),
        el.p(
            el.b(row.completed), " of ", row.lessons, " lessons · ", row.size, class_name="eyebrow"
        ),
        el.div(
            parts.link_button(row.action, row.path, "primary"),
            el.span(row.next_title, class_name="hint"),
            class_name="row wrap",
        ),
        class_name="card module",
    )


def _player() -> rx.Component:
    return el.div(
        el.nav(
            el.p(LessonState.module_title, class_name="eyebrow"),
            el.ol(rx.foreach(LessonState.outline, _outline_row)),
            aria_label="Lessons",
            class_name="outline",
        ),
        el.article(
            el.p(LessonState.eyebrow, class_name="eyebrow"),
            el.h1(LessonState.title),
            el.div(rx.html(LessonState.html), class_name="prose"),
            el.div(
                rx.cond(
                    LessonState.previous_path != "",
                    el.a("Previous", href=LessonState.previous_path, class_name="btn"),
                ),
                el.button(
                    rx.cond(LessonState.next_path != "", "Done, next lesson", "Done"),
                    class_name="btn primary",
                    on_click=LessonState.complete,
                ),
                class_name="row wrap lesson-foot",
            ),
        ),
        class_name="player",
    )


def _outline_row(row: rx.Var[OutlineRow]) -> rx.Component:
    return el.li(
        el.a(
            row.title,
            el.span(
                rx.cond(row.completed, "done", row.minutes.to_string() + " min"), class_name="hint"
            ),
            href=row.path,
            aria_current=rx.cond(row.current, "page", "false"),
        ),
        class_name=rx.cond(row.completed, "done", ""),
    )


def _row(card: learning.ModuleCard) -> ModuleRow:
    finished = card.completed == card.lessons
    action = "Read again" if finished else "Resume" if card.started else "Start"
    return ModuleRow(
        title=card.title,
        summary=card.summary,
        group_name=card.group_name,
        lessons=card.lessons,
        completed=card.completed,
        size=f"{card.minutes} min",
        path=f"/learn/{card.slug}/{card.next_lesson}",
        next_title="" if finished else f"Next: {card.next_title}",
        action=action,
    )

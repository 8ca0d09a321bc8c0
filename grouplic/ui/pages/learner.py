"""One learner's page: what the group's leaders may see, and nothing else."""

from dataclasses import dataclass

import reflex as rx

from grouplic.domain.performance import Stand
from grouplic.services.learner_record import ModuleRecord, learner_record
from grouplic.services.wording import counted
from grouplic.ui import parts, seam
from grouplic.ui.address import in_address
from grouplic.ui.live import watch
from grouplic.ui.moments import show_ago, show_score, show_time
from grouplic.ui.money import show_date, show_day, show_percent
from grouplic.ui.numbers import percentage
from grouplic.ui.pages.group_page import to_my_teaching
from grouplic.ui.pages.progress import STANDS
from grouplic.ui.shell import page, page_head

el = rx.el


@dataclass(frozen=True)
class LessonView:
    """A lesson of the module."""

    title: str
    done: bool
    more: str


@dataclass(frozen=True)
class AnswerView:
    """One answer; ``right`` is yes, no, or nothing as long as the attempt is open."""

    prompt: str
    given: str
    right: str


@dataclass(frozen=True)
class AttemptView:
    """One attempt at the quiz."""

    title: str
    answers: list[AnswerView]


@dataclass(frozen=True)
class ModuleView:
    """One module of the group."""

    title: str
    due: str
    overdue: bool
    percent: int
    figures: str
    state: str
    look: str
    lessons: list[LessonView]
    attempts: list[AttemptView]


class LearnerState(seam.Refusable, rx.State):
    """One learner in one group."""

    group_id: str = ""
    group_name: str = ""
    learner_id: str = ""
    name: str = ""
    email: str = ""
    joined: str = ""
    awaits: bool = False
    modules: list[ModuleView] = []
    loaded: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Read the learner's page, and watch the group."""
        group_id, learner = str(self.group), str(self.learner)
        if (group_id, learner) != (self.group_id, self.learner_id):
            self.loaded = False

        def work(session, actor, now):
            return learner_record(session, group_id, learner, actor, now), now

        # Whoever is refused keeps nothing on the page, also when the right went away meanwhile.
        try:
            # The right comes first, then the watch, then the picture.
            await seam.read(self, work)
            watch(self, f"group:{group_id}", on=LearnerState.load)
            record, now = await seam.read(self, work)
        except Exception:
            self.reset()
            raise
        seam.show(
            self,
            group_id=group_id,
            group_name=record.group_name,
            learner_id=learner,
            name=record.name,
            email=record.email,
            awaits=record.awaits_claim,
            joined=show_date(record.enrolled_at),
            modules=[_module(module, now) for module in record.modules],
            loaded=True,
        )


def _module(module: ModuleRecord, now) -> ModuleView:
    cell = module.cell
    words, look = STANDS[Stand(cell.stand)]
    tries = "1 attempt" if cell.attempts == 1 else f"{cell.attempts} attempts"
    read = sum(lesson.done for lesson in module.lessons)
    quiz = {True: "quiz passed", False: "quiz to pass", None: ""}[module.quiz_passed]
    figures = [
        f"{read} of {counted(len(module.lessons), 'lesson')}",
        quiz,
        f"best score {show_score(cell.score)}" if cell.score is not None else "",
        tries if cell.attempts else "",
        show_time(cell.seconds) if cell.seconds else "",
        f"last active {show_ago(cell.last_activity_at, now)}" if cell.last_activity_at else "",
    ]
    return ModuleView(
        module.title,
        f"{'was due' if module.overdue else 'due'} {show_day(module.due_on)}"
        if module.due_on
        else "",
        module.overdue,
        cell.percent,
        " · ".join(one for one in figures if one),
        words,
        look,
        [
            LessonView(
                lesson.title,
                lesson.done,
                " · ".join(
                    [
                        *([show_date(lesson.done_at)] if lesson.done_at else []),
                        *([show_time(lesson.seconds)] if lesson.seconds else []),
                    ]
                ),
            )
            for lesson in module.lessons
        ],
        [_attempt(attempt) for attempt in module.attempts],
    )


def _attempt(attempt) -> AttemptView:
    if attempt.score is None:
        outcome = "open"
    else:
        outcome = f"{show_percent(attempt.score)}, {'passed' if attempt.passed else 'not passed'}"
    return AttemptView(
        f"Attempt {attempt.number}, {show_date(attempt.started_at)}: {outcome}",
        [
            AnswerView(
                one.prompt, one.given, "" if one.right is None else "yes" if one.right else "no"
            )
            for one in attempt.answers
        ],
    )


def learner_page() -> rx.Component:
    """The page."""
    path = "/my-teaching/" + LearnerState.group_id
    return page(
        parts.closed(LearnerState.refusal, to_my_teaching()),
        rx.cond(
            LearnerState.refusal == "",
            parts.when_loaded(
                LearnerState.loaded & (LearnerState.learner_id == in_address("learner")),
                el.div(
                    page_head(el.a(LearnerState.group_name, href=path), LearnerState.name),
                    el.p(LearnerState.email, " · joined ", LearnerState.joined, class_name="hint"),
                    rx.cond(
                        LearnerState.awaits,
                        parts.notice(
                            "info",
                            "This person has not confirmed the account yet. What they have "
                            "learned is theirs until they do.",
                        ),
                    ),
                    rx.foreach(LearnerState.modules, _module_card),
                    el.p(
                        "You see how far they are in this group's modules. Attempts, answers and "
                        "times are shown from the day they joined.",
                        class_name="hint",
                    ),
                    class_name="stack-wide",
                ),
                8,
            ),
        ),
        current="myTeaching",
    )


def _module_card(module: rx.Var[ModuleView]) -> rx.Component:
    return el.section(
        el.div(
            el.h2(module.title, class_name="grow"),
            rx.cond(
                module.due != "",
                el.span(
                    module.due, class_name=rx.cond(module.overdue, "hint due late", "hint due")
                ),
            ),
            el.span(module.state, class_name="chip " + module.look.to(str)),
            class_name="row wrap",
        ),
        el.span(
            parts.progress(module.percent, 100, "Progress in " + module.title.to(str)),
            el.span(percentage(module.percent)),
            class_name="measure",
        ),
        rx.cond(module.figures != "", el.p(module.figures)),
        el.details(
            el.summary("Lessons"),
            el.ul(rx.foreach(module.lessons, _lesson), class_name="plain lessons-done"),
            class_name="more",
        ),
        rx.foreach(module.attempts, _attempt_details),
        class_name="card",
    )


def _lesson(lesson: rx.Var[LessonView]) -> rx.Component:
    return el.li(
        el.i(class_name=rx.cond(lesson.done, "dot done", "dot not_started"), aria_hidden="true"),
        lesson.title,
        el.span(rx.cond(lesson.done, ", done", ", not done"), class_name="visually-hidden"),
        el.span(" ", lesson.more, class_name="hint"),
    )


def _attempt_details(attempt: rx.Var[AttemptView]) -> rx.Component:
    return el.details(
        el.summary(attempt.title),
        el.ol(
            rx.foreach(
                attempt.answers,
                lambda one: el.li(
                    el.p(one.prompt, class_name="hint"),
                    el.p(
                        one.given,
                        rx.cond(one.right == "yes", el.span("right", class_name="chip")),
                        rx.cond(one.right == "no", el.span("wrong", class_name="chip bad")),
                        class_name="row wrap",
                    ),
                ),
            ),
            class_name="plain",
        ),
        class_name="more",
    )

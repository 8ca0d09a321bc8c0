"""myLearning: the modules one's seats open, what is left of others, and the certificates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import reflex as rx

from grouplic.domain.progress import ProgressState
from grouplic.services import certificates, learning
from grouplic.services.access import groups_joined_by
from grouplic.ui import parts, seam
from grouplic.ui.live import watch
from grouplic.ui.money import show_date, show_day, show_percent
from grouplic.ui.pages.license import paused_notices
from grouplic.ui.shell import page, page_head

el = rx.el

_MOST_CERTIFICATES = 50


@dataclass(frozen=True)
class ModuleRow:
    """A module one may open."""

    title: str
    summary: str
    group_name: str
    lessons: int
    completed: int
    percent: int
    facts: str
    path: str
    next_title: str
    action: str
    due: str
    overdue: bool
    chip: str
    failed: bool
    primary: bool


@dataclass(frozen=True)
class ShelfRow:
    """A certificate, or a module whose access has ended."""

    title: str
    facts: str
    path: str = ""


class LearningState(seam.Refusable, rx.State):
    """The modules one's seats open, live."""

    modules: list[ModuleRow] = []
    former: list[ShelfRow] = []
    certificates: list[ShelfRow] = []
    joined: bool = False
    loaded: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Read them, and watch for new ones."""
        self.joined = bool(seam.parameter(self, "joined"))

        def topics(session, actor, _now):
            groups = groups_joined_by(session, actor.user_id)
            return [f"user:{actor.user_id}", *(f"group:{group_id}" for group_id in groups)]

        def shelf(session, actor, now):
            return (
                learning.my_modules(session, actor, now),
                learning.former_modules(session, actor, now),
                certificates.my_certificates(session, actor),
            )

        watch(self, *await seam.read(self, topics), on=LearningState.load)
        cards, former, papers = await seam.read(self, shelf)
        first = _to_go_on_with(cards)
        self.modules = [_row(card, card is first) for card in cards]
        self.former = [_former_row(module) for module in former]
        self.certificates = [_certificate_row(paper) for paper in papers[:_MOST_CERTIFICATES]]
        self.loaded = True


def my_learning() -> rx.Component:
    """The page."""
    return page(
        page_head("Your modules", "myLearning"),
        rx.cond(
            LearningState.joined,
            parts.notice("good", "You are in. Your modules are here, ready to start."),
        ),
        paused_notices(),
        parts.refusal(LearningState.refusal),
        parts.when_loaded(LearningState.loaded, _shelves()),
        current="myLearning",
    )


def _shelves() -> rx.Component:
    return el.div(
        rx.cond(
            LearningState.modules.length() > 0,
            el.div(rx.foreach(LearningState.modules, _module), class_name="modules"),
            parts.empty_state(
                rx.cond(LearningState.former.length() > 0, "No module is open", "No module yet"),
                "You were given an enrollment key? Redeem it, and its modules are here at once. "
                "If you were invited by email, use the link in that mail.",
                parts.link_button("Redeem a key", "/redeem", "primary"),
            ),
        ),
        rx.cond(
            LearningState.certificates.length() > 0,
            el.section(
                el.h2("Certificates"),
                el.ul(rx.foreach(LearningState.certificates, _certificate), class_name="shelf"),
                class_name="card",
            ),
        ),
        rx.cond(
            LearningState.former.length() > 0,
            el.section(
                el.h2("Not open anymore"),
                el.p(
                    "You hold no seat for these now. What you have done in them is kept, and "
                    "counts again as soon as you hold one.",
                    class_name="hint",
                ),
                el.ul(rx.foreach(LearningState.former, _former), class_name="shelf"),
                class_name="card",
            ),
        ),
        class_name="stack-wide",
    )


def _module(row: rx.Var[ModuleRow]) -> rx.Component:
    return el.article(
        el.div(
            el.p(row.group_name, class_name="eyebrow grow"),
            rx.cond(
                row.chip != "",
                el.span(row.chip, class_name=rx.cond(row.failed, "chip bad", "chip")),
            ),
            class_name="row",
        ),
        el.h2(row.title),
        # Whoever has begun knows what it is about; on a phone it would only push the rest down.
        el.p(row.summary, class_name=rx.cond(row.completed > 0, "summary hide-phone", "summary")),
        el.div(
            parts.progress(row.percent, 100, "Progress in " + row.title),
            el.p(
                el.b(row.completed),
                " of ",
                row.lessons,
                rx.cond(row.lessons == 1, " lesson", " lessons"),
                row.facts,
                class_name="eyebrow",
            ),
            rx.cond(
                row.due != "",
                el.p(row.due, class_name=rx.cond(row.overdue, "hint due late", "hint due")),
            ),
            el.div(
                el.a(
                    row.action,
                    href=row.path,
                    aria_label=row.action + ": " + row.title,
                    class_name=rx.cond(row.primary, "btn primary", "btn"),
                ),
                el.span(row.next_title, class_name="hint grow"),
                class_name="row",
            ),
            class_name="standing",
        ),
        class_name="card module",
    )


def _certificate(row: rx.Var[ShelfRow]) -> rx.Component:
    return el.li(
        el.div(el.b(row.title), el.span(row.facts, class_name="hint"), class_name="grow"),
        el.a("Show", href=row.path, aria_label="Show: " + row.title),
        parts.download_link("PDF", row.path + "/certificate.pdf", aria_label="PDF: " + row.title),
    )


def _former(row: rx.Var[ShelfRow]) -> rx.Component:
    return el.li(el.div(el.b(row.title), el.span(row.facts, class_name="hint"), class_name="grow"))


def _to_go_on_with(cards: Sequence[learning.ModuleCard]) -> learning.ModuleCard | None:
    """The one module whose button stands out: one that was begun, else one that was not."""
    over = (ProgressState.DONE, ProgressState.FAILED)
    left = [card for card in cards if card.state not in over]
    return next((card for card in left if card.state), left[0] if left else None)


def _row(card: learning.ModuleCard, primary: bool) -> ModuleRow:
    done, failed = card.state == ProgressState.DONE, card.state == ProgressState.FAILED
    action = "Read again" if done else "Resume" if card.state else "Start"
    if card.resume == "quiz":
        action = "See the quiz" if failed else "Take the quiz"
    facts = f" · {card.minutes_left} min left" if card.minutes_left else ""
    return ModuleRow(
        title=card.title,
        summary=card.summary,
        group_name=card.group_name,
        lessons=card.lessons,
        completed=card.completed,
        percent=card.percent,
        facts=facts + quiz_so_far(card),
        path=f"/learn/{card.slug}/{card.resume}",
        next_title="" if done or card.resume == "quiz" else f"Next: {card.resume_title}",
        action=action,
        due=_due(card.due_on, card.overdue),
        overdue=card.overdue,
        chip="Completed" if done else "Attempts used up" if failed else "",
        failed=failed,
        primary=primary,
    )


def quiz_so_far(card: learning.ModuleCard) -> str:
    """Say what is left of the quiz, so that all lessons read is not taken for all that is asked."""
    if not card.has_quiz:
        return ""
    if card.best_score is None:
        return "" if card.state == ProgressState.DONE else " · quiz to pass"
    outcome = "passed" if card.quiz_passed else "not passed"
    return f" · quiz {outcome}, {show_percent(card.best_score)}"


def _due(due_on: date | None, overdue: bool) -> str:
    if due_on is None:
        return ""
    return f"{'Was due' if overdue else 'Due'} {show_day(due_on)}"


def _former_row(module: learning.FormerModule) -> ShelfRow:
    words = {ProgressState.DONE: "completed", ProgressState.FAILED: "attempts used up"}
    lessons = f"{module.lessons_done} lesson{'' if module.lessons_done == 1 else 's'} done"
    reached = words.get(ProgressState(module.state), lessons)
    return ShelfRow(module.title, f"{reached} · last opened {show_date(module.last_activity_at)}")


def _certificate_row(paper: certificates.CertificateView) -> ShelfRow:
    return ShelfRow(
        paper.module_title,
        f"{show_day(paper.issued_on)} · {paper.code}",
        f"/certificates/{paper.code}",
    )

"""The outline beside a lesson or a quiz: what there is, what is done, where one is."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from grouplic.services.outlines import LessonRow
from grouplic.ui import parts

el = rx.el


@dataclass(frozen=True)
class OutlineRow:
    """An entry of the outline: a lesson, or the quiz."""

    path: str
    title: str
    note: str
    done: bool
    current: bool


def outline_rows(
    base: str, rows: tuple[LessonRow, ...], current: str, has_quiz: bool, passed: bool
) -> list[OutlineRow]:
    """Return the outline with its paths; the quiz stands at its end."""
    lessons = [
        OutlineRow(
            f"{base}/{row.slug}",
            row.title,
            f"{row.minutes} min",
            row.completed,
            row.slug == current,
        )
        for row in rows
    ]
    quiz = OutlineRow(f"{base}/quiz", "Quiz", "", passed, current == "quiz")
    return [*lessons, quiz] if has_quiz else lessons


def steps_in(outline: list[OutlineRow]) -> tuple[int, int]:
    """Return how much of the outline is done, and how much there is: the quiz counts as one."""
    return sum(row.done for row in outline), len(outline)


def outline_nav(state: Any) -> rx.Component:
    """The outline beside a lesson or a quiz, with how much of it is done."""
    return el.nav(
        el.p(state.module_title, class_name="eyebrow"),
        parts.progress(state.done, state.steps, "Progress in the module"),
        el.ol(rx.foreach(state.outline, _outline_row)),
        aria_label="Lessons",
        class_name="outline",
    )


def _outline_row(row: rx.Var[OutlineRow]) -> rx.Component:
    return el.li(
        el.a(
            row.title,
            el.span(rx.cond(row.done, "done", row.note), class_name="hint"),
            href=row.path,
            aria_current=rx.cond(row.current, "page", "false"),
        ),
        class_name=rx.cond(row.done, "done", ""),
    )

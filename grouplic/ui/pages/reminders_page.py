"""Due dates and reminders: until when, who needs a word, and what it will say."""

from typing import Any

import reflex as rx

from grouplic.services.reminder_needs import Need
from grouplic.ui import parts
from grouplic.ui.numbers import counted
from grouplic.ui.pages.group_page import group_page
from grouplic.ui.pages.reminders import DueRow, RemindersState

el = rx.el

_DUE_FORMS = (RemindersState.set_due, RemindersState.clear_due)

_CHOICES = (
    (Need.NOT_STARTED, "Not started", "They hold a seat and have opened nothing."),
    (Need.STUCK, "Stuck for a week", "They have begun, and nothing has been added for a week."),
    (Need.OVERDUE, "Overdue", "A due date has passed, and they are not done."),
)


def reminders_page() -> rx.Component:
    """The page."""
    return group_page(
        RemindersState,
        "Due dates and reminders",
        el.div(_remind(), _dues(), class_name="stack-wide"),
        refusal=parts.refusal_elsewhere(RemindersState, *_DUE_FORMS, RemindersState.send),
    )


def _said(outcome: rx.Var[str], *forms: Any) -> rx.Component:
    """What came of it, beside what was pressed."""
    return rx.fragment(
        parts.refusal_at(RemindersState, *forms),
        el.div(
            rx.cond(outcome != "", parts.notice("good", outcome, role="none")),
            role="status",
            class_name="refusal",
        ),
    )


def _remind() -> rx.Component:
    return el.section(
        el.h2("Send a reminder"),
        el.fieldset(
            el.legend("Whom?"),
            *[
                el.label(
                    el.input(
                        type="radio",
                        name="need",
                        value=str(need),
                        checked=RemindersState.need == str(need),
                        on_change=RemindersState.choose_whom(str(need)),
                    ),
                    el.span(el.b(words), el.span(hint, class_name="hint"), class_name="choice"),
                    class_name="check-card",
                )
                for need, words, hint in _CHOICES
            ],
        ),
        el.div(
            el.p("What they get", class_name="eyebrow"),
            el.pre(RemindersState.letter, class_name="letter"),
        ),
        _said(RemindersState.outcome, RemindersState.send),
        el.div(
            el.button(
                "Send to ",
                counted(RemindersState.mailed, "learner"),
                class_name="btn primary",
                type="button",
                disabled=RemindersState.mailed == 0,
                on_click=RemindersState.send,
            ),
            el.p(
                rx.cond(
                    RemindersState.left_out != "",
                    "Left out: " + RemindersState.left_out + ". ",
                    "",
                ),
                "Whoever starts before the mail leaves does not get it.",
                class_name="hint grow",
            ),
            class_name="row wrap",
        ),
        class_name="card remind",
    )


def _dues() -> rx.Component:
    return el.section(
        el.h2("Due dates"),
        el.p("Learners see the day on myLearning. Reminders go to those who are not done by then."),
        _said(RemindersState.due_outcome, *_DUE_FORMS),
        el.ul(rx.foreach(RemindersState.rows, _due), class_name="plain dues"),
        class_name="card",
    )


def _due(row: rx.Var[DueRow]) -> rx.Component:
    return el.li(
        el.form(
            el.input(type="hidden", name="module", value=row.id),
            el.b(row.title, class_name="grow"),
            el.label(
                el.span("Due on", class_name="visually-hidden"),
                el.input(
                    type="date",
                    name="due_on",
                    required=True,
                    default_value=row.due_on,
                    aria_label="Due date of " + row.title.to(str),
                ),
            ),
            _before(7, "a week before", row.week_before),
            _before(1, "a day before", row.day_before),
            el.button(
                "Set",
                el.span(" " + row.title.to(str), class_name="visually-hidden"),
                class_name="btn",
                type="submit",
            ),
            rx.cond(
                row.due_on != "",
                parts.doing("Clear", RemindersState.clear_due(row.id), row.title),
            ),
            on_submit=RemindersState.set_due,
        ),
        key=row.id.to(str) + row.due_on.to(str),
    )


def _before(days: int, words: str, checked) -> rx.Component:
    return el.label(
        el.input(type="checkbox", name=f"before_{days}", default_checked=checked),
        f" {words}",
        class_name="hint",
    )

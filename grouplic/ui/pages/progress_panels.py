"""The panels of the dashboard that answer: who has not started, who is stuck, how good they are."""

import reflex as rx

from grouplic.ui import parts
from grouplic.ui.address import in_address
from grouplic.ui.numbers import written
from grouplic.ui.pages.progress import ProgressState

el = rx.el


def answers() -> rx.Component:
    """The three answers, each with what to do about it; nothing while nobody holds a seat."""
    here = ProgressState.loaded & (ProgressState.group_id == in_address("group"))
    return rx.cond(
        here,
        rx.cond(ProgressState.learners > 0, _answers()),
        el.div(el.div(class_name="skeleton three"), key="skeleton", aria_hidden="true"),
    )


def _answers() -> rx.Component:
    path = "/my-teaching/" + ProgressState.group_id
    remind = el.a("Send a reminder", href=path + "/reminders?who=not_started")
    who = el.button(
        "See who", type="button", class_name="link", on_click=ProgressState.cut_to("not_started")
    )
    return el.div(
        parts.stat(
            "Not started",
            el.span(written(ProgressState.not_started), id="not-started"),
            rx.cond(ProgressState.manages, remind, who),
        ),
        parts.stat(
            "Stuck for a week",
            el.span(written(ProgressState.stuck), id="stuck"),
            el.a("See where", href=path + "/insights#stuck"),
        ),
        parts.stat(
            "Median score",
            el.span(ProgressState.median, id="median"),
            el.a("Hardest questions", href=path + "/insights#questions"),
        ),
        class_name="answers",
    )


def keep_up() -> rx.Component:
    """Whether one wants the weekly summary, and the report to hand on."""
    return el.section(
        el.h2("Keep up"),
        rx.cond(ProgressState.leads, _weekly()),
        el.p(
            parts.download_link(
                "Report to hand on (PDF)", "/reports/" + ProgressState.group_id + "/report.pdf"
            ),
        ),
        class_name="card",
    )


def _weekly() -> rx.Component:
    return el.label(
        el.input(
            type="checkbox",
            checked=ProgressState.weekly,
            on_change=ProgressState.want_summary,
        ),
        el.span(
            "Mail me a summary every Monday",
            el.span("Who joined, who finished, who is stuck.", class_name="hint"),
            class_name="choice",
        ),
        class_name="check-card",
    )

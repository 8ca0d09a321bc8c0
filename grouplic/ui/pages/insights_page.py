"""The page of insights: plots that say something, and the questions that are hard."""

import reflex as rx

from grouplic.ui import parts, plots
from grouplic.ui.numbers import percentage, written
from grouplic.ui.pages.group_page import group_page
from grouplic.ui.pages.insights import ChoiceView, InsightsState, NameView, QuestionView

el = rx.el


def insights_page() -> rx.Component:
    """The page."""
    return group_page(
        InsightsState,
        "Insights",
        rx.cond(InsightsState.learners > 0, _plots(), _nobody()),
        rx.cond(
            InsightsState.learners > 0,
            parts.download_link(
                "Report to hand on (PDF)",
                "/reports/" + InsightsState.group_id + "/report.pdf",
                class_name="btn primary",
            ),
        ),
        lines=10,
    )


def _nobody() -> rx.Component:
    return parts.empty_state(
        "Nobody holds a seat yet",
        "Invite people, hand out keys, or upload a file under Users. What they do shows here.",
        parts.link_button("Back to the group", "/my-teaching/" + InsightsState.group_id, "primary"),
    )


def _plots() -> rx.Component:
    return el.div(
        el.div(
            plots.plot(
                InsightsState.stands_say,
                plots.bar_picture(InsightsState.stands, InsightsState.stands_say),
                _bar_table(InsightsState.stands, "Where they stand"),
                "stands",
            ),
            plots.plot(
                InsightsState.finishes_say,
                plots.line_picture(InsightsState.finishes, InsightsState.finishes_say),
                _table(
                    ("Time", "Finished"),
                    rx.foreach(
                        InsightsState.finish_points,
                        lambda one: el.tr(el.td(one.label), el.td(one.value)),
                    ),
                ),
                "finishes",
                rx.cond(
                    InsightsState.finishes_note != "",
                    el.p(InsightsState.finishes_note, class_name="hint"),
                ),
            ),
            plots.plot(
                InsightsState.scores_say,
                plots.bar_picture(InsightsState.scores, InsightsState.scores_say),
                _bar_table(InsightsState.scores, "Mean score in %"),
                "scores",
            ),
            _stuck(),
            class_name="plots",
        ),
        _questions(),
        el.div(
            _names("Not started", InsightsState.not_started, "Everybody has started."),
            _names("Stuck for a week", InsightsState.stuck, "Nobody is stuck."),
            class_name="plots",
        ),
        _modules(),
        class_name="stack-wide",
    )


def _stuck() -> rx.Component:
    return plots.plot(
        InsightsState.stops_say,
        el.ul(
            rx.foreach(
                InsightsState.stops,
                lambda one: el.li(
                    el.span(one.place, el.span(one.module, class_name="hint"), class_name="what"),
                    plots.share(one.share, "fill warn"),
                    el.b(written(one.learners)),
                ),
            ),
            class_name="shares",
        ),
        _table(
            ("Where", "Module", "Learners"),
            rx.foreach(
                InsightsState.stops,
                lambda one: el.tr(
                    el.td(one.place), el.td(one.module), el.td(written(one.learners))
                ),
            ),
        ),
        "stuck",
    )


def _questions() -> rx.Component:
    return el.section(
        el.h2(InsightsState.questions_say),
        rx.cond(
            InsightsState.questions.length() > 0,
            el.ol(rx.foreach(InsightsState.questions, _hard), class_name="hard"),
            el.p("It takes at least three answers to a question that not everybody gets right."),
        ),
        class_name="card",
        id="questions",
    )


def _hard(question: rx.Var[QuestionView]) -> rx.Component:
    return el.li(
        el.p(question.module, " · ", question.sentence, class_name="eyebrow"),
        el.h3(question.prompt),
        el.ul(rx.foreach(question.choices, _choice), class_name="shares"),
    )


def _choice(choice: rx.Var[ChoiceView]) -> rx.Component:
    return el.li(
        el.span(
            choice.text,
            rx.cond(choice.right, el.span("right answer", class_name="chip")),
            class_name="what",
        ),
        plots.share(choice.share, rx.cond(choice.right, "fill", "fill pale")),
        el.b(
            percentage(choice.share), el.span(" (", written(choice.times), ")", class_name="hint")
        ),
    )


def _names(title: str, names: rx.Var[list[NameView]], nobody: str) -> rx.Component:
    return el.section(
        el.h2(title),
        rx.cond(
            names.length() > 0,
            el.ul(
                rx.foreach(
                    names,
                    lambda one: el.li(
                        el.a(one.name, href=one.path), " ", el.span(one.more, class_name="hint")
                    ),
                ),
                class_name="plain",
            ),
            el.p(nobody),
        ),
        class_name="card",
    )


def _modules() -> rx.Component:
    return el.section(
        el.h2("Modules"),
        _table(
            ("Module", "Started", "Completed", "Failed", "Mean score"),
            rx.foreach(
                InsightsState.modules,
                lambda one: el.tr(
                    el.td(one.title),
                    el.td(written(one.begun)),
                    el.td(written(one.done)),
                    el.td(written(one.failed)),
                    el.td(one.score),
                ),
            ),
        ),
        class_name="card",
    )


def _bar_table(bars: rx.Var[list[plots.Bar]], label: str) -> rx.Component:
    return _table(
        (label, "Learners"),
        rx.foreach(bars, lambda bar: el.tr(el.td(bar.label), el.td(written(bar.number)))),
    )


def _table(header: tuple[str, ...], rows: rx.Component) -> rx.Component:
    return el.div(
        el.table(
            el.thead(el.tr(*[el.th(name) for name in header])),
            el.tbody(rows),
            class_name="table figures",
        ),
        class_name="scroll",
        tab_index=0,
        role="region",
        aria_label="Table",
    )

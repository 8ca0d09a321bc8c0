"""The parts of a quiz: questions to answer, and questions with what came of the answers."""

from typing import Any

import reflex as rx

from grouplic.ui import parts

el = rx.el


def refused_page(state: Any, way: rx.Component, *more: rx.Component) -> rx.Component:
    """What was refused: the page, or above its questions something that was done there."""
    closed = parts.closed(state.refusal, way, *more)
    return rx.cond(state.loaded, parts.refusal(state.refusal), closed)


def asked(state: Any, foot: rx.Component) -> rx.Component:
    """The questions, to be answered; each answer is saved as it is given."""
    return el.div(
        el.p("Quiz", class_name="eyebrow"),
        el.h1(state.module_title),
        rx.foreach(state.questions, lambda row: _asked(state, row)),
        foot,
        class_name="quiz",
        key=state.shown,
    )


def told(state: Any, forward: rx.Component) -> rx.Component:
    """What came of it: the score, and each answer with its feedback."""
    return el.div(
        el.div(
            el.p("Quiz · ", state.module_title, class_name="eyebrow"),
            el.p(state.score, class_name="score"),
            el.h1(state.heading),
            el.p(state.sentence, class_name="lead"),
            role="status",
            class_name="stack",
        ),
        el.div(forward, class_name="row wrap"),
        rx.foreach(state.questions, _told),
        class_name="quiz",
        # Or what was ticked in one quiz would stay ticked in the next that is shown here.
        key=state.shown,
    )


def _asked(state: Any, row: Any) -> rx.Component:
    return el.fieldset(
        el.legend(_number(row), el.span(rx.html(row.html), class_name="inline")),
        rx.match(
            row.kind,
            ("single", el.div(rx.foreach(row.options, lambda one: _radio(state, one)), **_stack)),
            ("multiple", el.div(rx.foreach(row.options, lambda one: _box(state, one)), **_stack)),
            ("true_false", _truth(state, row)),
            _typed(state, row),
        ),
        rx.cond(row.kind == "multiple", el.p("More than one can be right.", class_name="hint")),
        class_name="question",
    )


_stack = {"class_name": "stack"}


def _radio(state: Any, option: Any) -> rx.Component:
    return el.label(
        el.input(
            type="radio",
            name=option.question,
            default_checked=option.chosen,
            on_change=lambda _checked: state.pick(option.question, option.id, state.shown),
        ),
        el.span(rx.html(option.html), class_name="inline grow"),
        class_name="option",
    )


def _box(state: Any, option: Any) -> rx.Component:
    return el.label(
        el.input(
            type="checkbox",
            default_checked=option.chosen,
            on_change=lambda checked: state.tick(option.question, option.id, checked, state.shown),
        ),
        el.span(rx.html(option.html), class_name="inline grow"),
        class_name="option",
    )


def _truth(state: Any, row: Any) -> rx.Component:
    def choice(text: str, truth: bool) -> rx.Component:
        return el.label(
            el.input(
                type="radio",
                name=row.id,
                default_checked=row.given == text,
                on_change=lambda _checked: state.say(row.id, truth, state.shown),
            ),
            el.span(text, class_name="grow"),
            class_name="option",
        )

    return el.div(choice("True", True), choice("False", False), **_stack)


def _typed(state: Any, row: Any) -> rx.Component:
    return el.div(
        el.input(
            type="text",
            input_mode=rx.cond(row.kind == "numeric", "decimal", "text"),
            default_value=row.given,
            max_length=200,
            auto_complete="off",
            aria_label=rx.cond(row.kind == "numeric", "Your number", "Your answer"),
            on_change=lambda text: state.write(row.id, text, state.shown).debounce(400),
            on_blur=lambda text: state.write(row.id, text, state.shown),
        ),
        rx.cond(row.unit != "", el.span(row.unit)),
        class_name="typed",
    )


def _told(row: Any) -> rx.Component:
    return el.section(
        el.div(_number(row), el.span(rx.html(row.html), class_name="inline"), class_name="prompt"),
        rx.cond(
            row.correct,
            el.p("Right", class_name="verdict good"),
            el.p("Not right", class_name="verdict bad"),
        ),
        rx.foreach(row.options, _told_option),
        rx.cond(
            row.options.length() == 0,
            el.p("Your answer: ", rx.cond(row.given != "", el.b(row.given, " ", row.unit), "none")),
        ),
        rx.cond(row.right_answer != "", el.p("Right answer: ", el.b(row.right_answer))),
        rx.cond(row.explanation != "", el.div(rx.html(row.explanation), class_name="explanation")),
        class_name="question",
        aria_label="Question " + row.number.to_string(),
    )


def _told_option(option: Any) -> rx.Component:
    return el.div(
        el.input(
            type="checkbox",
            default_checked=option.chosen,
            disabled=True,
            aria_label=rx.cond(option.chosen, "You chose this", "You did not choose this"),
        ),
        el.div(
            el.span(rx.html(option.html), class_name="inline"),
            rx.match(
                option.look,
                ("right", el.span(" right", class_name="verdict good")),
                ("wrong", el.span(" not right", class_name="verdict bad")),
                rx.fragment(),
            ),
            rx.cond(
                option.feedback != "", el.p(rx.html(option.feedback), class_name="hint inline")
            ),
            class_name="grow",
        ),
        class_name="option shown " + option.look,
    )


def _number(row: Any) -> rx.Component:
    return el.span("Question ", row.number, class_name="no")

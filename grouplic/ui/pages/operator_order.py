"""One order as operators see it: what was charged, what became of it, refunds and approval."""

import reflex as rx

from grouplic.ui import parts
from grouplic.ui.numbers import counted
from grouplic.ui.pages.operator import head_of_one
from grouplic.ui.pages.operator_order_state import Fact, OrderOversightState
from grouplic.ui.sent_once import number_of_form
from grouplic.ui.shell import page

el = rx.el


def operator_order() -> rx.Component:
    """The page."""
    state = OrderOversightState
    return page(
        head_of_one(
            state,
            "Operator · Order",
            rx.cond(state.title != "", state.title, "Order"),
            "orders",
        ),
        rx.cond(
            state.loaded | (state.refusal == ""),
            parts.when_loaded(
                state.loaded,
                el.div(
                    _facts_card("What was ordered", state.lines),
                    _facts_card("How it stands", state.facts),
                    rx.cond(state.refunds.length() > 0, _facts_card("Refunds", state.refunds)),
                    rx.cond(state.disputes.length() > 0, _facts_card("Disputes", state.disputes)),
                    parts.refusal_elsewhere(state, state.approve, state.give_back),
                    el.div(
                        rx.cond(
                            state.outcome != "", parts.notice("good", state.outcome, role="none")
                        ),
                        role="status",
                        class_name="refusal",
                    ),
                    rx.cond(state.approvable, _approval()),
                    rx.cond(state.left_amount > 0, _refund()),
                    class_name="stack-wide",
                ),
            ),
        ),
        current="Operator",
    )


def _facts_card(title: str, facts: rx.Var[list[Fact]]) -> rx.Component:
    return el.section(
        el.h2(title),
        el.dl(
            rx.foreach(
                facts,
                lambda fact: rx.fragment(
                    el.dt(fact.name),
                    el.dd(rx.cond(fact.path != "", el.a(fact.text, href=fact.path), fact.text)),
                ),
            ),
            class_name="facts",
        ),
        class_name="card",
    )


def _approval() -> rx.Component:
    return el.form(
        el.h2("Approve before the payment"),
        el.p(
            "The seats and modules come at once. The invoice stays open; should it never be paid, "
            "that is listed under Differences, and the seats stay until you take them back."
        ),
        parts.field("Reason", "reason", "Kept with the order.", required=True, max_length=500),
        parts.refusal_at(OrderOversightState, OrderOversightState.approve),
        el.button("Approve", type="submit", class_name="btn primary"),
        on_submit=OrderOversightState.approve,
        class_name="card stack",
    )


def _refund() -> rx.Component:
    state = OrderOversightState
    has_seats = state.seats_left > 0
    return el.form(
        el.h2("Give money back"),
        el.p("Up to ", el.b(state.left, id="left"), " can be given back."),
        el.fieldset(
            el.legend("What is given back"),
            el.div(
                _way(
                    "all",
                    "Everything that is left",
                    rx.cond(
                        has_seats,
                        counted(state.seats_left, "seat is", "seats are")
                        + " withdrawn: open ones first, then those whose key was handed out. "
                        "Whoever sits on one stays until it comes free.",
                        "No seat changes. Modules stay open until you decide under Differences.",
                    ),
                ),
                rx.cond(
                    has_seats,
                    _way(
                        "seats",
                        "The price of some seats",
                        "So many seats are withdrawn, in the same order.",
                        _typed("seats", "How many seats", "numeric"),
                    ),
                ),
                _way(
                    "amount",
                    "An amount",
                    "No seat changes, unless it is all that is left.",
                    _typed("amount", "Amount in " + state.currency.upper(), "decimal"),
                ),
            ),
        ),
        parts.field("Reason", "reason", "Kept with the refund.", required=True, max_length=500),
        number_of_form(state),
        parts.refusal_at(state, state.give_back),
        el.button("Give it back", type="submit", class_name="btn danger"),
        on_submit=OrderOversightState.give_back,
        class_name="card stack",
    )


def _way(value: str, label: str, hint: rx.Var[str] | str, *more: rx.Component) -> rx.Component:
    is_chosen = OrderOversightState.what == value
    return el.div(
        el.label(
            el.input(
                type="radio",
                name="what",
                value=value,
                default_checked=value == "all",
                on_change=OrderOversightState.choose_what(value),
            ),
            el.span(el.b(label), el.span(hint, class_name="hint"), class_name="choice grow"),
            class_name="check-card",
        ),
        rx.cond(is_chosen, rx.fragment(*more)) if more else rx.fragment(),
    )


def _typed(name: str, label: rx.Var[str] | str, mode: str) -> rx.Component:
    return el.div(
        el.label(label, html_for=name),
        el.input(
            id=name,
            name=name,
            input_mode=mode,
            auto_complete="off",
            aria_invalid=rx.cond(OrderOversightState.refused_field == name, "true", "false"),
        ),
        class_name="field asked",
    )

"""One group as operators see it: its seats and leaders, what is granted and taken back."""

import reflex as rx

from grouplic.ui import parts
from grouplic.ui.pages.group_oversight_state import GroupOversightState
from grouplic.ui.pages.operator import head_of_one
from grouplic.ui.pages.oversight import known, module_choice, reason_field
from grouplic.ui.sent_once import emptied_when_done
from grouplic.ui.shell import page

el = rx.el

_FORMS = (
    GroupOversightState.grant,
    GroupOversightState.grant_module,
    GroupOversightState.grant_time,
    GroupOversightState.ask_take_back,
    GroupOversightState.take_back,
)


def group_oversight() -> rx.Component:
    """The page of a group."""
    state = GroupOversightState
    return page(
        head_of_one(
            state,
            "Operator · Group",
            rx.cond(state.name != "", state.name, "Group"),
            "groups",
        ),
        rx.cond(
            state.loaded | (state.refusal == ""),
            parts.when_loaded(
                state.loaded,
                el.div(
                    _facts(),
                    known("Leaders", state.leaders, "Nobody leads this group."),
                    parts.refusal_elsewhere(state, *_FORMS),
                    el.div(
                        rx.cond(
                            state.outcome != "", parts.notice("good", state.outcome, role="none")
                        ),
                        role="status",
                        class_name="refusal",
                    ),
                    el.div(
                        _grant_seats(),
                        rx.cond(state.grantable.length() > 0, _grant_module()),
                        rx.cond(state.has_end, _grant_time()),
                        _take_back(),
                        class_name="plots",
                    ),
                    class_name="stack-wide",
                ),
            ),
        ),
        current="Operator",
    )


def _facts() -> rx.Component:
    state = GroupOversightState
    return el.section(
        el.dl(
            el.dt("Seats"),
            el.dd(state.seats, id="seats-now"),
            el.dt("Ends"),
            el.dd(state.ends),
            el.dt("Modules"),
            el.dd(rx.foreach(state.modules, lambda title: el.div(title))),
            class_name="facts",
        ),
        el.p(
            el.a("See what its leaders see", href="/my-teaching/" + state.group_id),
            el.a("Its orders", href=state.orders_path),
            class_name="row wrap links",
        ),
        class_name="card",
    )


def _grant_seats() -> rx.Component:
    return _form(
        "Grant seats",
        "They are open at once, for nothing.",
        emptied_when_done(
            GroupOversightState,
            parts.field("Seats", "quantity", input_mode="numeric", required=True),
            reason_field("grant-seats"),
        ),
        parts.refusal_at(GroupOversightState, GroupOversightState.grant),
        el.button("Grant seats", type="submit", class_name="btn primary"),
        on_submit=GroupOversightState.grant,
    )


def _grant_module() -> rx.Component:
    return _form(
        "Grant a module",
        "Everybody in the group can open it at once, for nothing.",
        emptied_when_done(
            GroupOversightState,
            module_choice(GroupOversightState.grantable),
            reason_field("grant-module"),
        ),
        parts.refusal_at(GroupOversightState, GroupOversightState.grant_module),
        el.button("Grant the module", type="submit", class_name="btn"),
        on_submit=GroupOversightState.grant_module,
    )


def _grant_time() -> rx.Component:
    return _form(
        "Grant time",
        "The group is renewed as its leaders could renew it, for nothing.",
        emptied_when_done(GroupOversightState, reason_field("grant-time")),
        parts.refusal_at(GroupOversightState, GroupOversightState.grant_time),
        el.button("Renew", type="submit", class_name="btn"),
        on_submit=GroupOversightState.grant_time,
    )


def _take_back() -> rx.Component:
    state = GroupOversightState
    return el.div(
        el.form(
            el.h2("Take back seats"),
            el.p(
                "Open seats go first, then those whose key was handed out. Nobody is thrown out: "
                "a taken seat goes when it comes free.",
                class_name="hint",
            ),
            parts.field("Seats", "taken_back", input_mode="numeric", required=True),
            reason_field("take-back"),
            parts.refusal_at(state, state.ask_take_back, state.take_back),
            el.button("See what would happen", type="submit", class_name="btn"),
            on_submit=state.ask_take_back,
            class_name="stack",
        ),
        el.div(
            rx.cond(
                state.taking > 0,
                parts.asking(
                    el.ul(rx.foreach(state.foreseen, lambda text: el.li(text)), class_name="plain"),
                    el.div(
                        el.button(
                            "Take them back",
                            type="button",
                            class_name="btn danger",
                            on_click=state.take_back,
                        ),
                        parts.way_back("Keep them", state.keep),
                        class_name="row wrap",
                    ),
                    class_name="stack notice warn",
                ),
            ),
            role="status",
        ),
        class_name="card stack",
    )


def _form(title: str, text: str, *content: rx.Component, **props) -> rx.Component:
    return el.form(
        el.h2(title),
        el.p(text, class_name="hint"),
        *content,
        class_name="card stack",
        **props,
    )

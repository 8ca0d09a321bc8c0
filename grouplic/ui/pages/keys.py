"""Enrollment Key Codes: hand keys out, find them, label and void many at once."""

import reflex as rx

from grouplic.ui import parts
from grouplic.ui.numbers import written
from grouplic.ui.pages.group_page import group_page
from grouplic.ui.pages.key_batches import batches, hand_out_form, key_files
from grouplic.ui.pages.key_ledger import STATES, KeyRow, KeysState

el = rx.el


def keys() -> rx.Component:
    """The page."""
    return group_page(
        KeysState,
        "Enrollment Key Codes",
        el.div(
            el.div(
                hand_out_form(KeysState.open, KeysState.issued),
                batches(KeysState.show_batch),
                class_name="keys-top",
            ),
            _ledger(),
            class_name="stack-wide",
        ),
        parts.how_it_works("enrollment-key-codes", "Enrollment keys"),
        parts.link_button("Join link", "/my-teaching/" + KeysState.group_id + "/join-link"),
        lines=10,
    )


def _ledger() -> rx.Component:
    return el.section(
        el.div(
            el.h2("Key ledger", class_name="grow"),
            key_files(KeysState.group_id, KeysState.query, "Unused keys in this list"),
            class_name="row wrap",
        ),
        _filter(),
        _chosen_bar(),
        el.p(KeysState.done, role="status", class_name="good-word"),
        rx.cond(
            KeysState.rows.length() > 0,
            el.div(_table(), _pager(), class_name="stack"),
            parts.empty_state(
                "No key matches", "Choose another state or label, or search for less."
            ),
        ),
        class_name="card",
        aria_label="Key ledger",
    )


def _filter() -> rx.Component:
    return el.div(
        el.select(
            *[el.option(word, value=str(state)) for state, word in STATES],
            value=KeysState.state,
            on_change=KeysState.show_state,
            aria_label="State",
        ),
        el.select(
            el.option("Any label", value=""),
            rx.foreach(KeysState.labels, lambda label: el.option(label, value=label)),
            value=KeysState.label,
            on_change=KeysState.show_label,
            aria_label="Label",
        ),
        el.input(
            type="search",
            placeholder="Key, label, name or email",
            default_value=KeysState.search,
            key=KeysState.group_id,
            on_change=KeysState.find.debounce(300),
            aria_label="Search keys",
        ),
        rx.cond(
            KeysState.batch != "",
            el.button(
                "One batch only. Show all", class_name="link", on_click=KeysState.show_batch("")
            ),
        ),
        class_name="key-filter",
    )


def _chosen_bar() -> rx.Component:
    count = rx.cond(KeysState.everything, KeysState.total, KeysState.chosen.length())
    return rx.cond(
        KeysState.chosen.length() > 0,
        el.div(
            el.p(el.b(written(count)), " chosen", role="status"),
            rx.cond(
                ~KeysState.everything & (KeysState.total > KeysState.rows.length()),
                el.button(
                    "Choose all ",
                    written(KeysState.total),
                    " that match",
                    class_name="link",
                    on_click=KeysState.choose_all,
                ),
            ),
            el.form(
                el.input(name="new_label", placeholder="Section B", aria_label="Label to give"),
                el.button("Label", type="submit", class_name="btn small"),
                on_submit=KeysState.set_label,
                class_name="row",
            ),
            rx.cond(
                KeysState.warning == "",
                el.button("Void …", class_name="btn small danger", on_click=KeysState.ask_void),
            ),
            el.button("Choose none", class_name="link", on_click=KeysState.keep),
            rx.cond(KeysState.warning != "", _confirm()),
            class_name="chosen-bar",
        ),
    )


def _confirm() -> rx.Component:
    return parts.asking(
        el.p(KeysState.warning),
        el.button("Void these keys", class_name="btn danger", on_click=KeysState.void),
        parts.way_back("Keep them", KeysState.keep),
        role="alert",
        class_name="notice warn row wrap",
    )


def _table() -> rx.Component:
    heads = ("Seat", "Key", "State", "Label", "Handed out", "Redeemed by")
    return el.table(
        el.thead(
            el.tr(
                el.th(
                    el.input(
                        type="checkbox",
                        checked=KeysState.chosen.length() == KeysState.rows.length(),
                        on_change=lambda _on: KeysState.choose_page(),
                        aria_label="Choose every key on this page",
                    )
                ),
                *[el.th(head, scope="col") for head in heads],
            )
        ),
        el.tbody(rx.foreach(KeysState.rows, _key_row)),
        class_name="ledger",
    )


def _key_row(row: rx.Var[KeyRow]) -> rx.Component:
    return el.tr(
        el.td(
            el.input(
                type="checkbox",
                checked=KeysState.chosen.contains(row.id),
                on_change=lambda _on: KeysState.choose_key(row.id),
                aria_label="Choose the key of seat " + row.seat.to_string() + ", " + row.says,
            )
        ),
        el.td(row.seat, class_name="seat-number"),
        el.td(
            el.code(row.text, class_name=rx.cond(row.live, "key", "key dead")),
            rx.cond(row.live, parts.copy_button(row.text)),
        ),
        el.td(el.span(row.says, class_name="chip " + row.look)),
        el.td(row.label, class_name="key-label"),
        el.td(row.since, class_name="day"),
        el.td(
            rx.cond(
                row.who != "",
                el.span(el.b(row.who), el.span(row.email, " · ", row.when, class_name="hint")),
            ),
            class_name="redeemer",
        ),
    )


def _pager() -> rx.Component:
    return el.div(
        el.span(
            written(KeysState.total),
            rx.cond(KeysState.total == 1, " key", " keys"),
            class_name="hint grow",
        ),
        rx.cond(
            KeysState.number > 1,
            el.button("Previous keys", class_name="btn small", on_click=KeysState.turn(-1)),
        ),
        rx.cond(
            ~KeysState.last,
            el.button("More keys", class_name="btn small", on_click=KeysState.turn(1)),
        ),
        class_name="row",
    )

"""Upload a CSV File: its numbers and its rows."""

import reflex as rx

from grouplic.ui import parts
from grouplic.ui.numbers import written
from grouplic.ui.pages.upload_rows import FileRow
from grouplic.ui.pages.upload_state import UploadState

el = rx.el


def sums() -> rx.Component:
    """The numbers: what would happen, or what did."""
    draft = UploadState.state == "draft"
    return el.div(
        _sum(
            rx.cond(draft, UploadState.new, _in_state("added") + _in_state("kept")),
            rx.cond(draft, "new accounts", "joined"),
        ),
        _sum(
            rx.cond(draft, UploadState.known, _in_state("waiting")),
            rx.cond(draft, "have an account", "on the waiting list"),
        ),
        _sum(UploadState.members, "already in the group"),
        _sum(
            rx.cond(draft, UploadState.look, _in_state("failed") + _in_state("skipped")),
            rx.cond(draft, "need a look", "failed or skipped"),
            warn=True,
        ),
        _sum(UploadState.open, "open seats"),
        class_name="sums",
    )


def _in_state(state: str) -> rx.Var[int]:
    known = UploadState.states
    return rx.cond(known.contains(state), known[state], 0).to(int)


def _sum(number: rx.Var[int], words, warn: bool = False) -> rx.Component:
    look = rx.cond(number > 0, "warn", "") if warn else ""
    return el.div(el.b(written(number), class_name=look), words)


def table() -> rx.Component:
    """One page of rows."""
    return el.table(
        el.caption("Rows of the file", class_name="visually-hidden"),
        el.thead(
            el.tr(
                el.th("Line", scope="col"),
                el.th("Name", scope="col"),
                el.th("Email", scope="col"),
                el.th(
                    rx.cond(UploadState.state == "draft", "What will happen", "What happened"),
                    scope="col",
                ),
            )
        ),
        el.tbody(rx.foreach(UploadState.rows, _file_row)),
        class_name="table rows",
    )


def _file_row(row: rx.Var[FileRow]) -> rx.Component:
    return el.tr(
        el.td(row.line, class_name="hint"),
        el.td(
            rx.cond(
                row.is_open,
                el.div(
                    _cell(row, "first_name", "First name", row.first_name),
                    _cell(row, "last_name", "Last name", row.last_name),
                    class_name="row",
                ),
                el.b(rx.cond(row.name != "", row.name, "–")),
            )
        ),
        el.td(
            rx.cond(
                row.is_open,
                el.div(
                    _cell(row, "user_email", "Email", row.email),
                    rx.cond(row.password_refused, _new_password(row)),
                    class_name="stack-tight",
                ),
                row.email,
            )
        ),
        el.td(
            el.div(
                el.div(
                    rx.foreach(row.says, lambda one: _chip(one, row)),
                    _offers(row),
                    class_name="grow",
                ),
                _edit(row),
                class_name="row",
            )
        ),
        key=row.id,
    )


def _chip(words: rx.Var[str], row: rx.Var[FileRow]) -> rx.Component:
    return el.span(words, class_name="chip " + row.look.to(str))


def _cell(row: rx.Var[FileRow], name: str, label: str, value: rx.Var[str]) -> rx.Component:
    return el.input(
        type="text",
        class_name="cell",
        default_value=value,
        placeholder=label,
        aria_label=label + " on line " + row.line.to_string(),
        on_blur=lambda typed: UploadState.fix(row.id, name, typed),
        key=row.id + name + value.to(str),
    )


def _new_password(row: rx.Var[FileRow]) -> rx.Component:
    return el.input(
        type="password",
        class_name="cell",
        auto_complete="new-password",
        placeholder="New password",
        aria_label="New password on line " + row.line.to_string(),
        on_blur=lambda typed: UploadState.fix(row.id, "user_pass", typed),
    )


def _offers(row: rx.Var[FileRow]) -> rx.Component:
    return rx.fragment(
        rx.cond(
            row.suggestion != "",
            el.button(
                "Use it",
                el.span(" ", row.suggestion, class_name="visually-hidden"),
                type="button",
                class_name="link",
                title=row.suggestion,
                on_click=UploadState.use_suggestion(row.id),
            ),
        ),
        rx.cond(
            row.password_refused | (row.is_open & row.has_password),
            el.button(
                "Send a login by mail instead",
                type="button",
                class_name="link",
                on_click=UploadState.drop_password(row.id),
            ),
        ),
    )


def _edit(row: rx.Var[FileRow]) -> rx.Component:
    return rx.cond(
        (UploadState.state == "draft") & (~row.is_open | (UploadState.editing == row.id)),
        el.button(
            rx.cond(row.is_open, "Done", "Edit"),
            el.span(" line ", row.line, class_name="visually-hidden"),
            type="button",
            class_name="link quiet",
            on_click=UploadState.edit(row.id),
        ),
    )


def foot() -> rx.Component:
    """Which rows are shown, and the tables to download."""
    bad = UploadState.look + _in_state("failed")
    imported = (UploadState.state != "draft") & (UploadState.state != "importing")
    return el.div(
        rx.cond(
            UploadState.shown == "all",
            el.button(
                "Only rows that need a look",
                type="button",
                class_name="link",
                on_click=UploadState.show_those("look"),
            ),
            el.button(
                "All rows",
                type="button",
                class_name="link",
                on_click=UploadState.show_those("all"),
            ),
        ),
        rx.cond(
            bad > 0,
            parts.download_link(
                "Download the rows with their reasons",
                "/uploads/" + UploadState.upload_id + "/problems.csv",
            ),
        ),
        rx.cond(
            imported,
            parts.download_link(
                "Download the receipt", "/uploads/" + UploadState.upload_id + "/receipt.csv"
            ),
        ),
        el.span(class_name="grow"),
        rx.cond(
            UploadState.number > 1,
            el.button(
                "Previous rows",
                type="button",
                class_name="link",
                on_click=UploadState.turn(-1),
            ),
        ),
        rx.cond(
            ~UploadState.last,
            el.button("More rows", type="button", class_name="link", on_click=UploadState.turn(1)),
        ),
        class_name="row wrap fits",
    )

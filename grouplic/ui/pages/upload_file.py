"""Upload a CSV File: the place to drop a file, and how it was read."""

import re

import reflex as rx

from grouplic.services.sheets import FIELDS, read_sheet, sample_csv
from grouplic.ui import parts
from grouplic.ui.pages.upload_state import UploadState

el = rx.el

_FORM = "upload"
_ENCODINGS = (
    ("utf-8", "UTF-8"),
    ("windows-1252", "Windows-1252"),
    ("mac-roman", "Mac Roman"),
    ("utf-16", "UTF-16"),
)
_SEPARATORS = ((",", "Comma"), (";", "Semicolon"), ("\t", "Tab"), ("|", "Bar"))
_HEADERS = (("yes", "Names of columns"), ("no", "A person"))
_FIELDS = (
    ("user_email", "Email"),
    ("user_pass", "Password"),
    ("first_name", "First name"),
    ("last_name", "Last name"),
)


def drop_zone() -> rx.Component:
    """The form that takes a file. It stays in its place, so that the file can be sent again."""
    megabytes = (UploadState.most_bytes / 1_000_000).to(int).to_string()
    return el.form(
        el.div(
            el.input(
                id="file",
                name="file",
                type="file",
                accept=".csv,.tsv,.txt,.xlsx",
                aria_describedby="file-hint",
            ),
            el.label(
                el.b(
                    rx.cond(
                        UploadState.state == "",
                        "Drop a CSV or Excel file here, or choose one",
                        "Drop another CSV or Excel file, or choose one",
                    )
                ),
                el.span("Nothing changes until you confirm.", class_name="hint"),
                # What is pressed is the input above it; this shows where.
                el.span("Choose a file", class_name="btn primary", aria_hidden="true"),
                html_for="file",
            ),
            class_name="drop",
        ),
        el.progress(hidden=True, max="1", aria_label="Sending the file"),
        el.p(role="alert", class_name="error", custom_attrs={"data-answer": "true"}),
        el.p(
            "Columns: user_email, user_pass, first_name, last_name, in any order; an empty "
            "user_pass gets a login by mail. ",
            parts.download_link("Download a sample file", "/uploads/sample.csv"),
            id="file-hint",
            class_name="hint",
        ),
        rx.cond(UploadState.state == "", _example()),
        id=_FORM,
        action="/uploads/" + UploadState.group_id,
        method="post",
        enc_type="multipart/form-data",
        on_submit=None,
        class_name="card stack dropzone",
        custom_attrs={
            "data-send-file": "true",
            "data-most-bytes": UploadState.most_bytes.to_string(),
            "data-too-large": "The file is larger than " + megabytes + " MB.",
        },
    )


def _example() -> rx.Component:
    return el.div(
        el.table(
            el.caption("A file could look like this", class_name="visually-hidden"),
            el.thead(el.tr(*[el.th(*_breakable(name), scope="col") for name in FIELDS])),
            el.tbody(
                *[
                    el.tr(*[el.td(*_breakable(row.cell(place))) for place in range(len(FIELDS))])
                    for row in read_sheet(sample_csv()).rows
                ]
            ),
        ),
        class_name="preview",
        tab_index=0,
        role="region",
        aria_label="Example of a file",
    )


def _breakable(text: str) -> list[str | rx.Component]:
    """On a phone, a line ends after these rather than in the middle of a word."""
    pieces = re.split("(?<=[_@])", text)
    return [pieces[0], *[part for piece in pieces[1:] for part in (el.wbr(), piece)]]


def how_it_was_read() -> rx.Component:
    """What was understood of the file, to be changed where it is wrong, with its first rows."""
    return el.section(
        el.div(
            el.button(
                "How the file was read",
                type="button",
                class_name="link",
                aria_expanded=rx.cond(UploadState.shows_reading, "true", "false"),
                on_click=UploadState.show_reading,
            ),
            el.span(
                UploadState.file,
                " · ",
                UploadState.understood,
                rx.cond(UploadState.ignored != "", " · ignored: " + UploadState.ignored, ""),
                rx.cond(UploadState.state == "draft", " · nothing has been changed yet", ""),
                class_name="hint",
            ),
            class_name="row wrap between",
        ),
        rx.cond(UploadState.shows_reading, _reading()),
        class_name="card",
        aria_label="How the file was read",
    )


def _reading() -> rx.Component:
    return el.div(
        rx.cond(
            UploadState.encoding != "",
            el.div(
                _choice("Encoding", "encoding", _ENCODINGS, UploadState.encoding),
                _choice("Separator", "separator", _SEPARATORS, UploadState.separator),
                class_name="choices",
            ),
        ),
        el.div(
            _choice("First row", "header", _HEADERS, UploadState.header),
            *[_column(name, label) for name, label in _FIELDS],
            class_name="choices",
        ),
        _preview(),
        el.p(
            "Of columns that may hold passwords, only the first letters are shown.",
            class_name="hint",
        ),
        class_name="stack",
    )


def _choice(
    label: str, name: str, values: tuple[tuple[str, str], ...], chosen: rx.Var[str]
) -> rx.Component:
    return el.div(
        el.label(label, html_for="read-" + name),
        el.select(
            el.option("Detect", value=""),
            *[el.option(words, value=value) for value, words in values],
            id="read-" + name,
            name=name,
            form=_FORM,
            default_value=chosen,
            # Other separators make other columns.
            custom_attrs={"data-afresh": "true"} if name == "separator" else {},
            key=UploadState.upload_id + name + chosen,
        ),
    )


def _column(name: str, label: str) -> rx.Component:
    chosen = rx.cond(UploadState.places.contains(name), UploadState.places[name], "none")
    return el.div(
        el.label(label, html_for="read-" + name),
        el.select(
            el.option("Detect", value=""),
            el.option("In no column", value="none"),
            rx.foreach(
                UploadState.names,
                lambda column, place: el.option(column, value=place.to_string()),
            ),
            id="read-" + name,
            name=name,
            form=_FORM,
            default_value=chosen,
            custom_attrs={"data-column": "true"},
            key=UploadState.upload_id + name + chosen.to(str),
        ),
    )


def _preview() -> rx.Component:
    return el.div(
        el.table(
            el.caption("The first rows", class_name="visually-hidden"),
            el.thead(
                el.tr(rx.foreach(UploadState.names[:12], lambda name: el.th(name, scope="col")))
            ),
            el.tbody(
                rx.foreach(
                    UploadState.preview,
                    lambda row: el.tr(rx.foreach(row.to(list[str]), lambda cell: el.td(cell))),
                )
            ),
        ),
        class_name="preview",
        tab_index=0,
        role="region",
        aria_label="Preview of the first rows",
    )

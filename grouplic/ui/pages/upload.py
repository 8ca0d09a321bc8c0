"""Upload a CSV File: dropped, shown as a dry run, confirmed, imported, and a receipt."""

import reflex as rx

from grouplic.ui import parts
from grouplic.ui.numbers import written
from grouplic.ui.pages import upload_draft, upload_file, upload_receipt, upload_seats
from grouplic.ui.pages.group_page import group_page
from grouplic.ui.pages.upload_state import UploadState

el = rx.el


def upload() -> rx.Component:
    """The page."""
    return group_page(
        UploadState,
        _title(),
        el.div(
            _problem(),
            _sheet(),
            upload_receipt.undo_panel(),
            _reading(),
            rx.cond(
                UploadState.named == "",
                upload_file.drop_zone(),
                el.div(
                    parts.link_button(
                        "Upload another file", "/my-teaching/" + UploadState.group_id + "/upload"
                    )
                ),
            ),
            upload_receipt.earlier(),
            class_name="stack-wide",
        ),
        parts.how_it_works("upload-a-csv-file", "Uploading people"),
    )


def _title() -> rx.Component:
    ready = written(UploadState.new + UploadState.known + UploadState.members)
    total = written(UploadState.total)
    rows = rx.cond(UploadState.total == 1, " row read, ", " rows read, ").to(str)
    joined = rx.cond(UploadState.states.contains("added"), UploadState.states["added"], 0).to(int)
    people = rx.cond(joined == 1, " person joined.", " people joined.").to(str)
    return el.span(
        rx.match(
            UploadState.state,
            ("draft", total + rows + ready + " ready."),
            ("reading", "Reading " + UploadState.file),
            ("importing", written(UploadState.settled) + " of " + total + " rows done."),
            ("done", written(joined) + people),
            ("undoing", "Taking the import back."),
            ("undone", "The import was taken back."),
            "Upload a CSV File",
        ),
        aria_live="polite",
    )


def _problem() -> rx.Component:
    return rx.cond(
        UploadState.state == "refused",
        parts.notice(
            "bad",
            UploadState.file,
            ": ",
            UploadState.problem,
            rx.cond(
                UploadState.names.length() > 0,
                " Say below which column holds the addresses, or choose another file.",
                " Choose another file.",
            ),
            role="alert",
        ),
    )


def _sheet() -> rx.Component:
    state = UploadState.state
    seen = (state != "") & (state != "refused") & (state != "reading")
    return rx.cond(
        seen,
        el.section(
            upload_draft.sums(),
            rx.cond(state == "draft", upload_seats.decide()),
            rx.cond(state != "draft", upload_receipt.progress()),
            upload_draft.table(),
            upload_draft.foot(),
            class_name="card sheet",
            aria_label="The file",
        ),
    )


def _reading() -> rx.Component:
    # What was read can be changed while nothing has been done with it.
    readable = (UploadState.state == "draft") | (
        (UploadState.state == "refused") & (UploadState.names.length() > 0)
    )
    return rx.cond(readable, upload_file.how_it_was_read())

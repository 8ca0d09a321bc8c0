"""Upload a CSV File: the import while it runs, its receipt, and taking it back."""

import reflex as rx

from grouplic.ui import parts, seat_parts
from grouplic.ui.numbers import written
from grouplic.ui.pages.upload_state import UploadState

el = rx.el


def progress() -> rx.Component:
    """Rows done of rows, and the seats filling."""
    under_way = (UploadState.state == "importing") | (UploadState.state == "undoing")
    return el.div(
        rx.cond(
            UploadState.state == "importing",
            el.div(
                parts.progress(UploadState.settled, UploadState.total, "Rows imported"),
                el.p("You can close this page; the import goes on.", class_name="hint"),
                class_name="stack",
            ),
        ),
        rx.cond(
            UploadState.state == "undoing",
            el.p("The import is being taken back. You can close this page.", role="status"),
        ),
        rx.cond(under_way | (UploadState.state == "done"), _seats()),
        class_name="fits stack",
    )


def _seats() -> rx.Component:
    counts = [
        ("taken", "Taken", UploadState.taken),
        ("issued", "Key handed out", UploadState.issued),
        ("open", "Open", UploadState.open),
        ("retired", "Retired", UploadState.retired),
    ]
    bought = UploadState.taken + UploadState.issued + UploadState.open + UploadState.retired
    return el.div(seat_parts.picture(UploadState.seats, UploadState.sentence, counts, bought))


def undo_panel() -> rx.Component:
    """Undo, which says what it does before it does it."""
    return rx.cond(
        UploadState.can_undo,
        el.section(
            rx.cond(UploadState.asks_undo, _question(), _offer()),
            class_name="card",
            aria_label="Undo",
            aria_live="polite",
        ),
    )


def _offer() -> rx.Component:
    return el.div(
        el.p("Not the right file? For 24 hours, this import can be taken back.", class_name="grow"),
        parts.button("Undo this import …", on_click=UploadState.ask_undo),
        class_name="row wrap",
    )


def _question() -> rx.Component:
    waiting = rx.cond(UploadState.states.contains("waiting"), UploadState.states["waiting"], 0).to(
        int
    )
    return parts.asking(
        el.h2("Undo this import?"),
        el.ul(
            el.li(
                el.b(written(UploadState.leave)),
                " people leave the group; their seats come back, their logins stop working, and "
                "mails that have not left are withdrawn.",
            ),
            rx.cond(
                UploadState.stay > 0,
                el.li(el.b(written(UploadState.stay)), " have started and stay."),
            ),
            rx.cond(waiting > 0, el.li(el.b(written(waiting)), " leave the waiting list.")),
            class_name="bullets",
        ),
        el.div(
            el.button(
                "Undo the import",
                type="button",
                class_name="btn danger",
                on_click=UploadState.undo,
            ),
            parts.way_back("Keep it", UploadState.ask_undo),
            class_name="row wrap",
        ),
        class_name="stack",
    )


def earlier() -> rx.Component:
    """The files that were imported before, with their receipts."""
    return rx.cond(
        UploadState.earlier.length() > 0,
        el.section(
            el.h2("Earlier uploads"),
            el.ul(
                rx.foreach(
                    UploadState.earlier,
                    lambda one: el.li(
                        parts.download_link(
                            one.name,
                            "/my-teaching/"
                            + UploadState.group_id
                            + "/upload?upload="
                            + one.id.to(str),
                        ),
                        el.span(" · ", one.since, class_name="hint"),
                    ),
                ),
                class_name="plain",
            ),
            class_name="card",
        ),
    )

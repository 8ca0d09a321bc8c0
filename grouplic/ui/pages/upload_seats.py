"""Upload a CSV File: whether there are seats, and what becomes of the rows without one."""

import reflex as rx

from grouplic.ui import parts
from grouplic.ui.numbers import counted, written
from grouplic.ui.pages.upload_state import UploadState

el = rx.el


def decide() -> rx.Component:
    """What to do: import, or what becomes of the rows for which no seat is open."""
    room = UploadState.open + rx.cond(UploadState.takes_issued, UploadState.issued, 0).to(int)
    return el.div(
        rx.cond(UploadState.needed > room, _short(room), _fits(room)),
        rx.cond(
            (UploadState.needed > UploadState.open) & (UploadState.issued > 0), _issued_seats()
        ),
        _passwords(),
    )


def _short(room: rx.Var[int]) -> rx.Component:
    missing = UploadState.needed - room
    can_buy = UploadState.price != ""
    start = "Import " + written(room)
    return el.div(
        el.p(
            el.b(
                counted(UploadState.needed, "person needs", "people need"),
                " a seat; open: ",
                written(room),
                ". ",
            ),
            rx.cond(
                can_buy,
                "Add " + counted(missing, "seat") + " and the upload goes on after paying, or "
                "choose who waits.",
                "The rest can wait and joins by itself when seats come open.",
            ),
            class_name="grow",
        ),
        rx.cond(
            room > 0,
            parts.button(
                start + ", leave out " + written(missing), on_click=UploadState.import_what_fits
            ),
        ),
        el.button(
            rx.cond(
                room > 0,
                start + ", " + written(missing) + " wait",
                "Let all " + written(missing) + " wait",
            ),
            type="button",
            class_name=rx.cond(can_buy, "btn", "btn primary"),
            on_click=UploadState.import_and_wait,
        ),
        rx.cond(
            can_buy & ~UploadState.takes_issued,
            el.a(
                "Add " + counted(missing, "seat") + ", " + UploadState.price,
                href="/buy?group="
                + UploadState.group_id
                + "&add=seats&seats="
                + missing.to_string(),
                class_name="btn primary",
            ),
        ),
        class_name="short row wrap",
    )


def _fits(room: rx.Var[int]) -> rx.Component:
    ready = UploadState.needed + UploadState.members
    return el.div(
        el.p(
            el.b(
                written(UploadState.needed),
                " of your ",
                written(room),
                rx.cond(room == 1, " seat", " seats"),
            ),
            rx.cond(
                ready == 0, " Nothing can be imported yet: correct the rows that need a look.", ""
            ),
            class_name="grow",
        ),
        el.button(
            "Import",
            type="button",
            class_name="btn primary",
            on_click=UploadState.import_what_fits,
            disabled=ready == 0,
        ),
        class_name="fits row wrap",
    )


def _issued_seats() -> rx.Component:
    missing = UploadState.needed - UploadState.open
    lost = rx.cond(missing < UploadState.issued, missing, UploadState.issued).to(int)
    return el.label(
        el.input(
            type="checkbox",
            checked=UploadState.takes_issued,
            on_change=UploadState.set_takes_issued,
        ),
        el.span(
            "Take seats whose keys are handed out as well: ",
            el.b(counted(lost, "handed-out key"), " will stop working."),
        ),
        class_name="row fits issued",
    )


def _passwords() -> rx.Component:
    return rx.cond(
        UploadState.passwords > 0,
        el.p(
            "Supplied passwords: ",
            written(UploadState.passwords),
            ". They rest encrypted and for a day at most (after that a login goes by mail), are "
            "never mailed, and must be changed at the first sign-in.",
            rx.cond(
                UploadState.unjudged > 0,
                " Still being checked: " + written(UploadState.unjudged) + ". You need not "
                "wait: what is not checked when you import is checked then.",
                "",
            ),
            class_name="hint fits",
            role="status",
        ),
    )

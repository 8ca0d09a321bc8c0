"""The page Invite via Email: where a list is pasted, checked row by row, and sent."""

import reflex as rx

from grouplic.services.invite_form import LONGEST_PASTE
from grouplic.services.inviting import LONGEST_NOTE
from grouplic.ui import parts
from grouplic.ui.numbers import counted, written
from grouplic.ui.pages.group_page import group_page
from grouplic.ui.pages.invite import InviteRow, InviteState
from grouplic.ui.pages.sent import sent_mails
from grouplic.ui.typed_address import use_instead

el = rx.el


def invite() -> rx.Component:
    """The page."""
    return group_page(
        InviteState,
        "Invite via Email",
        el.div(_outcome(), _paste(), _left_out(), _people(), sent_mails(), class_name="stack-wide"),
        parts.how_it_works("invite-via-email", "Inviting by email"),
        # It stands beside the button that was pressed.
        refusal=rx.cond(~_listed(), parts.refusal(InviteState.refusal)),
    )


def _listed() -> rx.Var[bool]:
    return InviteState.rows.length() > 0


def _outcome() -> rx.Component:
    return el.div(
        rx.cond(InviteState.outcome != "", parts.notice("good", InviteState.outcome)),
        role="status",
        class_name="refusal",
    )


def _paste() -> rx.Component:
    return el.form(
        el.div(
            el.label("Paste names and addresses", html_for="people"),
            el.textarea(
                id="people",
                name="people",
                rows="3",
                max_length=LONGEST_PASTE,
                key=InviteState.paste_id,
                placeholder="Ann Lee <ann@x.org>; bo@y.org, or a column from a sheet",
                aria_describedby="people-hint",
            ),
            el.p(
                "Any form will do: from Outlook, Gmail, a spreadsheet, one a line. Nothing is "
                "sent before you have checked the list.",
                id="people-hint",
                class_name="hint",
            ),
            class_name="field",
        ),
        el.div(
            el.button(
                "Add to the list",
                type="submit",
                class_name=rx.cond(_listed(), "btn", "btn primary"),
            ),
            parts.button("Type one by one", on_click=InviteState.add_row),
            class_name="row wrap",
        ),
        on_submit=InviteState.paste,
        class_name="card stack",
    )


def _left_out() -> rx.Component:
    return el.div(
        rx.cond(
            InviteState.left_out != "",
            parts.notice(
                "warn",
                InviteState.left_out,
                " Send these and paste the rest after them, or ",
                el.a(
                    "upload a file",
                    href="/my-teaching/" + InviteState.group_id + "/upload",
                ),
                " with everyone.",
                role="none",
            ),
        ),
        rx.cond(InviteState.unread != "", parts.notice("warn", InviteState.unread, role="none")),
        role="status",
        class_name="refusal",
    )


def _people() -> rx.Component:
    return rx.cond(
        _listed(),
        el.section(
            el.h2("People to invite"),
            el.div(
                el.div(
                    *[el.span(head) for head in ("Email", "First name", "Last name")],
                    el.span("What will happen"),
                    class_name="invitee-heads",
                    aria_hidden="true",
                ),
                rx.foreach(InviteState.rows, _row),
                class_name="invitees",
            ),
            _options(),
            parts.refusal(InviteState.refusal),
            el.div(
                _count(),
                el.button(
                    rx.cond(InviteState.by_key, "Mail the keys", "Send invitations"),
                    class_name="btn primary",
                    on_click=InviteState.send,
                    disabled=InviteState.ready == 0,
                ),
                class_name="row wrap between send",
            ),
            class_name="card",
            aria_label="People to invite",
        ),
    )


def _row(row: rx.Var[InviteRow]) -> rx.Component:
    return el.div(
        _cell(row, "email", "Email", row.email),
        _cell(row, "first_name", "First name", row.first_name),
        _cell(row, "last_name", "Last name", row.last_name),
        el.div(
            rx.cond(row.says != "", el.span(row.says, class_name="chip " + row.look.to(str))),
            rx.cond(
                row.suggestion != "",
                use_instead(row.suggestion, InviteState.use_suggestion(row.id)),
            ),
            class_name="row wrap grow",
            role="status",
        ),
        el.button(
            "Remove",
            type="button",
            class_name="link",
            aria_label="Remove " + row.email.to(str),
            on_click=InviteState.drop(row.id),
        ),
        class_name="invitee",
        key=row.id,
    )


def _cell(row: rx.Var[InviteRow], name: str, label: str, value: rx.Var[str]) -> rx.Component:
    return el.input(
        type="text",
        aria_label=label,
        placeholder=label,
        default_value=value,
        on_change=lambda typed: InviteState.edit(row.id, name, typed).debounce(300),
        # Whoever types and presses the button at once has typed it all the same.
        on_blur=lambda typed: InviteState.edit(row.id, name, typed),
    )


def _options() -> rx.Component:
    return el.div(
        el.div(
            el.label("Personal note (optional)", html_for="note"),
            el.textarea(
                id="note",
                rows="3",
                max_length=LONGEST_NOTE,
                # Drawn anew for the next list: what will be mailed is what stands here.
                default_value=InviteState.note,
                on_blur=InviteState.set_note,
            ),
            class_name="field",
        ),
        el.label(
            el.input(type="checkbox", checked=InviteState.by_key, on_change=InviteState.set_by_key),
            el.span(
                "Send enrollment keys instead of enrolling at once. A key works for whoever "
                "holds it."
            ),
            class_name="check-card",
        ),
        class_name="stack",
    )


def _count() -> rx.Component:
    missing = InviteState.needed - InviteState.open
    return el.div(
        el.p(
            el.b(written(InviteState.needed)),
            rx.cond(
                missing > 0,
                rx.cond(
                    InviteState.needed == 1,
                    " person needs a seat; open: ",
                    " people need a seat; open: ",
                ),
                " of your ",
            ),
            el.b(written(InviteState.open)),
            rx.cond(missing > 0, ".", rx.cond(InviteState.open == 1, " open seat", " open seats")),
            id="seats-needed",
            role="status",
        ),
        _odd(),
        rx.cond(
            missing > 0,
            el.div(
                parts.notice(
                    "warn",
                    "There are not enough open seats. ",
                    el.a(
                        "Add Seats",
                        href="/buy?group=" + InviteState.group_id + "&add=seats",
                    ),
                ),
                rx.cond(
                    (InviteState.issued >= missing) & ~InviteState.by_key, _issued_seats(missing)
                ),
                class_name="stack",
            ),
        ),
        class_name="stack",
    )


def _odd() -> rx.Component:
    """Addresses that look mistyped are the leader's to judge, and are not forgotten."""
    return el.p(
        rx.cond(
            InviteState.odd > 0,
            counted(InviteState.odd, "address looks", "addresses look")
            + " mistyped. What is not corrected is sent as it stands.",
            "",
        ),
        id="odd-addresses",
        class_name="hint",
        role="status",
    )


def _issued_seats(missing: rx.Var[int]) -> rx.Component:
    return el.label(
        el.input(
            type="checkbox",
            checked=InviteState.takes_issued,
            on_change=InviteState.set_takes_issued,
        ),
        el.span(
            "Use seats of handed-out keys: ",
            counted(missing, "handed-out key"),
            " will stop working.",
            id="keys-lost",
        ),
        class_name="check-card",
    )

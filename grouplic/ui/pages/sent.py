"""What became of each invitation's mail: queued, sent, failed; send again, correct, copy."""

from dataclasses import dataclass

import reflex as rx

from grouplic.services import invite_form, sent_invitations
from grouplic.ui import parts, seam
from grouplic.ui.money import show_date
from grouplic.ui.typed_address import address_field, begin_anew

el = rx.el

_WORDS = {
    "queued": "Queued",
    "sending": "Sending",
    "sent": "Sent",
    "failed": "Failed",
    "withdrawn": "Withdrawn",
}


@dataclass(frozen=True)
class SentRow:
    """One invitation."""

    id: str
    address: str
    name: str
    what: str
    state: str
    error: str
    look: str
    correctable: bool
    copyable: bool
    since: str


class SentState(seam.Refusable, rx.State):
    """The invitations of the group on this page."""

    rows: list[SentRow] = []
    correcting: str = ""
    letter: str = ""
    letter_of: str = ""

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Read them."""
        self.rows = await seam.read(self, self._read)

    @rx.event
    @seam.shows_refusals
    async def send_again(self, invitation: str):
        """Mail it again with a new link."""
        group_id, wanted = str(self.group), str(invitation)
        await seam.flow(
            self,
            lambda outside, actor, _now: invite_form.send_again(outside, group_id, wanted, actor),
        )
        self.rows = await seam.read(self, self._read)

    @rx.event
    async def start_correcting(self, invitation: str):
        """Open the field for another address."""
        self.correcting = "" if self.correcting == invitation else str(invitation)
        await begin_anew(self)

    @rx.event
    @seam.shows_refusals
    async def correct(self, form: dict):
        """Invite the corrected address on the same seat."""
        if not self.correcting:
            return  # pressed twice
        group_id, wanted = str(self.group), self.correcting
        email = str(form.get("email", ""))
        await seam.flow(
            self,
            lambda outside, actor, _now: invite_form.correct(
                outside, group_id, wanted, email, actor
            ),
        )
        self.correcting = ""
        self.rows = await seam.read(self, self._read)

    @rx.event
    @seam.shows_refusals
    async def show_text(self, invitation: str):
        """Show the mail's text, to be sent in another way."""
        group_id, wanted = str(self.group), str(invitation)
        self.letter_of, self.letter = wanted, ""
        self.letter = await seam.flow(
            self,
            lambda outside, actor, _now: invite_form.text_to_copy(outside, group_id, wanted, actor),
        )

    def _read(self, session, actor, _now):
        return [
            _row(one) for one in sent_invitations.invitations_of(session, str(self.group), actor)
        ]


def _row(one: sent_invitations.SentInvitation) -> SentRow:
    what = {
        "login": "Login mail",
        "added": "News of the seat",
        "claim": "Confirmation mail",
        "key": "Key by mail",
    }[one.kind]
    state = "Accepted" if one.accepted and one.kind != "added" else _WORDS[one.mail_state]
    return SentRow(
        str(one.id),
        one.address,
        one.name,
        what,
        state,
        one.mail_error,
        {"failed": "bad", "queued": "plain", "sending": "plain"}.get(one.mail_state, ""),
        one.correctable,
        one.kind != "claim",
        show_date(one.created_at),
    )


def sent_mails() -> rx.Component:
    """The list, with what can be done about each."""
    return el.section(
        el.h2("Invitations"),
        parts.refusal(SentState.refusal),
        rx.cond(
            SentState.rows.length() > 0,
            el.ul(rx.foreach(SentState.rows, _sent), class_name="plain sent"),
            el.p("Nobody has been invited by email yet.", class_name="hint"),
        ),
        class_name="card",
    )


def _sent(row: rx.Var[SentRow]) -> rx.Component:
    return el.li(
        el.div(
            el.div(
                el.b(rx.cond(row.name != "", row.name, row.address)),
                el.span(
                    rx.cond(row.name != "", row.address.to(str) + " · ", ""),
                    row.what,
                    " · ",
                    row.since,
                    class_name="hint",
                ),
                class_name="choice grow",
            ),
            el.span(row.state, class_name="chip " + row.look.to(str), data_mail=row.address),
            parts.doing("Send again", SentState.send_again(row.id), row.address),
            rx.cond(
                row.correctable,
                parts.doing("Correct address", SentState.start_correcting(row.id), row.address),
            ),
            rx.cond(
                row.copyable, parts.doing("Copy text", SentState.show_text(row.id), row.address)
            ),
            class_name="row wrap",
        ),
        rx.cond(row.error != "", el.p("The mail server said: ", row.error, class_name="error")),
        rx.cond(SentState.correcting == row.id, _correction()),
        rx.cond(
            (SentState.letter_of == row.id) & (SentState.letter != ""),
            el.div(
                el.pre(SentState.letter, class_name="letter-text"),
                parts.copy_button(SentState.letter, "Copy this text"),
                class_name="stack",
            ),
        ),
        key=row.id,
    )


def _correction() -> rx.Component:
    return el.form(
        address_field("correct-email", "Correct address", SentState.correcting),
        el.div(el.button("Invite this address", type="submit", class_name="btn")),
        on_submit=SentState.correct,
        class_name="stack",
    )

"""Invite via Email: a paste becomes rows, each row says what will happen, then mails go out."""

from dataclasses import dataclass, replace

import reflex as rx

from grouplic.domain.people_lists import read_people
from grouplic.domain.uploads import Verdict
from grouplic.services import groups, invite_form
from grouplic.services.inviting import LONGEST_NOTE, MOST_AT_ONCE, Invitee
from grouplic.ui import parts, seam
from grouplic.ui.live import watch
from grouplic.ui.pages.sent import SentState, sent_mails
from grouplic.ui.shell import page, page_head

el = rx.el

_SAYS = {
    Verdict.NEW: "New, gets a login by mail",
    Verdict.ACCOUNT: "Has an account, will be added",
    Verdict.MEMBER: "Already in the group, costs no seat",
}
_LOOKS = {Verdict.NEW: "", Verdict.ACCOUNT: "", Verdict.INVALID: "bad"}


@dataclass(frozen=True)
class InviteRow:
    """One row of the form. ``id`` changes when we change the row, so that it is drawn anew."""

    id: str
    email: str
    first_name: str
    last_name: str
    says: str = ""
    look: str = "plain"
    suggestion: str = ""
    needs_seat: bool = False
    ready: bool = False


class InviteState(seam.Refusable, rx.State):
    """The people to invite."""

    group_id: str = ""
    group_name: str = ""
    rows: list[InviteRow] = []
    needed: int = 0
    ready: int = 0
    open: int = 0
    issued: int = 0
    by_key: bool = False
    takes_issued: bool = False
    outcome: str = ""
    paste_id: str = "paste-0"
    loaded: bool = False
    _note: str = ""
    _seen: list[str] = []
    _next: int = 0

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Check the right, watch the group, and count its seats."""
        group_id = str(self.group)
        group = await seam.read(
            self,
            lambda session, actor, _now: groups.led_group(
                session, actor, group_id, groups.May.MANAGE_PEOPLE
            ),
        )
        if group_id != self.group_id:
            self.rows, self.outcome, self._seen = [], "", []
        self.group_id, self.group_name = str(group.id), group.name
        watch(self, f"group:{group.id}", f"mail:{group.id}", on=InviteState.refresh)
        await self._judge()
        self.loaded = True
        return SentState.load

    @rx.event
    @seam.shows_refusals
    async def refresh(self):
        """Look again, since seats or mails have changed."""
        await self._judge()
        return SentState.load

    @rx.event
    @seam.shows_refusals
    async def paste(self, form: dict):
        """Turn a paste into rows after those that are there."""
        room, pasted = MOST_AT_ONCE - len(self.rows), str(form.get("people", ""))
        people = await seam.read(self, self._reader(pasted, room))
        self.outcome = ""
        self.rows = [
            *(row for row in self.rows if row.email or row.first_name),
            *(InviteRow(self._new_id(), p.email, p.first_name, p.last_name) for p in people),
        ]
        self.paste_id = f"paste-{self._new_id()}"
        await self._judge()

    @rx.event
    @seam.shows_refusals
    async def add_row(self):
        """Add an empty row to type into."""
        if len(self.rows) < MOST_AT_ONCE:
            self.rows = [*self.rows, InviteRow(self._new_id(), "", "", "")]

    @rx.event
    @seam.shows_refusals
    async def edit(self, row_id: str, name: str, value: str):
        """Take what was typed into a cell, and judge the row anew."""
        if name in ("email", "first_name", "last_name"):
            self._change(str(row_id), **{str(name): str(value)[:320]})
            await self._judge()

    @rx.event
    @seam.shows_refusals
    async def use_suggestion(self, row_id: str):
        """Take the corrected address."""
        row = next((row for row in self.rows if row.id == row_id), None)
        if row and row.suggestion:
            self._change(row.id, email=row.suggestion, id=self._new_id())
            await self._judge()

    @rx.event
    @seam.shows_refusals
    async def drop(self, row_id: str):
        """Take a row away."""
        self.rows = [row for row in self.rows if row.id != row_id]
        await self._judge()

    @rx.event
    async def set_note(self, note: str):
        """Keep the personal note."""
        self._note = str(note)[: LONGEST_NOTE + 1]

    @rx.event
    async def set_by_key(self, by_key: bool):
        """Choose between enrolling at once and mailing a key."""
        self.by_key = by_key is True

    @rx.event
    async def set_takes_issued(self, takes: bool):
        """Decide whether handed-out keys may stop working."""
        self.takes_issued = takes is True

    @rx.event
    @seam.shows_refusals
    async def send(self):
        """Invite everyone whose row is ready."""
        people = [
            Invitee(row.email, row.first_name, row.last_name)
            for row in self.rows
            if row.ready and (row.needs_seat or not self.by_key)
        ]
        group_id, note, by_key, takes = self.group_id, self._note, self.by_key, self.takes_issued
        self.outcome = await seam.flow(
            self,
            lambda outside, actor, _now: invite_form.send(
                outside, group_id, people, note, by_key, takes, actor
            ),
        )
        self.rows, self.takes_issued = [row for row in self.rows if not row.ready], False
        await self._judge()
        return SentState.load

    async def _judge(self):
        typed = [row.email for row in self.rows]
        unseen = sorted({one.strip().lower() for one in typed if "@" in one} - set(self._seen))
        group_id = self.group_id
        judged, seats = await seam.flow(
            self,
            lambda outside, actor, _now: invite_form.look_over(
                outside, group_id, typed, len(unseen), actor
            ),
        )
        self._seen = [*self._seen, *unseen]
        self.rows = [_marked(row, one) for row, one in zip(self.rows, judged, strict=True)]
        self.needed = sum(row.needs_seat for row in self.rows)
        self.ready = sum(row.ready for row in self.rows)
        self.open, self.issued = seats.open, seats.issued

    def _reader(self, pasted: str, room: int):
        # A long paste takes a moment: only a leader's is read, and beside other people's pages.
        group_id = self.group_id

        def work(session, actor, _now):
            groups.led_group(session, actor, group_id, groups.May.MANAGE_PEOPLE)
            return read_people(pasted, most=room)

        return work

    def _change(self, row_id: str, **changes):
        self.rows = [replace(r, **changes) if r.id == row_id else r for r in self.rows]

    def _new_id(self) -> str:
        self._next += 1
        return str(self._next)


def _marked(row: InviteRow, judged) -> InviteRow:
    needs = judged.verdict in (Verdict.NEW, Verdict.ACCOUNT)
    look = "warn" if judged.suggestion else _LOOKS.get(judged.verdict, "plain")
    return replace(
        row,
        says=judged.problem or _SAYS.get(judged.verdict, "") if row.email else "",
        look=look,
        suggestion=judged.suggestion,
        needs_seat=needs,
        ready=needs or judged.verdict == Verdict.MEMBER,
    )


def invite() -> rx.Component:
    """The page."""
    return page(
        page_head(
            el.a(InviteState.group_name, " · Users", href="/my-teaching/" + InviteState.group_id),
            "Invite via Email",
            parts.how_it_works("invite-via-email", "Inviting by email"),
        ),
        parts.when_loaded(
            InviteState.loaded,
            el.div(_paste(), _people(), sent_mails(), class_name="stack-wide"),
        ),
        rx.cond(~InviteState.loaded, parts.refusal(InviteState.refusal)),
        current="myTeaching",
    )


def _paste() -> rx.Component:
    return el.form(
        el.div(
            el.label("Paste names and addresses", html_for="people"),
            el.textarea(
                id="people",
                name="people",
                rows="3",
                key=InviteState.paste_id,
                placeholder="Ann Lee <ann@x.org>; bo@y.org, or a column from a sheet",
                aria_describedby="people-hint",
            ),
            el.p(
                "Any form will do: from Outlook, Gmail, a spreadsheet, one a line.",
                id="people-hint",
                class_name="hint",
            ),
            class_name="field",
        ),
        el.div(
            el.button("Make rows", type="submit", class_name="btn"),
            parts.button("Type one by one", on_click=InviteState.add_row),
            class_name="row wrap",
        ),
        on_submit=InviteState.paste,
        class_name="card stack",
    )


def _people() -> rx.Component:
    return el.section(
        rx.cond(InviteState.outcome != "", parts.notice("good", InviteState.outcome)),
        rx.cond(
            InviteState.rows.length() > 0,
            el.div(
                el.div(rx.foreach(InviteState.rows, _row), class_name="invitees"),
                _options(),
                _count(),
                parts.refusal(InviteState.refusal),
                el.button(
                    rx.cond(InviteState.by_key, "Mail the keys", "Send invitations"),
                    class_name="btn primary",
                    on_click=InviteState.send,
                    disabled=InviteState.ready == 0,
                ),
                class_name="stack",
            ),
            el.p("Rows to check appear here before anything is sent.", class_name="hint"),
        ),
        class_name="card",
        aria_label="People to invite",
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
                el.button(
                    "Use " + row.suggestion.to(str),
                    type="button",
                    class_name="link",
                    on_click=InviteState.use_suggestion(row.id),
                ),
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
    short = InviteState.needed > InviteState.open
    return el.div(
        el.p(
            el.b(InviteState.needed),
            " of your ",
            el.b(InviteState.open),
            " open seats",
            id="seats-needed",
            role="status",
        ),
        rx.cond(
            short,
            el.div(
                parts.notice(
                    "warn",
                    "There are not enough open seats. ",
                    el.a(
                        "Add seats",
                        href="/buy?group=" + InviteState.group_id + "&add=seats",
                    ),
                ),
                rx.cond(
                    (InviteState.issued > 0) & ~InviteState.by_key,
                    el.label(
                        el.input(
                            type="checkbox",
                            checked=InviteState.takes_issued,
                            on_change=InviteState.set_takes_issued,
                        ),
                        el.span(
                            "Use seats of handed-out keys: up to ",
                            InviteState.issued,
                            " keys will stop working.",
                        ),
                        class_name="check-card",
                    ),
                ),
                class_name="stack",
            ),
        ),
        class_name="stack",
    )

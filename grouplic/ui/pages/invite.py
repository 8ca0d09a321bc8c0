"""Invite via Email: a paste becomes rows, each row says what will happen, then mails go out."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace

import reflex as rx

from grouplic.domain.uploads import Verdict
from grouplic.services import groups, invite_form
from grouplic.services.invite_form import Pasted
from grouplic.services.inviting import LONGEST_NOTE, MOST_AT_ONCE, Invitee
from grouplic.ui import seam
from grouplic.ui.leading import led
from grouplic.ui.live import watch
from grouplic.ui.money import counted, show_number
from grouplic.ui.pages.sent import SentState
from grouplic.ui.returning import has_returned
from grouplic.ui.typed_address import did_you_mean

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
    odd: int = 0
    left_out: str = ""
    unread: str = ""
    open: int = 0
    issued: int = 0
    by_key: bool = False
    takes_issued: bool = False
    outcome: str = ""
    paste_id: str = "paste-0"
    note: str = ""
    loaded: bool = False
    _seen: list[str] = []
    _next: int = 0

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Check the right, watch the group, and count its seats."""
        group_id = str(self.group)
        group = await led(self, group_id, groups.May.MANAGE_PEOPLE)
        if not await has_returned(self):
            self.outcome = ""  # what was done before is no news
        if group_id != self.group_id:
            self.rows, self.note, self._seen = [], "", []
            self.left_out = self.unread = ""
        self.group_id, self.group_name = group_id, group.name
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
        kept = [row for row in self.rows if row.email or row.first_name]
        group_id, listed, text = self.group_id, len(kept), str(form.get("people", ""))
        pasted = await seam.read(
            self,
            lambda session, actor, _now: invite_form.read_paste(
                session, group_id, text, listed, actor
            ),
        )
        self.outcome, self.left_out = "", _says_left_out(pasted)
        self.unread = _says_unread(pasted.unread)
        self.rows = [
            *kept,
            *(InviteRow(self._new_id(), p.email, p.first_name, p.last_name) for p in pasted.people),
        ]
        self.paste_id = f"paste-{self._new_id()}"
        await self._judge()

    @rx.event
    @seam.shows_refusals
    async def add_row(self):
        """Add an empty row to type into."""
        if len(self.rows) < MOST_AT_ONCE:
            self.rows = [*self.rows, InviteRow(self._new_id(), "", "", "")]
        else:
            self.left_out = _FULL

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
        self.note = str(note)[: LONGEST_NOTE + 1]

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
        """Invite everyone whose row is ready; nobody is for whoever presses twice."""
        if not self.ready:
            return None
        people = [
            Invitee(row.email, row.first_name, row.last_name)
            for row in self.rows
            if row.ready and (row.needs_seat or not self.by_key)
        ]
        group_id, note, by_key, takes = self.group_id, self.note, self.by_key, self.takes_issued
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
        self.odd = sum(row.ready and row.suggestion != "" for row in self.rows)
        self.open, self.issued = seats.open, seats.issued

    def _change(self, row_id: str, **changes):
        self.rows = [replace(r, **changes) if r.id == row_id else r for r in self.rows]

    def _new_id(self) -> str:
        self._next += 1
        return str(self._next)


_FULL = f"The list is full: at most {MOST_AT_ONCE} people can be invited at once."


def _says_left_out(pasted: Pasted) -> str:
    out = len(pasted.left_out)
    said = f"{counted(out, 'person', 'people')} of your paste {'was' if out == 1 else 'were'}"
    if out:
        first = pasted.left_out[0].email
        said += f" left out, from {first} on. At most {MOST_AT_ONCE} can be invited at once."
    if pasted.cut:
        most = show_number(invite_form.LONGEST_PASTE)
        cut = f"The field takes {most} characters, so the end of a longer list is missing."
        return f"{said} {cut}" if out else cut
    return said if out else ""


def _says_unread(lines: Sequence[str]) -> str:
    if not lines:
        return ""
    first = textwrap.shorten(lines[0], 60, placeholder=" …")
    if len(lines) == 1:
        return f"One line has no email address and was left out: “{first}”."
    return (
        f"{show_number(len(lines))} lines have no email address and were left out: “{first}” first."
    )


def _marked(row: InviteRow, judged) -> InviteRow:
    needs = judged.verdict in (Verdict.NEW, Verdict.ACCOUNT)
    look = "warn" if judged.suggestion else _LOOKS.get(judged.verdict, "plain")
    usual = _SAYS.get(judged.verdict, "")
    if judged.suggestion:
        usual = did_you_mean(judged.suggestion)
    return replace(
        row,
        says=judged.problem or usual if row.email else "",
        look=look,
        suggestion=judged.suggestion,
        needs_seat=needs,
        ready=needs or judged.verdict == Verdict.MEMBER,
    )

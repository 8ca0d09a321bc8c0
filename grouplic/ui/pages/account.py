"""What the account page knows, and what can be asked of it."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from grouplic.services import own_account
from grouplic.services.flash import COOKIE, read_flash
from grouplic.ui import seam
from grouplic.ui.browsers import browser_name
from grouplic.ui.money import show_date, show_moment
from grouplic.ui.who import WhoState

el = rx.el

_FORMS = ("change-email", "change-password", "delete-account")
_DONE = {
    "must_change": "Please choose your own password before you go on.",
    "changed": "Your password is changed. Other browsers are signed out.",
    "mailed": "We have mailed a link to the new address. The address changes once you follow it.",
    "moved": "Your account now uses the new address. The old one was told.",
}


@dataclass(frozen=True)
class SessionLine:
    """A browser that is signed in."""

    id: str
    browser: str
    facts: str
    is_this: bool


class AccountState(seam.Refusable, rx.State):
    """The signed-in person's account."""

    first_name: str = ""
    last_name: str = ""
    sessions: list[SessionLine] = []
    outcome: str = ""
    must_change: bool = False
    saved: bool = False
    refused_form: str = ""
    form_message: str = ""
    typed_email: str = ""
    loaded: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Read it; a visitor is sent to the sign-in page."""
        self.saved = False
        done = (words for name, words in _DONE.items() if seam.parameter(self, name))
        self.outcome = next(done, "")
        self.must_change = bool(seam.parameter(self, "must_change"))
        self._read_flash()
        await self._read()
        self.loaded = True

    @rx.event
    @seam.shows_refusals
    async def change_name(self, form: dict):
        """Change the name."""
        self.saved = False
        first, last = _text(form, "first_name"), _text(form, "last_name")
        await seam.act(
            self,
            lambda session, actor, now: own_account.change_name(session, actor, first, last, now),
        )
        await self._read()
        self.saved = True
        return WhoState.load

    @rx.event
    @seam.shows_refusals
    async def sign_out_one(self, session_id: str):
        """Sign another browser out."""
        await seam.act(
            self,
            lambda session, actor, now: own_account.end_my_session(session, actor, session_id, now),
        )
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def sign_out_others(self):
        """Sign every other browser out."""
        await seam.act(self, own_account.end_my_other_sessions)
        await self._read()

    async def _read(self) -> None:
        def read(session, actor, now):
            names = own_account.names_of(session, actor)
            return names, own_account.my_sessions(session, actor, now)

        (self.first_name, self.last_name), rows = await seam.read_with_any_password(self, read)
        self.sessions = [_line(row) for row in rows]

    def _read_flash(self) -> None:
        cookie, secret = seam.cookie_value(self, COOKIE), seam.outside().secret_key
        found = [flash for name in _FORMS if (flash := read_flash(cookie, name, secret))]
        self.refused_form = found[0].form if found else ""
        self.form_message = found[0].message if found else ""
        self.typed_email = found[0].values.get("email", "") if found else ""


def _text(form: Any, name: str) -> str:
    value = form.get(name, "") if isinstance(form, dict) else ""
    return value if isinstance(value, str) else ""


def _line(row: own_account.SessionRow) -> SessionLine:
    facts = f"since {show_date(row.since)} · last seen {show_moment(row.last_seen_at)}"
    return SessionLine(row.id, browser_name(row.browser), facts, row.is_this)

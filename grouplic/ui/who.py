"""Who is signed in, for the header of every page."""

import contextlib

import reflex as rx
from reflex.app import App
from reflex.event import Event
from reflex.middleware import Middleware
from reflex.state import BaseState, StateUpdate

from grouplic.domain.people import Role
from grouplic.domain.refusals import Refusal
from grouplic.services.actors import Actor, note_visit, visit_is_due
from grouplic.services.flash import COOKIE, Flash, read_flash
from grouplic.ui import live, seam, turns
from grouplic.ui.open_doors import ANYONE


class WhoState(rx.State):
    """The signed-in person, and the message of a form that was just refused."""

    ready: bool = False
    signed_in: bool = False
    name: str = ""
    initials: str = ""
    email: str = ""
    verified: bool = True
    operates: bool = False
    form_message: str = ""
    form_field: str = ""
    form_email: str = ""
    form_first_name: str = ""
    form_last_name: str = ""
    _whose: str = ""  # the session that this tab was filled for, hashed

    @rx.event
    async def load(self) -> None:
        """Show who this is; nobody is a visitor."""

        def look(session, actor, now):
            return actor, actor is not None and visit_is_due(session, actor, now)

        actor, due = await seam.read_as_anyone(self, look)
        if due:
            # A visit that cannot be noted is no reason to refuse the page.
            with contextlib.suppress(Refusal):
                await seam.act(self, note_visit)
        self._show(actor)
        self._show_flash()
        self.ready = True

    def _show(self, actor: Actor | None) -> None:
        self.signed_in = actor is not None
        self.name = actor.name if actor else ""
        self.initials = actor.initials if actor else ""
        self.email = actor.email if actor else ""
        self.verified = actor.verified if actor else True
        self.operates = actor is not None and actor.role == Role.OPERATOR

    def _show_flash(self) -> None:
        # The first part names the form; what comes after it names what the form is about.
        form = self.router.url.path.strip("/").partition("/")[0]
        cookie = seam.cookie_value(self, COOKIE)
        flash = read_flash(cookie, form, seam.outside().secret_key) or Flash(form, "")
        self.form_message, self.form_field = flash.message, flash.field
        self.form_email = flash.values.get("email", "")
        self.form_first_name = flash.values.get("first_name", "")
        self.form_last_name = flash.values.get("last_name", "")


class Owners(Middleware):
    """Empties a tab that was filled for another session: the next person there starts anew.

    A tab keeps its name, and with it everything it was shown, past signing out; and whoever learns
    the name of somebody's tab could open it. A session that was ended anywhere is nobody's, also
    on a connection that still brings its cookie. What a visitor chose stays as they sign in.

    Whether the session is open is asked where nobody else asks: of what a service answers to its
    actor alone, the service sees to that.
    """

    def __init__(self, doors: dict[str, str]) -> None:
        self._guarded = frozenset(name for name, who in doors.items() if who != ANYONE)

    async def preprocess(self, app: App, state: BaseState, event: Event) -> StateUpdate | None:
        """Empty the tab if need be, and let every event pass."""
        guarded = event.name in self._guarded and not turns.is_redraw()
        try:
            current = seam.cookie_hash(state) if guarded else await _open_session(state)
        except Refusal:
            return None  # whatever the event asks for is refused by the same reason
        who = await state.get_state(WhoState)
        if who._whose == current:
            return None
        if who._whose:
            live.unwatch(state)
            await _empty(state)
        who._whose = current
        return None


async def _open_session(state: BaseState) -> str:
    """Return the session of this tab, hashed; an empty text for none, or one that has ended."""
    cookie = seam.cookie_hash(state)
    if not cookie:
        return ""

    async def ask() -> Actor | None:
        return await seam.read_as_anyone(state, lambda _session, actor, _now: actor)

    return cookie if await turns.once((cookie, "whose"), ask) else ""


async def _empty(state: BaseState) -> None:
    root = state._get_root_state()
    # With Redis, only what the event needs has been read; what has not would stay.
    waiting = list(type(root).get_substates())
    while waiting:
        kind = waiting.pop()
        await root.get_state(kind)
        waiting += kind.get_substates()
    root.reset()

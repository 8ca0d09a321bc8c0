"""The one seam between the pages and the services: a thread, a transaction, a refusal in words.

Every event handler is a remote procedure that anybody can call. ``act`` and ``read`` establish the
actor from the session cookie for each call; the service decides. The thread takes the context
along, so that what is shown there knows its visitor.
"""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Hashable, Mapping
from datetime import datetime
from http.cookies import CookieError, SimpleCookie
from typing import Any, TypeVar
from urllib.parse import quote

import reflex as rx
from reflex.state import BaseState
from sqlmodel import Session

from grouplic.domain.networks import network_of
from grouplic.domain.refusals import (
    NotFound,
    PasswordChangeNeeded,
    Refusal,
    RoleTooNarrow,
    SignInNeeded,
)
from grouplic.services.actors import Actor, actor_of
from grouplic.services.outside import Outside
from grouplic.ui import live, turns

Result = TypeVar("Result")
Handler = TypeVar("Handler", bound=Callable[..., Awaitable[Any]])

_wired: list[Outside] = []


def wire(outside: Outside) -> None:
    """Hand the adapters to the pages; the composition root calls this once."""
    _wired[:] = [outside]


def outside() -> Outside:
    """Return the adapters."""
    return _wired[0]


class Refusable(rx.State, mixin=True):
    """What a panel shows when something was refused: a sentence, and the field it belongs to."""

    refusal: str = ""
    refused_field: str = ""
    _of_page: bool = False  # refused as the page was read, and not something that was done on it


class RefusableByForm(Refusable, rx.State, mixin=True):
    """Also which of a page's forms was refused, by its handler: the reason stands at its button."""

    refused_by: str = ""


def shows_refusals(handler: Handler) -> Handler:
    """Turn a refusal into what the panel shows, or into the way to the sign-in page.

    What somebody was refused stays to be read while the page redraws itself. Whoever may not look
    any longer is told so once: their page watches nothing more.
    """
    reads = handler.__name__ in ("load", "enter")

    @functools.wraps(handler)
    async def guarded(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self._of_page or not turns.is_redraw():
            show(self, refusal="", refused_field="")
        try:
            return await handler(self, *args, **kwargs)
        except SignInNeeded:
            return rx.redirect(f"/sign-in?next={quote(here(self), safe='')}")
        except PasswordChangeNeeded:
            return rx.redirect("/account?must_change=1")
        except Refusal as refusal:
            self.refusal, self.refused_field = refusal.message, refusal.field
            if isinstance(self, RefusableByForm):
                self.refused_by = handler.__name__
            self._of_page = reads or turns.is_redraw()
            if turns.is_redraw() and isinstance(refusal, NotFound | RoleTooNarrow):
                live.unwatch(self)
            return None

    return guarded  # type: ignore[return-value]


def show(state: rx.State, **values: Any) -> None:
    """Set the variables that differ from what the tab shows.

    The framework sends again whatever is set, the same value too: this is for what is read again
    and again, and changes little.
    """
    for name, value in values.items():
        if getattr(state, name) != value:
            setattr(state, name, value)


async def read(
    state: rx.State,
    use: Callable[[Session, Actor, datetime], Result],
    alike: Hashable = None,
) -> Result:
    """Run a reading use case as the signed-in person; refuse nobody and temporary passwords.

    ``alike`` names what is read, and all that decides the result beside the session: tabs of one
    session that are redrawn for one change read it once, and none of them changes the result.
    """
    if alike is None:
        return await _run(state, use, writing=False)
    key = cookie_hash(state), alike
    return await turns.once(key, lambda: _run(state, use, writing=False))


async def act(state: rx.State, use: Callable[[Session, Actor, datetime], Result]) -> Result:
    """Run a changing use case as the signed-in person, in one transaction."""
    return await _run(state, use, writing=True)


async def read_as_anyone(
    state: rx.State, use: Callable[[Session, Actor | None, datetime], Result]
) -> Result:
    """Run a reading use case that a visitor may run as well; the actor is None for nobody."""
    cookie = cookie_hash(state)

    def work() -> Result:
        now = outside().clock()
        with outside().database.reading() as session:
            return use(session, actor_of(session, cookie, now), now)

    return await asyncio.to_thread(work)


async def read_with_any_password(
    state: rx.State, use: Callable[[Session, Actor, datetime], Result]
) -> Result:
    """Run a reading use case also for someone who must change the password first."""

    def known(session: Session, actor: Actor | None, now: datetime) -> Result:
        if actor is None:
            raise SignInNeeded
        return use(session, actor, now)

    return await read_as_anyone(state, known)


async def flow(state: rx.State, use: Callable[[Outside, Actor, datetime], Result]) -> Result:
    """Run a use case that opens its own transactions, as the signed-in person."""
    cookie = cookie_hash(state)

    def work() -> Result:
        with outside().database.reading() as session:
            actor = _signed_in(session, cookie, outside().clock())
        return use(outside(), actor, outside().clock())

    return await _in_turn(work)


async def _run(
    state: rx.State, use: Callable[[Session, Actor, datetime], Result], writing: bool
) -> Result:
    cookie = cookie_hash(state)

    def work() -> Result:
        now = outside().clock()
        database = outside().database
        with database.writing() if writing else database.reading() as session:
            return use(session, _signed_in(session, cookie, now), now)

    return await _in_turn(work)


def _signed_in(session: Session, cookie: str, now: datetime) -> Actor:
    actor = actor_of(session, cookie, now)
    if actor is None:
        raise SignInNeeded
    if actor.must_change_password:
        raise PasswordChangeNeeded
    return actor


async def _in_turn(work: Callable[[], Result]) -> Result:
    # An event is refused for want of room before its first step, or not at all.
    with outside().events.entered(refusable=turns.may_be_refused()):
        turns.has_begun()
        return await asyncio.to_thread(work)


def cookie_hash(state: BaseState) -> str:
    """Return the hash of the session cookie; its value never comes this far."""
    return cookie_value(state, outside().cookie_name)


# ``state.router`` puts everything it knows together anew each time it is asked. What is asked in
# every event is read from the parts it is made of.


def cookie_value(state: BaseState, name: str) -> str:
    """Return a cookie that came with the websocket's request, or an empty text."""
    return _cookies(state.rx_router_headers.cookie).get(name, "")


def language(state: BaseState) -> str:
    """Return what the visitor's browser accepts. It is the client's word."""
    return state.rx_router_headers.accept_language


def network_address(state: BaseState) -> str:
    """Return what the visitor's network address counts as, if the proxies in front are trusted."""
    return network_of(state.rx_router_session.client_ip)


@functools.lru_cache(maxsize=512)
def _cookies(header: str) -> Mapping[str, str]:
    try:
        return {name: cookie.value for name, cookie in SimpleCookie(header).items()}
    except CookieError:
        return {}


def here(state: rx.State) -> str:
    """Return the path and query of the page the visitor is on. It is the client's word."""
    url = state.router.url
    return f"{url.path}?{url.query}" if url.query else str(url.path)


def parameter(state: rx.State, name: str) -> str:
    """Return a query parameter of the page's address. It is the client's word."""
    return str(state.router.url.query_parameters.get(name, ""))

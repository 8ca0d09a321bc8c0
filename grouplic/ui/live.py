"""Pages that watch something are loaded again when it changes."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex.app import App
from reflex.event import Event
from reflex.middleware import Middleware
from reflex.state import BaseState, StateUpdate

from grouplic.ui import turns

Register = Callable[[str, frozenset[str]], None]


@dataclass(eq=False)
class _Watch:
    handler: Any
    path: str
    route: dict[str, Any]
    gather: float  # seconds


_register: list[Register] = []
_watches: dict[str, _Watch] = {}


def wire_bus(register: Register) -> None:
    """Hand the bus to the pages; the composition root calls this once."""
    _register[:] = [register]


def tab(state: BaseState) -> str:
    """Return the name of the visitor's tab."""
    return state.rx_router_session.client_token


def watch(state: rx.State, *topics: str, on: Any, gather: float = 0.0) -> None:
    """Run the handler ``on`` in this tab whenever one of ``topics`` changes.

    A tab watches one page at a time; what comes late for a page that was left is dropped. The
    handler establishes the actor and asks the service again, so that somebody who lost the right to
    look sees nothing more. What changes within ``gather`` seconds is shown at once, for a page that
    takes long to read.
    """
    token, path = tab(state), str(state.router.url.path)
    known = _watches.get(token)
    if known and (known.handler, known.path) == (on, path):
        known.route, known.gather = state.router_data, gather
    else:
        _watches[token] = _Watch(on, path, state.router_data, gather)
    _register[0](token, frozenset(topics))


def unwatch(state: rx.State) -> None:
    """Let this tab hear of nothing more: whoever watched there may not look any longer."""
    token = tab(state)
    _watches.pop(token, None)
    _register[0](token, frozenset())


class NoteRoutes(Middleware):
    """Remembers where each watching tab is, and what came with its connection."""

    async def preprocess(self, app: App, state: BaseState, event: Event) -> StateUpdate | None:
        """Note it, and let every event pass."""
        known = _watches.get(tab(state))
        if known and state.router_data:
            known.route = state.router_data
        return None


def deliver(app: rx.App, tokens: Sequence[str]) -> None:
    """Run the handlers of the tabs that watch what has changed just now."""
    pulse = turns.Pulse()
    for token in tokens:
        if known := _watches.get(token):
            turns.redraw(app, token, functools.partial(_due, token), pulse, known.gather)


def _due(token: str) -> turns.Due | None:
    known = _watches.get(token)
    if known is None:
        return None
    # A state that has expired, after an hour or with Redis, is made anew at the tab's page.
    events = Event.from_event_type(known.handler(), router_data=dict(known.route))
    return turns.Due(events, lambda: _watches.get(token) is known)


def forget(alive: set[str]) -> None:
    """Drop the handlers of tabs that have gone."""
    for token in _watches.keys() - alive:
        _watches.pop(token, None)

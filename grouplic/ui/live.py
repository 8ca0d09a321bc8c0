"""Pages that watch something are loaded again when it changes."""

import contextlib
from collections.abc import Callable
from typing import Any

import reflex as rx
from reflex.event import Event

Register = Callable[[str, frozenset[str]], None]

_register: list[Register] = []
_handlers: dict[str, Any] = {}


def wire_bus(register: Register) -> None:
    """Hand the bus to the pages; the composition root calls this once."""
    _register[:] = [register]


def watch(state: rx.State, *topics: str, on: Any) -> None:
    """Run the handler ``on`` in this tab whenever one of ``topics`` changes.

    A tab watches one page at a time. The handler establishes the actor and asks the service again,
    so that somebody who lost the right to look sees nothing more.
    """
    token = state.router.session.client_token
    _handlers[token] = on
    _register[0](token, frozenset(topics))


async def deliver(app: rx.App, token: str, topics: frozenset[str]) -> None:
    """Run the handler of one watching tab."""
    handler = _handlers.get(token)
    if handler is None:
        return
    for event in Event.from_event_type(handler()):
        await app.event_processor.enqueue(token, event)


def forget(alive: set[str]) -> None:
    """Drop the handlers of tabs that have gone."""
    for token in _handlers.keys() - alive:
        with contextlib.suppress(KeyError):
            del _handlers[token]

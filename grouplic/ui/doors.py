"""Default deny: an event reaches a handler only if it is on the list of doors.

Each entry says who may pass. The service behind decides all the same; the list makes sure that no
handler is a door by accident, and the door test calls every one of them as nobody and as an
outsider.
"""

import functools
import inspect
import logging
from typing import Any

from reflex.app import App
from reflex.event import Event
from reflex.middleware import Middleware
from reflex.state import BaseState, StateUpdate
from reflex_base.registry import RegistrationContext

log = logging.getLogger(__name__)

_MOST_CHARACTERS = 200_000

# The framework's own events, which carry no right: they load and restore a tab's own variables.
_STATE = "reflex___state____state"
FRAMEWORK = frozenset(
    {
        f"{_STATE}.hydrate",
        f"{_STATE}.hydrate_and_load",
        f"{_STATE}.set_is_hydrated",
        f"{_STATE}.reflex___state____on_load_internal_state.on_load_internal",
        f"{_STATE}.reflex___state____on_load_internal_state.set_is_hydrated",
        f"{_STATE}.reflex___state____update_vars_internal_state.update_vars_internal",
        f"{_STATE}.reflex___state____frontend_event_exception_state.handle_frontend_exception",
    }
)


def registered_handlers() -> set[str]:
    """Return the full name of every event handler that a client could ask for."""
    return set(RegistrationContext.get().event_handlers)


class Doors(Middleware):
    """Drops every event that is not on the list, and every payload of an unreasonable size."""

    def __init__(self, doors: dict[str, str]) -> None:
        self._open = FRAMEWORK | doors.keys()

    async def preprocess(self, app: App, state: BaseState, event: Event) -> StateUpdate | None:
        """Return an empty update, which ends the event, unless the door is open."""
        if event.name not in self._open:
            log.warning("Refused an event that is no door: %.200r", event.name)
            return StateUpdate()
        if _size(event.payload) > _MOST_CHARACTERS:
            log.warning("Refused an event with too large a payload: %s", event.name)
            return StateUpdate()
        if _has_null(event.payload):
            log.warning("Refused an event with a null character: %s", event.name)
            return StateUpdate()
        if unknown := event.payload.keys() - _arguments(event.name):
            log.warning("Refused an event with unknown arguments: %s %.200r", event.name, unknown)
            return StateUpdate()
        return None


@functools.cache
def _arguments(name: str) -> frozenset[str]:
    registered = RegistrationContext.get().event_handlers[name]
    declared = list(inspect.signature(registered.handler.fn).parameters)
    return frozenset(declared[1:])  # the first is the state itself


def _has_null(payload: Any) -> bool:
    # No text of a person has one, and PostgreSQL keeps none.
    if isinstance(payload, dict):
        return any(_has_null(part) for pair in payload.items() for part in pair)
    if isinstance(payload, list | tuple):
        return any(_has_null(part) for part in payload)
    return isinstance(payload, str) and "\0" in payload


def _size(payload: Any) -> int:
    return len(repr(payload))

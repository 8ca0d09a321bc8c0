"""Default deny: an event reaches a handler only if it is on the list of doors.

Each entry says who may pass. The service behind decides all the same; the list makes sure that no
handler is a door by accident, and the door test calls every one of them as nobody and as an
outsider.
"""

import asyncio
import functools
import inspect
import logging
from typing import Any, get_type_hints

from reflex.app import App
from reflex.event import Event
from reflex.middleware import Middleware
from reflex.state import BaseState, StateUpdate
from reflex_base.registry import RegistrationContext
from reflex_base.utils.form import FORM_DATA_ENTRIES_KEY
from reflex_base.utils.format import sanitize_client_log_value

from grouplic.domain.refusals import AllowanceUsedUp
from grouplic.ui import seam

log = logging.getLogger(__name__)

_MOST_CHARACTERS = 200_000
_LARGEST_NUMBER = 1_000_000_000
_IMPOSSIBLE = frozenset(["\0", *map(chr, range(0xD800, 0xE000))])

# The framework's own events, which carry no right: they load and restore a tab's own variables.
_STATE = "reflex___state____state"
REPORT = f"{_STATE}.reflex___state____frontend_event_exception_state.handle_frontend_exception"
FRAMEWORK = frozenset(
    {
        f"{_STATE}.hydrate",
        f"{_STATE}.hydrate_and_load",
        f"{_STATE}.set_is_hydrated",
        f"{_STATE}.reflex___state____on_load_internal_state.on_load_internal",
        f"{_STATE}.reflex___state____on_load_internal_state.set_is_hydrated",
        f"{_STATE}.reflex___state____update_vars_internal_state.update_vars_internal",
        REPORT,
    }
)


def registered_handlers() -> set[str]:
    """Return the full name of every event handler that a client could ask for."""
    return set(RegistrationContext.get().event_handlers)


class Doors(Middleware):
    """Drops every event that is not on the list, and every payload that no page of ours sends."""

    def __init__(self, doors: dict[str, str]) -> None:
        self._open = FRAMEWORK | doors.keys()

    async def preprocess(self, app: App, state: BaseState, event: Event) -> StateUpdate | None:
        """Return an empty update, which ends the event, unless the door is open."""
        if event.name not in self._open:
            problem = "is no door"
        else:
            problem = payload_problem(event.name, event.payload)
        if not problem:
            return None
        log.warning("Refused an event that %s: %.200r", problem, event.name)
        return StateUpdate()


class Reports(Middleware):
    """Takes so many reports of a browser's errors from a network address; the rest is not heard.

    Anyone can send them, and each is a line in the log.
    """

    async def preprocess(self, app: App, state: BaseState, event: Event) -> StateUpdate | None:
        """Count a report, and let every other event pass."""
        if event.name != REPORT:
            return None
        attempts, address = seam.outside().attempts, seam.network_address(state)
        try:
            await asyncio.to_thread(attempts.spend, "browser_reports_per_address", 1, address)
        except AllowanceUsedUp:
            return StateUpdate()
        return None


def note_report(exception: Exception) -> None:
    """Log what a browser says went wrong in it: a client's word, so in a few words of one line."""
    log.warning("A browser reports: %s", sanitize_client_log_value(str(exception)))


def payload_problem(name: str, payload: Any) -> str:
    """Say why no page of ours sends this to the handler, or return an empty text.

    Annotations alone protect nothing: the framework hands over whatever came.
    """
    declared, needed, kinds = _arguments(name)
    if not isinstance(payload, dict) or not declared >= payload.keys() >= needed:
        return "has other arguments than its handler"
    try:
        if len(repr(payload)) > _MOST_CHARACTERS:
            return "has too large a payload"
        if _has_impossible_text(payload):
            return "has a character that no keyboard types"
    except RecursionError:
        return "is nested without end"
    if not all(_fits(value, kinds[argument]) for argument, value in payload.items()):
        return "has an argument of another kind than its handler takes"
    return ""


@functools.cache
def _arguments(name: str) -> tuple[frozenset[str], frozenset[str], dict[str, Any]]:
    """Return the arguments of a handler, those it cannot do without, and of what kind each is."""
    handler = RegistrationContext.get().event_handlers[name].handler.fn
    parameters = list(inspect.signature(handler).parameters.values())[1:]  # the first is the state
    needed = frozenset(one.name for one in parameters if one.default is inspect.Parameter.empty)
    hints = get_type_hints(handler)
    return frozenset(one.name for one in parameters), needed, hints


def _fits(value: Any, kind: Any) -> bool:
    if kind is bool:
        return isinstance(value, bool)
    if kind is int:
        return _is_small_number(value)
    if kind is str:
        return isinstance(value, str)
    if kind is dict:
        return _is_form(value)
    # What browsers store for the framework: we let it store nothing.
    return not value or (kind == list[str] | None and _are_texts(value))


def _is_form(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    # The framework's pages send the fields in their order, as pairs below this name.
    fields = value.get(FORM_DATA_ENTRIES_KEY)
    if fields is None:
        return all(_is_field(field) for field in value.values())
    return len(value) == 1 and isinstance(fields, list) and all(map(_is_pair, fields))


def _is_pair(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and isinstance(value[0], str)
        and _is_field(value[1])
    )


def _is_field(value: Any) -> bool:
    return value is None or isinstance(value, str | bool) or _are_texts(value)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_small_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST_NUMBER


def _has_impossible_text(payload: Any) -> bool:
    # No text of a person has a null or half a symbol, and PostgreSQL keeps neither.
    if isinstance(payload, dict):
        return any(_has_impossible_text(part) for pair in payload.items() for part in pair)
    if isinstance(payload, list | tuple):
        return any(_has_impossible_text(part) for part in payload)
    return isinstance(payload, str) and not _IMPOSSIBLE.isdisjoint(payload)

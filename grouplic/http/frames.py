"""What comes over a socket: only what our own pages send, and no faster than people are.

The framework behind writes down whatever it cannot read, at full length, and would take an event
called ``connect`` for a new connection from wherever it says it comes.
"""

import asyncio
import json
import logging
import re
import time
from collections.abc import Callable, Collection
from typing import Any, NoReturn

from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

# Engine.IO 4 and Socket.IO 5, as far as the framework's pages speak them. After those that
# stand alone: a connection with its first event, and events.
_ALONE = ("1", "2", "3", "41/_event,")
_CONNECTION = "40/_event,"
_EVENT = "42/_event,"
_TOKEN = re.compile(rb"(?:^|&)token=[\w-]{1,64}(?:&|$)")
_LONGEST = 1_000_000  # characters; the framework takes no longer ones
_POLICY_VIOLATION = 1008  # RFC 6455, 7.4.1
_LONGEST_SCHEMA = 64

_BURST = 2_000_000  # bytes that may come at once
_STEADY = 100_000  # bytes a second from then on
_LEAST = 2_000  # bytes that any frame counts as: a thousand at once, then fifty a second


class Frames:
    """Ends a connection that sends what no page of ours does; reads a hasty one more slowly.

    An event of a name that is not in ``events`` is passed over: a page of the version before may
    send it.
    """

    def __init__(
        self, app: ASGIApp, events: Collection[str], now: Callable[[], float] = time.monotonic
    ) -> None:
        self._app, self._events, self._now = app, frozenset(events), now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the connection on."""
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        if not _TOKEN.search(scope["query_string"]):
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
            return
        pace, ended = Pace(self._now), False

        async def sound() -> Message:
            nonlocal ended
            while True:
                message = await receive()
                if message["type"] != "websocket.receive":
                    return message
                frame = message.get("text") or ""
                await asyncio.sleep(pace.pause(min(len(frame), _LONGEST)))
                problem, name = read_frame(frame)
                if problem:
                    log.warning("Ended a connection for a frame that %s", problem)
                    await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
                    ended = True
                    return {"type": "websocket.disconnect", "code": _POLICY_VIOLATION}
                if not name or name in self._events:
                    return message
                log.warning("Passed over an event that is no door: %.200r", name)

        async def send_until_ended(message: Message) -> None:
            if not ended:
                await send(message)

        await self._app(scope, sound, send_until_ended)


class Pace:
    """How long to wait before the next frame is taken, so that they come in at a steady pace."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now, self._at, self._left = now, now(), float(_BURST)

    def pause(self, size: int) -> float:
        """Return for how many seconds a frame of this many bytes has to wait."""
        now = self._now()
        self._left = min(_BURST, self._left + (now - self._at) * _STEADY) - max(size, _LEAST)
        self._at = now
        return max(0.0, -self._left / _STEADY)


def read_frame(frame: str) -> tuple[str, str]:
    """Say why no page of ours sends this frame, or nothing; and which event it asks for, if any."""
    if frame in _ALONE:
        return "", ""
    if len(frame) > _LONGEST:
        return "is longer than any event", ""
    head = next((one for one in (_CONNECTION, _EVENT) if frame.startswith(one)), "")
    if not head:
        return "is of no kind that pages send", ""
    try:
        body = json.loads(frame.removeprefix(head) or "{}", parse_constant=_no_number)
    except (ValueError, RecursionError):
        return "is no JSON", ""
    return _read_connection(body) if head == _CONNECTION else _read_event(body)


def _read_connection(body: Any) -> tuple[str, str]:
    if not isinstance(body, dict):
        return "opens with no object", ""
    schema = body.get("state_schema")
    if schema is not None and not (isinstance(schema, str) and len(schema) <= _LONGEST_SCHEMA):
        return "names no schema", ""
    return ("", "") if body.get("event") is None else _read_asked(body["event"])


def _read_event(body: Any) -> tuple[str, str]:
    if not isinstance(body, list) or len(body) != 2 or not isinstance(body[1], dict):
        return "is no event with one object", ""
    if body[0] == "client_error":
        return "", ""
    return _read_asked(body[1]) if body[0] == "event" else ("is another event than pages send", "")


def _read_asked(event: Any) -> tuple[str, str]:
    if not isinstance(event, dict):
        return "asks for nothing", ""
    name, where = event.get("name"), event.get("router_data", {})
    if not isinstance(name, str) or not isinstance(event.get("payload", {}), dict):
        return "asks for no handler with arguments", ""
    if not isinstance(where, dict) or not isinstance(where.get("query", {}), dict):
        return "comes from no page", ""
    if not all(isinstance(where.get(part, ""), str) for part in ("pathname", "asPath")):
        return "comes from no page", ""
    return "", name


def _no_number(_: str) -> NoReturn:
    raise ValueError  # NaN and infinities, which JSON does not have

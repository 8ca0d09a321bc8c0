"""Which frames pass to the framework, and how fast."""

import json
from typing import Any

import pytest

from grouplic.http.frames import Frames, Pace, read_frame
from tests.coroutines import run

NAME = "reflex___state____state.hydrate"
EVENT = {
    "name": NAME,
    "payload": {},
    "router_data": {"pathname": "/", "asPath": "/?a=b", "query": {"a": "b"}},
}


def frame(head: str, body: Any) -> str:
    return f"{head}/_event,{json.dumps(body)}"


PAGES_SEND = [
    "3",
    "41/_event,",
    "40/_event,",
    frame("40", {"event": EVENT, "state_schema": "a1b2"}),
    frame("42", ["event", EVENT]),
    frame("42", ["event", {**EVENT, "token": "x", "client_state_name": None}]),
    frame("42", ["client_error", {"message": "x"}]),
]


def spoofed(**connection: Any) -> str:
    return frame("42", ["connect", connection])


NOBODY_SENDS = [
    *("", "0{}", "4", "5", "6", "9", "2probe", "40", "42", "49/_event,", "43/_event,1[]"),
    *("40/elsewhere,", '42/elsewhere,["event",{}]', "42/_event,", "42/_event,{}", "42/_event,[]"),
    *('42/_event,["event"]', '42/_event,["event",1]', '42/_event,["event",{nope', "40/_event,[]"),
    '42/_event,["event",NaN]',
    '451-/_event,["event",{"_placeholder":true,"num":0}]',
    '42/_event,["event",' + "[" * 50_000,
    '42/_event,["event",{"name":"x","payload":{"a":' + "[" * 5_000 + "]" * 5_000 + "}}]",
    '42/_event,["event","' + "x" * 1_000_000 + '"]',
    spoofed(QUERY_STRING="token=x", **{"asgi.scope": {"client": ["192.0.2.9"], "headers": []}}),
    *(frame("42", [name, {}]) for name in ("disconnect", "ping", "emit_update", "__init__", "", 5)),
    *(frame("42", ["event", EVENT, more]) for more in (1, {}, None)),
    frame("40", {"event": "x"}),
    frame("40", {"state_schema": "x" * 65}),
    *(frame("42", ["event", {**EVENT, "name": name}]) for name in (None, 5, [NAME])),
    *(frame("42", ["event", {**EVENT, "payload": odd}]) for odd in (None, [], "x")),
    *(frame("42", ["event", {**EVENT, "router_data": odd}]) for odd in (None, [], "x")),
    *(
        frame("42", ["event", {**EVENT, "router_data": {part: odd}}])
        for part in ("pathname", "asPath", "query")
        for odd in (None, 5, ["x"])
    ),
]


@pytest.mark.parametrize("sent", PAGES_SEND)
def test_what_pages_send_passes(sent: str) -> None:
    assert through(sent) == [sent]


@pytest.mark.parametrize("sent", NOBODY_SENDS, ids=lambda sent: sent[:40])
def test_what_no_page_sends_ends_the_connection(sent: str) -> None:
    assert read_frame(sent)[0]
    assert through(sent, PAGES_SEND[0]) == []


def test_bytes_end_the_connection() -> None:
    assert through(b"\0\1") == []


def test_an_event_that_is_no_door_is_passed_over() -> None:
    unknown = frame("42", ["event", {**EVENT, "name": "reflex___state____state.gone"}])
    assert through(unknown, PAGES_SEND[0]) == [PAGES_SEND[0]]


@pytest.mark.parametrize("query", ["", "token=", "token=a%20b", f"token={'x' * 65}", "tokens=x"])
def test_nobody_connects_without_the_name_of_a_tab(query: str) -> None:
    assert through("3", query=query) == []


def test_a_flood_is_read_at_a_steady_pace() -> None:
    now = 0.0
    pace = Pace(lambda: now)

    waited = 0.0
    for _ in range(3_000):
        pause = pace.pause(100)
        waited, now = waited + pause, now + pause
    assert 39 < waited < 41, "a thousand at once, then fifty a second"


def test_people_never_wait() -> None:
    now = 0.0
    pace = Pace(lambda: now)

    for _ in range(5_000):
        assert pace.pause(500) == 0
        now += 0.05


def through(*frames: str | bytes, query: str = "EIO=4&token=a-tab") -> list[str]:
    """Return those of the frames that come to the framework before the connection ends."""
    passed: list[str] = []
    waiting = [
        {"type": "websocket.receive", "text" if isinstance(one, str) else "bytes": one}
        for one in frames
    ]

    async def framework(_scope: Any, receive: Any, send: Any) -> None:
        while (message := await receive())["type"] == "websocket.receive":
            passed.append(message["text"])
        await send({"type": "websocket.close"})

    async def receive() -> dict[str, Any]:
        return waiting.pop(0) if waiting else {"type": "websocket.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        assert message["type"] == "websocket.close"
        closed.append(message)

    closed: list[dict[str, Any]] = []
    scope = {"type": "websocket", "query_string": query.encode()}
    run(Frames(framework, {NAME})(scope, receive, send))  # type: ignore[arg-type]
    assert len(closed) == 1
    return passed

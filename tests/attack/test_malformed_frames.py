"""What no page sends, over a real connection: it ends, and nobody else notices."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import aiohttp
import httpx
import pytest

from tests.attack.listening import ListeningTab, Running
from tests.coroutines import run
from tests.http_shell.test_frames import EVENT, NOBODY_SENDS, frame
from tests.running.servers import METRICS_TOKEN

pytestmark = pytest.mark.alone

_LOOK_UP = "reflex___state____state.grouplic___ui___pages___redeem____redeem_state.look_up"
_MORE = [
    frame("42", ["event", "x" * 900_000]),
    frame("42", ["event", {"z": "x" * 900_000}]),
    frame("42", ["event", {**EVENT, "name": "x" * 900_000, "payload": None}]),
    '42/_event,["event","' + "x" * 3_000_000 + '"]',
    b"\0\1\2" * 1_000,
]


@asynccontextmanager
async def connection(site: Running) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Open a bare websocket, as far as the framework's first answer."""
    where = f"{site.address}/_event/?token={uuid4()}&EIO=4&transport=websocket"
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(where, headers={"Origin": site.address}, max_msg_size=0) as socket,
    ):
        await socket.receive()
        await socket.send_str("40/_event,{}")
        assert "sid" in (await socket.receive()).data
        yield socket


async def ended_by(site: Running, sent: str | bytes) -> bool:
    """Say whether the connection ends upon it."""
    async with connection(site) as socket:
        try:
            await (socket.send_bytes if isinstance(sent, bytes) else socket.send_str)(sent)  # type: ignore[operator]
            while not (await socket.receive()).type.name.startswith("CLOS"):
                pass
        except ConnectionError:
            return True  # while the rest of it was still being sent
        return True


def worker(site: Running) -> int:
    """Return which process answers."""
    headers = {"Authorization": f"Bearer {METRICS_TOKEN}"}
    return int(httpx.get(f"{site.address}/healthz", headers=headers, timeout=30).json()["worker"])


def test_malformed_frames_end_their_connection_and_hurt_nobody(running: Running) -> None:
    before, written = worker(running), len(running.logged())

    async def story() -> None:
        other = await ListeningTab(running.address, "/").open()
        for sent in [*NOBODY_SENDS, *_MORE]:
            async with asyncio.timeout(60):
                assert await ended_by(running, sent), sent[:60]
        await other.answered()
        await other.close()

    run(story())
    assert worker(running) == before
    log = running.logged()[written:]
    assert "Ended a connection for a frame that is no JSON" in log
    assert "Traceback" not in log
    assert len(log) < 200 * (len(NOBODY_SENDS) + len(_MORE))


def test_a_flood_of_events_leaves_the_others_their_turn_and_the_log_short(
    running: Running,
) -> None:
    before, written = worker(running), len(running.logged())
    refused = frame("42", ["event", {**EVENT, "name": _LOOK_UP, "payload": {"form": 5}}])
    reports = frame("42", ["client_error", {"message": "x\n" * 100_000}])

    async def story() -> None:
        async with connection(running) as socket:

            async def flood() -> None:
                for number in range(100_000):
                    await socket.send_str(reports if number % 100 == 0 else refused)

            flooding = asyncio.create_task(flood())
            other = await ListeningTab(running.address, "/").open()
            for _ in range(10):
                await other.answered()
            assert not flooding.done(), "it was not read as fast as it was sent"
            flooding.cancel()
            await other.close()

    run(story())
    assert worker(running) == before
    log = running.logged()[written:]
    assert json.loads(httpx.get(f"{running.address}/healthz", timeout=30).text)
    assert "has an argument of another kind" in log
    assert len(log) < 100_000

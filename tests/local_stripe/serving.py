"""Real servers on free loopback ports, and a receiver of webhooks."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
from granian.constants import Interfaces
from granian.server.embed import Server
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from grouplic.adapters.local_stripe import LocalStripeConfig, deliver_forever, local_stripe

PREFIX = "/local-stripe"
PATIENCE = 15.0


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return the time that it shows."""
        return self.now

    def move(self, **by: float) -> None:
        """Move it on."""
        self.now += timedelta(**by)


@dataclass
class Receiver:
    """Takes webhooks; answers ``refusals`` of them with 500 first."""

    refusals: int = 0
    received: list[tuple[bytes, str]] = field(default_factory=list)

    async def take(self, request: Request) -> Response:
        """Take one webhook."""
        if self.refusals:
            self.refusals -= 1
            return Response(status_code=500)
        self.received.append((await request.body(), request.headers["stripe-signature"]))
        return Response()


def free_port() -> int:
    """Return a loopback port that is free now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Recorded:
    """Writes down what is asked of the API and what it answers."""

    def __init__(self, inner: Any, exchanges: list[tuple[str, str, str, str]]) -> None:
        self._inner = inner
        self._exchanges = exchanges

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass one request on, and keep it."""
        asked, answered = bytearray(scope.get("query_string", b"")), bytearray()

        async def hear() -> Any:
            message = await receive()
            asked.extend(message.get("body", b""))
            return message

        async def tell(message: Any) -> None:
            answered.extend(message.get("body", b""))
            await send(message)

        await self._inner(scope, hear, tell)
        path = scope["path"].removeprefix(PREFIX)
        if path.startswith("/v1/"):
            exchange = (scope["method"], path, asked.decode(), answered.decode())
            self._exchanges.append(exchange)


def site(
    config: LocalStripeConfig,
    receiver: Receiver,
    *,
    delivers: bool = True,
    exchanges: list[tuple[str, str, str, str]] | None = None,
) -> Starlette:
    """Return an application as the root makes it: the page mounted, deliveries in the lifespan."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> Any:
        task = asyncio.create_task(deliver_forever(config)) if delivers else None
        yield
        if task:
            task.cancel()

    return Starlette(
        routes=[
            Route("/webhook", receiver.take, methods=["POST"]),
            Mount(
                PREFIX, Recorded(local_stripe(config), exchanges if exchanges is not None else [])
            ),
        ],
        lifespan=lifespan,
    )


@contextmanager
def served(app: Starlette, port: int) -> Iterator[None]:
    """Serve ``app`` over HTTP in a thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=_serve, args=(loop, app, port), daemon=True)
    thread.start()
    wait_until(lambda: _answers(port))
    yield
    # The server stops when its loop is told to; an event set from another thread wakes no loop.
    loop.call_soon_threadsafe(app.state.server.stop)
    thread.join(PATIENCE)
    assert not thread.is_alive()


def _serve(loop: asyncio.AbstractEventLoop, app: Starlette, port: int) -> None:
    asyncio.set_event_loop(loop)
    app.state.server = Server(app, port=port, interface=Interfaces.ASGI, log_enabled=False)
    loop.run_until_complete(app.state.server.serve())
    loop.close()


def wait_until(holds: Callable[[], Any]) -> Any:
    """Wait until ``holds`` returns something true, and return that."""
    deadline = time.monotonic() + PATIENCE
    while not (result := holds()):
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.01)  # between looks
    return result


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}{PREFIX}/page.css").status_code == 200
    except httpx.TransportError:
        return False

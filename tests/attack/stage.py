"""The whole site in one process, for attacks: its routes and wrappers, and its event handlers.

Nothing is left out but the frontend and the websocket itself: events pass the same middleware and
the same processor, requests the same wrappers, as in a running site.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

os.environ.setdefault("__REFLEX_SKIP_COMPILE", "1")

from reflex.event import Event
from reflex.state import StateUpdate
from reflex_base.event.processor.base_state_processor import BaseStateEventProcessor
from starlette.applications import Starlette
from starlette.testclient import TestClient

from grouplic import wiring
from grouplic.grouplic import _routes, _wrapped, app, backend_exception_handler
from grouplic.services.links import token_hash
from grouplic.services.outside import Outside
from grouplic.ui import live, seam, turns
from tests.outside import SITE

STATE = "reflex___state____state"
HYDRATE = f"{STATE}.hydrate_and_load"


@dataclass
class Heard:
    """What came back to one tab: the frames as text, where it was sent, the bugs that were met.

    ``vars`` is what each state was shown to be by the last of the frames.
    """

    frames: list[str] = field(default_factory=list)
    vars: dict[str, dict[str, Any]] = field(default_factory=dict)
    redirects: list[str] = field(default_factory=list)
    bugs: list[Exception] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Everything that was sent to the tab."""
        return "\n".join(self.frames)


class Tabs:
    """Open tabs of this process: events go in by ``knock``, what is answered is kept by tab."""

    def __init__(self) -> None:
        self.heard: dict[str, Heard] = {}
        self._met: list[Exception] = []
        self._processor = BaseStateEventProcessor(
            middleware=app,
            backend_exception_handler=self._meet,
            graceful_shutdown_timeout=1,
        )

    async def knock(
        self,
        tab: str,
        name: str,
        payload: Any,
        cookie: str = "",
        path: str = "/",
        language: str = "",
        **arguments: str,
    ) -> Heard:
        """Send an event from ``tab`` as the browser does, and return what came back by its end."""
        heard = Heard()
        self.heard[tab] = heard
        where = route(cookie, path, tab, arguments, language)
        event = Event(name=name, payload=payload, router_data=where)
        future = await self._processor.enqueue(tab, event)
        await asyncio.gather(future.wait_all(), return_exceptions=True)
        heard.bugs, self._met = self._met, []
        return heard

    async def tell(self, *tabs: str) -> dict[str, Heard]:
        """Tell tabs that what they watch has changed; return what came to each of them then.

        A tab that watches nothing, or had nothing new to show, has heard nothing.
        """
        self.heard = {tab: Heard() for tab in tabs}
        live.deliver(SimpleNamespace(event_processor=self._processor), tabs)  # type: ignore[arg-type]
        await asyncio.gather(*turns._tasks)
        await self._processor.join()
        return self.heard

    async def emit_update(self, update: StateUpdate, token: str) -> None:
        """Take what the processor sends to a tab; it calls this."""
        heard = self.heard.setdefault(token, Heard())
        heard.frames.append(repr(update.delta) + repr(update.events))
        for state, changes in (update.delta or {}).items():
            known = heard.vars.setdefault(state.rpartition("____")[2], {})
            known.update(
                (name.removesuffix("_rx_state_"), value) for name, value in changes.items()
            )
        for event in update.events or ():
            if event.name == "_redirect":
                heard.redirects.append(str(event.payload.get("path", "")))

    def _meet(self, bug: Exception) -> Any:
        self._met.append(bug)
        return backend_exception_handler(bug)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Tabs"]:
        """Run the processor."""
        async with self._processor.configure(event_namespace=self):  # type: ignore[arg-type]
            yield self


@contextmanager
def wired(outside: Outside) -> Iterator[Outside]:
    """Let the pages use these adapters for a while, as the composition root hands them over."""
    seam.wire(outside)
    try:
        yield outside
    finally:
        seam.wire(wiring.outside())


def browser(outside: Outside, cookie: str = "", **headers: str) -> TestClient:
    """Return a browser at the site's routes, behind all of the site's wrappers."""
    site = _wrapped(Starlette(routes=_routes(outside)))
    client = TestClient(
        site, base_url=SITE, follow_redirects=False, raise_server_exceptions=False, headers=headers
    )
    if cookie:
        client.cookies.set(outside.cookie_name, cookie)
    return client


def route(
    cookie: str, path: str, tab: str, arguments: dict[str, str], language: str = ""
) -> dict[str, Any]:
    """Return what the framework knows of a tab: its page, and the headers of its connection."""
    pathname, _, query = path.partition("?")
    pairs = dict(pair.split("=", 1) for pair in query.split("&") if "=" in pair)
    # The wrapper in front of the framework has replaced the cookie's value by its hash.
    hidden = f"grouplic={token_hash(cookie)}" if cookie else ""
    return {
        "pathname": pathname,
        "asPath": path,
        "query": {**pairs, **arguments},
        "token": tab,
        "sid": tab,
        "ip": "192.0.2.7",
        "headers": {
            "host": "learn.example",
            "origin": SITE,
            "cookie": hidden,
            "accept-language": language,
        },
    }


def new_tab() -> str:
    """Return the name of a tab that nobody has opened yet."""
    return str(uuid4())

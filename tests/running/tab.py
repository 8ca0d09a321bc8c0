"""A browser's tab without a browser: the framework's protocol, spoken over a real websocket."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import aiohttp
import socketio
import socketio.exceptions

_STATE = "reflex___state____state"
_PAGES = f"{_STATE}.grouplic___ui___pages___"
_SUFFIX = "_rx_state_"
_PATIENCE = 60.0


class TurnedAway(socketio.exceptions.ConnectionError):
    """The site answered 503: there is no room for this page now."""


class Tab:
    """One open page. ``vars`` is what it shows; ``redirects`` are the ways it was sent.

    ``worker`` names the process that serves it, ``token`` the tab: by it the site keeps its state.
    """

    def __init__(self, site: str, path: str, cookie: str = "", **arguments: str) -> None:
        self.vars: dict[str, dict[str, Any]] = {}
        self.redirects: list[str] = []
        self.updates = 0
        self.worker = 0
        self._site, self._path, self._cookie = site, path, cookie
        self._arguments = arguments
        self.token = str(uuid4())
        self._changed = asyncio.Event()
        self._http: aiohttp.ClientSession | None = None
        self._client: socketio.AsyncClient | None = None

    async def open(self, health_token: str = "") -> "Tab":
        """Open the page; with a token for /healthz, find out which worker serves it."""
        self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1))
        if health_token:
            # The websocket goes over the connection that this answer came by.
            headers = {"Authorization": f"Bearer {health_token}"}
            async with self._http.get(f"{self._site}/healthz", headers=headers) as answer:
                self.worker = (await answer.json())["worker"]
        self._client = socketio.AsyncClient(reconnection=False, http_session=self._http)
        self._client.on("event", self._hear, namespace="/_event")
        try:
            await self._connect(self._client)
        except socketio.exceptions.ConnectionError as problem:
            await self._http.close()
            handshake = problem.__cause__ and problem.__cause__.__context__
            if getattr(handshake, "status", 0) == HTTPStatus.SERVICE_UNAVAILABLE:
                raise TurnedAway from problem
            raise
        return self

    async def _connect(self, client: socketio.AsyncClient) -> None:
        await client.connect(
            f"{self._site}/_event?token={self.token}",
            headers={"Origin": self._site, **({"Cookie": self._cookie} if self._cookie else {})},
            socketio_path="/_event",
            namespaces=["/_event"],
            transports=["websocket"],
            wait_timeout=int(_PATIENCE),
            auth={"event": self._event(f"{_STATE}.hydrate_and_load", {})},
        )

    async def close(self) -> None:
        """Close it."""
        if self._client:
            await self._client.disconnect()
        if self._http:
            await self._http.close()

    async def do(self, handler: str, **payload: Any) -> None:
        """Send an event, such as ``redeem.RedeemState.redeem`` written as the doors are."""
        await self.send(_PAGES + handler, payload)

    async def send(self, name: str, payload: dict[str, Any]) -> None:
        """Send an event to the handler with this full name."""
        assert self._client
        await self._client.emit("event", self._event(name, payload), "/_event")

    async def turn_to(self, path: str, **arguments: str) -> None:
        """Go to another page, as a link inside the site does."""
        assert self._client
        self._path, self._arguments = path, arguments
        loading = f"{_STATE}.reflex___state____on_load_internal_state.on_load_internal"
        await self._client.emit("event", self._event(loading, {}), "/_event")

    async def until(
        self, holds: Callable[[dict[str, dict[str, Any]]], Any], patience: float = _PATIENCE
    ) -> Any:
        """Wait until what the page shows is as wanted, and return what ``holds`` returns."""
        async with asyncio.timeout(patience):
            while not (found := holds(self.vars)):
                self._changed.clear()
                await self._changed.wait()
        return found

    def shows(self, state: str, name: str) -> Any:
        """Return the variable as the page has it, or None before it came."""
        return self.vars.get(state, {}).get(name)

    def _hear(self, update: dict[str, Any]) -> None:
        self.updates += 1
        for state, changes in (update.get("delta") or {}).items():
            short = state.rsplit(".", 1)[-1].rsplit("____", 1)[-1]
            known = self.vars.setdefault(short, {})
            known.update((name.removesuffix(_SUFFIX), value) for name, value in changes.items())
        for event in update.get("events") or ():
            if event["name"] == "_redirect":
                self.redirects.append(event["payload"]["path"])
        self._changed.set()

    def _event(self, name: str, payload: dict[str, Any]) -> dict[str, Any]:
        path, _, query = self._path.partition("?")
        pairs = dict(pair.split("=", 1) for pair in query.split("&") if pair)
        return {
            "name": name,
            "payload": payload,
            "router_data": {
                "pathname": path,
                "asPath": self._path,
                "query": {**pairs, **self._arguments},
            },
            "token": self.token,
        }

"""When more come than can be served: 503 with a time to come back, before anything is begun."""

from collections.abc import Sequence
from html import escape

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from grouplic.domain.refusals import TooManyAtOnce
from grouplic.services.flash import COOKIE
from grouplic.services.room import Room

RETRY_AFTER = "60"  # seconds
_TRY_AGAIN_LATER = 1013  # RFC 6455's registry: a temporary condition
_REJECTS_BY_RESPONSE = "websocket.http.response"
# Where people pay, and what tells how the site is.
_ALWAYS_OPEN = ("/buy", "/orders/", "/local-stripe/", "/healthz", "/metrics")
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>One moment, please</title>
<link rel="stylesheet" href="/grouplic.css">
<main class="narrow">
<div class="empty"><h1>One moment, please</h1><p>{message}</p>
<a class="btn primary" href="">Try again</a></div>
</main>
</html>
"""


def crowded(refusal: TooManyAtOnce) -> Response:
    """Return the refusal as RFC 9110 (15.6.4) has it: come back after a while."""
    return PlainTextResponse(refusal.message, 503, {"Retry-After": RETRY_AFTER})


def with_room(routes: Sequence[Route], room: Room) -> list[Route]:
    """Return the routes so that they answer only while there is room."""
    guard = [Middleware(_Guard, room=room)]
    return [
        Route(route.path, route.endpoint, methods=list(route.methods or ()), middleware=guard)
        for route in routes
    ]


class _Guard:
    def __init__(self, app: ASGIApp, room: Room) -> None:
        self._app, self._room = app, room

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with self._room.entered():
                await self._app(scope, receive, send)
        except TooManyAtOnce as refusal:
            await crowded(refusal)(scope, receive, send)


class Visits:
    """Hands out pages while there is room; who comes for one then is told when to come back.

    Not so where people pay, nor for whoever comes back from a form that was refused: the page has
    the reason, and what was typed.
    """

    def __init__(self, app: ASGIApp, room: Room) -> None:
        self._app, self._room = app, room

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer that this is not the moment."""
        try:
            with self._room.entered(refusable=_is_a_visit(scope)):
                await self._app(scope, receive, send)
        except TooManyAtOnce as refusal:
            page = _PAGE.format(message=escape(refusal.message))
            answer = HTMLResponse(page, 503, {"Retry-After": RETRY_AFTER})
            await answer(scope, receive, send)


def _is_a_visit(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    if scope["path"].startswith(_ALWAYS_OPEN):
        return False
    request = Request(scope)
    return "text/html" in request.headers.get("accept", "") and COOKIE not in request.cookies


class OpenPages:
    """Lets so many websockets be open; who comes beyond them is told to try again later.

    The page tries by itself, with longer and longer pauses, and says so; its forms work meanwhile.
    """

    def __init__(self, app: ASGIApp, room: Room) -> None:
        self._app, self._room = app, room

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the connection on, or refuse it."""
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        try:
            with self._room.entered():
                await self._app(scope, receive, send)
        except TooManyAtOnce as refusal:
            await _refuse_socket(refusal, scope, receive, send)


async def _refuse_socket(
    refusal: TooManyAtOnce, scope: Scope, receive: Receive, send: Send
) -> None:
    if _REJECTS_BY_RESPONSE in (scope.get("extensions") or {}):
        await crowded(refusal)(scope, receive, send)
    else:
        await send({"type": "websocket.close", "code": _TRY_AGAIN_LATER})

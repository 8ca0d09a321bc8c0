"""The session cookie, and the wrapper that keeps its value from the framework."""

import hashlib
import re

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send


class HashedSessionCookie:
    """Replaces the session cookie by its SHA-256 before anything behind it sees the headers.

    Reflex pickles the headers of a connection and may log them; the hash opens nothing, since a
    client that sends it has it hashed again.
    """

    def __init__(self, app: ASGIApp, name: str) -> None:
        self._app = app
        self._cookie = re.compile(rb"(?:^|(?<=[;\s,]))" + re.escape(name.encode()) + rb"=([^;,]*)")
        self._name = name.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request or websocket on, with the cookie's value hashed."""
        if scope["type"] in ("http", "websocket"):
            scope = {**scope, "headers": [self._hide(*header) for header in scope["headers"]]}
        await self._app(scope, receive, send)

    def _hide(self, name: bytes, value: bytes) -> tuple[bytes, bytes]:
        if name.lower() != b"cookie":
            return name, value
        return name, self._cookie.sub(self._hashed, value)

    def _hashed(self, match: re.Match[bytes]) -> bytes:
        value = match[1].strip().strip(b'"')
        return self._name + b"=" + hashlib.sha256(value).hexdigest().encode()


def set_session_cookie(
    response: Response, name: str, value: str, seconds: int, secure: bool
) -> None:
    """Set the cookie so that no script reads it and no other site's form sends it."""
    response.set_cookie(
        name, value, max_age=seconds, path="/", secure=secure, httponly=True, samesite="lax"
    )


def clear_session_cookie(response: Response, name: str, secure: bool) -> None:
    """Take the cookie away."""
    response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="lax")

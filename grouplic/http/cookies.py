"""The session cookie, and the wrapper that keeps its value from the framework."""

import hashlib
import re

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

# What RFC 6265 (4.1.1) lets a server set; nothing in it is read differently by two parsers.
_WELL_FORMED = re.compile(
    rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+=[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*"
)


class HashedSessionCookie:
    """Replaces the session cookie by its SHA-256 before anything behind it sees the headers.

    Reflex pickles the headers of a connection and may log them; the hash opens nothing, since a
    client that sends it has it hashed again. Cookies that are not well formed are dropped: a
    parser behind this one might find the session in what this one took for something else.
    """

    def __init__(self, app: ASGIApp, name: str) -> None:
        self._app = app
        self._start = name.encode() + b"="

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request or websocket on, with the cookie's value hashed."""
        if scope["type"] in ("http", "websocket"):
            scope = {**scope, "headers": [self._hide(*header) for header in scope["headers"]]}
        await self._app(scope, receive, send)

    def _hide(self, name: bytes, value: bytes) -> tuple[bytes, bytes]:
        if name.lower() != b"cookie":
            return name, value
        cookies = (cookie.strip(b" ") for cookie in value.split(b";"))
        return name, b"; ".join(self._hashed(one) for one in cookies if _WELL_FORMED.fullmatch(one))

    def _hashed(self, cookie: bytes) -> bytes:
        if not cookie.startswith(self._start):
            return cookie
        value = cookie.removeprefix(self._start)
        return self._start + hashlib.sha256(value).hexdigest().encode()


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

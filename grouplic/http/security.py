"""Headers, sizes and origins: what every request passes, whatever page it is for."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_MEGABYTE = 1_000_000
_TOO_LARGE = "This is too large."
_UPLOADS = "/uploads/"
_FORM_AROUND = 200_000  # bytes
_ADDRESSES_WITH_SECRETS = ("/join/", "/redeem", "/welcome", "/reset-password", "/verify-email")
_MACHINES = ("/webhooks/", "/local-stripe/")


# What is served where there is no page of that name: pages with a name in their address, and none.
_FALLBACKS = ("/__spa-fallback", "/404")


def read_script_hashes(file: Path) -> dict[str, list[str]]:
    """Return the hashes of each page's inline scripts; none before the first build."""
    return json.loads(file.read_text()) if file.exists() else {}


def page_of(path: str) -> str:
    """Return the page that is served at ``path``, however its file is named."""
    return path.removesuffix("/index.html").removesuffix(".html").rstrip("/") or "/"


class SecurityHeaders:
    """Sets the Content-Security-Policy and the usual headers on every response."""

    def __init__(
        self, app: ASGIApp, script_hashes: Mapping[str, Sequence[str]], secure: bool
    ) -> None:
        self._app = app
        shared = [code for page in _FALLBACKS for code in script_hashes.get(page, ())]
        # A page's own scripts alone: the list of all would grow with every page.
        self._scripts = {
            page: " ".join(["'self'", *dict.fromkeys([*shared, *codes])])
            for page, codes in {**script_hashes, "": ()}.items()
        }
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add to its response."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        host = Headers(scope=scope).get("host", "")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                self._add(headers, host, scope["path"])
                _say_how_long_to_keep(headers, scope["path"], message["status"])
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _add(self, headers: MutableHeaders, host: str, path: str) -> None:
        # The local payment page sends its own, since its forms lead back to the site.
        headers.setdefault("Content-Security-Policy", self._policy(host, path))
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        # Not "no-referrer": with it, a form's post would come from nowhere, and the gate refuses.
        private = path.startswith(_ADDRESSES_WITH_SECRETS)
        policy = "same-origin" if private else "strict-origin-when-cross-origin"
        headers.setdefault("Referrer-Policy", policy)
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(self), microphone=(), geolocation=()"
        if self._secure:
            headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"

    def _policy(self, host: str, path: str) -> str:
        socket = f" {'wss' if self._secure else 'ws'}://{host}" if _is_plain(host) else ""
        scripts = self._scripts.get(page_of(path), self._scripts[""])
        return "; ".join(
            [
                "default-src 'self'",
                f"script-src {scripts}",
                # The framework's styles (emotion) are written into the page as it runs.
                "style-src 'self' 'unsafe-inline'",
                "img-src 'self' data:",
                f"connect-src 'self'{socket}",
                "form-action 'self'",
                "frame-ancestors 'none'",
                "base-uri 'none'",
                "object-src 'none'",
            ]
        )


class Gate:
    """Refuses what no page of ours sends: foreign origins, endless bodies, framework uploads."""

    def __init__(
        self, app: ASGIApp, largest_body: int = _MEGABYTE, largest_upload: int = 25 * _MEGABYTE
    ) -> None:
        self._app = app
        self._largest = largest_body
        self._largest_upload = largest_upload + _FORM_AROUND

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with a refusal."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if scope["path"].startswith("/_upload"):
            # It would run any handler on the state whose token a client names. We take uploads
            # on a route of our own.
            await _refuse(404, "Not found", scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(headers, scope, receive, send)
        elif _is_foreign_post(scope, headers):
            await _refuse(403, "This form came from another site.", scope, receive, send)
        elif _declared_size(headers) > self._allowed(scope) and not _is_upload(scope):
            await _refuse(413, _TOO_LARGE, scope, receive, send)
        else:
            await self._pass_on_bounded(scope, receive, send)

    def _allowed(self, scope: Scope) -> int:
        return self._largest_upload if _is_upload(scope) else self._largest

    async def _websocket(
        self, headers: Headers, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if _same_host(headers.get("origin", ""), headers.get("host", "")):
            await self._app(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _pass_on_bounded(self, scope: Scope, receive: Receive, send: Send) -> None:
        read, allowed = 0, self._allowed(scope)
        refused = started = False

        async def bounded() -> Message:
            nonlocal read, refused
            message = await receive()
            read += len(message.get("body", b""))
            refused = refused or read > allowed
            # Whoever reads the body finds that the client went away.
            return {"type": "http.disconnect"} if refused else message

        async def send_unless_refused(message: Message) -> None:
            nonlocal started
            if not refused or started:
                started = True
                await send(message)

        try:
            await self._app(scope, bounded, send_unless_refused)
        except ClientDisconnect:
            if not refused:
                raise
        if refused and not started:
            await _refuse(413, _TOO_LARGE, scope, receive, send)


def _is_upload(scope: Scope) -> bool:
    # The route refuses by itself what is declared too large, so that its page can say so.
    return bool(scope["path"].startswith(_UPLOADS))


def _say_how_long_to_keep(headers: MutableHeaders, path: str, status: int) -> None:
    if "cache-control" in headers:
        return
    if path.startswith("/assets/") and status in (200, 206, 304):
        # Named after their content. A missing one is not kept: the next build may bring it.
        headers["Cache-Control"] = "public, max-age=31536000, immutable"
    elif "etag" in headers:
        # Asked for again: a kept page would name scripts of a build that is gone.
        headers["Cache-Control"] = "no-cache"
    else:
        headers["Cache-Control"] = "no-store"


def _declared_size(headers: Headers) -> int:
    declared = headers.get("content-length", "0")
    return int(declared) if declared.isdecimal() else 0  # what is no number, is counted


def _is_foreign_post(scope: Scope, headers: Headers) -> bool:
    if scope["method"] in ("GET", "HEAD", "OPTIONS") or scope["path"].startswith(_MACHINES):
        return False
    origin = headers.get("origin")
    if origin:
        return not _same_host(origin, headers.get("host", ""))
    return headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")


def _same_host(origin: str, host: str) -> bool:
    return bool(host) and urlsplit(origin).netloc == host


def _is_plain(host: str) -> bool:
    # The host comes from the client and goes into a header.
    return all(symbol.isalnum() or symbol in ".-:[]" for symbol in host)


async def _refuse(status: int, text: str, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    await PlainTextResponse(text, status)(scope, receive, send)

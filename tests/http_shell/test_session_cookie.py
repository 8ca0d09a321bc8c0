"""Neither the session cookie's value nor a stolen hash of it gets past the wrapper."""

import hashlib
from http.cookies import CookieError, SimpleCookie

import pytest
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import Message, Receive, Scope, Send

from grouplic.http.cookies import HashedSessionCookie
from tests.coroutines import run

SECRET = "value-in-the-browser"
HASH = hashlib.sha256(SECRET.encode()).hexdigest()


async def seen(*cookie_headers: bytes, scope_type: str = "http") -> list[bytes]:
    """Return the Cookie headers as the app behind the wrapper gets them."""
    received: list[bytes] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        received.extend(value for name, value in scope["headers"] if name.lower() == b"cookie")

    async def unused(*_: object) -> Message:
        raise AssertionError("The wrapper neither receives nor sends.")

    headers = [(b"cookie", value) for value in cookie_headers]
    wrapped = HashedSessionCookie(app, "grouplic")
    await wrapped({"type": scope_type, "headers": headers}, unused, unused)  # type: ignore[arg-type]
    return received


def sessions_in(header: bytes) -> set[str]:
    """Return what either parser behind the wrapper takes for the session."""
    text = Headers(raw=[(b"cookie", header)]).get("cookie", "")
    found = {cookie_parser(text).get("grouplic")}
    try:
        cookies = SimpleCookie(text)
    except CookieError:
        cookies = SimpleCookie()
    if "grouplic" in cookies:
        found.add(cookies["grouplic"].value)
    return {value for value in found if value}


@pytest.mark.parametrize("scope_type", ["http", "websocket"])
def test_the_value_is_replaced_by_its_hash(scope_type: str) -> None:
    (header,) = run(seen(f"a=1; grouplic={SECRET}; b=2".encode(), scope_type=scope_type))

    assert header == f"a=1; grouplic={HASH}; b=2".encode()


def test_every_one_of_several_is_replaced() -> None:
    headers = run(seen(f"grouplic={SECRET}; grouplic={SECRET}".encode(), b"grouplic=other"))

    assert SECRET.encode() not in b"".join(headers)
    assert b"other" not in b"".join(headers)


def test_a_cookie_whose_name_only_ends_alike_is_left_alone() -> None:
    assert run(seen(b"not-grouplic=1; grouplic_flash=2")) == [b"not-grouplic=1; grouplic_flash=2"]


@pytest.mark.parametrize(
    "spelling",
    [
        b"grouplic=%s",
        b"grouplic =%s",
        b"grouplic\t=%s",
        b" grouplic= %s",
        b"\xa0grouplic=%s",
        b"\x1fgrouplic=%s",
        b"a=b grouplic=%s",
        b"a=b grouplic =%s",
        b'a="x;grouplic=%s"',
        b'grouplic="%s"',
        b'grouplic ="%s"',
        b"grouplic=%s,",
    ],
)
@pytest.mark.parametrize("value", [SECRET, HASH])
def test_no_spelling_lets_a_value_or_a_stolen_hash_through(spelling: bytes, value: str) -> None:
    (header,) = run(seen(spelling.replace(b"%s", value.encode())))

    assert value not in sessions_in(header)
    assert value.encode() not in header

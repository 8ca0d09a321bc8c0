"""What every request passes: the cookie wrapper, the gate, the headers."""

import hashlib

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from grouplic.http.cookies import HashedSessionCookie
from grouplic.http.posted import local_path
from grouplic.http.security import Gate, SecurityHeaders


async def echo(request: Request) -> PlainTextResponse:
    await request.body()
    return PlainTextResponse(request.headers.get("cookie", ""))


async def socket(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text(websocket.headers.get("cookie", ""))


@pytest.fixture
def client() -> TestClient:
    routes = [
        Route("/{path:path}", echo, methods=["GET", "POST"]),
        WebSocketRoute("/_event", socket),
    ]
    inner = Gate(Starlette(routes=routes), largest_body=1000)
    hashes = {"/404": ["'sha256-x'"]}
    app = SecurityHeaders(HashedSessionCookie(inner, "grouplic"), hashes, secure=False)
    return TestClient(app, base_url="http://learn.example")


def test_the_session_cookie_never_reaches_the_app(client: TestClient) -> None:
    for header in ("grouplic=secret", "a=1; grouplic=secret; b=2", "grouplic=secret;grouplic=x"):
        seen = client.get("/", headers={"cookie": header}).text
        assert "secret" not in seen
        assert hashlib.sha256(b"secret").hexdigest() in seen


def test_the_hash_itself_opens_nothing(client: TestClient) -> None:
    stolen = hashlib.sha256(b"secret").hexdigest()
    assert stolen not in client.get("/", headers={"cookie": f"grouplic={stolen}"}).text


def test_other_cookies_are_left_alone(client: TestClient) -> None:
    assert client.get("/", headers={"cookie": "xgrouplic=1; theme=dark"}).text == (
        "xgrouplic=1; theme=dark"
    )


def test_the_socket_wants_its_own_origin_and_sees_the_hash(client: TestClient) -> None:
    headers = {"origin": "http://learn.example", "cookie": "grouplic=secret"}
    with client.websocket_connect("ws://learn.example/_event", headers=headers) as opened:
        assert "secret" not in opened.receive_text()
    for origin in ({"origin": "http://evil.example"}, {}):
        with (
            pytest.raises(WebSocketDisconnect),
            client.websocket_connect("ws://learn.example/_event", headers=origin),
        ):
            pass


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
    ],
)
def test_a_form_of_another_site_is_refused(client: TestClient, headers: dict[str, str]) -> None:
    assert client.post("/auth/sign-in", headers=headers).status_code == 403


def test_the_webhook_has_no_origin_to_show(client: TestClient) -> None:
    assert client.post("/webhooks/stripe", content=b"x").status_code == 200


def test_the_framework_takes_no_uploads(client: TestClient) -> None:
    assert client.post("/_upload", content=b"x").status_code == 404
    assert client.get("/_upload/anything").status_code == 404


def test_a_body_past_the_limit_is_refused(client: TestClient) -> None:
    assert client.post("/x", content=b"x" * 1001).status_code == 413
    assert client.post("/x", content=b"x" * 1000).status_code == 200


def test_every_response_carries_the_policy(client: TestClient) -> None:
    policy = client.get("/").headers["content-security-policy"]
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert scripts == "script-src 'self' 'sha256-x'"
    assert "ws://learn.example" in policy


def test_a_strange_host_does_not_get_into_the_policy(client: TestClient) -> None:
    answer = client.get("/", headers={"host": "evil; script-src *"})
    assert "evil" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "https://evil.example", "/\\evil.example", "//[", "", "/auth/sign-out"],
)
def test_the_way_back_never_leaves_the_site(path: str) -> None:
    assert local_path(path) == "/my-learning"


def test_the_way_back_keeps_a_path_of_ours() -> None:
    assert local_path("/buy?modules=a,b&seats=3") == "/buy?modules=a,b&seats=3"

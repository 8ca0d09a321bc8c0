"""The gate in front of every request: origins, sizes, the framework's upload route."""

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from grouplic.http.security import Gate

LARGEST = 100


async def _echo(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


async def _socket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("open")
    await socket.close()


@pytest.fixture
def client() -> TestClient:
    paths = ("/auth/sign-in", "/webhooks/stripe", "/local-stripe/v1/refunds", "/_upload")
    routes = [Route(path, _echo, methods=["GET", "POST"]) for path in paths]
    inner = Starlette(routes=[*routes, WebSocketRoute("/_event", _socket)])
    return TestClient(Gate(inner, LARGEST), base_url="http://site.example")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Origin": "http://site.example.elsewhere.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_from_another_site_is_refused(client: TestClient, headers: dict[str, str]) -> None:
    assert client.post("/auth/sign-in", headers=headers).status_code == 403


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://site.example"}, {"Sec-Fetch-Site": "same-origin"}]
)
def test_our_own_form_passes(client: TestClient, headers: dict[str, str]) -> None:
    assert client.post("/auth/sign-in", headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/webhooks/stripe", "/local-stripe/v1/refunds"])
def test_machines_need_no_origin(client: TestClient, path: str) -> None:
    assert client.post(path, headers={"Origin": "https://elsewhere.example"}).status_code == 200


def test_a_socket_of_our_own_page_opens(client: TestClient) -> None:
    with client.websocket_connect(
        "ws://site.example/_event", headers={"Origin": "http://site.example"}
    ) as socket:
        assert socket.receive_text() == "open"


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://elsewhere.example"}])
def test_a_socket_from_elsewhere_or_nowhere_is_refused(
    client: TestClient, headers: dict[str, str]
) -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("ws://site.example/_event", headers=headers),
    ):
        pass


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "OPTIONS"])
@pytest.mark.parametrize("path", ["/_upload", "/_upload/", "/_upload/file.csv"])
def test_there_is_no_framework_upload(client: TestClient, method: str, path: str) -> None:
    assert client.request(method, path).status_code == 404


def test_a_body_at_the_limit_passes(client: TestClient) -> None:
    assert client.post("/webhooks/stripe", content=b"x" * LARGEST).text == str(LARGEST)


def test_a_body_that_says_it_is_larger_is_refused(client: TestClient) -> None:
    assert client.post("/webhooks/stripe", content=b"x" * (LARGEST + 1)).status_code == 413


def test_a_body_that_does_not_say_is_counted(client: TestClient) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(LARGEST):
            yield b"xx"

    assert client.post("/webhooks/stripe", content=pieces()).status_code == 413


def test_a_size_that_is_no_number_is_no_crash(client: TestClient) -> None:
    answer = client.post("/webhooks/stripe", content=b"x", headers={"Content-Length": "many"})

    assert answer.status_code == 200

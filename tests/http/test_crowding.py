"""Room for so much at once; and how many PDFs and workbooks are made side by side."""

import asyncio
import threading
from collections.abc import Callable
from datetime import datetime

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from grouplic.adapters.database import Database
from grouplic.domain.refusals import TooManyAtOnce
from grouplic.http.cookies import HashedSessionCookie
from grouplic.http.crowding import OpenPages, Visits, with_room
from grouplic.http.downloads import DRAWINGS_AT_ONCE, draw
from grouplic.http.reports import report_routes
from grouplic.services.flash import COOKIE
from grouplic.services.room import Room
from tests.cast import Cast
from tests.cluster.conftest import session_of
from tests.coroutines import run
from tests.outside import SITE, outside_of


def test_room_is_refused_when_full_and_free_again_afterwards() -> None:
    room = Room(1)
    with room.entered():
        with pytest.raises(TooManyAtOnce), room.entered():
            pass
        with room.entered(refusable=False):
            assert room.inside == 2
    with room.entered():
        assert room.inside == 1


def test_room_is_free_again_after_a_failure() -> None:
    room = Room(1)
    with pytest.raises(ZeroDivisionError), room.entered():
        raise ZeroDivisionError
    assert room.inside == 0


def test_a_route_without_room_answers_when_to_come_back() -> None:
    open_again = asyncio.Event()

    async def slow(_request: Request) -> PlainTextResponse:
        await open_again.wait()
        return PlainTextResponse("done")

    async def story() -> None:
        app = Starlette(routes=list(with_room([Route("/slow", slow)], Room(1))))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=SITE) as browser:
            first = asyncio.create_task(browser.get("/slow"))
            second = asyncio.create_task(browser.get("/slow"))
            done, _ = await asyncio.wait({first, second}, return_when=asyncio.FIRST_COMPLETED)
            (refused,) = (one.result() for one in done)
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "60")
            assert refused.text == TooManyAtOnce().message
            open_again.set()
            answers = [one.status_code for one in await asyncio.gather(first, second)]
            assert sorted(answers) == [200, 503]
            assert (await browser.get("/slow")).text == "done"

    run(story())


def test_a_page_more_than_there_is_room_for_connects_later() -> None:
    async def socket(socket: WebSocket) -> None:
        await socket.accept()
        await socket.receive()

    app = OpenPages(Starlette(routes=[WebSocketRoute("/_event", socket)]), Room(1))
    with TestClient(app) as browser:
        with (
            browser.websocket_connect("/_event"),
            pytest.raises(WebSocketDisconnect),
            browser.websocket_connect("/_event"),
        ):
            pass
        with browser.websocket_connect("/_event"):
            pass


def test_a_late_worker_lets_nobody_new_in_and_carries_through_what_has_begun() -> None:
    late: list[bool] = []
    room = Room(5, lambda: bool(late))
    with room.entered():
        late.append(True)
        with pytest.raises(TooManyAtOnce), room.entered():
            pass
        with room.entered(refusable=False):
            assert room.inside == 2
    assert room.refused == 1
    late.clear()
    with room.entered():
        assert room.inside == 1


VISIT = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def late_site() -> TestClient:
    async def answer(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("here")

    inner = Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])])
    return TestClient(Visits(inner, Room(5, lambda: True)), headers=VISIT)


@pytest.mark.parametrize("path", ["/", "/redeem?key=A", "/my-teaching/1", "/sign-in"])
def test_who_comes_for_a_page_of_a_late_worker_is_told_when_to_come_back(path: str) -> None:
    answer = late_site().get(path)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert answer.headers["content-type"].startswith("text/html")
    assert TooManyAtOnce().message in answer.text
    assert '<a class="btn primary" href="">Try again</a>' in answer.text


@pytest.mark.parametrize(
    "path", ["/buy?group=1", "/orders/1", "/local-stripe/pay/1", "/healthz", "/metrics"]
)
def test_who_pays_gets_the_page_however_late_it_is(path: str) -> None:
    assert late_site().get(path).text == "here"


def test_only_visits_are_counted_as_visits() -> None:
    site = late_site()
    assert site.post("/auth/sign-out").text == "here"
    assert site.get("/grouplic.css", headers={"Accept": "text/css,*/*;q=0.1"}).text == "here"
    # From a form that was refused, with the reason and what was typed.
    site.cookies.set(COOKIE, "a sentence")
    assert site.get("/sign-in").text == "here"


def test_two_drawings_are_made_at_once_and_whoever_comes_then_waits() -> None:
    drawing = threading.Semaphore(0)
    finish = threading.Event()

    def work(number: int) -> int:
        drawing.release()
        finish.wait(60)
        return number

    async def story() -> list[int]:
        asked = [asyncio.create_task(draw(work, number)) for number in range(5)]
        for _ in range(DRAWINGS_AT_ONCE):
            assert await asyncio.to_thread(drawing.acquire, timeout=60)
        assert not drawing.acquire(blocking=False)
        finish.set()
        return await asyncio.gather(*asked)

    assert run(story()) == list(range(5))


@pytest.mark.parametrize("file", ["report.pdf", "learners.xlsx"])
def test_a_report_waits_for_its_turn_while_other_downloads_go_on(
    database: Database, cast: Cast, now: datetime, file: str
) -> None:
    finish = threading.Event()
    routes = report_routes(outside_of(database, now))
    app = HashedSessionCookie(Starlette(routes=routes), "grouplic")
    cookie = dict([session_of(database, "alice").split("=", 1)])
    group = f"/reports/{cast.group_id}"

    async def story(wait: Callable[[], bool]) -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=SITE, cookies=cookie) as browser:
            others = [asyncio.create_task(draw(wait)) for _ in range(DRAWINGS_AT_ONCE)]
            asked = asyncio.create_task(browser.get(f"{group}/{file}"))
            assert (await browser.get(f"{group}/learners.csv")).status_code == 200
            assert not asked.done()
            finish.set()
            assert (await asked).status_code == 200
            await asyncio.gather(*others)

    run(story(lambda: finish.wait(60)))

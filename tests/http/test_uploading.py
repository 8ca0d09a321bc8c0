"""Files over HTTP: who may send one is known before a byte is read, and too much is not read."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select
from starlette.applications import Starlette

from grouplic.adapters.database import Database
from grouplic.domain.people import User
from grouplic.domain.uploads import Upload
from grouplic.http.uploads import upload_routes
from grouplic.services import sessions
from grouplic.services.actors import Actor
from grouplic.services.links import token_hash
from grouplic.services.sheets import Limits
from tests.cast import Cast
from tests.coroutines import run
from tests.services.upload_site import Site, site_of

LARGEST = 1_000_000
CHUNK = 50_000
BOUNDARY = "a-boundary"


@dataclass
class Answer:
    """What came back, and how many pieces of the body had been read by then."""

    status: int = 0
    text: str = ""
    pieces: int = 0


@pytest.fixture
def site(database: Database, cast: Cast, now: datetime) -> Site:
    site = site_of(database, cast, now)
    site.outside.cookie_name = "grouplic"
    site.outside.upload_limits = Limits(most_bytes=LARGEST)
    return site


def cookie_of(site: Site, actor: Actor) -> str:
    with site.outside.database.writing() as session:
        user = session.get_one(User, actor.user_id)
        now = site.outside.clock()
        return token_hash(sessions.open_session(session, user, "a test", timedelta(days=1), now))


def send(site: Site, cookie: str, body: Iterator[bytes], **headers: str) -> Answer:
    """Call the route as a server does, handing out the body piece by piece as it is asked for."""
    answer, pieces = Answer(), list(body)

    async def receive() -> dict[str, Any]:
        answer.pieces += 1
        return {
            "type": "http.request",
            "body": pieces[answer.pieces - 1],
            "more_body": answer.pieces < len(pieces),
        }

    async def reply(message: dict[str, Any]) -> None:
        answer.status = message.get("status", answer.status)
        answer.text += message.get("body", b"").decode()

    scope = {
        "type": "http",
        "method": "POST",
        "path": f"/uploads/{site.cast.group_id}",
        "query_string": b"",
        "headers": [
            (b"cookie", f"grouplic={cookie}".encode()),
            (b"content-type", f"multipart/form-data; boundary={BOUNDARY}".encode()),
            *((name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()),
        ],
    }
    run(Starlette(routes=upload_routes(site.outside))(scope, receive, reply))
    return answer


def form(*chunks: bytes, end: str = f"\r\n--{BOUNDARY}--\r\n", **fields: str) -> Iterator[bytes]:
    for name, value in fields.items():
        yield (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        ).encode()
    yield (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="staff.csv"\r\n'
        "Content-Type: text/csv\r\n\r\n"
    ).encode()
    yield from chunks
    yield end.encode()


def test_a_file_is_read_as_it_arrives_with_the_choices_beside_it(site: Site) -> None:
    body = form(b"contact;given\na@x", b".org;Ann\n", separator=";", user_email="0", first_name="1")
    assert send(site, cookie_of(site, site.cast.alice), body).status == 204
    view = site.view()
    assert (view.file_name, view.understood.columns) == (
        "staff.csv",
        {"user_email": 0, "first_name": 1},
    )
    assert [row.email for row in view.rows] == ["a@x.org"]


@pytest.mark.parametrize(("who", "status"), [("charlie", 404), ("bob", 404), ("", 401)])
def test_whoever_may_not_is_refused_before_the_body_is_read(
    site: Site, who: str, status: int
) -> None:
    cookie = cookie_of(site, getattr(site.cast, who)) if who else ""
    answer = send(site, cookie, form(b"email\na@x.org\n"))
    assert (answer.status, answer.pieces) == (status, 0)


def test_what_says_it_is_too_large_is_refused_unread_and_the_page_says_so(site: Site) -> None:
    answer = send(
        site, cookie_of(site, site.cast.alice), form(b""), content_length=str(LARGEST * 2)
    )
    assert (answer.status, answer.pieces) == (413, 0)
    assert (site.view().state, site.view().refusal) == ("refused", "The file is larger than 1 MB.")


def test_what_is_too_large_without_saying_so_is_refused_at_the_limit(site: Site) -> None:
    endless = form(*[b"a@x.org\n" * (CHUNK // 8)] * 1000)
    answer = send(site, cookie_of(site, site.cast.alice), endless)
    assert answer.status == 413
    assert answer.pieces <= LARGEST // CHUNK + 2
    assert (site.view().file_name, site.view().refusal) == (
        "staff.csv",
        "The file is larger than 1 MB.",
    )


@pytest.mark.parametrize(
    "body",
    [
        [b""],
        [b"nonsense" * 100],
        [f"--{BOUNDARY}--\r\n".encode()],
        list(form(b"email\na@x.org\n", end="")),
        list(form(b"x", **{f"field{number}": "x" for number in range(50)})),
        [f"--{BOUNDARY}\r\n{'x' * 9000}: y\r\n".encode()],
    ],
)
def test_what_is_no_form_is_refused_in_words(site: Site, body: list[bytes]) -> None:
    answer = send(site, cookie_of(site, site.cast.alice), iter(body))
    assert answer.status == 422
    assert answer.text.endswith((".", "!"))
    with site.outside.database.reading() as session:
        assert session.exec(select(Upload)).all() == []

"""Dashboards that watch while a class redeems and learns; and a site that has no room for more."""

import asyncio
from collections.abc import Awaitable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from shutil import copy
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlmodel import Session, select

from grouplic.adapters.database import Database
from grouplic.domain.people import User
from grouplic.domain.refusals import TooManyAtOnce
from grouplic.services.flash import COOKIE, read_flash
from grouplic.services.groups import seat_counts
from grouplic.settings import DEVELOPMENT_SECRET
from tests.cast import Cast, a_module, invite_the_cast, key_of_open_seat
from tests.cluster.conftest import session_of
from tests.coroutines import run
from tests.running.learner import Learner
from tests.running.school import SHOWN, found_school
from tests.running.servers import METRICS_TOKEN, Server, serving, wait_until
from tests.running.tab import Tab, TurnedAway
from tests.running.visitor import PASSWORD

pytestmark = pytest.mark.alone

REFUSED = TooManyAtOnce().message
REDEEM = "redeem____redeem_state.redeem"
VISIT = {"Accept": "text/html,*/*;q=0.8"}


@pytest.fixture
def file(tmp_path: Path, sqlite_template: Path) -> Path:
    """A migrated database for a server."""
    return Path(copy(sqlite_template, tmp_path / "site.db"))


@pytest.fixture
def own_database(file: Path) -> Iterator[Database]:
    """The same, for the test."""
    database = Database(f"sqlite:///{file}")
    yield database
    database.engine.dispose()


def test_ten_learners_learn_while_ten_dashboards_watch(
    tmp_path: Path, file: Path, own_database: Database
) -> None:
    site = Server(tmp_path, f"sqlite:///{file}")
    school = found_school(own_database, site.address, [a_module("writing", 1)], 2, 10)

    async def story() -> None:
        await school.open_dashboards(10)
        learners = [Learner(school, number, lambda: 0.05) for number in range(10)]
        await asyncio.gather(*(one.live(asyncio.Event()) for one in learners))
        await school.close()

    with serving(site):
        run(story())
    assert (school.journal.errors, school.journal.refused) == ([], [])
    assert len(school.journal.redeemed) == 10
    assert len(school.journal.times["submit it"]) == 10
    assert len(school.journal.times[SHOWN]) == 10 * 5  # ten joined, five dashboards a course
    with own_database.reading() as session:
        counts = [seat_counts(session, UUID(course.group_id)) for course in school.courses]
    assert [one.taken for one in counts] == [5, 5]


@contextmanager
def nobody_else_writes(database: Database) -> Iterator[None]:
    """Whatever the site is asked to change meanwhile, waits."""
    with Session(database.engine) as session, session.begin():
        session.connection()
        yield


async def wants_to_redeem(site: Server, cookie: str, key: str) -> Tab:
    tab = Tab(site.address, f"/redeem?key={key}", cookie)
    await tab.open()
    await tab.until(lambda page: page.get("redeem_state", {}).get("key"))
    return tab


def test_a_full_site_says_so_loses_nothing_and_goes_on(
    tmp_path: Path, file: Path, own_database: Database
) -> None:
    cast = invite_the_cast(own_database, datetime.now(UTC))
    room = {"EVENTS_AT_ONCE": "1", "REQUESTS_AT_ONCE": "1", "OPEN_PAGES": "2"}
    site = Server(tmp_path, f"sqlite:///{file}", **room)
    with serving(site):
        run(a_full_site(site, own_database, cast))
    with own_database.reading() as session:
        assert seat_counts(session, cast.group_id).taken == 2
        emails = set(session.exec(select(User.email)))
    assert {"one@visitors.org", "two@visitors.org"} <= emails


async def a_full_site(site: Server, database: Database, cast: Cast) -> None:
    with database.reading() as session:
        keys = [key_of_open_seat(session, cast.group_id, number) for number in (1, 2)]
    cookies = [session_of(database, name) for name in ("bob", "charlie")]
    tabs = [await wants_to_redeem(site, *one) for one in zip(cookies, keys, strict=True)]
    with nobody_else_writes(database):
        for tab in tabs:
            await tab.do(REDEEM)
        refused = await first_of(tab.until(lambda _, tab=tab: told(tab) and tab) for tab in tabs)
        (waiting,) = {*tabs} - {refused}
        assert (told(refused), told(waiting)) == (REFUSED, "")

        forms = [asyncio.create_task(sign_up(site, name)) for name in ("one", "two")]
        name, answer = await first_of(forms)
        assert answer.headers["location"] == "/sign-up"
        flash = read_flash(answer.cookies[COOKIE], "sign-up", DEVELOPMENT_SECRET)
        assert flash
        assert (flash.message, flash.values["first_name"]) == (REFUSED, "Ann")
        async with httpx.AsyncClient(base_url=site.address) as browser:
            file = await browser.get("/uploads/sample.csv")
            assert (file.status_code, file.text) == (503, REFUSED)
            assert file.headers["retry-after"] == "60"
            assert (await browser.get("/healthz")).status_code == 200
        # Nor does a third page find room.
        with pytest.raises(TurnedAway):
            await Tab(site.address, "/redeem").open()

    await waiting.until(lambda _: waiting.redirects)
    await refused.do(REDEEM)
    await refused.until(lambda _: refused.redirects)
    assert waiting.redirects == refused.redirects == ["/my-learning?joined=1"]
    await asyncio.gather(*forms)
    assert (await sign_up(site, name))[1].headers["location"] == "/my-learning"
    await waiting.close()
    third = await Tab(site.address, "/redeem").open()
    await third.until(lambda page: page.get("who_state", {}).get("ready"))
    await asyncio.gather(refused.close(), third.close())


def new_visitor(site: Server) -> httpx.Client:
    return httpx.Client(base_url=site.address, headers=VISIT, follow_redirects=True, timeout=60)


def told(tab: Tab) -> str:
    return str(tab.shows("redeem_state", "refusal") or "")


async def first_of(several: Iterable[Awaitable[Any]]) -> Any:
    tasks = [asyncio.ensure_future(one) for one in several]
    done, _ = await asyncio.wait(tasks, timeout=60, return_when=asyncio.FIRST_COMPLETED)
    assert done, "waited in vain"
    return done.pop().result()


async def sign_up(site: Server, name: str) -> tuple[str, httpx.Response]:
    form = {"first_name": "Ann", "last_name": "Lee", "password": PASSWORD}
    async with httpx.AsyncClient(base_url=site.address, timeout=60) as browser:
        return name, await browser.post(
            "/auth/sign-up", data={**form, "email": f"{name}@visitors.org"}
        )


def test_a_worker_that_is_late_turns_newcomers_away_and_takes_money(
    tmp_path: Path, file: Path
) -> None:
    # No step is as quick as that, so that this site is late from its third second on.
    site = Server(tmp_path, f"sqlite:///{file}", LONGEST_WAIT="0.000001")
    with serving(site), new_visitor(site) as visitor:
        wait_until(lambda: visitor.get("/").status_code == 503)
        answer = visitor.get("/redeem")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
        assert REFUSED in answer.text
        assert "default-src 'self'" in answer.headers["content-security-policy"]
        assert visitor.get("/buy").status_code == 200
        assert visitor.post("/webhooks/stripe", content=b"{}").status_code == 400  # not signed
        with pytest.raises(TurnedAway):
            run(Tab(site.address, "/redeem").open())
        authorized = {"Authorization": f"Bearer {METRICS_TOKEN}"}
        figures = visitor.get("/metrics", headers=authorized).text
    assert 'what="visits"} 2.0' in figures
    assert 'what="pages"} 1.0' in figures

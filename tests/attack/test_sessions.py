"""Sessions: nobody plants one, none outlives its sign-out, and none is left to the next person."""

from datetime import timedelta

import pytest
from sqlmodel import select

from grouplic.domain.people import WebSession
from grouplic.services import accounts, sessions
from grouplic.services.accounts import NewAccount
from grouplic.services.links import token_hash
from grouplic.services.outside import Outside
from tests.attack.stage import HYDRATE, STATE, Heard, Tabs, browser, new_tab
from tests.attack.tenants import MARK, Tenants
from tests.conftest import NOW
from tests.coroutines import run

WHO = f"{STATE}.grouplic___ui___who____who_state.load"
PASSWORD = "tulip anchor meadow 42"
GROUP_PAGE = f"{STATE}.grouplic___ui___pages___teaching____group_state.load"


def new_account(site: Outside, name: str = "frank") -> str:
    """Make an account with the usual password and return its address."""
    with site.database.writing() as session:
        account = NewAccount(f"{name}@people.org", name.title(), "Marsh")
        accounts.insert_user(session, account, site.hasher.hash(PASSWORD), NOW, verified_at=NOW)
    return account.email


def open_sessions(site: Outside) -> set[str]:
    with site.database.reading() as session:
        found = session.exec(select(WebSession).where(WebSession.ended_at.is_(None)))
        return {one.token_hash for one in found}


def test_a_planted_session_is_not_the_one_that_is_signed_in(site: Outside) -> None:
    visitor = browser(site, "planted")
    answer = visitor.post("/auth/sign-in", data={"email": new_account(site), "password": PASSWORD})

    assert answer.status_code == 303
    given = answer.cookies["grouplic"]
    assert given != "planted"
    assert open_sessions(site) == {token_hash(given)}


def test_signing_in_again_ends_the_session_before(site: Outside) -> None:
    form = {"email": new_account(site), "password": PASSWORD}
    first = browser(site).post("/auth/sign-in", data=form).cookies["grouplic"]
    second = browser(site, first).post("/auth/sign-in", data=form).cookies["grouplic"]

    assert open_sessions(site) == {token_hash(second)}


def test_opening_a_page_notes_that_the_session_is_in_use(site: Outside, tenants: Tenants) -> None:
    cookie = tenants.cookie("alice")
    this = select(WebSession).where(WebSession.token_hash == token_hash(cookie))
    with site.database.writing() as session:
        session.exec(this).one().last_seen_at = NOW - timedelta(hours=1)

    async def work() -> Heard:
        async with Tabs().running() as tabs:
            return await tabs.knock(new_tab(), WHO, {}, cookie, "/my-learning")

    assert "Alice" in run(work()).text
    with site.database.reading() as session:
        assert session.exec(this).one().last_seen_at == site.clock()


def test_an_open_page_does_nothing_more_once_its_session_has_ended(
    site: Outside, tenants: Tenants
) -> None:
    rename = f"{STATE}.grouplic___ui___pages___group_settings____settings_state.rename"
    path, group = f"/my-teaching/{tenants.group_id}", tenants.group_id
    cookie = tenants.cookie("alice")

    async def work() -> tuple[Heard, Heard, Heard]:
        async with Tabs().running() as tabs:
            tab = new_tab()
            before = await tabs.knock(tab, GROUP_PAGE, {}, cookie, path, group=group)
            browser(site, cookie).post("/auth/sign-out")
            again = await tabs.knock(tab, GROUP_PAGE, {}, cookie, path, group=group)
            form = {"form": {"group_name": "Taken over"}}
            return before, again, await tabs.knock(tab, rename, form, cookie, path, group=group)

    before, again, renamed = run(work())
    assert MARK in before.text
    assert tenants.found_in(again.text) == []
    assert renamed.redirects[0].startswith("/sign-in")
    with site.database.reading() as session:
        assert "Taken over" not in repr(
            session.connection().exec_driver_sql("SELECT name FROM learning_group").all()
        )


@pytest.mark.parametrize("who", ["", "dora"])
def test_the_next_person_at_the_same_tab_sees_nothing_of_the_one_before(
    site: Outside, tenants: Tenants, who: str
) -> None:
    path, group = f"/my-teaching/{tenants.group_id}", tenants.group_id

    async def work() -> tuple[Heard, Heard]:
        async with Tabs().running() as tabs:
            tab = new_tab()
            cookie = tenants.cookie("alice")
            hers = await tabs.knock(tab, HYDRATE, {}, cookie, path, group=group)
            return hers, await tabs.knock(tab, HYDRATE, {}, tenants.cookie(who), "/", group="")

    hers, next_one = run(work())
    assert MARK in hers.text
    assert tenants.found_in(next_one.text) == []


def test_a_session_ends_by_itself(site: Outside) -> None:
    with site.database.writing() as session:
        user = accounts.find_user(session, new_account_in(session, site))
        assert user
        cookie = sessions.open_session(session, user, "a test", timedelta(0), NOW)
    assert browser(site, cookie).get("/account/data.json").status_code == 401


def new_account_in(session, site: Outside) -> str:  # type: ignore[no-untyped-def]
    account = NewAccount("gwen@people.org", "Gwen", "Marsh")
    accounts.insert_user(session, account, site.hasher.hash(PASSWORD), NOW, verified_at=NOW)
    return account.email

"""A worker that does not keep up: what is new is refused in words, and paying is not."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from grouplic.domain.refusals import TooManyAtOnce
from grouplic.services.lateness import FOR_SO_LONG, Lateness
from grouplic.services.outside import Outside
from grouplic.services.room import Room
from tests.attack.stage import HYDRATE, STATE, Heard, Tabs, browser, new_tab, wired
from tests.attack.tenants import Tenants
from tests.coroutines import run
from tests.services.payments import Provider

PAGES = f"{STATE}.grouplic___ui___pages___"
REFUSED = TooManyAtOnce().message


@pytest.fixture
def late(site: Outside) -> Iterator[Outside]:
    """The site, which has been late for a while."""
    lateness = Lateness(1.0)
    lateness.note(5.0, 0.0)
    lateness.note(5.0, FOR_SO_LONG)
    events, requests = Room(100, lateness.is_late), Room(100, lateness.is_late)
    with wired(
        replace(site, lateness=lateness, events=events, requests=requests, payments=Provider())  # type: ignore[arg-type]
    ) as outside:
        yield outside


def do(cookie: str, path: str, *deeds: tuple[str, dict[str, Any]], **arguments: str) -> Heard:
    """Open a page and do all of that in it; return what came back to the last of it."""

    async def work() -> Heard:
        tab = new_tab()
        async with Tabs().running() as tabs:
            opened = ((HYDRATE, {"hashes": ["what the page was built with"]}),)
            steps = (*opened, *((f"{PAGES}{name}", payload) for name, payload in deeds))
            for name, payload in steps:
                heard = await tabs.knock(tab, name, payload, cookie, path, **arguments)
                assert heard.bugs == []
            return heard

    return run(work())


def test_a_page_and_a_click_are_refused_in_words(late: Outside, tenants: Tenants) -> None:
    group = tenants.group_id
    shown = do(tenants.cookie("alice"), f"/my-teaching/{group}", group=group).vars
    assert shown["group_state"]["refusal"] == REFUSED
    assert late.events.refused > 0


def test_who_pays_is_let_in(late: Outside, tenants: Tenants) -> None:
    path = f"/buy?group={tenants.group_id}&add=seats&seats=2"
    heard = do(tenants.cookie("alice"), path, ("buy____buy_state.pay", {}))
    (opened,) = late.payments.checkouts.values()  # type: ignore[attr-defined]
    assert heard.redirects == [opened.url]


def test_a_form_goes_back_with_the_sentence_and_a_webhook_is_answered(late: Outside) -> None:
    visitor = browser(late)
    form = {"email": "bob@x.org", "password": "violet harbor lantern"}
    answer = visitor.post("/auth/sign-in", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert visitor.get("/uploads/sample.csv").status_code == 503
    assert visitor.post("/webhooks/stripe", content=b"{}").status_code == 400  # not signed
    assert visitor.get("/healthz").status_code == 200

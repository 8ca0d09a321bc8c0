"""Markup in whatever people write, seen by everyone who is shown it: it is text, and nothing runs.

The pages are those of the registry, so that a new one is opened too. Below the browser's,
``attack/test_hostile_texts.py`` tries mails and tables.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from shutil import copy
from uuid import UUID

os.environ.setdefault("__REFLEX_SKIP_COMPILE", "1")

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlmodel import Session, col, select

from grouplic.adapters.database import Database
from grouplic.adapters.secrets import DerivedTokens
from grouplic.domain import keys
from grouplic.domain.after_sale import DifferenceKind
from grouplic.domain.catalog import Module
from grouplic.domain.groups import EnrollmentKey
from grouplic.domain.joins import Invitation, InvitationKind
from grouplic.domain.orders import Order, OrderKind
from grouplic.domain.quizzes import Certificate
from grouplic.services import (
    credentials,
    differences,
    help_pages,
    invoicing,
    join_links,
    saved_quotes,
)
from grouplic.services.granting import grant_to_group
from grouplic.services.outside import Outside
from grouplic.services.shop import Wish
from grouplic.services.site_lists import SITE_LISTS
from grouplic.settings import DEVELOPMENT_SECRET
from grouplic.ui.places import PLACES
from scripts.demo_site import settled
from tests.attack.tenants import Tenants, settle
from tests.attack.test_hostile_texts import fill, letters
from tests.outside import outside_of
from tests.running.servers import Server, serving

pytestmark = pytest.mark.e2e

SCRIPT = '"><img src=x onerror=alert(1)>[x](javascript:alert(2))'
_RAN = """() => [
    ...document.querySelectorAll('img[src="x"], [onerror], a[href*="javascript:"]')
].map(one => one.outerHTML)"""
_SHOW_WHAT_PEOPLE_WRITE = {
    *("/quotes/[quote]", "/orders/[order]", "/buy?group=", "/redeem?key=", "/join/[link]"),
    *("/welcome?token=", "/my-learning", "/certificates/[code]", "/my-teaching"),
    *(
        f"/my-teaching/[group]{page}"
        for page in (
            *("", "/orders", "/keys", "/join-link", "/invite", "/upload", "/people", "/leaders"),
            *("/settings", "/insights", "/learners/[learner]", "/reminders", "/preview"),
        )
    ),
    *("/operator", "/operator/orders", "/operator/groups", "/operator/people", "/operator/votes"),
    *("/operator/audit", "/operator/orders/[order]", "/operator/differences/[difference]"),
    *("/operator/groups/[group]", "/operator/people/[person]"),
}


@dataclass
class Hostile:
    """A site where everybody writes markup."""

    address: str
    tenants: Tenants
    places: dict[str, str]
    mails: list[str]


@pytest.fixture(scope="module")
def hostile(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    """The site, running, with its database filled."""
    folder, now = tmp_path_factory.mktemp("hostile"), datetime.now(UTC)
    database = Database(f"sqlite:///{copy(sqlite_template, folder / 'grouplic.db')}")
    outside = replace(outside_of(database, now), tokens=DerivedTokens(DEVELOPMENT_SECRET))
    tenants = settle(outside, database, now)
    fill(outside, tenants, SCRIPT, now)
    with database.writing() as session:
        places = fill_the_rest(session, outside, tenants, now)
    mails = [message.get_body(("html",)).get_content() for message in letters(outside, now)]  # type: ignore[union-attr]
    with database.reading() as session:
        places["welcome"] = welcome_token(session, outside)
    server = Server(folder, str(database.engine.url))
    with serving(server):
        yield Hostile(server.address, tenants, places, mails)
    database.engine.dispose()


def fill_the_rest(
    session: Session, outside: Outside, tenants: Tenants, now: datetime
) -> dict[str, str]:
    """Write what is written elsewhere than in a group; return what stands in the addresses."""
    alice, learner, olive = (tenants.people[who].actor for who in ("alice", "learner", "olive"))
    order = session.get_one(Order, UUID(tenants.ids["Order"]))
    order.purchase_number = invoicing.clean_purchase_number(SCRIPT[:40])
    module = session.exec(select(Module).where(Module.slug == "writing")).one()
    certificate = Certificate(
        user_id=learner.user_id,
        module_id=module.id,
        code=keys.mint(),
        learner_name=f"{SCRIPT} Lee",
        module_title=module.title,
        issued_at=now,
    )
    session.add(certificate)
    wish = Wish(OrderKind.NEW_GROUP, SCRIPT, "", ("writing",), 2)
    quote = saved_quotes.save_quote(session, wish, alice, now)
    more = Wish(OrderKind.ADD_SEATS, "", tenants.group_id, (), 1)
    grant_to_group(session, more, olive, SCRIPT, now)
    kind = DifferenceKind.UNKNOWN_PAYMENT
    differences.note_difference(session, kind, SCRIPT, now, order.id, note=SCRIPT)
    difference = session.exec(select(differences.Difference)).one()
    help_pages.vote(session, "group-license-faq", False, "a reader", now)
    help_pages.say_what_is_missing(session, "group-license-faq", SCRIPT, "a reader")
    link = session.exec(select(join_links.JoinLink)).one()
    unused = (col(EnrollmentKey.voided_at).is_(None), col(EnrollmentKey.redeemed_at).is_(None))
    of_group = select(EnrollmentKey.code).where(EnrollmentKey.group_id == UUID(tenants.group_id))
    return {
        "key": session.exec(of_group.where(*unused).order_by(EnrollmentKey.code)).first() or "",
        "group": tenants.group_id,
        "order": str(order.id),
        "quote": str(quote.id),
        "learner": tenants.ids["Enrollment"],
        "person": str(learner.user_id),
        "module": "writing",
        "lesson": "lesson-1",
        "code": keys.show(certificate.code),
        "difference": str(difference.id),
        "link": join_links.token_of(link, outside.tokens),
    }


def welcome_token(session: Session, outside: Outside) -> str:
    """Return the token of somebody's invitation, as it was mailed."""
    invited = select(Invitation).where(Invitation.kind == InvitationKind.LOGIN)
    invitation = session.exec(invited.where(Invitation.address == "one@people.org")).one()
    return credentials.link_token(invitation, outside.tokens)


def addresses(hostile: Hostile) -> Iterator[tuple[str, str, str]]:
    """Yield each page there is, who opens it, and where; and those that show more by a query."""
    for place in PLACES:
        if place.route == "404":
            continue
        lists = SITE_LISTS if "[site_list]" in place.route else ("",)
        for name in lists:
            known = {**hostile.places, "site_list": name}
            path = re.sub(r"\[(\w+)\]", lambda found: known[found[1]], place.route)  # noqa: B023
            yield place.route.replace("[site_list]", name), owner(path), path
    yield "/redeem?key=", "charlie", f"/redeem?key={hostile.places['key']}"
    yield "/welcome?token=", "charlie", f"/welcome?token={hostile.places['welcome']}"
    yield "/buy?group=", "alice", f"/buy?group={hostile.places['group']}"


def owner(path: str) -> str:
    """Return to whom the page shows the most."""
    if path.startswith("/operator"):
        return "olive"
    if path.startswith(("/learn/", "/my-learning", "/account", "/certificates")):
        return "learner"
    return "charlie" if path.startswith("/join/") else "alice"


@pytest.fixture
def met() -> list[str]:
    """Whatever ran, or was kept from running."""
    return []


@pytest.fixture
def open_as(browser: Browser, hostile: Hostile, met: list[str]) -> Iterator[object]:
    """Browsers of the people of the site, in which nothing that runs goes unnoticed."""
    contexts: dict[str, BrowserContext] = {}

    def page_of(who: str) -> Page:
        if who in contexts:
            return contexts[who].pages[0]
        contexts[who] = browser.new_context(base_url=hostile.address, locale="en-US")
        cookie = {"name": "grouplic", "value": hostile.tenants.cookie(who)}
        contexts[who].add_cookies([{**cookie, "url": hostile.address}])
        return watched(contexts[who].new_page(), met)

    yield page_of
    for context in contexts.values():
        context.close()


def watched(page: Page, met: list[str]) -> Page:
    """Note every dialog and everything that the policy has kept from running."""

    def dismiss(dialog) -> None:  # type: ignore[no-untyped-def]
        met.append(f"{page.url}: a dialog says {dialog.message}")
        dialog.dismiss()

    page.on("dialog", dismiss)
    page.on(
        "console",
        lambda message: (
            met.append(f"{page.url}: {message.text}")
            if "Content Security Policy" in message.text
            else None
        ),
    )
    return page


def test_markup_in_every_text_is_text_on_every_page(
    hostile: Hostile, open_as, met: list[str]
) -> None:
    opened: set[str] = set()
    for name, who, path in addresses(hostile):
        page = open_as(who)
        page.goto(path)
        settled(page)
        if name in _SHOW_WHAT_PEOPLE_WRITE:
            expect(page.locator("main").first).to_contain_text("<img src=x onerror")
        met.extend(f"{path}: {made}" for made in page.evaluate(_RAN))
        opened.add(name)

    assert met == []
    assert opened >= _SHOW_WHAT_PEOPLE_WRITE


def test_markup_in_every_text_is_text_in_every_mail(
    browser: Browser, hostile: Hostile, met: list[str]
) -> None:
    page = watched(browser.new_page(), met)
    shown = 0
    for html in hostile.mails:
        page.set_content(html)
        met.extend(page.evaluate(_RAN))
        shown += "<img src=x onerror" in page.locator("body").inner_text()
    page.close()

    assert met == []
    assert shown > 3


def test_markup_that_were_no_text_would_be_noticed(browser: Browser, met: list[str]) -> None:
    page = watched(browser.new_page(), met)
    with page.expect_event("dialog"):
        page.set_content(f'<a title="{SCRIPT}</a>')
    assert len(page.evaluate(_RAN)) == 1
    page.close()
    assert met

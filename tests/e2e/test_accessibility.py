"""Access for everyone: axe finds nothing on any page, in any main state, theme and size.

A new page is one line in ``VIEWS``; a page that is missing there fails a test.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, StorageState, expect

from grouplic.demo import PASSWORD
from scripts.demo_site import settled, sign_in

os.environ.setdefault("__REFLEX_SKIP_COMPILE", "1")

pytestmark = pytest.mark.e2e

ALICE, BO, OLIVE = "alice@northlab.example", "bo@northlab.example", "olive@grouplic.example"
_RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}
_SIZES = ({"width": 1280, "height": 860}, {"width": 360, "height": 740})
_MISSING = "/my-teaching/00000000-0000-0000-0000-000000000000"


def group(rest: str = "") -> Callable[[Page], None]:
    """The way to a page of the demo group."""

    def go(page: Page) -> None:
        page.goto("/my-teaching")
        card = page.get_by_role("link", name=re.compile("Northlab autumn intake"))
        page.goto(str(card.get_attribute("href")) + rest)

    return go


def key_accepted(page: Page) -> None:
    group("/keys")(page)
    page.goto(f"/redeem?key={page.locator('code.key').first.text_content()}")
    expect(page.get_by_text("Key accepted")).to_be_visible()


def key_refused(page: Page) -> None:
    page.goto("/redeem?key=2222222222222222")
    expect(page.get_by_role("alert").locator(".notice")).to_be_visible()


def sign_in_refused(page: Page) -> None:
    page.goto("/sign-in")
    page.get_by_label("Email").fill(f"{uuid4().hex}@nobody.org")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert").locator(".notice")).to_be_visible()


def modules_chosen(page: Page) -> None:
    page.goto("/buy")
    page.get_by_role("checkbox").first.click()
    expect(page.locator("#total")).to_be_visible()


def rows_to_invite(page: Page) -> None:
    group("/invite")(page)
    page.get_by_label("Paste names and addresses").fill("Ann <ann@gmial.com>; x@y.org; not@all")
    page.get_by_role("button", name="Add to the list").click()
    expect(page.locator(".invitee")).to_have_count(3)


def users_menu(page: Page) -> None:
    group()(page)
    page.get_by_text("Users", exact=True).click()


def first_lesson(page: Page) -> None:
    page.goto("/my-learning")
    page.get_by_role("link", name=re.compile("Start|Resume|Read again")).first.click()
    expect(page.locator(".prose")).to_be_visible()


def sandbox(page: Page) -> None:
    page.goto("/my-teaching")
    page.get_by_role("button", name="Look around in a sandbox group").click()
    expect(page.get_by_text("Throw it away")).to_be_visible()
    page.get_by_text("Throw it away").click()


def listed(site_list: str) -> Callable[[Page], None]:
    """The way to what stands first on a list of the whole site."""

    def go(page: Page) -> None:
        page.goto(f"/operator/{site_list}")
        page.get_by_role("table").get_by_role("link").first.click()
        expect(page.get_by_role("table")).to_have_count(0)

    return go


def seats_to_take_back(page: Page) -> None:
    listed("groups")(page)
    form = page.locator("form", has=page.get_by_role("heading", name="Take back seats"))
    form.get_by_label("Seats").fill("2")
    form.get_by_label("Reason").fill("A look")
    form.get_by_role("button").click()
    expect(page.get_by_role("button", name="Take them back")).to_be_visible()


def what_leaders_see(page: Page) -> None:
    page.goto("/operator/groups?search=Northlab autumn intake")
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_role("table").get_by_role("link").click()
    expect(page.get_by_role("heading", name="Northlab autumn intake")).to_be_visible()
    page.get_by_role("link", name="See what its leaders see").click()
    expect(page.get_by_text("Nothing can be changed from here.")).to_be_visible()


def article_voted_on(page: Page) -> None:
    page.goto("/help/redeem-a-key")
    page.get_by_role("button", name="No", exact=True).click()
    expect(page.get_by_label("What was missing?")).to_be_visible()


def search_without_an_answer(page: Page) -> None:
    page.goto("/help")
    page.get_by_label("Search the help").fill("zebra")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()


@dataclass(frozen=True)
class View:
    """A page in a state: its route, who looks at it ("" for a visitor), and the way there."""

    route: str
    who: str = ""
    way: Callable[[Page], None] | str = ""
    state: str = ""

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.route, self.state, self.who.split("@")[0]) if part)


VIEWS = [
    View("/terms"),
    View("/privacy"),
    View("/contact"),
    View("/unsubscribe"),
    View("/certificates/[code]", way="/certificates/XXXX", state="unknown"),
    View("/confirm-email", BO),
    View("/join/[link]", way="/join/unknown", state="unknown"),
    View("/quotes/[quote]", ALICE, "/quotes/unknown", "unknown"),
    View("/learn/[module]/quiz", BO, "/learn/writing-that-people-can-read/quiz"),
    View("/learn/[module]/quiz", BO, "/learn/unknown/quiz", "refused"),
    View("/my-teaching/[group]/insights", ALICE, group("/insights")),
    View("/my-teaching/[group]/join-link", ALICE, group("/join-link"), "empty"),
    View("/my-teaching/[group]/leaders", ALICE, group("/leaders")),
    View("/my-teaching/[group]/learners/[learner]", ALICE, group("/learners/unknown"), "unknown"),
    View("/my-teaching/[group]/orders", ALICE, group("/orders")),
    View("/my-teaching/[group]/people", ALICE, group("/people")),
    View("/my-teaching/[group]/preview", ALICE, group("/preview")),
    View("/my-teaching/[group]/preview", BO, f"{_MISSING}/preview", "refused"),
    View(
        "/my-teaching/[group]/preview/[module]/[lesson]",
        ALICE,
        group("/preview/writing-that-people-can-read/unknown"),
        "unknown",
    ),
    View(
        "/my-teaching/[group]/preview/[module]/quiz",
        ALICE,
        group("/preview/writing-that-people-can-read/quiz"),
    ),
    View("/my-teaching/[group]/reminders", ALICE, group("/reminders")),
    View("/my-teaching/[group]/settings", ALICE, group("/settings")),
    View("/"),
    View("/", ALICE),
    View("/buy"),
    View("/buy", way=modules_chosen, state="chosen"),
    View("/buy", ALICE, lambda page: page.goto("/buy?modules=personal-data-at-work&seats=1")),
    View("/orders/[order]", ALICE, f"/orders/{_MISSING.rsplit('/', 1)[1]}", "refused"),
    View("/my-teaching", ALICE),
    View("/my-teaching", OLIVE, state="empty"),
    View("/my-teaching/[group]", ALICE, group()),
    View("/my-teaching/[group]", ALICE, users_menu, "menu open"),
    View("/my-teaching/[group]", BO, _MISSING, "refused"),
    View("/my-teaching/[group]", OLIVE, sandbox, "sandbox"),
    View("/my-teaching/[group]/keys", ALICE, group("/keys")),
    View("/my-teaching/[group]/invite", ALICE, group("/invite"), "empty"),
    View("/my-teaching/[group]/invite", ALICE, rows_to_invite, "rows"),
    View("/my-teaching/[group]/upload", ALICE, group("/upload"), "empty"),
    View("/welcome", way="/welcome?token=unknown", state="refused"),
    View("/redeem"),
    View("/redeem", ALICE, key_accepted, "accepted"),
    View("/redeem", way=key_refused, state="refused"),
    View("/my-learning", BO),
    View("/my-learning", ALICE, state="empty"),
    View("/learn/[module]/[lesson]", BO, first_lesson),
    View("/learn/[module]/[lesson]", ALICE, "/learn/x/y", "refused"),
    View("/sign-in"),
    View("/sign-in", way=sign_in_refused, state="refused"),
    View("/sign-up"),
    View("/forgot-password"),
    View("/forgot-password", way="/forgot-password?sent=1", state="sent"),
    View("/reset-password"),
    View("/verify-email"),
    View("/verify-email", way="/verify-email?done=1", state="done"),
    View("/account", ALICE),
    View("/account", ALICE, "/account?must_change=1", "must change"),
    View("/error", way="/error?reference=abc123"),
    View("404", way="/no/such/page"),
    View("/dev/mailbox"),
    View("/dev/parts"),
    View("/operator", OLIVE),
    View("/operator/[site_list]", OLIVE, "/operator/modules"),
    View("/operator/[site_list]", OLIVE, "/operator/differences", "empty"),
    View("/operator/[site_list]", ALICE, "/operator/orders", "refused"),
    View("/operator/orders/[order]", OLIVE, listed("orders")),
    View("/operator/groups/[group]", OLIVE, listed("groups")),
    View("/operator/groups/[group]", OLIVE, seats_to_take_back, "asked"),
    View("/operator/people/[person]", OLIVE, listed("people")),
    View("/operator/modules/[module]", OLIVE, listed("modules")),
    View(
        "/operator/differences/[difference]",
        OLIVE,
        f"/operator/differences/{_MISSING.rsplit('/', 1)[1]}",
        "refused",
    ),
    View("/my-teaching/[group]", OLIVE, what_leaders_see, "read only"),
    View("/help"),
    View("/help", way=search_without_an_answer, state="nothing found"),
    View("/help/redeem-a-key", way=article_voted_on, state="voted"),
    View("/help/group-license-faq"),
]
# Articles are one page with different texts; the longest and one that was voted on stand for them.
_ALIKE = re.compile(r"^/?help/(?!redeem-a-key|group-license-faq)")


@pytest.fixture(scope="module")
def cookies(browser: Browser, site: str) -> Callable[[str], StorageState | None]:
    """Sign in once for each person, however many pages they look at."""
    known: dict[str, StorageState] = {}

    def of(who: str) -> StorageState | None:
        if who and who not in known:
            context = browser.new_context(base_url=site)
            sign_in(context.new_page(), who, PASSWORD, "/account")
            known[who] = context.storage_state()
            context.close()
        return known.get(who)

    return of


def problems(page: Page) -> list[str]:
    found = Axe().run(page, options=_RULES).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in found
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_axe_finds_nothing(
    view: View,
    person: Callable[..., Page],
    cookies: Callable[[str], StorageState | None],
) -> None:
    page = person(storage_state=cookies(view.who), reduced_motion="reduce")
    if callable(view.way):
        view.way(page)
    else:
        page.goto(view.way or view.route)
    settled(page)
    expect(page.locator("h1")).to_have_count(1)
    # A page inside a live region would be read out whole at every change.
    expect(page.locator("[role=status] main, [aria-live] main")).to_have_count(0)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        expect(page.locator("html")).to_have_class(re.compile(rf"\b{theme}\b"))
        for size in _SIZES:
            page.set_viewport_size(size)
            assert problems(page) == [], (theme, size)
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, f"{size['width']} px: the page is {wide} px too wide"


def test_every_page_stands_in_the_table() -> None:
    from grouplic.grouplic import app

    registered = {route for route in app._unevaluated_pages if not _ALIKE.match(route)}
    listed = {view.route.strip("/") or "index" for view in VIEWS}

    assert {route.strip("/") for route in registered} == listed

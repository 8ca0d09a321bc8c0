"""A leader's pages: one group at a time, seats that say who holds them, a phone, and paper."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from grouplic.demo import PASSWORD
from scripts.demo_site import settled, sign_in
from tests.e2e.own_group import buy_group

pytestmark = pytest.mark.e2e

ALICE, BO = "alice@northlab.example", "bo@northlab.example"
_INTAKE = "Northlab autumn intake"
_NOTE_WHAT_IS_SHOWN = """() => {
  window.shown = []
  new MutationObserver(() => window.shown.push([
    location.pathname,
    document.querySelector("h1")?.textContent ?? "",
    document.querySelector("main .skeleton") !== null,
  ])).observe(document.body, { childList: true, subtree: true, characterData: true })
}"""


def open_dashboard(page: Page) -> None:
    sign_in(page, ALICE, PASSWORD, "/my-teaching")
    page.get_by_role("link", name=re.compile(_INTAKE)).click()
    expect(page.locator("#taken")).to_be_visible()


def test_a_group_is_never_shown_under_the_address_of_another(person: Callable[..., Page]) -> None:
    page = person()
    sign_in(page, ALICE, PASSWORD, "/my-teaching")
    page.get_by_role("button", name="Look around in a sandbox group").click()
    expect(page.get_by_role("heading", name="Sandbox group")).to_be_visible()
    page.evaluate(_NOTE_WHAT_IS_SHOWN)

    page.get_by_role("navigation", name="Main").get_by_role("link", name="myTeaching").click()
    expect(page.get_by_role("link", name="Sandbox group")).to_be_visible()
    page.get_by_role("link", name=re.compile(_INTAKE)).click()
    expect(page.get_by_role("heading", name=_INTAKE)).to_be_visible()
    expect(page.locator("#learners-count")).to_be_visible()

    here = page.evaluate("location.pathname")
    shown = [(title, waits) for path, title, waits in page.evaluate("window.shown") if path == here]
    assert ("Sandbox group", False) not in shown
    assert any(waits for _, waits in shown)
    expect(page.get_by_text("Everybody in it is invented.")).to_have_count(0)


def test_a_refused_page_is_closed_and_does_not_wait(person: Callable[..., Page]) -> None:
    alice = person()
    open_dashboard(alice)
    bo = person()
    sign_in(bo, BO, PASSWORD, "/my-learning")
    for page in ("", "/invite", "/keys", "/join-link", "/upload", "/people", "/leaders",
                 "/settings", "/insights", "/reminders", "/orders", "/preview"):  # fmt: skip
        bo.goto(alice.url + page)
        expect(bo.get_by_role("heading", name="This page is closed.")).to_be_visible()
        expect(bo.get_by_role("link", name="Go to myTeaching")).to_be_visible()
        settled(bo)
        expect(bo.get_by_text(_INTAKE)).to_have_count(0)


def test_seats_say_who_holds_them_to_pointer_and_keys(person: Callable[..., Page]) -> None:
    page = person()
    open_dashboard(page)
    seats = page.get_by_role("listbox", name=re.compile(r"^\d+ of 30 seats taken, \d+ keys"))
    says = page.locator("[data-seat-says]")

    page.locator("#seat-3").hover()
    expect(says).to_have_text(re.compile("^Seat 3: Carla Diaz, "))
    seats.focus()
    page.keyboard.press("Home")
    expect(seats).to_have_attribute("aria-activedescendant", "seat-1")
    page.keyboard.press("ArrowRight")
    expect(says).to_have_text(re.compile("^Seat 2: Bo Chen, "))
    page.keyboard.press("ArrowDown")
    expect(says).to_have_text(re.compile("^Seat 17: Rosa Silva, "))
    page.keyboard.press("End")
    expect(seats).to_have_attribute("aria-activedescendant", "seat-30")


def test_a_group_is_led_with_the_thumb(person: Callable[..., Page]) -> None:
    page = person(viewport={"width": 360, "height": 740}, has_touch=True)
    open_dashboard(page)
    for action in (
        page.get_by_role("link", name="Add Seats"),
        page.get_by_text("Users", exact=True),
        page.get_by_role("navigation", name="Main").get_by_role("link", name="Help"),
    ):
        box = action.bounding_box()
        assert box is not None
        assert box["y"] > 740 / 2
        assert box["height"] >= 24
        assert box["x"] + box["width"] <= 360
    page.get_by_text("Users", exact=True).tap()
    page.locator(".menu.users").get_by_role("link", name="Manage People").tap()
    expect(page.get_by_role("heading", name="Manage People")).to_be_visible()
    expect(page.locator(".table.people tbody tr").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_large_counts_are_written_the_visitors_way(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site, locale="de-DE")
    page = context.new_page()
    page.goto("/dev/parts")
    settled(page)
    expect(page.locator("[data-count=taken]").last).to_have_text("7.300")
    context.close()


def test_paper_carries_no_buttons(person: Callable[..., Page]) -> None:
    page = person()
    open_dashboard(page)
    page.emulate_media(media="print")
    expect(page.locator("#taken")).to_be_visible()
    expect(page.get_by_role("table")).to_be_visible()
    for left_out in ("header.top", ".actions", ".ways", ".sheet-head .field", ".foot"):
        expect(page.locator(left_out).first).to_be_hidden()


def test_a_join_link_ends_with_the_leaders_own_day(person: Callable[..., Page]) -> None:
    page = person(timezone_id="Pacific/Auckland")
    page.goto(buy_group(page, "Auckland", 3) + "/join-link")
    page.get_by_label("Seats it may give").fill("2")
    page.get_by_label("Last day (optional)").fill("2035-06-30")
    page.get_by_role("button", name="Make the link").click()

    expect(page.get_by_text("On, until Jun 30, 2035.")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Last day (optional)")).to_have_value("2035-06-30")

"""Help that is found and voted on, the first three steps, a sandbox, and a German visitor."""

import re
import urllib.request
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from grouplic.demo import PASSWORD
from scripts.demo_site import settled, sign_in
from tests.e2e.test_first_sale import pay, sign_up

pytestmark = pytest.mark.e2e


def test_the_faq_is_whole_in_the_first_html(site: str) -> None:
    html = urllib.request.urlopen(f"{site}/help/group-license-faq").read().decode()

    assert "<title>Group license questions · Grouplic</title>" in html
    assert 'content="What a group license is, how to add seats and modules' in html
    for text in ("What is a group license?", "user_email", "/uploads/sample.csv"):
        assert text in html


def test_an_answer_is_found_from_a_page_and_voted_on(person: Callable[..., Page]) -> None:
    page = person()
    page.goto("/redeem")
    page.get_by_role("link", name="How does this work?").click()
    expect(page.get_by_role("heading", name="Redeem an enrollment key")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="No", exact=True).click()
    page.get_by_label("What was missing?").fill("A picture of a key")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Thank you.")).to_be_visible()

    page.reload()
    expect(page.get_by_role("button", name="No", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    page.get_by_role("button", name="Yes", exact=True).click()
    expect(page.get_by_role("button", name="Yes", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Help").click()
    page.get_by_label("Search the help").fill("sample csv")
    expect(page.get_by_role("status").get_by_text("answers")).to_be_visible()
    page.get_by_role("link", name="Upload a CSV File").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the sample file").click()
    assert download.value.suggested_filename.endswith(".csv")


def test_three_steps_lead_to_the_first_learner_and_go_away(person: Callable[..., Page]) -> None:
    ada = person()
    ada.goto("/sign-up?next=/buy")
    sign_up(ada, "Ada", "ada@first-minutes.org")
    ada.get_by_role("button", name="Create my account").click()
    ada.get_by_role("checkbox", name=re.compile("Personal data at work")).click()
    ada.get_by_label("Number of seats").fill("2")
    ada.get_by_label("Group name").fill("First minutes")
    expect(ada.locator("#total")).to_have_text("$48")
    pay(ada)
    ada.get_by_role("link", name="Go to the dashboard").click()
    expect(ada.get_by_text("2 seats in 1 module")).to_be_visible()
    expect(ada.get_by_text("2 steps remain")).to_be_visible()

    dashboard = ada.url
    first_steps = ada.get_by_role("region", name="First steps")
    first_steps.get_by_role("link", name="Enrollment Key Codes").click()
    ada.get_by_role("button", name="Hand out").click()
    key = ada.locator("code.key").first.text_content() or ""
    ada.goto(dashboard)
    expect(ada.get_by_text("1 invitation or key is out, not used yet.")).to_be_visible()

    bob = person()
    bob.goto(f"/redeem?key={key}")
    sign_up(bob, "Bob", "bob@first-minutes.org")
    bob.get_by_role("button", name="Create my account and start").click()
    expect(ada.get_by_text("One step remains")).to_be_visible()
    bob.get_by_role("link", name="Start").click()
    expect(bob.locator(".prose")).to_be_visible()
    expect(ada.get_by_role("heading", name="To your first learner")).to_be_hidden()


def test_a_sandbox_is_looked_around_in_and_thrown_away(person: Callable[..., Page]) -> None:
    page = person()
    page.goto("/sign-up?next=/my-teaching")
    sign_up(page, "Cleo", "cleo@first-minutes.org")
    page.get_by_role("button", name="Create my account").click()
    page.get_by_role("button", name="Look around in a sandbox group").click()
    expect(page.locator("#taken")).to_have_text("17")
    expect(page.get_by_text("Everybody in it is invented.")).to_be_visible()

    page.get_by_role("link", name="Add Seats").click()
    expect(page.get_by_text("nothing can be bought for it")).to_be_visible()

    page.goto("/my-teaching")
    page.get_by_role("link", name=re.compile("Sandbox group")).click()
    page.get_by_text("Throw it away").click()
    page.get_by_role("button", name="Delete the sandbox group").click()
    expect(page.get_by_role("heading", name="No group yet")).to_be_visible()


def test_a_german_in_auckland_reads_numbers_and_days_their_way(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site, locale="de-DE", timezone_id="Pacific/Auckland")
    page = context.new_page()
    sign_in(page, "alice@northlab.example", PASSWORD, "/my-teaching")
    page.get_by_role("link", name=re.compile("Northlab autumn intake")).click()
    page.get_by_text("Users", exact=True).click()
    page.locator(".menu.users").get_by_role("link", name="Enrollment Key Codes").click()
    expect(page.locator("td", has_text=re.compile(r"^\d\d\.\d\d\.\d{4}$")).first).to_be_visible()
    assert {c["name"]: c["value"] for c in context.cookies()}["tz"] == "Pacific/Auckland"
    page.goto("/buy?modules=personal-data-at-work&seats=100")
    expect(page.locator("#total")).to_have_text("2.400\xa0$")
    context.close()

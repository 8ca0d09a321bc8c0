"""The first sale: from nothing to a learner who is learning, in two browsers."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from scripts.demo_site import settled

pytestmark = pytest.mark.e2e

PASSWORD = "tulip anchor meadow 42"


def sign_up(page: Page, first: str, email: str) -> None:
    page.get_by_label("First name").fill(first)
    page.get_by_label("Last name").fill("Marsh")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)


def pay(page: Page) -> None:
    # What the tab was shown last stands there at once, and moves as the page hears from the server.
    settled(page)
    page.get_by_role("button", name="Continue to payment").click()
    page.get_by_role("button", name="Pay", exact=True).click()
    page.wait_for_url(re.compile("/orders/"))


def test_from_nothing_to_a_learner_who_is_learning(person: Callable[..., Page]) -> None:
    alice = person()
    alice.goto("/")
    expect(alice.get_by_role("heading", name="Personal data at work")).to_be_visible()
    alice.get_by_role("link", name="Buy a group license").first.click()

    # She chooses, and signs up on the way without losing the choice.
    alice.get_by_role("checkbox", name=re.compile("Personal data at work")).click()
    seats = alice.get_by_label("Number of seats")
    seats.fill("4")
    alice.get_by_label("Group name").fill("Spring class")
    expect(alice.locator("#total")).to_have_text("$96")
    expect(alice.get_by_role("link", name="Create an account to pay")).to_have_attribute(
        "href", re.compile("Spring")
    )
    alice.get_by_role("link", name="Create an account to pay").click()
    sign_up(alice, "Ada", "ada@first-sale.org")
    alice.get_by_role("button", name="Create my account").click()
    expect(alice.locator("#total")).to_have_text("$96")
    expect(alice.get_by_label("Group name")).to_have_value("Spring class")

    # She pays, and the order page turns into a group by itself.
    pay(alice)
    expect(alice.get_by_role("heading", name="Your group is ready.")).to_be_visible()
    alice.get_by_role("link", name="Go to the dashboard").click()
    expect(alice.locator("#taken")).to_have_text("0")
    expect(alice.locator("#bought")).to_have_text("4")
    expect(alice.locator(".seats .seat")).to_have_count(4)
    dashboard = alice.url

    # She hands out one key.
    alice.get_by_text("Users", exact=True).click()
    alice.locator(".menu.users").get_by_role("link", name="Enrollment Key Codes").click()
    alice.get_by_role("button", name="Hand out").click()
    expect(alice.get_by_text("1 key is handed out.")).to_be_visible()
    # The second click of a double click hands out nothing more.
    alice.mouse.down(click_count=2)
    alice.mouse.up(click_count=2)
    key = alice.locator("code.key").first.text_content() or ""
    assert re.fullmatch(r"(\w{4}-){3}\w{4}", key)
    alice.goto(dashboard)
    expect(alice.locator('[data-count="issued"]')).to_have_text("1")

    # A learner types it carelessly, sees what it opens, and joins.
    bob = person()
    bob.goto("/redeem")
    bob.get_by_label("Enrollment key").fill(key.lower().replace("-", "", 1))
    expect(bob.get_by_role("heading", name="Spring class")).to_be_visible()
    expect(bob.get_by_text("Ada Marsh invites you")).to_be_visible()
    sign_up(bob, "Bob", "bob@first-sale.org")
    bob.get_by_role("button", name="Create my account and start").click()
    expect(bob.get_by_role("heading", name="Personal data at work")).to_be_visible()

    # The counter in the first browser has moved, without a reload.
    expect(alice.locator("#taken")).to_have_text("1")
    expect(alice.locator(".seat.taken").first).to_be_visible()
    expect(alice.get_by_text("Bob Marsh took seat 1 just now")).to_be_visible()

    # He opens the module and reads its first lesson.
    bob.get_by_role("link", name="Start").click()
    expect(bob.locator(".prose")).to_contain_text(re.compile(r"\w{4,}"))
    bob.get_by_role("button", name="Done, go on").click()
    expect(bob.get_by_text("Lesson 2 of")).to_be_visible()
    bob.goto("/my-learning")
    expect(bob.get_by_role("heading", name="Personal data at work")).to_be_visible()

    # Add Seats: paid, and there.
    alice.get_by_role("link", name="Add Seats").click()
    alice.get_by_label("Number of seats").fill("5")
    expect(alice.locator("#total")).to_have_text("$120")
    pay(alice)
    expect(alice.get_by_role("heading", name="Your seats are there.")).to_be_visible()
    alice.get_by_role("link", name="Go to the dashboard").click()
    expect(alice.locator("#bought")).to_have_text("9")

    # Add Modules: the owned one is marked, another is paid for every seat.
    alice.get_by_role("link", name="Add Modules").click()
    expect(alice.get_by_text("Your group has it")).to_be_visible()
    alice.get_by_role("checkbox", name=re.compile("Responsible conduct")).click()
    expect(alice.locator("#total")).to_have_text("$351")
    pay(alice)
    expect(alice.get_by_role("heading", name="Your modules are open.")).to_be_visible()

    # The learner has it without a reload.
    expect(bob.get_by_role("heading", name="Responsible conduct of research")).to_be_visible()

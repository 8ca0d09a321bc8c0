"""The leader's page moves while a learner learns, and the way from the answer to the mail."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from grouplic.demo import PASSWORD
from tests.e2e.test_first_sale import pay, sign_up

pytestmark = pytest.mark.e2e


def buy_group(page: Page, name: str, email: str) -> str:
    """Buy two seats in one module and return the dashboard's address."""
    page.goto("/buy")
    page.get_by_role("checkbox", name=re.compile("Personal data at work")).click()
    page.get_by_label("Number of seats").fill("2")
    page.get_by_label("Group name").fill(name)
    expect(page.locator("#total")).to_have_text("$48")
    to_pay = page.get_by_role("link", name="Create an account to pay")
    expect(to_pay).to_have_attribute("href", re.compile(name.split()[0]))
    to_pay.click()
    sign_up(page, "Ada", email)
    page.get_by_role("button", name="Create my account").click()
    expect(page.get_by_label("Group name")).to_have_value(name)
    pay(page)
    page.get_by_role("link", name="Go to the dashboard").click()
    expect(page.locator("#taken")).to_have_text("0")
    return page.url


def test_a_lesson_finished_in_one_browser_moves_the_leaders_page_in_another(
    person: Callable[..., Page],
) -> None:
    alice = person()
    dashboard = buy_group(alice, "Winter class", "ada@winter.org")
    expect(alice.get_by_role("heading", name="Nobody holds a seat yet")).to_be_visible()
    alice.goto(dashboard + "/keys")
    alice.get_by_role("button", name="Hand out").click()
    key = alice.locator("code.key").first.text_content() or ""
    alice.goto(dashboard)

    bob = person()
    bob.goto(f"/redeem?key={key}")
    sign_up(bob, "Bob", "bob@winter.org")
    bob.get_by_role("button", name="Create my account and start").click()
    expect(alice.locator('[data-state="Bob Marsh"]')).to_have_text("Not started")
    expect(alice.locator("#not-started")).to_have_text("1")

    bob.get_by_role("link", name="Start").first.click()
    expect(alice.locator('[data-state="Bob Marsh"]')).to_have_text("In progress")
    expect(alice.locator("#not-started")).to_have_text("0")
    bob.get_by_role("button", name=re.compile("^Done")).click()
    expect(alice.locator("td.done .measure")).not_to_have_text(re.compile(r"^0%"))

    # The learner's own page, live as well.
    alice.get_by_role("link", name="Bob Marsh").click()
    expect(alice.get_by_role("heading", name="Personal data at work")).to_be_visible()
    alice.get_by_text("Lessons", exact=True).click()
    expect(alice.locator(".lessons-done .dot.done")).to_have_count(1)


def test_the_leader_reminds_those_who_have_not_started_and_sets_a_due_date(
    person: Callable[..., Page], post
) -> None:
    alice = person()
    dashboard = buy_group(alice, "Reminded class", "ada@reminded.org")
    alice.goto(dashboard + "/invite")
    alice.get_by_label("Paste names and addresses").fill("bob@reminded.org")
    alice.get_by_role("button", name="Add to the list").click()
    alice.get_by_role("button", name="Send invitations").click()
    post.text_for("bob@reminded.org")
    alice.goto(dashboard)
    alice.get_by_role("link", name="Send a reminder").click()
    expect(alice.get_by_text("Hello Ann")).to_be_visible()
    alice.get_by_role("button", name="Send to 1 learner").click()
    expect(alice.get_by_text("1 reminder is on its way.")).to_be_in_viewport()

    alice.get_by_label("Due date of Personal data at work").fill("2030-01-31")
    alice.get_by_role("button", name=re.compile("^Set")).click()
    expect(alice.get_by_text("The due date is set.")).to_be_in_viewport()
    expect(alice.get_by_label("Due date of Personal data at work")).to_have_value("2030-01-31")


def test_a_demo_leader_searches_sorts_and_sees_each_module(person: Callable[..., Page]) -> None:
    alice = person()
    alice.goto("/sign-in?next=/my-teaching")
    alice.get_by_label("Email").fill("alice@northlab.example")
    alice.get_by_label("Password").fill(PASSWORD)
    alice.get_by_role("button", name="Sign in").click()
    alice.get_by_role("link", name=re.compile("Northlab autumn intake")).click()
    alice.get_by_label("Search name or email").fill("ann lee")
    expect(alice.locator("#learners-count")).to_have_text("1 learner")
    alice.get_by_label("Search name or email").fill("")
    alice.get_by_role("button", name="Learner", exact=True).click()
    expect(alice.locator(".learners tbody .person").first).to_contain_text("Ann Lee")
    alice.get_by_label("A column for each module").click()
    expect(alice.locator("table.matrix")).to_be_visible()
    alice.get_by_role("link", name="Insights").click()
    expect(alice.locator("#stands svg")).to_have_attribute("aria-label", re.compile("started"))

"""A leader with a group of their own, bought as anybody would: no test uses up another's seats."""

import re
from uuid import uuid4

from playwright.sync_api import Page, expect

from scripts.demo_site import settled

PASSWORD = "tulip anchor meadow 42"


def fill_new_account(page: Page, first: str, email: str) -> None:
    """Fill in the fields of a new account, once the page is alive for a visitor."""
    expect(page.locator("header .sign-in")).to_be_visible()
    page.get_by_label("First name").fill(first)
    page.get_by_label("Last name").fill("Marsh")
    page.get_by_label("Email", exact=True).fill(email)
    page.get_by_label("Password").fill(PASSWORD)


def sign_in(page: Page, email: str) -> None:
    """Sign in on the page that a link has led to."""
    expect(page.get_by_role("heading", name="Welcome back.")).to_be_visible()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def an_address(name: str, domain: str = "keys.org") -> str:
    """Return an address that nobody has yet."""
    return f"{name}-{uuid4().hex[:8]}@{domain}"


def buy_group(page: Page, name: str, seats: int) -> str:
    """Sign up, buy a group license, and return the path of its dashboard."""
    page.goto("/sign-up?next=%2Fbuy")
    fill_new_account(page, "Ada", an_address("ada"))
    page.get_by_role("button", name="Create my account").click()
    page.wait_for_url(re.compile("/buy"))
    settled(page)
    page.get_by_role("checkbox", name=re.compile("Personal data at work")).click()
    page.get_by_label("Group name").fill(name)
    # The total follows the seats, and so comes after the name.
    page.get_by_label("Number of seats").fill(str(seats))
    expect(page.locator("#total")).to_have_text(f"${24 * seats}")
    page.get_by_role("button", name="Continue to payment").click()
    page.get_by_role("button", name="Pay", exact=True).click()
    page.get_by_role("link", name="Go to the dashboard").click()
    page.wait_for_url(re.compile("/my-teaching/"))
    return re.sub("^.*(?=/my-teaching/)", "", page.url)

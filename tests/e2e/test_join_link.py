"""The join link: from its leader to new learners in other browsers, with the count going up."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Postman
from tests.e2e.own_group import an_address, buy_group, fill_new_account, sign_in

pytestmark = pytest.mark.e2e


@pytest.fixture
def ada(person: Callable[..., Page]) -> Page:
    """A leader on the join link page of a group of six seats."""
    page = person()
    page.goto(buy_group(page, "Night class", 6) + "/keys")
    page.get_by_role("link", name="Join link").click()
    expect(page.get_by_role("heading", name="Make a join link")).to_be_visible()
    return page


def make_link(page: Page, cap: int, domains: str = "") -> str:
    page.get_by_label("Seats it may give").fill(str(cap))
    page.get_by_label("Email domains (optional)").fill(domains)
    page.get_by_role("button", name="Make the link").click()
    expect(page.locator("#uses")).to_have_text("0")
    return page.get_by_label("Address", exact=True).input_value()


def join(page: Page, address: str, first: str, email: str) -> None:
    page.goto(address)
    expect(page.get_by_role("heading", name="Night class")).to_be_visible()
    fill_new_account(page, first, email)
    page.get_by_role("button", name="Create my account and join").click()


def test_learners_join_until_the_cap_while_the_leader_watches(
    ada: Page, person: Callable[..., Page]
) -> None:
    address = make_link(ada, 1)
    assert re.search(r"/join/[\w-]{43}$", address)
    expect(ada.get_by_alt_text("QR code of the join link")).to_be_visible()

    bob = person()
    join(bob, address, "Bob", an_address("bob"))
    expect(bob.get_by_role("heading", name="Personal data at work")).to_be_visible()
    expect(ada.locator("#uses")).to_have_text("1")
    expect(ada.get_by_text("Full. Raise the number")).to_be_visible()

    bob.goto(address)
    expect(bob.get_by_text("You are in this group already")).to_be_visible()

    carol = person()
    carol.goto(address)
    expect(carol.get_by_text("As many people as the join link")).to_be_visible()
    ada.get_by_label("Seats it may give").fill("2")
    ada.get_by_role("button", name="Save").click()
    expect(ada.get_by_text("Saved.")).to_be_visible()
    join(carol, address, "Carol", an_address("carol"))
    expect(ada.locator("#uses")).to_have_text("2")


def test_a_link_that_is_off_or_replaced_says_so(ada: Page, person: Callable[..., Page]) -> None:
    address = make_link(ada, 3)
    ada.get_by_role("button", name="Turn off").click()
    expect(ada.get_by_text("Turned off. Nobody can join by it.")).to_be_visible()
    bob = person()
    bob.goto(address)
    expect(bob.get_by_text("The join link of Night class is turned off.")).to_be_visible()

    ada.get_by_role("button", name="Turn on").click()
    ada.get_by_role("button", name="Make a new address …").click()
    expect(ada.get_by_text("The address you gave out stops working at once")).to_be_visible()
    ada.get_by_role("button", name="Make a new address", exact=True).click()
    expect(ada.get_by_text("This is the new address.")).to_be_visible()
    bob.reload()
    expect(bob.get_by_text("We do not know this join link.")).to_be_visible()
    bob.goto(ada.get_by_label("Address", exact=True).input_value())
    expect(bob.get_by_role("heading", name="Night class")).to_be_visible()


def test_a_domain_is_proven_by_mail_before_a_seat_is_taken(
    ada: Page, person: Callable[..., Page], post: Postman
) -> None:
    address = make_link(ada, 3, "night.example.org")
    bob, email = person(), an_address("bob", "night.example.org")
    join(bob, address, "Bob", an_address("bob", "gmail.com"))
    expect(bob.get_by_text("This join link is for addresses at night.example.org.")).to_be_visible()

    join(bob, address, "Bob", email)
    expect(bob.get_by_text("Confirm first that")).to_be_visible()
    expect(ada.locator("#uses")).to_have_text("0")
    bob.goto(post.link_for(email, "/verify-email"))
    bob.get_by_role("button", name="Confirm my address").click()
    bob.get_by_role("button", name="Join and start").click()
    expect(bob.get_by_role("heading", name="Personal data at work")).to_be_visible()
    expect(ada.locator("#uses")).to_have_text("1")


def test_someone_with_an_account_signs_in_and_comes_back_to_the_link(
    ada: Page, person: Callable[..., Page]
) -> None:
    address = make_link(ada, 3)
    bob, email = person(), an_address("bob")
    bob.goto("/sign-up")
    fill_new_account(bob, "Bob", email)
    bob.get_by_role("button", name="Create my account").click()

    elsewhere = person()
    elsewhere.goto(address)
    elsewhere.locator("main").get_by_role("link", name="Sign in").click()
    sign_in(elsewhere, email)
    elsewhere.get_by_role("button", name="Join and start").click()
    expect(elsewhere.get_by_role("heading", name="Personal data at work")).to_be_visible()

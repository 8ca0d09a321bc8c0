"""Redeeming a key in a browser: by hand, by code, by camera, with an account or without."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Postman
from tests.e2e.own_group import an_address, buy_group, fill_new_account, sign_in

pytestmark = pytest.mark.e2e

# A browser with a camera that sees a key: what the machine of a test has not.
_CAMERA = """
  window.BarcodeDetector = class {
    static async getSupportedFormats() { return ["qr_code"] }
    async detect() { return [{ rawValue: "TEXT" }] }
  }
  navigator.mediaDevices.getUserMedia = async () => {
    const canvas = document.createElement("canvas")
    canvas.getContext("2d").fillRect(0, 0, 9, 9)
    return canvas.captureStream()
  }
"""


@pytest.fixture
def keys(person: Callable[..., Page]) -> list[str]:
    """The keys of a group of four seats, all handed out."""
    ada = person()
    ada.goto(buy_group(ada, "Morning class", 4) + "/keys")
    ada.get_by_label("How many").fill("4")
    ada.get_by_role("button", name="Hand out").click()
    expect(ada.get_by_text("4 keys are handed out.")).to_be_visible()
    return ada.locator("code.key").all_text_contents()


def an_account(page: Page) -> str:
    email = an_address("bob")
    page.goto("/sign-up")
    fill_new_account(page, "Bob", email)
    page.get_by_role("button", name="Create my account").click()
    page.wait_for_url(re.compile("/my-learning"))
    return email


def joined(page: Page) -> None:
    expect(page.get_by_role("heading", name="Personal data at work")).to_be_visible()


@pytest.mark.parametrize("style", ["as printed", "without dashes", "with spaces and long dashes"])
def test_a_key_is_read_however_it_is_typed(
    person: Callable[..., Page], keys: list[str], style: str
) -> None:
    typed = {
        "as printed": keys[0],
        "without dashes": keys[0].replace("-", "").lower(),
        "with spaces and long dashes": f"  {keys[0].replace('-', ' — ')} ",
    }[style]
    bob = person()
    bob.goto("/redeem")
    bob.get_by_label("Enrollment key").fill(typed)
    expect(bob.get_by_role("heading", name="Morning class")).to_be_visible()


def test_a_signed_in_learner_joins_by_the_code_on_a_card_and_loses_nothing_the_second_time(
    person: Callable[..., Page], keys: list[str]
) -> None:
    bob = person()
    an_account(bob)
    bob.goto(f"/redeem?key={keys[0]}")
    bob.get_by_role("button", name="Join and start").click()
    joined(bob)

    bob.goto(f"/redeem?key={keys[1]}")
    expect(bob.get_by_text("You are in this group already. The key stays unused.")).to_be_visible()
    visitor = person()
    visitor.goto(f"/redeem?key={keys[1]}")
    expect(visitor.get_by_role("button", name="Create my account and start")).to_be_visible()


def test_whoever_forgot_their_account_signs_in_and_keeps_the_key(
    person: Callable[..., Page], keys: list[str]
) -> None:
    email = an_account(person())
    bob = person()
    bob.goto(f"/redeem?key={keys[0]}")
    fill_new_account(bob, "Bob", email)
    bob.get_by_role("button", name="Create my account and start").click()
    expect(bob.get_by_text("Sign in instead.")).to_be_visible()
    expect(bob.get_by_label("Enrollment key")).to_have_value(keys[0])

    bob.locator("main").get_by_role("link", name="sign in").click()
    sign_in(bob, email)
    bob.get_by_role("button", name="Join and start").click()
    joined(bob)


def test_whoever_forgot_their_password_comes_back_to_the_key_by_mail(
    person: Callable[..., Page], keys: list[str], post: Postman
) -> None:
    email = an_account(person())
    bob = person()
    bob.goto(f"/redeem?key={keys[0]}")
    bob.get_by_role("link", name="get a new password").click()
    expect(bob.get_by_role("heading", name="Forgot your password?")).to_be_visible()
    bob.get_by_label("Email").fill(email)
    bob.get_by_role("button", name="Mail me a link").click()
    expect(bob.get_by_text("a link is on its way")).to_be_visible()

    elsewhere = person()
    link = post.link_for(email, "/reset-password")
    elsewhere.goto(link)
    elsewhere.get_by_label("Password").fill("quiet lantern harbor 7")
    elsewhere.get_by_role("button", name="Save and sign in").click()
    elsewhere.get_by_role("button", name="Join and start").click()
    joined(elsewhere)


def test_every_key_that_opens_nothing_says_why(
    person: Callable[..., Page], keys: list[str]
) -> None:
    bob = person()
    an_account(bob)
    bob.goto(f"/redeem?key={keys[0]}")
    bob.get_by_role("button", name="Join and start").click()
    joined(bob)

    page = person()
    page.goto("/redeem")
    field = page.get_by_label("Enrollment key")
    swapped = keys[1][1] + keys[1][0] + keys[1][2:]
    for typed, says in (
        (keys[0], "This key has already been used."),
        ("2222-2222-2222-2222", "We do not know this key."),
        (keys[1].replace(keys[1][0], "0", 1), "Keys have no “0”."),
    ):
        field.fill(typed)
        expect(page.get_by_text(says)).to_be_visible()
    if swapped != keys[1]:
        field.fill(swapped)
        expect(page.get_by_text("This key has a typo")).to_be_visible()


@pytest.mark.parametrize("seen", ["a card", "a bare key"])
def test_a_code_is_scanned_with_the_camera(
    person: Callable[..., Page], keys: list[str], site: str, seen: str
) -> None:
    text = f"{site}/redeem?key={keys[0]}" if seen == "a card" else keys[0]
    bob = person()
    bob.add_init_script(_CAMERA.replace("TEXT", text))
    bob.goto("/redeem")
    bob.get_by_role("button", name="Scan a QR code").click()
    expect(bob.get_by_role("heading", name="Morning class")).to_be_visible()
    assert bob.url.startswith(f"{site}/redeem")
    expect(bob.get_by_label("Enrollment key")).to_have_value(keys[0])


def test_what_a_code_says_leads_to_no_other_site_and_a_camera_may_be_refused(
    person: Callable[..., Page], site: str
) -> None:
    bob = person()
    bob.add_init_script(_CAMERA.replace("TEXT", "https://evil.example/"))
    bob.goto("/redeem")
    bob.get_by_role("button", name="Scan a QR code").click()
    expect(bob.get_by_text("This code holds no enrollment key.")).to_be_visible()
    bob.get_by_role("button", name="Close").click()
    expect(bob.locator("dialog")).to_have_count(0)

    bob.evaluate("() => { navigator.mediaDevices.getUserMedia = () => Promise.reject() }")
    bob.get_by_role("button", name="Scan a QR code").click()
    expect(bob.get_by_text("The camera cannot be used.")).to_be_visible()


def test_where_the_browser_cannot_scan_the_button_is_not_shown(
    person: Callable[..., Page],
) -> None:
    bob = person()
    bob.add_init_script("delete window.BarcodeDetector")
    bob.goto("/redeem")
    expect(bob.get_by_label("Enrollment key")).to_be_visible()
    expect(bob.get_by_role("button", name="Scan a QR code")).to_be_hidden()

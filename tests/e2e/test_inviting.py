"""Invite via Email: from a paste to a learner who signs in with what the mail says."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from grouplic.demo import PASSWORD
from tests.e2e.conftest import Postman

pytestmark = pytest.mark.e2e

OWN = "tulip anchor meadow 42"


@pytest.fixture
def alice(person: Callable[..., Page]) -> Page:
    page = person()
    page.goto("/sign-in?next=/my-teaching")
    page.get_by_label("Email").fill("alice@northlab.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name=re.compile("Northlab autumn intake")).click()
    page.get_by_text("Users", exact=True).click()
    page.locator(".menu.users").get_by_role("link", name="Invite via Email").click()
    return page


def paste(page: Page, text: str) -> None:
    page.get_by_label("Paste names and addresses").fill(text)
    page.get_by_role("button", name="Add to the list").click()


def test_a_paste_becomes_rows_that_say_what_will_happen_and_then_mails(
    alice: Page, person: Callable[..., Page], post: Postman
) -> None:
    new = f"dan-{uuid4().hex[:6]}@gmail.com"
    paste(
        alice,
        f"Novak, Dan <{new.replace('gmail', 'gmial')}>; deniz@northlab\n"
        "Ann Lee\tann@northlab.example\nolive@grouplic.example\nolive@grouplic.example",
    )
    for words in (
        "Already in the group, costs no seat",
        "Has an account, will be added",
        "The part after @ has no dot",
        "Same as row 4",
    ):
        expect(alice.get_by_text(words)).to_be_visible()
    alice.get_by_role("button", name=f"Use {new}").click()
    expect(alice.locator(".invitee input").first).to_have_value(new)
    expect(alice.locator("#seats-needed")).to_have_text(re.compile(r"2 of your \d+ open seats"))

    alice.get_by_label("Personal note").fill("See you on Monday.")
    alice.get_by_role("button", name="Send invitations").click()
    expect(alice.get_by_text(re.compile("2 people joined"))).to_be_visible()
    expect(alice.locator(f'[data-mail="{new}"]')).to_have_text("Sent")
    # What the next ones will be mailed stands there, also after a look at another page.
    alice.get_by_role("link", name="Help").first.click()
    alice.wait_for_url("**/help")
    alice.go_back()
    expect(alice.get_by_label("Personal note")).to_have_value("See you on Monday.")
    expect(alice.get_by_text(re.compile("2 people joined"))).to_have_count(0)

    news = post.text_for("olive@grouplic.example")
    assert "/my-learning" in news
    assert "Temporary password" not in news
    assert "token=" not in news

    # The learner signs in with what the mail says, and chooses a password.
    text = post.text_for(new)
    assert "See you on Monday." in text
    password = re.search(r"Temporary password: (\S+)", text)
    assert password
    dan = person()
    dan.goto("/sign-in")
    dan.get_by_label("Email").fill(new)
    dan.get_by_label("Password").fill(password[1])
    dan.get_by_role("button", name="Sign in").click()
    expect(dan.get_by_text("Please choose your own password")).to_be_visible()
    dan.get_by_label("Current password").fill(password[1])
    dan.get_by_label("New password").fill(OWN)
    dan.get_by_role("button", name="Change password").click()
    expect(dan.get_by_text("Your password is changed")).to_be_visible()
    dan.goto("/my-learning")
    expect(dan.get_by_role("link", name="Start").first).to_be_visible()


def test_the_link_in_the_mail_leads_straight_to_the_modules(
    alice: Page, person: Callable[..., Page], post: Postman
) -> None:
    new = f"eve-{uuid4().hex[:6]}@invited.org"
    paste(alice, f"Eve Stone {new}")
    alice.get_by_role("button", name="Send invitations").click()
    link = re.search(r"http://\S+/welcome\?token=\S+", post.text_for(new))
    assert link
    eve = person()
    eve.goto(link[0])
    expect(eve.get_by_role("heading", name="Northlab autumn intake")).to_be_visible()
    expect(eve.get_by_label("First name")).to_have_value("Eve")
    eve.get_by_label("Password").fill(OWN)
    eve.get_by_role("button", name="Save and start").click()
    expect(eve.get_by_role("link", name="Start").first).to_be_visible()

    again = person()
    again.goto(link[0])
    expect(again.get_by_text("This link has been used")).to_be_visible()


def test_a_refused_mail_is_shown_with_the_servers_reason_and_its_address_corrected(
    alice: Page, post: Postman
) -> None:
    tag = uuid4().hex[:6]
    wrong, right = f"gus-{tag}@invited.org", f"gustav-{tag}@invited.org"
    post.refused.add(wrong)
    paste(alice, wrong)
    alice.get_by_role("button", name="Send invitations").click()
    expect(alice.locator(f'[data-mail="{wrong}"]')).to_have_text("Failed")
    expect(alice.get_by_text("550 No such mailbox here").first).to_be_visible()

    alice.get_by_role("button", name=f"Correct address ({wrong})").click()
    alice.get_by_label("Correct address").last.fill(right)
    alice.get_by_role("button", name="Invite this address").click()
    expect(alice.locator(f'[data-mail="{right}"]')).to_have_text("Sent")
    expect(alice.locator(f'[data-mail="{wrong}"]')).to_have_count(0)


def test_a_key_by_mail_opens_the_redemption_page_filled_in(
    alice: Page, person: Callable[..., Page], post: Postman
) -> None:
    new = f"kim-{uuid4().hex[:6]}@invited.org"
    paste(alice, new)
    alice.get_by_label(re.compile("Send enrollment keys")).click()
    alice.get_by_role("button", name="Mail the keys").click()
    link = re.search(r"http://\S+/redeem\?key=\S+", post.text_for(new))
    assert link
    kim = person()
    kim.goto(link[0])
    expect(kim.get_by_role("heading", name="Northlab autumn intake")).to_be_visible()

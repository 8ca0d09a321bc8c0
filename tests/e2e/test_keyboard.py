"""The main flows with the keyboard alone: no click, and the focus can always be seen."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from scripts.demo_site import settled
from tests.e2e.own_group import buy_group

pytestmark = pytest.mark.e2e

_MOST_STOPS = 60
_FOCUS = """() => {
  const one = document.activeElement
  const label = one.labels?.[0]?.innerText || one.getAttribute("aria-label") || one.innerText || ""
  const style = getComputedStyle(one)
  return [label.trim(), style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2]
}"""


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what is called ``name`` has the focus, which must show at every stop."""
    met = []
    for _ in range(_MOST_STOPS):
        page.keyboard.press("Tab")
        label, visible = page.evaluate(_FOCUS)
        met.append(label)
        assert visible or not label, f"The focus on {label!r} cannot be seen."
        if re.match(name, label):
            return
    raise AssertionError(f"Tab does not reach {name!r}, only {met}.")


def test_redeeming_a_key(person: Callable[..., Page]) -> None:
    alice = person()
    alice.goto(f"{buy_group(alice, 'Keyboard keys', 5)}/keys")
    alice.get_by_role("button", name="Hand out").click()
    key = alice.locator("code.key").last.text_content() or ""

    bob = person()
    bob.goto("/redeem")
    settled(bob)
    bob.keyboard.press("Tab")
    expect(bob.get_by_role("link", name="Skip to content")).to_be_focused()
    bob.keyboard.press("Enter")
    expect(bob.locator("main")).to_be_focused()
    tab_to(bob, "Enrollment key")
    bob.keyboard.type(key)
    expect(bob.get_by_text("Key accepted")).to_be_visible()
    for field, text in (
        ("First name", "Kim"),
        ("Last name", "Keyboard"),
        ("Email", f"{uuid4().hex[:8]}@keyboard.org"),
        ("Password", "tulip anchor meadow 42"),
    ):
        tab_to(bob, field)
        bob.keyboard.type(text)
    tab_to(bob, "Create my account and start")
    bob.keyboard.press("Enter")
    expect(bob.get_by_text("You are in.")).to_be_visible()


def test_inviting_by_email(person: Callable[..., Page]) -> None:
    alice = person()
    alice.goto(buy_group(alice, "Keyboard invitations", 5))
    alice.goto("/my-teaching")
    expect(alice.get_by_role("link", name=re.compile("Keyboard invitations"))).to_be_visible()
    tab_to(alice, r"[\s\S]*Keyboard invitations")
    alice.keyboard.press("Enter")

    # Another page without a load: the focus waits at its content.
    expect(alice.locator("#taken")).to_be_visible()
    expect(alice.locator("main")).to_be_focused()

    # The menu opens, closes on Escape with the focus kept, and opens again.
    tab_to(alice, "Users")
    alice.keyboard.press("Enter")
    invite = alice.locator(".menu.users").get_by_role("link", name="Invite via Email")
    expect(invite).to_be_visible()
    alice.keyboard.press("Escape")
    expect(invite).to_be_hidden()
    alice.keyboard.press("Enter")
    tab_to(alice, "Invite via Email")
    alice.keyboard.press("Enter")

    expect(alice.get_by_label("Paste names and addresses")).to_be_visible()
    tab_to(alice, "Paste names and addresses")
    alice.keyboard.type(f"Kay Board {uuid4().hex[:8]}@keyboard.org")
    tab_to(alice, "Add to the list")
    alice.keyboard.press("Enter")
    expect(alice.locator("#seats-needed")).to_contain_text("1 of your")
    tab_to(alice, "Send invitations")
    alice.keyboard.press("Enter")
    expect(alice.get_by_text(re.compile("1 (person|people) joined"))).to_be_visible()

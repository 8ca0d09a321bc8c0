"""Signing in as people do it: at once, before the page has heard from the server."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from grouplic.demo import PASSWORD
from scripts.demo_site import settled

pytestmark = pytest.mark.e2e


def test_whoever_is_quicker_than_the_page_still_gets_where_they_wanted(
    person: Callable[..., Page],
) -> None:
    page = person()
    page.route_web_socket(re.compile("/_event"), lambda socket: None)  # it never answers
    page.goto("/sign-in?next=/my-teaching")
    page.get_by_label("Email").fill("alice@northlab.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(r"/my-teaching/?$"))


def test_what_is_typed_before_the_page_hears_of_an_earlier_refusal_stays(
    person: Callable[..., Page],
) -> None:
    page = person()
    page.goto("/sign-up")
    page.get_by_label("First name").fill("Alice")
    page.get_by_label("Last name").fill("Typing")
    page.get_by_label("Email").fill("alice@northlab.example")
    page.get_by_label("Password").fill("tulip anchor meadow 42")
    page.get_by_role("button", name="Create my account").click()
    expect(page.get_by_text("Sign in instead.")).to_be_visible()
    expect(page.get_by_label("Email")).to_have_value("alice@northlab.example")

    held: list[Callable[[], None]] = []

    def hold(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        server.on_message(lambda message: held.append(lambda: socket.send(message)))

    page.route_web_socket(re.compile("/_event"), hold)
    page.goto("/sign-in")
    page.get_by_label("Email").fill("someone@else.org")

    while page.locator('.site[data-ready="true"]').count() == 0:
        while held:
            held.pop(0)()
        page.wait_for_timeout(10)  # between looks
    settled(page)
    expect(page.get_by_label("Email")).to_have_value("someone@else.org")


def test_a_password_can_be_looked_at_and_is_hidden_before_it_is_sent(
    person: Callable[..., Page],
) -> None:
    page = person()
    page.goto("/sign-in")
    settled(page)
    password = page.get_by_label("Password")
    password.fill(PASSWORD)

    page.get_by_role("button", name="Show password").click()
    expect(password).to_have_attribute("type", "text")
    expect(password).to_have_value(PASSWORD)
    page.get_by_role("button", name="Hide password").click()
    expect(password).to_have_attribute("type", "password")

    page.get_by_role("button", name="Show password").click()
    page.get_by_label("Email").fill("alice@northlab.example")
    # With an answer of no content, a browser stays on the page that it has sent.
    page.route("**/auth/sign-in", lambda route: route.fulfill(status=204))
    with page.expect_response("**/auth/sign-in"):
        page.get_by_role("button", name="Sign in").click()
    expect(password).to_have_attribute("type", "password")


def test_a_mailed_link_that_is_refused_leads_on(person: Callable[..., Page]) -> None:
    page = person()
    page.goto("/verify-email?token=unknown")
    settled(page)
    page.get_by_role("button", name="Confirm my address").click()
    page.locator("main").get_by_role("link", name="Sign in").click()
    expect(page.get_by_role("heading", name="Welcome back.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"next=%2Fverify-email.*unknown"))

    page.goto("/reset-password?token=unknown")
    settled(page)
    page.get_by_label("Password").fill("tulip anchor meadow 42")
    page.get_by_role("button", name="Save and sign in").click()
    page.get_by_role("link", name="Ask for a new link").click()
    expect(page.get_by_role("heading", name="Forgot your password?")).to_be_visible()

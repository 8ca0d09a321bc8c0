"""A lost connection is said quietly, mends itself, and loses nothing that was typed."""

import re
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, Route, WebSocketRoute, expect

from scripts.demo_site import free_port, serve, settled
from tests.e2e.own_group import buy_group

pytestmark = pytest.mark.e2e

_LOST = "The connection is lost"


class Cable:
    """The way of a page's websocket, which can be pulled out and put back."""

    def __init__(self, page: Page) -> None:
        self._in = True
        self._open: list[WebSocketRoute] = []
        page.route_web_socket(re.compile("/_event"), self._connect)

    def _connect(self, socket: WebSocketRoute) -> None:
        if not self._in:
            socket.close()
            return
        server = socket.connect_to_server()
        self._open += [socket, server]

    def pull(self) -> None:
        self._in = False
        for end in self._open:
            end.close()
        self._open = []

    def put_back(self) -> None:
        self._in = True


def test_what_changed_meanwhile_shows_when_the_connection_is_back(
    person: Callable[..., Page],
) -> None:
    alice = person()
    cable = Cable(alice)
    dashboard = buy_group(alice, "Lost connection", 5)
    other = person(storage_state=alice.context.storage_state())
    issued = alice.locator('[data-count="issued"]')
    expect(issued).to_have_text("0")

    cable.pull()
    expect(alice.get_by_text(_LOST)).to_be_visible()
    expect(alice.locator("#taken")).to_be_visible()

    other.goto(f"{dashboard}/keys")
    other.get_by_role("button", name="Hand out").click()
    expect(other.locator(".chip", has_text="Handed out")).to_have_count(1)
    expect(issued).to_have_text("0")

    cable.put_back()
    expect(issued).to_have_text("1")
    expect(alice.get_by_text(_LOST)).to_be_hidden()


def test_a_download_leaves_the_page_connected(person: Callable[..., Page]) -> None:
    alice = person()
    dashboard = buy_group(alice, "Download and go on", 5)
    other = person(storage_state=alice.context.storage_state())
    alice.goto(f"{dashboard}/keys")
    settled(alice)
    alice.get_by_role("button", name="Hand out").click()
    expect(alice.locator(".chip", has_text="Handed out")).to_have_count(1)

    with alice.expect_download() as download:
        alice.get_by_role("link", name="CSV", exact=True).first.click()
    download.value.path()

    other.goto(f"{dashboard}/keys")
    other.get_by_role("button", name="Hand out").click()
    expect(alice.locator(".chip", has_text="Handed out")).to_have_count(2)


def test_the_way_back_and_a_reload_find_what_was_chosen(person: Callable[..., Page]) -> None:
    ada = person()
    buy_group(ada, "Bought before", 2)
    ada.goto("/")
    ada.get_by_role("link", name="Buy a group license").first.click()
    settled(ada)
    expect(ada.get_by_label("Number of seats")).to_have_value("10")
    ada.get_by_role("checkbox", name=re.compile("Personal data at work")).click()
    ada.get_by_label("Group name").fill("Zoë & Söhne")
    ada.get_by_label("Number of seats").fill("3")
    expect(ada.locator("#total")).to_have_text("$72")
    ada.get_by_role("button", name="Continue to payment").click()
    expect(ada.get_by_role("button", name="Pay", exact=True)).to_be_visible()

    for come_again in (ada.go_back, ada.reload):
        come_again()
        settled(ada)
        expect(ada.locator("#total")).to_have_text("$72")
        expect(ada.get_by_label("Group name")).to_have_value("Zoë & Söhne")


def test_a_deployment_does_not_lose_what_was_typed(
    person: Callable[..., Page], tmp_path: Path
) -> None:
    port, tag = free_port(), uuid4().hex[:8]
    page = person()
    with serve(tmp_path, {}, port) as site:
        page.goto(f"{site}/sign-up")
        settled(page)
        page.get_by_label("First name").fill("Kim")
        page.get_by_label("Email").fill(f"{tag}@typing.org")
    expect(page.get_by_text(_LOST)).to_be_visible()

    with serve(tmp_path, {}, port):
        expect(page.get_by_text(_LOST)).to_be_hidden()
        page.get_by_label("Last name").fill("Typing")
        expect(page.get_by_label("First name")).to_have_value("Kim")
        expect(page.get_by_label("Email")).to_have_value(f"{tag}@typing.org")
        page.get_by_label("Password").fill("tulip anchor meadow 42")
        page.get_by_role("button", name="Create my account").click()
        page.wait_for_url("**/my-learning**")


def test_a_reload_brings_typed_words_back_and_no_password(person: Callable[..., Page]) -> None:
    page = person()
    page.goto("/sign-up")
    settled(page)
    page.get_by_label("First name").fill("Kim")
    page.get_by_role("button", name="Show password").click()
    page.get_by_label("Password").fill("tulip anchor meadow 42")

    page.reload()

    expect(page.get_by_label("First name")).to_have_value("Kim")
    expect(page.get_by_label("Password")).to_have_value("")
    # A field that the page draws anew while it starts is filled in again.
    page.get_by_label("First name").evaluate(
        "(field) => { const anew = field.cloneNode(); anew.value = ''; field.replaceWith(anew) }"
    )
    expect(page.get_by_label("First name")).to_have_value("Kim")
    assert "tulip" not in page.evaluate("JSON.stringify(sessionStorage)")


def test_words_are_kept_when_the_page_is_ready_before_its_script(
    person: Callable[..., Page],
) -> None:
    page = person()
    late: list[Route] = []
    page.route("**/keep-typed.js", lambda route: late.append(route))

    def script_comes() -> None:
        late.pop().continue_()
        page.wait_for_load_state()

    page.goto("/sign-up", wait_until="commit")
    settled(page)
    page.get_by_label("First name").fill("Kim")
    script_comes()
    page.get_by_label("Last name").fill("Lund")

    page.reload(wait_until="commit")
    settled(page)
    page.get_by_label("Last name").fill("Late")
    script_comes()

    expect(page.get_by_label("First name")).to_have_value("Kim")
    expect(page.get_by_label("Last name")).to_have_value("Late")


def test_what_is_opened_anew_starts_empty(person: Callable[..., Page]) -> None:
    page = person()
    page.goto("/sign-up")
    settled(page)
    page.get_by_label("First name").fill("Kim")
    page.goto("/help")
    page.goto("/sign-up")
    settled(page)
    expect(page.get_by_label("First name")).to_have_value("")

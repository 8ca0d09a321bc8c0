"""Manage People and Leaders in the browser: what is said, what the seats do, what roles show."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import Postman
from tests.e2e.test_first_sale import pay, sign_up

pytestmark = pytest.mark.e2e

OWN = "tulip anchor meadow 42"


@dataclass(frozen=True)
class Class:
    """A leader's own group of three seats, on its dashboard."""

    page: Page
    dashboard: str
    tag: str

    def address(self, name: str) -> str:
        return f"{name}-{self.tag}@people.org"

    def go(self, page: str = "") -> None:
        self.page.goto(self.dashboard + page)

    def invite(self, *names: str) -> None:
        self.go("/invite")
        paste = "\n".join(f"{name.title()} Novak {self.address(name)}" for name in names)
        self.page.get_by_label("Paste names and addresses").fill(paste)
        self.page.get_by_role("button", name="Add to the list").click()
        self.page.get_by_role("button", name="Send invitations").click()
        expect(self.page.get_by_text("joined, and a mail is on its way")).to_be_visible()

    def doing(self, what: str, name: str) -> None:
        self.page.get_by_role("button", name=f"{what} ({self.address(name)})").click()

    def state(self, name: str) -> Locator:
        return self.page.locator(f'[data-state="{self.address(name)}"]')

    def wait(self, name: str) -> None:
        form = self.page.locator("#waiting-list")
        if not form.get_by_label("Email").is_visible():
            form.get_by_text("Put somebody on the list").click()
        form.get_by_label("Email").fill(self.address(name))
        form.get_by_label("First name").fill(name.title())
        form.get_by_label("Last name").fill("Novak")
        form.get_by_role("button", name="Put on the list").click()

    def lead(self, email: str, role: str) -> None:
        self.go("/leaders")
        field = self.page.get_by_label("Email")
        take_what_was_meant(field, "lea")
        field.fill(email)
        expect(self.page.get_by_text("Did you mean")).to_have_count(0)
        self.page.get_by_label("First name").fill("Lea")
        self.page.get_by_label("Last name").fill("Moreau")
        self.page.get_by_role("radio", name=re.compile(role)).check()
        self.page.get_by_role("button", name="Invite to lead").click()
        expect(self.page.get_by_text(f"A mail is on its way to {email}")).to_be_visible()


@pytest.fixture
def alices(person: Callable[..., Page]) -> Class:
    page, tag = person(), uuid4().hex[:6]
    page.goto("/buy")
    page.get_by_role("checkbox", name=re.compile("Personal data at work")).click()
    page.get_by_label("Number of seats").fill("3")
    page.get_by_label("Group name").fill(f"Class {tag}")
    expect(page.locator("#total")).to_have_text("$72")
    page.get_by_role("link", name="Create an account to pay").click()
    sign_up(page, "Ada", f"ada-{tag}@people.org")
    page.get_by_role("button", name="Create my account").click()
    expect(page.locator("#total")).to_have_text("$72")
    pay(page)
    page.get_by_role("link", name="Go to the dashboard").click()
    expect(page.locator("#bought")).to_have_text("3")
    return Class(page, page.url, tag)


def take_what_was_meant(field: Locator, name: str) -> None:
    """Mistype an address, and take the one that is offered instead."""
    field.fill(f"{name}@gmial.com")
    expect(field.page.get_by_text("Did you mean gmail.com?")).to_be_visible()
    field.page.get_by_role("button", name=f"Use {name}@gmail.com").click()
    expect(field).to_have_value(f"{name}@gmail.com")
    expect(field).to_be_focused()
    expect(field.page.get_by_text("Did you mean")).to_have_count(0)


def join_by_mail(post: Postman, person: Callable[..., Page], email: str) -> Page:
    """Follow the newest link that was mailed, and choose a password."""
    link = re.search(r"http://\S+/welcome\?token=\S+", post.text_for(email))
    assert link
    page = person()
    page.goto(link[0])
    page.get_by_label("Password").fill(OWN)
    page.get_by_role("button", name="Save and start").click()
    return page


def test_people_are_found_removed_put_back_and_swapped(alices: Class) -> None:
    alices.invite("ann", "bo")
    page = alices.page
    alices.go()
    page.get_by_text("Users", exact=True).click()
    entries = page.locator(".menu.users .panel a")
    expect(entries).to_have_text(
        ["Invite via Email", "Enrollment Key Codes", "Upload a CSV File", "Manage People"]
    )
    entries.last.click()
    expect(page.locator("#people-count")).to_have_text("2 people")
    expect(alices.state("ann")).to_have_text("Invited, never signed in")

    page.get_by_label("Search name or email").fill("BO-")
    expect(page.locator("#people-count")).to_have_text("1 person")
    expect(alices.state("ann")).to_have_count(0)

    # Asked with the keyboard, and left as it is.
    asks = page.get_by_role("button", name=f"Remove ({alices.address('bo')})")
    asks.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Remove Bo Novak")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Remove Bo Novak")).to_have_count(0)
    expect(asks).to_be_focused()

    # The sentence first, then the deed, then what became of the seat.
    alices.doing("Remove", "bo")
    expect(page.locator("#what-happens")).to_have_text(
        re.compile(r"Bo Novak has opened 0 of \d+ lessons, the seat is free to move\.")
    )
    page.get_by_role("button", name="Remove Bo Novak").click()
    expect(page.locator("#outcome")).to_have_text("Bo Novak has left. Seat 2 is open again.")
    expect(page.get_by_text("Nobody fits")).to_be_visible()
    expect(page.locator("main")).to_be_focused()  # what asked has gone with the row
    other = page.context.new_page()
    other.goto(alices.dashboard)
    expect(other.locator(".seats .seat").nth(1)).to_have_class(re.compile("open"))

    # Undone; a dashboard that is open follows.
    page.get_by_role("button", name="Put Bo Novak back").click()
    expect(page.locator("#outcome")).to_contain_text("holds seat 2")
    expect(alices.state("bo")).to_have_text("Awaits confirmation")
    expect(other.locator(".seats .seat").nth(1)).to_have_class(re.compile("taken"))

    # Swapped: checked as it is typed.
    alices.doing("Swap", "bo")
    page.locator("#swap-email").fill(alices.address("ann"))
    expect(page.locator("#swap-says")).to_contain_text("in the group already")
    expect(page.get_by_role("button", name="Swap", exact=True)).to_be_disabled()
    take_what_was_meant(page.locator("#swap-email"), "cleo")
    page.locator("#swap-email").fill(alices.address("cleo"))
    expect(page.locator("#swap-says")).to_contain_text("takes seat 2 from Bo Novak")
    page.locator("#swap-first_name").fill("Cleo")
    page.get_by_role("button", name="Swap", exact=True).click()
    expect(page.locator("#outcome")).to_contain_text("holds seat 2")
    page.get_by_label("Search name or email").fill("cleo")
    expect(alices.state("cleo")).to_have_text("Invited, never signed in")

    # Who left is history, and stands behind a filter.
    page.get_by_label("Search name or email").fill("")
    page.get_by_label("Show").select_option("former")
    expect(alices.state("bo")).to_have_text("Has left")


def test_the_waiting_list_keeps_its_order_and_fills_when_a_seat_comes_back(
    alices: Class, post: Postman
) -> None:
    alices.invite("ann", "bo", "cleo")
    page = alices.page
    alices.go("/people")
    page.get_by_text("Put somebody on the list").click()
    take_what_was_meant(page.locator("#waiting-list").get_by_label("Email"), "dan")
    for name in ("dan", "eve"):
        alices.wait(name)
        expect(page.get_by_text(f"{alices.address(name)} waits")).to_be_visible()
    waiting = page.locator(".waiters li b:not(.place)")
    expect(waiting).to_have_text(["Dan Novak", "Eve Novak"])
    page.get_by_role("button", name=f"To the front ({alices.address('eve')})").click()
    expect(waiting).to_have_text(["Eve Novak", "Dan Novak"])

    alices.doing("Remove", "bo")
    page.get_by_role("button", name="Remove Bo Novak").click()

    expect(page.locator("#outcome")).to_contain_text("Seat 2 went to Eve Novak")
    expect(waiting).to_have_text(["Dan Novak"])
    expect(alices.state("eve")).to_be_visible()
    assert "Temporary password" in post.text_for(alices.address("eve"))


def test_a_failed_mail_shows_in_the_row_and_the_address_is_corrected_there(
    alices: Class, post: Postman
) -> None:
    post.refused.add(alices.address("gus"))
    alices.invite("gus")
    alices.go("/people")
    expect(alices.state("gus")).to_have_text("Mail failed")
    expect(alices.page.get_by_text("550 No such mailbox here")).to_be_visible()
    alices.doing("Correct", "gus")
    field = alices.page.get_by_label("Correct address")
    take_what_was_meant(field, "gustav")
    # What is odd is said, and may be sent; a field that is opened anew says nothing of the last.
    field.fill("gustav@gmial.com")
    expect(alices.page.get_by_text("Did you mean gmail.com?")).to_be_visible()
    alices.page.get_by_role("button", name="Cancel").click()
    alices.doing("Correct", "gus")
    expect(field).to_have_value("")
    expect(alices.page.get_by_text("Did you mean")).to_have_count(0)
    field.fill(alices.address("gustav"))
    alices.page.get_by_role("button", name="Invite this address").click()
    expect(alices.state("gustav")).to_have_text("Invited, never signed in")
    alices.doing("Send again", "gustav")
    expect(alices.page.locator("#outcome")).to_contain_text("new link")


def test_a_co_leader_signs_in_by_the_mail_and_sees_what_the_role_allows_live(
    alices: Class, person: Callable[..., Page], post: Postman
) -> None:
    email = alices.address("lea")
    alices.lead(email, "Reports only")
    lea = join_by_mail(post, person, email)

    # A dashboard at once, with nothing to manage or to buy.
    expect(lea.locator("#bought")).to_have_text("3")
    for name in ("Add Seats", "Add Modules", "Settings"):
        expect(lea.get_by_role("link", name=name)).to_have_count(0)
    expect(lea.get_by_text("Users", exact=True)).to_have_count(0)
    seen = lea.context.new_page()
    seen.goto(alices.dashboard + "/people")
    expect(seen.get_by_text("does not include this")).to_be_visible()
    seen.goto(f"/buy?group={alices.dashboard.rsplit('/', 1)[-1]}&add=seats")
    expect(seen.get_by_text("does not include this").first).to_be_visible()
    seen.close()

    # Both dashboards follow what either of the two does.
    role = alices.page.get_by_label(f"Role of {email}")
    role.select_option("people")
    expect(lea.get_by_text("Users", exact=True)).to_be_visible()
    expect(lea.get_by_role("link", name="Add Seats")).to_have_count(0)
    alices.go()
    by_lea = Class(lea.context.new_page(), alices.dashboard, alices.tag)
    by_lea.invite("ann")
    expect(alices.page.locator("#taken")).to_have_text("1")
    expect(lea.locator("#taken")).to_have_text("1")
    by_lea.go("/leaders")
    expect(by_lea.page.get_by_text("does not include this")).to_be_visible()


def test_a_removed_leaders_open_pages_hear_nothing_more(
    alices: Class, person: Callable[..., Page], post: Postman
) -> None:
    email = alices.address("lea")
    alices.lead(email, "Everything")
    lea = join_by_mail(post, person, email)
    expect(lea.get_by_role("link", name="Add Seats")).to_be_visible()
    heard: list[str] = []
    people = lea.context.new_page()
    for page in (lea, people):
        page.on(
            "websocket",
            lambda socket: socket.on("framereceived", lambda data: heard.append(str(data))),
        )
        page.goto(alices.dashboard + ("/people" if page is people else ""))
    expect(people.locator("#people-count")).to_have_text("0 people")
    alices.invite("before")
    expect(lea.locator("#taken")).to_have_text("1")
    expect(people.locator("#people-count")).to_have_text("1 person")
    assert alices.address("before") in str(heard)

    alices.go("/leaders")
    alices.page.get_by_role("button", name=f"Remove ({email})").click()
    alices.page.get_by_role("button", name="Remove Lea Moreau").click()
    expect(alices.page.get_by_text("Lea Moreau no longer leads this group.")).to_be_visible()
    for page in (lea, people):
        expect(page.get_by_text("you do not have access to it")).to_be_visible()
        expect(page.get_by_text("Before Novak")).to_have_count(0)

    alices.invite("after")
    alices.go()
    expect(alices.page.locator("#taken")).to_have_text("2")
    # A change the page is told of all the same: it has asked again, and heard no.
    lea.goto("/my-teaching")
    expect(lea.get_by_text("No group yet")).to_be_visible()
    assert "After" not in str(heard)
    assert alices.address("after") not in str(heard)


def test_the_last_leader_stays_and_the_group_can_be_renamed(alices: Class) -> None:
    page = alices.page
    alices.go("/leaders")
    page.get_by_role("button", name=f"Remove ({alices.address('ada')})").click()
    page.get_by_role("button", name="Remove Ada Marsh").click()
    expect(page.get_by_text("keeps at least one leader")).to_be_visible()
    expect(page.get_by_text("Ada Marsh (you)")).to_be_visible()

    alices.go()
    page.get_by_role("link", name="Settings").click()
    page.get_by_label("Name of the group").fill(f"Renamed {alices.tag}")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    alices.go()
    expect(page.get_by_role("heading", name=f"Renamed {alices.tag}")).to_be_visible()

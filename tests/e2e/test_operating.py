"""Olive runs the site: she grants, gives back, signs out and looks; nobody else gets in."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from grouplic.demo import PASSWORD
from scripts.demo_site import settled, sign_in
from tests.e2e.own_group import an_address, buy_group

pytestmark = pytest.mark.e2e

OLIVE = "olive@grouplic.example"


@pytest.fixture
def olive(person: Callable[..., Page]) -> Page:
    """The operator's browser."""
    page = person()
    sign_in(page, OLIVE, PASSWORD, "/operator")
    return page


@pytest.fixture
def dashboard(person: Callable[..., Page]) -> Page:
    """The dashboard of a group of three seats, open in its leader's browser."""
    page = person()
    buy_group(page, f"Group of {an_address('ada')}", 3)
    expect(page.locator("#bought")).to_have_text("3")
    return page


def group_page(olive: Page, dashboard: Page) -> None:
    olive.goto(f"/operator/groups/{dashboard.url.rsplit('/', 1)[-1]}")
    expect(olive.locator("#seats-now")).to_be_visible()


def open_the_only_row(olive: Page) -> None:
    """Open what a search has found, once the list shows nothing else."""
    expect(olive.get_by_role("row")).to_have_count(2)
    olive.get_by_role("row").last.get_by_role("link").click()


def form(page: Page, heading: str):  # type: ignore[no-untyped-def]
    return page.locator("form").filter(has=page.get_by_role("heading", name=heading))


def test_seats_granted_and_taken_back_show_in_the_leaders_open_dashboard(
    olive: Page, dashboard: Page
) -> None:
    group_page(olive, dashboard)
    grant = form(olive, "Grant seats")
    grant.get_by_label("Seats").fill("2")
    grant.get_by_label("Reason").fill("They asked nicely")
    grant.get_by_role("button", name="Grant seats").click()
    expect(olive.get_by_text("2 seats granted.")).to_be_visible()
    expect(dashboard.locator("#bought")).to_have_text("5")
    expect(dashboard.locator(".seats .seat")).to_have_count(5)

    back = form(olive, "Take back seats")
    back.get_by_label("Seats").fill("1")
    back.get_by_label("Reason").fill("One too many")
    back.get_by_role("button", name="See what would happen").click()
    expect(olive.get_by_text("1 seat open: gone at once.")).to_be_visible()
    expect(dashboard.locator("#bought")).to_have_text("5")
    olive.get_by_role("button", name="Take them back").click()
    expect(olive.get_by_text("1 seat taken back.")).to_be_visible()
    expect(dashboard.locator("#bought")).to_have_text("4")


def test_a_refund_takes_open_seats_off_the_map(olive: Page, dashboard: Page) -> None:
    group_page(olive, dashboard)
    olive.get_by_role("link", name="Its orders").click()
    open_the_only_row(olive)
    refund = form(olive, "Give money back")
    expect(olive.locator("#left")).to_have_text("$72")
    refund.get_by_label("An amount").check()
    refund.get_by_label("Amount in USD").fill("99.99")
    refund.get_by_label("Reason").fill("A mistake")
    refund.get_by_role("button", name="Give it back").click()
    expect(olive.get_by_role("alert")).to_have_text("At most $72 of this order can be given back.")

    refund.get_by_label("The price of some seats").check()
    refund.get_by_label("How many seats").fill("2")
    refund.get_by_role("button", name="Give it back").click()
    expect(olive.get_by_text("The money is on its way back.")).to_be_visible()
    expect(olive.get_by_text("$48, succeeded")).to_be_visible()
    expect(olive.get_by_text("1 open, 2 withdrawn")).to_be_visible()
    expect(dashboard.locator("#bought")).to_have_text("1")
    expect(olive.locator("#left")).to_have_text("$24")


def test_somebody_is_granted_a_group_and_signed_out_by_an_operator(
    olive: Page, person: Callable[..., Page]
) -> None:
    page, email = person(), an_address("carla")
    page.goto("/sign-up?next=/my-teaching")
    expect(page.locator("header .sign-in")).to_be_visible()
    page.get_by_label("First name").fill("Carla")
    page.get_by_label("Last name").fill("Marsh")
    page.get_by_label("Email", exact=True).fill(email)
    page.get_by_label("Password").fill("tulip anchor meadow 42")
    page.get_by_role("button", name="Create my account").click()
    page.wait_for_url(re.compile("/my-teaching"))
    settled(page)

    olive.goto(f"/operator/people?search={email}")
    open_the_only_row(olive)
    olive.get_by_text("Grant a new group").click()
    olive.get_by_label("Name of the group").fill("Carla's pilot")
    olive.get_by_label("Seats").fill("0")
    olive.get_by_label("Reason").fill("To try it out")
    olive.get_by_role("button", name="Grant the group").click()
    expect(olive.get_by_text("Choose at least one seat.")).to_be_in_viewport()
    # What was typed is still there, and only what was wrong is typed anew.
    olive.get_by_label("Seats").fill("3")
    olive.get_by_role("button", name="Grant the group").click()
    expect(olive.get_by_text("A group with 3 seats granted.")).to_be_visible()
    expect(olive.get_by_label("Name of the group")).to_have_value("")
    expect(olive.get_by_role("link", name="Carla's pilot")).to_be_visible()

    olive.get_by_role("button", name="Sign out everywhere").click()
    expect(olive.get_by_text("Signed out everywhere.")).to_be_visible()
    page.get_by_role("button", name="Look around in a sandbox group").click()
    page.wait_for_url(re.compile("/sign-in"))


def test_olive_sees_what_a_leader_sees_and_can_change_nothing_there(
    olive: Page, dashboard: Page
) -> None:
    group_page(olive, dashboard)
    olive.get_by_role("link", name="See what its leaders see").click()
    expect(olive.get_by_text("Nothing can be changed from here.")).to_be_visible()
    expect(olive.locator("#bought")).to_have_text("3")
    settled(olive)
    for action in ("Add Seats", "Add Modules", "Settings", "Send a reminder", "Renew"):
        expect(olive.get_by_role("link", name=action)).to_have_count(0)
    for button in ("Users", "Dismiss", "Mail me a summary every Monday"):
        expect(olive.get_by_text(button, exact=True)).to_have_count(0)

    # Every panel and report that a leader has opens, in a class with people in it.
    olive.goto("/operator/groups?search=Northlab autumn intake")
    open_the_only_row(olive)
    expect(olive.get_by_role("heading", name="Northlab autumn intake")).to_be_visible()
    olive.get_by_role("link", name="See what its leaders see").click()
    olive.locator(".learners td.person a").first.click()
    expect(olive.get_by_text("Attempts, answers and times are shown")).to_be_visible()
    olive.go_back()
    olive.get_by_role("link", name="Insights", exact=True).click()
    expect(olive.locator("#questions")).to_be_visible()
    with olive.expect_download() as download:
        olive.get_by_role("link", name="Report to hand on (PDF)").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")


def test_a_module_taken_off_sale_leaves_the_catalog_and_comes_back(
    olive: Page, person: Callable[..., Page]
) -> None:
    name, visitor = "Responsible conduct of research", person()
    olive.goto("/operator/modules")
    olive.get_by_role("link", name=name).click()
    olive.get_by_role("button", name="Take it off sale").click()
    expect(olive.get_by_role("button", name="Put it on sale")).to_be_visible()
    visitor.goto("/buy")
    expect(visitor.get_by_role("checkbox").first).to_be_visible()
    expect(visitor.get_by_role("checkbox", name=re.compile(name))).to_have_count(0)
    olive.get_by_role("button", name="Put it on sale").click()
    expect(olive.get_by_role("button", name="Take it off sale")).to_be_visible()
    visitor.reload()
    expect(visitor.get_by_role("checkbox", name=re.compile(name))).to_be_visible()


@pytest.mark.parametrize(
    "path", ["", "/people", "/differences", "/people/x", "/orders/x", "/groups/x"]
)
def test_whoever_does_not_operate_is_told_that_this_does_not_exist(
    person: Callable[..., Page], path: str
) -> None:
    page = person()
    sign_in(page, "alice@northlab.example", PASSWORD, "/my-teaching")
    page.goto(f"/operator{path}")
    expect(page.get_by_role("alert")).to_contain_text("does not exist")
    expect(page.get_by_role("table")).to_have_count(0)
    expect(page.get_by_role("navigation", name="Lists")).to_have_count(0)

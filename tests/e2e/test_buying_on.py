"""Buying on: a second browser watches, a code, a payment that takes days, a refund, an invoice."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from scripts.demo_site import settled
from tests.e2e.conftest import Postman
from tests.e2e.test_first_sale import PASSWORD, pay, sign_up
from tests.e2e.test_managing_people import Class, join_by_mail

pytestmark = pytest.mark.e2e

WRITING, PRIVACY = "Writing that people can read", "Personal data at work"


class Leader:
    """Somebody with a browser and a group of four seats."""

    def __init__(self, person: Callable[..., Page]) -> None:
        self.person = person
        self.email = f"{uuid4().hex[:12]}@buying.org"
        self.page = person()
        self.page.goto("/sign-up?next=/buy")
        sign_up(self.page, "Ada", self.email)
        self.page.get_by_role("button", name="Create my account").click()
        self.choose(WRITING, 4, name="Spring class")
        pay(self.page)
        self.page.get_by_role("link", name="Go to the dashboard").click()
        expect(self.page.locator("#bought")).to_have_text("4")
        self.dashboard = self.page.url
        self.group = self.dashboard.rsplit("/", 1)[-1]

    def choose(self, module: str, seats: int, name: str) -> None:
        """Fill the purchase page for a new group."""
        self.page.get_by_role("checkbox", name=re.compile(module)).click()
        self.page.get_by_label("Number of seats").fill(str(seats))
        self.page.get_by_label("Group name").fill(name)
        expect(self.page.locator("aside")).to_contain_text(f"{seats} seats ×")

    def add_seats(self, seats: int, total: str) -> None:
        """Choose more seats, up to the button."""
        self.page.goto(f"/buy?group={self.group}&add=seats")
        settled(self.page)
        self.page.get_by_label("Number of seats").fill(str(seats))
        expect(self.page.locator("#total")).to_have_text(total)

    def add_module(self, module: str, total: str) -> None:
        """Choose another module, up to the button."""
        self.page.goto(f"/buy?group={self.group}&add=modules")
        self.page.get_by_role("checkbox", name=re.compile(module)).click()
        expect(self.page.locator("#total")).to_have_text(total)

    def watch(self) -> Page:
        """Open the dashboard in a second browser."""
        second = self.person()
        second.goto(f"/sign-in?next=/my-teaching/{self.group}")
        second.get_by_label("Email").fill(self.email)
        second.get_by_label("Password").fill(PASSWORD)
        second.get_by_role("button", name="Sign in").click()
        expect(second.locator("#bought")).to_have_text("4")
        return second

    def at_the_provider(self, order: str) -> tuple[Page, str]:
        """Open the provider's list of payments, and return where this order is on it."""
        page = self.person()
        page.goto(
            re.sub("//localhost", "//127.0.0.1", _origin(self.page)) + "/local-stripe/payments"
        )
        return page, f"section:has-text('{order}')"


def _origin(page: Page) -> str:
    return "/".join(page.url.split("/")[:3])


@pytest.fixture
def ada(person: Callable[..., Page]) -> Leader:
    """Ada leads a group of four seats with one module."""
    return Leader(person)


def test_a_co_leader_in_another_browser_sees_the_seats_and_the_modules_come(
    ada: Leader, person: Callable[..., Page], post: Postman
) -> None:
    lea = f"{uuid4().hex[:12]}@buying.org"
    Class(ada.page, ada.dashboard, "buying").lead(lea, "Everything")
    second = join_by_mail(post, person, lea)
    expect(second.locator("#bought")).to_have_text("4")
    ada.add_seats(3, "$57")
    pay(ada.page)
    expect(ada.page.get_by_role("heading", name="Your seats are there.")).to_be_visible()
    expect(second.locator("#bought")).to_have_text("7")
    expect(second.locator(".seats .seat")).to_have_count(7)

    ada.add_module(PRIVACY, "$168")
    pay(ada.page)
    expect(ada.page.get_by_role("heading", name="Your modules are open.")).to_be_visible()
    expect(second.get_by_role("listitem").get_by_text(PRIVACY)).to_be_visible()

    # The history has all three, newest first.
    ada.page.goto(f"/my-teaching/{ada.group}/orders")
    expect(ada.page.locator(".orders li")).to_have_count(3)
    expect(ada.page.locator(".orders li").first).to_contain_text("Add Modules")
    expect(ada.page.get_by_role("link", name="Receipt")).to_have_count(3)


def test_a_volume_price_is_near_and_then_reached(ada: Leader) -> None:
    ada.page.goto(f"/buy?group={ada.group}&add=seats&seats=22")
    expect(ada.page.get_by_text("3 more seats and every seat costs less: $17")).to_be_visible()
    expect(ada.page.locator("#total")).to_have_text("$418")
    ada.page.get_by_label("Number of seats").fill("25")
    expect(ada.page.locator("#total")).to_have_text("$425")
    expect(ada.page.get_by_text("$17 instead of $19")).to_be_visible()


def test_a_promotion_code_lowers_what_is_charged_and_what_is_recorded(ada: Leader) -> None:
    ada.add_seats(5, "$95")
    ada.page.get_by_role("button", name="Continue to payment").click()
    ada.page.get_by_label("Promotion code").fill("NONSENSE")
    ada.page.get_by_role("button", name="Apply").click()
    expect(ada.page.get_by_role("alert")).to_have_text("This code is not valid.")
    ada.page.get_by_label("Promotion code").fill("local20")
    ada.page.get_by_role("button", name="Apply").click()
    expect(ada.page.get_by_role("heading", name="Pay $76.00")).to_be_visible()
    ada.page.get_by_role("button", name="Pay", exact=True).click()
    expect(ada.page.get_by_role("heading", name="Your seats are there.")).to_be_visible()
    expect(ada.page.locator("#total")).to_have_text("$76")
    expect(ada.page.get_by_text("−$19")).to_be_visible()


def test_nothing_of_an_earlier_choice_is_shown_while_the_page_loads(ada: Leader) -> None:
    seats = ada.page.get_by_label("Number of seats")
    ada.page.goto("/buy?seats=25")
    expect(seats).to_have_value("25")

    ada.page.add_init_script(
        """
        window.shown = []
        const look = () => {
          const field = document.getElementById("seats")
          if (field) window.shown.push(field.value)
        }
        const all = { subtree: true, childList: true, attributes: true }
        new MutationObserver(look).observe(document, all)
        """
    )
    ada.page.goto("/buy")
    expect(seats).to_have_value("10")
    assert set(ada.page.evaluate("window.shown")) == {"10"}


def test_seats_paid_later_and_modules_bought_meanwhile_leave_no_gap(ada: Leader) -> None:
    second = ada.watch()
    ada.add_seats(2, "$38")
    ada.page.get_by_role("button", name="Continue to payment").click()
    ada.page.get_by_role("button", name="Pay later").click()
    expect(ada.page.get_by_role("heading", name="Your payment is on its way.")).to_be_visible()
    order = ada.page.url.rsplit("/", 1)[-1]

    # Six seats are charged for the new module, though two of them are still to come.
    ada.add_module(PRIVACY, "$144")
    pay(ada.page)
    expect(ada.page.get_by_role("heading", name="Your modules are open.")).to_be_visible()
    expect(second.locator("#bought")).to_have_text("4")

    ada.page.goto(f"/orders/{order}")
    provider, section = ada.at_the_provider(order)
    provider.locator(section).get_by_role("button", name="Let it succeed").click()
    expect(ada.page.get_by_role("heading", name="Your seats are there.")).to_be_visible()
    expect(second.locator("#bought")).to_have_text("6")
    expect(second.get_by_role("listitem").get_by_text(PRIVACY)).to_be_visible()


def test_a_payment_that_fails_later_says_so_and_the_choice_is_picked_up(ada: Leader) -> None:
    ada.add_seats(2, "$38")
    ada.page.get_by_role("button", name="Continue to payment").click()
    ada.page.get_by_role("button", name="Pay later").click()
    expect(ada.page.get_by_role("heading", name="Your payment is on its way.")).to_be_visible()
    provider, section = ada.at_the_provider(ada.page.url.rsplit("/", 1)[-1])
    provider.locator(section).get_by_role("button", name="Let it fail").click()
    expect(ada.page.get_by_role("heading", name="The payment failed.")).to_be_visible()
    ada.page.get_by_role("link", name="Pick up where you left").click()
    expect(ada.page.get_by_label("Number of seats")).to_have_value("2")
    expect(ada.page.locator("#total")).to_have_text("$38")


def test_whoever_leaves_the_payment_page_goes_on_cancels_or_starts_again_at_once(
    ada: Leader,
) -> None:
    ada.add_module(PRIVACY, "$96")
    ada.page.get_by_role("button", name="Continue to payment").click()
    ada.page.get_by_role("button", name="Close the window").click()
    expect(ada.page.get_by_role("heading", name="Waiting for the payment.")).to_be_visible()
    first = str(ada.page.get_by_role("link", name="Go on paying").get_attribute("href"))

    # The same module, from the start.
    ada.add_module(PRIVACY, "$96")
    ada.page.get_by_role("button", name="Continue to payment").click()
    ada.page.get_by_role("button", name="Close the window").click()
    ada.page.get_by_role("button", name="Cancel this purchase").click()
    expect(ada.page.get_by_role("heading", name="Not paid.")).to_be_visible()

    # Neither page takes money any more; the choice is kept for a third.
    ada.page.goto(first)
    expect(ada.page.get_by_text("expired")).to_be_visible()
    ada.page.go_back()
    ada.page.get_by_role("link", name="Pick up where you left").click()
    expect(ada.page.locator("#total")).to_have_text("$96")
    pay(ada.page)
    expect(ada.page.get_by_role("heading", name="Your modules are open.")).to_be_visible()


def test_a_refund_at_the_provider_takes_the_open_seats_away(ada: Leader) -> None:
    second = ada.watch()
    ada.add_seats(3, "$57")
    pay(ada.page)
    expect(ada.page.get_by_role("heading", name="Your seats are there.")).to_be_visible()
    expect(second.locator("#bought")).to_have_text("7")
    provider, section = ada.at_the_provider(ada.page.url.rsplit("/", 1)[-1])
    provider.locator(section).get_by_role("button", name="Refund").click()

    expect(second.locator("#bought")).to_have_text("4")
    expect(ada.page.locator("dt", has_text="Refunded")).to_be_visible()
    ada.page.goto(f"/my-teaching/{ada.group}/orders")
    expect(ada.page.locator(".orders li").first).to_contain_text("$57 refunded")


def test_a_dispute_is_shown_with_what_it_means_and_goes_when_it_is_won(ada: Leader) -> None:
    ada.add_seats(2, "$38")
    pay(ada.page)
    expect(ada.page.get_by_role("heading", name="Your seats are there.")).to_be_visible()
    provider, section = ada.at_the_provider(ada.page.url.rsplit("/", 1)[-1])
    provider.locator(section).get_by_role("button", name="Dispute it").click()
    meaning = ada.page.get_by_text("The bank has questions about this payment. Your seats stay")
    expect(meaning).to_be_visible()
    provider.locator(section).get_by_role("button", name=re.compile("won", re.I)).click()
    expect(meaning).to_have_count(0)


def test_a_quote_is_downloaded_passed_on_and_paid_by_invoice(
    ada: Leader, person: Callable[..., Page]
) -> None:
    ada.page.goto("/buy")
    ada.choose(WRITING, 3, name="Summer class")
    ada.page.get_by_text("Invoice or quote for a finance department").click()
    ada.page.get_by_role("button", name="Make a quote (PDF)").click()
    expect(ada.page.get_by_role("heading", name="Summer class")).to_be_visible()
    with ada.page.expect_download() as download:
        ada.page.get_by_role("link", name="Download the PDF").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
    address = str(ada.page.locator("code.address").text_content())

    # Somebody else opens it, and buys the same at the same price, by invoice.
    finance = person()
    finance.goto(address)
    expect(finance.locator("#total")).to_have_text("$57")
    finance.get_by_role("link", name="Create an account to pay").click()
    sign_up(finance, "Finn", f"{uuid4().hex[:12]}@buying.org")
    finance.get_by_role("button", name="Create my account").click()
    finance.get_by_text("Invoice or quote for a finance department").click()
    finance.get_by_label("Purchase order number").fill("PO 17")
    finance.get_by_role("button", name="Send me an invoice").click()
    expect(finance.get_by_role("heading", name="Your invoice is on its way.")).to_be_visible()
    with finance.context.expect_page() as opened:
        finance.get_by_role("link", name="Open the invoice").click()
    expect(opened.value.get_by_text("Purchase order: PO 17")).to_be_visible()
    opened.value.get_by_role("button", name="Pay this invoice").click()
    expect(finance.get_by_role("heading", name="Your group is ready.")).to_be_visible()


def test_the_operators_texts_are_linked_from_every_page(person: Callable[..., Page]) -> None:
    page = person()
    for name in ("Terms", "Privacy", "Contact"):
        page.goto("/redeem")
        page.get_by_role("contentinfo").get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()

"""What visitors and learners meet: at 400 % zoom, on paper, in the first HTML, page by page."""

import re
import urllib.request
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from grouplic.demo import PASSWORD
from scripts.demo_site import settled, sign_in

pytestmark = pytest.mark.e2e

ANN, BO, OLIVE = "ann@northlab.example", "bo@northlab.example", "olive@grouplic.example"
_AT_400_PERCENT = {"width": 320, "height": 256}
_VISITED = {
    "": ("/", "/redeem", "/sign-in", "/sign-up", "/forgot-password", "/help", "/no/such/page"),
    BO: ("/my-learning", "/account", "/learn/phishing-passwords-and-you/quiz"),
    OLIVE: ("/operator", "/operator/people", "/operator/audit", "/dev/parts"),
}


def test_the_modules_stand_in_the_first_html(site: str) -> None:
    html = urllib.request.urlopen(site).read().decode()

    assert html.index("Responsible conduct of research") < html.index("Personal data at work")
    assert 'href="/buy?modules=writing-that-people-can-read"' in html


def test_prices_come_without_moving_anything(person: Callable[..., Page]) -> None:
    page = person(viewport={"width": 1280, "height": 860})
    # Without an answer from the server, the page is as it was built.
    page.route_web_socket(re.compile("/_event"), lambda _socket: None)
    page.goto("/")
    before = page.locator("#cost").bounding_box()
    page.unroute_all()

    page = person(viewport={"width": 1280, "height": 860})
    page.goto("/")
    expect(page.locator(".module").filter(has_text="Personal data")).to_contain_text("$24 a seat")
    assert page.locator("#cost").bounding_box() == before


@pytest.mark.parametrize("who", list(_VISITED), ids=["visitor", "learner", "operator"])
def test_nothing_is_cut_off_at_400_percent(person: Callable[..., Page], who: str) -> None:
    page = person(viewport=_AT_400_PERCENT)
    if who:
        sign_in(page, who, PASSWORD, "/account")
    for path in _VISITED[who]:
        page.goto(path)
        settled(page)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{path} is {wide} px too wide"


def test_the_focus_moves_to_the_page_one_goes_to(person: Callable[..., Page]) -> None:
    page = person()
    page.goto("/")
    settled(page)
    page.get_by_role("link", name="All questions about group licenses").click()
    expect(page.get_by_role("heading", name="Group license questions")).to_be_visible()
    expect(page.locator("#main")).to_be_focused()
    assert page.evaluate("scrollY") == 0


def test_a_certificate_is_printed_alone(person: Callable[..., Page]) -> None:
    page = person()
    sign_in(page, ANN, PASSWORD, "/my-learning")
    page.get_by_role("link", name=re.compile("^Show: .")).first.click()
    expect(page.locator(".paper")).to_be_visible()
    page.emulate_media(media="print")

    expect(page.locator(".paper")).to_be_visible()
    for around in (".top", ".foot", ".notice", "main .btn"):
        expect(page.locator(around).first).to_be_hidden()


def test_the_answers_of_one_quiz_are_not_shown_as_those_of_the_next(
    person: Callable[..., Page],
) -> None:
    def ticked(page: Page) -> list[bool]:
        page.goto("/learn/phishing-passwords-and-you/quiz")
        settled(page)
        expect(page.get_by_text("Quiz · Phishing, passwords and you")).to_be_visible()
        return [box.is_checked() for box in page.locator(".option input").all()]

    ann = person()
    sign_in(ann, ANN, PASSWORD, "/my-learning")
    other = person(storage_state=ann.context.storage_state())
    ann.goto("/learn/writing-that-people-can-read/quiz")
    expect(ann.get_by_text("Quiz · Writing that people can read")).to_be_visible()

    assert ticked(ann) == ticked(other)

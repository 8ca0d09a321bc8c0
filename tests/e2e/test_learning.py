"""A learner completes a module: on a phone, and once with the keyboard alone."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Response, expect

from grouplic.demo import PASSWORD
from tests.e2e.test_first_sale import pay, sign_up

pytestmark = pytest.mark.e2e

MODULE = "phishing-passwords-and-you"
CATALOG = Path(__file__).parent.parent.parent / "catalog" / MODULE
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
QUESTIONS: list[dict[str, Any]] = tomllib.loads((CATALOG / "quiz.toml").read_text())["question"]


def sign_in(page: Page, email: str, path: str = "/my-learning") -> None:
    page.goto(f"/sign-in?next={path}")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def secrets_of_the_quiz() -> list[str]:
    """Everything that gives an answer away: feedback, explanations, accepted forms."""
    options = [option for question in QUESTIONS for option in question.get("option", [])]
    return [
        *(option["feedback"] for option in options),
        *(question["explanation"] for question in QUESTIONS),
        *(form for question in QUESTIONS for form in question.get("accepted", [])),
    ]


def buy_group(alice: Page, email: str) -> str:
    """Buy two seats of the module, and return the key of one of them."""
    alice.goto("/buy")
    alice.get_by_role("checkbox", name=re.compile("Phishing")).click()
    alice.get_by_label("Number of seats").fill("2")
    alice.get_by_label("Group name").fill("Phone class")
    create = alice.get_by_role("link", name="Create an account to pay")
    expect(create).to_have_attribute("href", re.compile("Phone"))
    create.click()
    sign_up(alice, "Ada", email)
    alice.get_by_role("button", name="Create my account").click()
    expect(alice.get_by_label("Group name")).to_have_value("Phone class")
    pay(alice)
    alice.get_by_role("link", name="Go to the dashboard").click()
    alice.get_by_text("Users", exact=True).click()
    alice.locator(".menu.users").get_by_role("link", name="Enrollment Key Codes").click()
    alice.get_by_role("button", name="Hand out").click()
    key = alice.locator("code.key").first.inner_text()
    alice.go_back()
    expect(alice.locator("[data-count=done]")).to_have_text("0")
    return key


def answer(page: Page, question: Locator, written: dict[str, Any]) -> None:
    """Answer one question rightly."""
    if written["kind"] == "true_false":
        question.get_by_label(str(written["answer"]), exact=True).check()
    elif written["kind"] in ("single", "multiple"):
        for option in written["option"]:
            if option.get("correct"):
                question.get_by_label(option["text"]).check()
    else:
        text = written.get("accepted", [str(written.get("answer"))])[0]
        question.get_by_role("textbox").fill(text)


def test_a_learner_completes_a_module_on_a_phone_while_the_leader_watches(
    person: Callable[..., Page], site: str
) -> None:
    alice, bob = person(), person(**PHONE)
    key = buy_group(alice, "ada@phone-class.org")
    heard: list[str] = []
    bob.on("websocket", lambda ws: ws.on("framereceived", lambda frame: heard.append(str(frame))))

    # He joins with the key, and starts.
    bob.goto(f"/redeem?key={key}")
    sign_up(bob, "Bob", "bob@phone-class.org")
    bob.get_by_role("button", name=re.compile("Create")).click()
    bob.get_by_role("link", name=re.compile("^Start")).click()

    # He reads the four lessons.
    for title in ("How a phish works", "Reading an address", "Passwords that hold", "Second"):
        expect(bob.get_by_role("heading", name=re.compile(title), level=1)).to_be_visible()
        bob.get_by_role("button", name="Done, go on").click()

    # A first attempt fails. Whatever the quiz says before, it says nothing of what is right.
    expect(bob.get_by_role("button", name="Start the quiz")).to_be_visible()
    heard.clear()
    bob.get_by_role("button", name="Start the quiz").click()
    expect(bob.get_by_text("0 of 8 answered", exact=True)).to_be_visible()
    bob.locator(".question").nth(2).get_by_label("True", exact=True).check()
    expect(bob.get_by_text("1 of 8 answered, all saved")).to_be_visible()
    spoken = "\n".join(heard)
    assert "Pay: the address and the thread are real" in spoken
    assert [one for one in secrets_of_the_quiz() if one in spoken] == []

    # A lost connection loses no answer.
    bob.reload()
    expect(bob.locator(".question").nth(2).get_by_label("True", exact=True)).to_be_checked()
    bob.get_by_role("button", name="Submit").click()
    expect(bob.get_by_text("7 questions are not answered yet.")).to_be_visible()
    bob.get_by_role("button", name="Submit anyway").click()
    expect(bob.get_by_role("heading", name="Not passed yet")).to_be_visible()
    expect(alice.locator("[data-count=done]")).to_have_text("0")

    # The second attempt passes, and the leader's page follows.
    bob.get_by_role("button", name="Try again").click()
    for place, written in enumerate(QUESTIONS):
        answer(bob, bob.locator(".question").nth(place), written)
        expect(bob.get_by_text(f"{place + 1} of 8 answered, all saved")).to_be_visible()
    bob.get_by_role("button", name="Submit").click()
    expect(bob.get_by_role("heading", name="Passed", exact=True)).to_be_visible()
    expect(alice.locator("[data-count=done]")).to_have_text("1")

    # The certificate verifies for anyone, and comes as a PDF.
    bob.get_by_role("link", name="See your certificate").click()
    expect(bob.get_by_role("heading", name="Bob Marsh")).to_be_visible()
    stranger = person()
    stranger.goto(bob.url.removeprefix(site))
    expect(stranger.get_by_text("Grouplic issued this certificate.")).to_be_visible()
    with stranger.expect_download() as download:
        stranger.get_by_role("link", name="Download the PDF").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")


def press_until_focused(page: Page, wanted: Locator) -> None:
    """Press Tab until the element has the focus; a page has no more than 200 places for it."""
    expect(wanted).to_be_visible()
    for _ in range(200):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("The keyboard cannot reach it.")


def test_a_module_can_be_completed_with_the_keyboard_alone(person: Callable[..., Page]) -> None:
    page = person()
    page.goto("/sign-in?next=/my-learning")
    press_until_focused(page, page.get_by_label("Email"))
    page.keyboard.type("rosa@northlab.example")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")

    # From myLearning into the module; the arrows turn the pages and mark nothing as done.
    start = page.get_by_role("link", name=re.compile("Phishing")).filter(has_text="Start")
    press_until_focused(page, start)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="How a phish works", level=1)).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("heading", name="Reading an address", level=1)).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("heading", name="How a phish works", level=1)).to_be_visible()
    expect(page.locator(".outline li.done")).to_have_count(0)

    for title in ("How a phish works", "Reading an address", "Passwords that hold", "Second"):
        expect(page.get_by_role("heading", name=re.compile(title), level=1)).to_be_visible()
        press_until_focused(page, page.get_by_role("button", name="Done, go on"))
        page.keyboard.press("Enter")
    press_until_focused(page, page.get_by_role("button", name="Start the quiz"))
    page.keyboard.press("Enter")
    for place, written in enumerate(QUESTIONS):
        answer_by_keyboard(page, page.locator(".question").nth(place), written)
        expect(page.get_by_text(f"{place + 1} of 8 answered, all saved")).to_be_visible()
    press_until_focused(page, page.get_by_role("button", name="Submit"))
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Passed", exact=True)).to_be_visible()


def answer_by_keyboard(page: Page, question: Locator, written: dict[str, Any]) -> None:
    if written["kind"] in ("numeric", "short"):
        press_until_focused(page, question.get_by_role("textbox"))
        page.keyboard.type(written.get("accepted", [str(written.get("answer"))])[0])
    elif written["kind"] == "multiple":
        for option in written["option"]:
            if option.get("correct"):
                press_until_focused(page, question.get_by_label(option["text"]))
                page.keyboard.press("Space")
    else:
        truths = [written.get("answer") is True, written.get("answer") is False]
        options = [option.get("correct", False) for option in written.get("option", [])] or truths
        right = options.index(True)
        press_until_focused(page, question.get_by_role("radio").first)
        page.keyboard.press("Space")
        for _ in range(right):
            page.keyboard.press("ArrowDown")


def is_beat(response: Response) -> bool:
    return response.url.endswith("/study/beat") and response.status == 204


def test_a_lesson_opens_again_where_it_was_left(person: Callable[..., Page]) -> None:
    page = person()
    sign_in(page, "pia@northlab.example")
    modules = page.get_by_role("link", name=re.compile("Responsible conduct"))
    modules.filter(has_text="Start").click()
    expect(page.get_by_role("heading", name="Why conduct matters", level=1)).to_be_visible()
    page.mouse.move(600, 400)
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight / 2)")
    expect(page.get_by_role("heading", name="Why conduct matters")).not_to_be_in_viewport()
    with page.expect_response(is_beat):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_role("heading", name=re.compile("Misconduct"), level=1)).to_be_in_viewport()
    page.keyboard.press("ArrowLeft")

    expect(page.get_by_role("heading", name="Why conduct matters", level=1)).to_be_visible()
    expect(page.get_by_role("heading", name="Why conduct matters")).not_to_be_in_viewport()


def test_a_picture_is_shown_to_learners_and_to_nobody_else(person: Callable[..., Page]) -> None:
    learner, stranger = person(), person()
    sign_in(learner, "bo@northlab.example", f"/learn/{MODULE}/reading-an-address")
    picture = learner.get_by_role("img", name=re.compile("An address in four parts"))
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("complete", True)
    expect(picture).not_to_have_js_property("naturalWidth", 0)
    address = f"/media/{MODULE}/parts-of-an-address.svg"

    assert stranger.request.get(address).status == 401
    for bent in ("..%2f..%2fmodule.toml", "module.toml", "missing.svg"):
        assert learner.request.get(f"/media/{MODULE}/{bent}").status == 404


def test_a_video_plays_from_any_moment_with_its_captions(person: Callable[..., Page]) -> None:
    learner, stranger = person(), person()
    sign_in(learner, "bo@northlab.example", f"/learn/{MODULE}/reading-an-address")
    video = learner.get_by_label(re.compile("Each of the four addresses"))
    expect(video).to_be_visible()
    expect(video).to_have_js_property("duration", 33)

    video.evaluate("one => { one.textTracks[0].mode = 'showing'; one.currentTime = 20.5 }")
    expect(video).to_have_js_property("seeking", False)
    assert video.evaluate("one => one.currentTime") == 20.5
    video.evaluate("one => { one.muted = true; return one.play() }")
    learner.wait_for_function(
        "one => one.currentTime > 20.5 && one.textTracks[0].activeCues?.length",
        arg=video.element_handle(),
    )
    cue = video.evaluate("one => one.textTracks[0].activeCues[0].text")
    assert cue.startswith("The host is northlab-org.com")
    address = f"/media/{MODULE}/who-owns-this-address.mp4"
    part = learner.request.get(address, headers={"Range": "bytes=100-199"})
    assert (part.status, len(part.body())) == (206, 100)
    assert stranger.request.get(address).status == 401


def test_a_leader_previews_a_lesson_and_its_quiz(person: Callable[..., Page]) -> None:
    alice = person()
    sign_in(alice, "alice@northlab.example", "/my-teaching")
    alice.get_by_role("link", name=re.compile("Northlab autumn intake")).click()
    alice.get_by_role("link", name="See what your learners read").click()
    alice.get_by_role("link", name="Reading an address").click()
    expect(alice.get_by_text("This is a preview.")).to_be_visible()
    alice.goto(alice.url.rsplit("/", 1)[0] + "/quiz")
    for place, written in enumerate(QUESTIONS):
        answer(alice, alice.locator(".question").nth(place), written)
        expect(alice.get_by_text(f"{place + 1} of 8 answered")).to_be_visible()
    alice.get_by_role("button", name="Submit").click()

    expect(alice.get_by_role("heading", name="Passed", exact=True)).to_be_visible()
    expect(alice.get_by_text("Nothing was recorded.")).to_be_visible()

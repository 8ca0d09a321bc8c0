"""Time spent is counted while the page is visible and used, and not a second longer."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Request, expect

from scripts.demo_site import settled
from tests.e2e.test_learning import sign_in

pytestmark = pytest.mark.e2e

BEAT, IDLE = 15, 60  # seconds, as the player has them
SLACK = 2  # a tick of the player's clock at either end
MARK = "{}"  # a beat of the test's own


class Reader:
    """Somebody with a lesson open, whose browser's clock moves only when it is told to."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.told: list[int] = []
        page.on("request", self._note)
        page.clock.install()
        sign_in(page, "kai@northlab.example")
        start = page.get_by_role("link", name=re.compile("Responsible conduct"))
        start.filter(has_text=re.compile("Start|Go on|Resume|Continue")).first.click()
        expect(page.locator("[data-study]")).to_be_attached()
        settled(page)
        # A clock that runs through minutes in a moment ends the socket, and a connection that is
        # back draws the lesson anew, some time or other: so it is gone for good.
        page.context.set_offline(True)
        # In the future, as the clock has run on by itself so far.
        page.clock.pause_at(page.evaluate("Date.now() + 60_000"))
        self._hear()
        self.after(BEAT, using=True)

    def use(self) -> None:
        """Press a key, as readers do; unlike a pointer's way, it is told before this returns."""
        self.page.keyboard.press("Shift")

    def show(self, state: str) -> None:
        """Turn to another tab, which the page tells of at once, or back to this one."""
        self.page.evaluate(
            """state => {
                Object.defineProperty(document, "visibilityState", {
                    configurable: true, get: () => state
                })
                document.dispatchEvent(new Event("visibilitychange"))
            }""",
            state,
        )
        self._hear()

    def after(self, seconds: int, *, using: bool) -> int:
        """Let time pass, in use or not; return the seconds that the page has told of."""
        self.told.clear()
        for _ in range(seconds // BEAT):
            if using:
                self.use()
            self.page.clock.run_for(BEAT * 1000)
        self._hear()
        return sum(self.told)

    def sleep(self, seconds: int) -> int:
        """Let the clock jump, as when a lid is opened again: timers fire once; return as above."""
        self.told.clear()
        self.page.clock.fast_forward(seconds * 1000)
        self._hear()
        return sum(self.told)

    def _hear(self) -> None:
        """Wait for what was sent so far: the browser tells of it in order, but in its own time."""
        with self.page.expect_request(lambda request: request.post_data == MARK):
            self.page.evaluate(
                """body => void fetch(
                    "/study/beat", { method: "POST", body, keepalive: true }
                ).catch(() => {})""",
                MARK,
            )

    def _note(self, request: Request) -> None:
        if request.url.endswith("/study/beat") and request.post_data != MARK:
            self.told.append(int(request.post_data_json["seconds"]))


@pytest.fixture
def reader(person: Callable[..., Page]) -> Reader:
    return Reader(person())


def test_reading_counts_and_an_empty_chair_does_not(reader: Reader) -> None:
    assert reader.after(60, using=True) == pytest.approx(60, abs=SLACK)

    # Nothing moves any more: a minute is granted, since the last sign of life, and no more.
    assert reader.after(120, using=False) == pytest.approx(IDLE - BEAT, abs=SLACK)
    assert reader.after(600, using=False) == 0

    # Back in the chair.
    assert reader.after(60, using=True) == pytest.approx(60, abs=SLACK)


def test_a_lesson_that_is_drawn_anew_is_no_sign_of_life(reader: Reader) -> None:
    """As it is when a connection was lost and is back, whoever sits there."""
    reader.after(120, using=False)
    reader.page.locator("[data-study]").evaluate(
        """async (mark) => {
            const around = mark.parentElement
            mark.remove()
            await Promise.resolve()
            around.append(mark)
        }"""
    )
    assert reader.after(60, using=False) == 0


def test_a_page_in_the_background_counts_nothing_whatever_moves(reader: Reader) -> None:
    assert reader.after(30, using=True) == pytest.approx(30, abs=SLACK)
    reader.show("hidden")
    assert reader.after(60, using=True) == 0
    reader.show("visible")
    assert reader.after(30, using=True) == pytest.approx(30, abs=SLACK)


def test_a_computer_that_slept_adds_nothing(reader: Reader) -> None:
    assert reader.after(15, using=True) == pytest.approx(15, abs=SLACK)
    reader.use()
    assert reader.sleep(45) <= SLACK

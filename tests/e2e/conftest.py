"""A real browser against the production build: a server of our own, with its own database."""

import re
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from grouplic.frontend import build_if_changed
from scripts.demo_site import free_port, launch, serve

# How long a condition may take on a slow machine; nothing waits for it to pass.
PATIENCE = 30_000

expect.set_options(timeout=PATIENCE)


class Postman:
    """A real SMTP server's memory: what arrived, and for whom it says no."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.refused: set[str] = set()

    async def handle_RCPT(self, _server, _session, envelope, address, _options) -> str:  # type: ignore[no-untyped-def]
        if address in self.refused:
            return "550 No such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope) -> str:  # type: ignore[no-untyped-def]
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    def text_for(self, address: str, words: str = "") -> str:
        """Wait for the newest mail to ``address`` with these words, and return its plain text."""
        while True:
            for letter in reversed(self.letters):
                text = str(letter.get_body(("plain",)).get_content())
                if letter["To"] == address and words in text:
                    return text
            time.sleep(0.05)  # between looks; the test's own limit ends a wait in vain

    def link_for(self, address: str, path: str) -> str:
        """Wait for a mail to ``address`` with a link to ``path``, and return the link."""
        while True:
            for letter in reversed(self.letters):
                text = str(letter.get_body(("plain",)).get_content())
                if letter["To"] == address and (found := re.search(rf"http://\S+{path}\S*", text)):
                    return found[0]
            time.sleep(0.05)  # between looks; the test's own limit ends a wait in vain


_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note that a test has failed, for what is told of its pages afterwards."""
    report = yield
    if report.failed:
        item.stash[_FAILED] = True
    return report


@pytest.fixture(scope="session")
def postman() -> Iterator[tuple[Postman, int]]:
    """An SMTP server on a port of its own."""
    memory, port = Postman(), free_port()
    controller = Controller(memory, hostname="127.0.0.1", port=port)
    controller.start()
    yield memory, port
    controller.stop()


@pytest.fixture
def post(postman: tuple[Postman, int]) -> Postman:
    """What arrived by mail."""
    return postman[0]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, postman: tuple[Postman, int]) -> Iterator[str]:
    """A running site with the demo data; yields its address."""
    build_if_changed()
    folder = tmp_path_factory.mktemp("site")
    smtp = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(postman[1])}
    with serve(folder, smtp) as address:
        yield address


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Headless Chromium: the one on PATH, else Playwright's own."""
    browser = launch(playwright)
    yield browser
    browser.close()


@pytest.fixture
def person(
    browser: Browser, site: str, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Page]]:
    """Open a browser of one's own; at the end, no page may have broken the security policy."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def open_browser(**options: object) -> Page:
        context = browser.new_context(base_url=site, locale="en-US", **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on(
            "console",
            lambda message: (
                problems.append(message.text) if "Content Security Policy" in message.text else None
            ),
        )
        return page

    yield open_browser
    if request.node.stash.get(_FAILED, False):
        _tell_of_pages(contexts)
    for context in contexts:
        context.close()
    assert problems == []


def _tell_of_pages(contexts: Sequence[BrowserContext]) -> None:
    for page in [page for context in contexts for page in context.pages]:
        print(page.url, page.locator("#main").all_text_contents())

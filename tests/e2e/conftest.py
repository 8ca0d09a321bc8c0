"""A real browser against the production build: a server of our own, with its own database."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from grouplic.frontend import build_if_changed

ROOT = Path(__file__).parent.parent.parent
_FLAGS = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update "
    "--disable-sync --no-first-run"
)
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

    def text_for(self, address: str) -> str:
        """Wait for the newest mail to ``address`` and return its plain text."""
        while True:
            for letter in reversed(self.letters):
                if letter["To"] == address:
                    return str(letter.get_body(("plain",)).get_content())
            time.sleep(0.05)  # between looks; the test's own limit ends a wait in vain

    def link_for(self, address: str, path: str) -> str:
        """Wait for a mail to ``address`` with a link to ``path``, and return the link."""
        while True:
            for letter in reversed(self.letters):
                text = str(letter.get_body(("plain",)).get_content())
                if letter["To"] == address and (found := re.search(rf"http://\S+{path}\S*", text)):
                    return found[0]
            time.sleep(0.05)  # between looks; the test's own limit ends a wait in vain


@pytest.fixture(scope="session")
def postman() -> Iterator[tuple[Postman, int]]:
    """An SMTP server on a port of its own."""
    memory, port = Postman(), _free_port()
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
    port = _free_port()
    environment = {
        **os.environ,
        "PORT": str(port),
        "DATA_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'grouplic.db'}",
        "ENVIRONMENT": "test",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(postman[1]),
    }
    log = (folder / "log.txt").open("w")
    command = Path(sys.executable).parent / "grouplic"
    process = subprocess.Popen([command, "run"], cwd=ROOT, env=environment, stdout=log, stderr=log)
    address = f"http://localhost:{port}"
    try:
        _wait_for(address, process, folder / "log.txt")
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Headless Chromium: the one on PATH, else Playwright's own."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    browser = playwright.chromium.launch(executable_path=path, args=_FLAGS.split())
    yield browser
    browser.close()


@pytest.fixture
def person(browser: Browser, site: str) -> Iterator[Callable[..., Page]]:
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
    for context in contexts:
        context.close()
    assert problems == []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    while process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5)
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)  # between looks; the loop ends when the server answers or dies
    raise RuntimeError(f"The server did not start:\n{log.read_text()}")

"""A running site with the demo data, on a free port and in a folder of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright, expect

ROOT = Path(__file__).parent.parent
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serve(folder: Path, settings: Mapping[str, str], port: int | None = None) -> Iterator[str]:
    """Serve the site from ``folder`` with these settings; yields its address."""
    chosen = port or free_port()
    environment = {
        **os.environ,
        "PORT": str(chosen),
        "DATA_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'grouplic.db'}",
        "ENVIRONMENT": "test",
        "LONGEST_WAIT": "0",  # a slow machine is no crowd
        **settings,
    }
    command = [str(Path(sys.executable).parent / "grouplic"), "run"]
    with serving(command, ROOT, environment, folder / "log.txt", chosen) as address:
        yield address


@contextmanager
def serving(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path, port: int
) -> Iterator[str]:
    """Run the server that ``command`` starts until the block ends; yields its address."""
    with log.open("a") as output:
        process = subprocess.Popen(  # noqa: S603  (our own command)
            command, cwd=folder, env=environment, stdout=output, stderr=output
        )
        try:
            address = f"http://localhost:{port}"
            _wait_for(address, process, log)
            yield address
        finally:
            _end(process)


@contextmanager
def demo_site() -> Iterator[str]:
    """Serve the site with the demo data from a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="grouplic-") as folder, serve(Path(folder), {}) as site:
        yield site


def launch(playwright: Playwright) -> Browser:
    """Start headless Chromium, the one on PATH."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    return playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)


def sign_in(page: Page, email: str, password: str, then: str) -> None:
    """Sign in, and wait until the page ``then`` has heard from the server."""
    page.goto(f"/sign-in?next={then}")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**{then}**")
    settled(page)


def settled(page: Page) -> None:
    """Wait until the page has heard from the server, shows no skeleton and has its fonts."""
    page.wait_for_selector('.site[data-ready="true"]')
    expect(page.locator(".skeleton:not(.part *)")).to_have_count(0, timeout=30_000)
    page.evaluate("document.fonts.ready")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    while process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5)  # noqa: S310  (our own server)
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)  # between looks; the loop ends when the server answers or dies
    raise RuntimeError(f"The server did not start:\n{log.read_text()}")

"""An empty page of the same framework, built and served for comparison: the floor of ours."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.demo_site import ROOT, free_port, serving

_LONGEST_BUILD = 600  # seconds
_CONFIG = """
import reflex as rx

config = rx.Config(app_name="empty", telemetry_enabled=False, show_built_with_reflex=False)
"""
_APP = """
import reflex as rx

app = rx.App(html_lang="en", toaster=None)
app.add_page(
    lambda: rx.el.main(rx.el.h1("Nothing here")),
    route="/",
    title="Empty",
    description="A page with nothing but a heading.",
)
"""


@contextmanager
def empty_page() -> Iterator[str]:
    """Build and serve the page from a folder that is gone afterwards; yields its address."""
    with tempfile.TemporaryDirectory(prefix="empty-") as name:
        folder, port = Path(name), free_port()
        _write(folder)
        environment = _environment(port)
        _build(folder, environment)
        served = {
            "REFLEX_ENV_MODE": "prod",
            "__REFLEX_SKIP_COMPILE": "1",
            "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "1",
        }
        granian = [str(Path(sys.executable).parent / "granian"), "--interface", "asgi"]
        command = [*granian, "--factory", "--port", str(port), "empty.empty:app"]
        log = folder / "log.txt"
        with serving(command, folder, {**environment, **served}, log, port) as address:
            yield address


def _write(folder: Path) -> None:
    (folder / "rxconfig.py").write_text(_CONFIG)
    (folder / "empty").mkdir()
    (folder / "empty" / "__init__.py").touch()
    (folder / "empty" / "empty.py").write_text(_APP)
    shutil.copytree(ROOT / "reflex.lock", folder / "reflex.lock")  # the same versions
    (folder / "assets").mkdir()
    shutil.copy(ROOT / "assets" / "favicon.svg", folder / "assets" / "favicon.ico")


def _environment(port: int) -> dict[str, str]:
    npm = ["npm", "config", "get", "registry"]
    registry = subprocess.run(npm, capture_output=True, text=True, check=True)  # noqa: S603
    return {
        **os.environ,
        "REFLEX_USE_NPM": "1",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "REFLEX_API_URL": f"http://localhost:{port}",
        "NPM_CONFIG_REGISTRY": os.environ.get("NPM_CONFIG_REGISTRY", registry.stdout.strip()),
    }


def _build(folder: Path, environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip"]
    done = subprocess.run(  # noqa: S603  (our own command)
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=_LONGEST_BUILD,
    )
    if done.returncode:
        raise SystemExit(f"The empty page could not be built:\n{done.stdout}{done.stderr}")

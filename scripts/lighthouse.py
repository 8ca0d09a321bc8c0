"""Lighthouse for the pages that visitors meet first: medians of five, into docs/lighthouse.md.

An empty page of the framework is built and measured in the same run, for what the machine and the
framework allow. A measurement that fails, as a browser on a busy machine sometimes does, is taken
again; every one has a time limit, and so the whole ends by itself.
"""

import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from scripts.demo_site import CHROMIUM_FLAGS, ROOT, demo_site
from scripts.empty_page import empty_page

_TOOLS = ROOT / "var" / "tools"
_REPORT = ROOT / "docs" / "lighthouse.md"
_PATHS = ("/", "/buy", "/redeem", "/sign-in")
_EMPTY = "an empty page of the framework"
_DEVICES = ("mobile", "desktop")
_CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
_METRICS = {
    "first-contentful-paint": ("first paint, s", 1000),
    "largest-contentful-paint": ("largest paint, s", 1000),
    "total-blocking-time": ("blocked, ms", 1),
    "cumulative-layout-shift": ("shift", 1),
    "total-byte-weight": ("KiB", 1024),
}
_TARGETS = {"mobile": (85, 95, 95, 95), "desktop": (95, 95, 95, 95)}
_LONGEST_RUN = 120  # seconds
_TRIES = 3
# Nobody sees the window: without these the browser may never paint it ("NO_FCP").
_FLAGS = [
    "--headless=new",
    *CHROMIUM_FLAGS,
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-dev-shm-usage",
]

Row = tuple[str, str, list[float]]


def main(runs: int) -> None:
    """Measure, print, and write the report."""
    # As by Ctrl-C: the servers and the browser end with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    lighthouse = _install()
    with empty_page() as empty:
        rows = [_row(lighthouse, device, _EMPTY, empty, runs) for device in _DEVICES]
    with demo_site() as site:
        rows += [
            _row(lighthouse, device, f"`{path}`", site + path, runs)
            for device in _DEVICES
            for path in _PATHS
        ]
    _REPORT.write_text(_report(rows, runs, _version(lighthouse)), encoding="utf-8")


def _install() -> Path:
    command = _TOOLS / "node_modules" / ".bin" / "lighthouse"
    if not command.exists():
        _TOOLS.mkdir(parents=True, exist_ok=True)
        npm = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(_TOOLS), "lighthouse"]
        subprocess.run(npm, check=True)  # noqa: S603  (our own command)
    return command


def _row(lighthouse: Path, device: str, name: str, address: str, runs: int) -> Row:
    measured = [_measure(lighthouse, address, device) for _ in range(runs)]
    medians = [statistics.median(column) for column in zip(*measured, strict=True)]
    print(device, name, [round(number, 2) for number in medians], flush=True)
    return device, name, medians


def _measure(lighthouse: Path, address: str, device: str) -> list[float]:
    for _ in range(_TRIES):
        found, problem = _run(lighthouse, address, device)
        if found:
            return found
        print(f"Again, for {device} {address}: {problem}", flush=True)
    raise SystemExit(f"Lighthouse could not measure {address} in {_TRIES} tries.")


def _run(lighthouse: Path, address: str, device: str) -> tuple[list[float], str]:
    """Return what was found, or nothing and the reason."""
    command = [
        str(lighthouse),
        address,
        "--quiet",
        "--output=json",
        "--output-path=stdout",
        f"--chrome-flags={' '.join(_FLAGS)}",
        *(["--preset=desktop"] if device == "desktop" else []),
    ]
    chromium = shutil.which("chromium") or shutil.which("google-chrome") or ""
    process = subprocess.Popen(  # noqa: S603  (our own command)
        command,
        env={**os.environ, "CHROME_PATH": chromium},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # so that its browser can be ended with it
    )
    try:
        said, complained = process.communicate(timeout=_LONGEST_RUN)
    except subprocess.TimeoutExpired:
        return [], f"it took longer than {_LONGEST_RUN} s"
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    if process.returncode:
        return [], complained.strip()[-500:]
    return _figures(json.loads(said))


def _figures(found: dict) -> tuple[list[float], str]:
    scores = [found["categories"][name]["score"] for name in _CATEGORIES]
    numbers = [found["audits"][name].get("numericValue") for name in _METRICS]
    if found.get("runtimeError") or None in (*scores, *numbers):
        # Lighthouse ends well where a page was not painted in time: then the scores are missing.
        return [], str(found.get("runtimeError") or "a score is missing")
    units = [unit for _, unit in _METRICS.values()]
    return [100 * one for one in scores] + [
        number / unit for number, unit in zip(numbers, units, strict=True)
    ], ""


def _version(lighthouse: Path) -> str:
    done = subprocess.run([lighthouse, "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    return done.stdout.strip()


def _report(rows: list[Row], runs: int, version: str) -> str:
    heads = [*(name.replace("-", " ") for name in _CATEGORIES), *(m for m, _ in _METRICS.values())]
    lines = [
        "# Lighthouse",
        "",
        f"Medians of {runs} runs of Lighthouse {version} against the demo site, "
        f"{datetime.now(UTC):%Y-%m-%d}, made by `make lighthouse`. Wanted: 95 everywhere, and 85 "
        "for performance on mobile. What an empty page of the framework reaches in the same run "
        "(a heading, no styles, no state) is what machine and framework allow.",
        "",
        f"| device | page | {' | '.join(heads)} |",
        f"|---|---|{'---:|' * len(heads)}",
        *[_line(*row) for row in rows],
    ]
    return "\n".join([*lines, "", "A bold score is below what is wanted.", ""])


def _line(device: str, name: str, medians: list[float]) -> str:
    scores = [
        f"{score:.0f}" if score >= target or name == _EMPTY else f"**{score:.0f}**"
        for score, target in zip(medians, _TARGETS[device], strict=False)
    ]
    metrics = [f"{number:.2f}" if number < 10 else f"{number:.0f}" for number in medians[4:]]
    return f"| {device} | {name} | {' | '.join([*scores, *metrics])} |"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)

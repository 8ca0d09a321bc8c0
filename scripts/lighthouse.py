"""Lighthouse for the pages that visitors meet first: medians of five, into docs/lighthouse.md."""

import json
import os
import shutil
import statistics
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from scripts.demo_site import CHROMIUM_FLAGS, ROOT, demo_site

_TOOLS = ROOT / "var" / "tools"
_REPORT = ROOT / "docs" / "lighthouse.md"
_PATHS = ("/", "/buy", "/redeem", "/sign-in")
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


def main(runs: int) -> None:
    """Measure, print, and write the report."""
    lighthouse = _install()
    rows: list[tuple[str, str, list[float]]] = []
    with demo_site() as site:
        for device in _DEVICES:
            for path in _PATHS:
                measured = [_measure(lighthouse, site + path, device) for _ in range(runs)]
                medians = [statistics.median(column) for column in zip(*measured, strict=True)]
                rows.append((device, path, medians))
                print(device, path, [round(number, 2) for number in medians], flush=True)
    _REPORT.write_text(_report(rows, runs, _version(lighthouse)), encoding="utf-8")


def _install() -> Path:
    command = _TOOLS / "node_modules" / ".bin" / "lighthouse"
    if not command.exists():
        _TOOLS.mkdir(parents=True, exist_ok=True)
        npm = ["npm", "install", "--no-audit", "--no-fund", "--prefix", str(_TOOLS), "lighthouse"]
        subprocess.run(npm, check=True)  # noqa: S603  (our own command)
    return command


def _measure(lighthouse: Path, address: str, device: str) -> list[float]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome") or ""
    command = [
        str(lighthouse),
        address,
        "--quiet",
        "--output=json",
        "--output-path=stdout",
        f"--chrome-flags=--headless=new {' '.join(CHROMIUM_FLAGS)}",
        *(["--preset=desktop"] if device == "desktop" else []),
    ]
    environment = {**os.environ, "CHROME_PATH": chromium}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise SystemExit(f"Lighthouse could not measure {address}:\n{done.stderr[-2000:]}")
    found = json.loads(done.stdout)
    scores = [found["categories"][name]["score"] * 100 for name in _CATEGORIES]
    return scores + [
        found["audits"][name]["numericValue"] / unit for name, (_, unit) in _METRICS.items()
    ]


def _version(lighthouse: Path) -> str:
    done = subprocess.run([lighthouse, "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    return done.stdout.strip()


def _report(rows: list[tuple[str, str, list[float]]], runs: int, version: str) -> str:
    heads = [*(name.replace("-", " ") for name in _CATEGORIES), *(m for m, _ in _METRICS.values())]
    lines = [
        "# Lighthouse",
        "",
        f"Medians of {runs} runs of Lighthouse {version} against the demo site, "
        f"{datetime.now(UTC):%Y-%m-%d}, made by `make lighthouse`. Wanted: 95 everywhere, and 85 "
        "for performance on mobile.",
        "",
        f"| device | page | {' | '.join(heads)} |",
        f"|---|---|{'---:|' * len(heads)}",
    ]
    for device, path, medians in rows:
        scores = [
            f"{score:.0f}" if score >= target else f"**{score:.0f}**"
            for score, target in zip(medians, _TARGETS[device], strict=False)
        ]
        metrics = [f"{number:.2f}" if number < 10 else f"{number:.0f}" for number in medians[4:]]
        lines.append(f"| {device} | `{path}` | {' | '.join([*scores, *metrics])} |")
    return "\n".join([*lines, "", "A bold score is below what is wanted.", ""])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)

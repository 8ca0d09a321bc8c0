"""A figure: several runs of one measurement, their median and their spread."""

import os
import platform
import sqlite3
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path


@dataclass
class Figure:
    """What was measured, in which unit, against which target; ``holds`` judges the median.

    ``limit`` says what the machine itself allows, measured in the same run; ``others`` what peers
    reach. A figure that could not be taken says why in ``failed``.
    """

    name: str
    unit: str
    target: str
    holds: Callable[[float], bool] | None = None
    runs: list[float] = field(default_factory=list)
    limit: str = ""
    others: str = ""
    failed: str = ""

    @property
    def median(self) -> float:
        """The middle of the runs."""
        return statistics.median(self.runs)

    @property
    def row(self) -> str:
        """The figure as a row of the table."""
        if self.failed:
            measured = [f"failed: {self.failed}", "", self.target, "**missed**"]
        else:
            spread = f"{_short(min(self.runs))} to {_short(max(self.runs))}, {len(self.runs)} runs"
            verdict = "" if self.holds is None else self._verdict
            measured = [f"**{_short(self.median)}** {self.unit}", spread, self.target, verdict]
        return f"| {' | '.join([self.name, *measured, self.limit, self.others])} |"

    @property
    def _verdict(self) -> str:
        assert self.holds
        return "met" if self.holds(self.median) else "**missed**"


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a table."""
    names = "what | median | spread | target | | measured beside it | others, on 2 cores"
    head = f"| {names} |\n|---|---|---|---|---|---|---|"
    return "\n".join([head, *(figure.row for figure in figures)])


def machine() -> str:
    """Name the machine and the versions, in a sentence."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ["reflex", "granian", "sqlalchemy", "psycopg", "redis", "argon2-cffi"]
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    load = os.getloadavg()[0]
    quiet = "" if load < 1 else " The machine was not quiet: take ratios for more than times."
    return (
        f"{os.cpu_count()} cores ({model}), {memory:.0f} GB, {platform.platform()}, Python "
        f"{platform.python_version()}, SQLite {sqlite3.sqlite_version}, {versions}. "
        f"Load when it began: {load:.1f}.{quiet}"
    )


def percentile(values: Sequence[float], share: int) -> float:
    """Return the percentile, such as 95."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share / 100 * (len(ordered) - 1)))]


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"

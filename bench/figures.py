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
    """What was measured, in which unit, against which target; ``holds`` judges the median."""

    name: str
    unit: str
    target: str
    holds: Callable[[float], bool] | None = None
    runs: list[float] = field(default_factory=list)
    note: str = ""

    @property
    def median(self) -> float:
        """The middle of the runs."""
        return statistics.median(self.runs)

    @property
    def row(self) -> str:
        """The figure as a row of the table."""
        spread = f"{_short(min(self.runs))} to {_short(max(self.runs))}, {len(self.runs)} runs"
        verdict = "" if self.holds is None else ("yes" if self.holds(self.median) else "**no**")
        cells = [self.name, f"**{_short(self.median)}** {self.unit}", spread, self.target, verdict]
        return f"| {' | '.join([*cells, self.note])} |"


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a table."""
    head = "| what | median | spread | target | holds | |\n|---|---|---|---|---|---|"
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
    return (
        f"{os.cpu_count()} cores ({model}), {memory:.0f} GB, {platform.platform()}, Python "
        f"{platform.python_version()}, SQLite {sqlite3.sqlite_version}, {versions}. "
        f"Load when it began: {load:.1f}."
    )


def percentile(values: Sequence[float], share: int) -> float:
    """Return the percentile, such as 95."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share / 100 * (len(ordered) - 1)))]


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"

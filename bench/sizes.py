"""How much is measured."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Enough for RESULTS.md in minutes; everything in full; or a little, to try the scripts."""

    runs: int
    contenders: int
    claims: int
    each: int
    dashboards: int
    changes: int
    hashed: int
    rows: int
    file: int
    large: int
    seconds: float


MINUTES = Size(3, 1_000, 1_000, 10, 100, 20, 1_000, 10_000, 100_000, 10_000, 10)
FULL = Size(5, 1_000, 2_000, 10, 100, 20, 10_000, 10_000, 100_000, 10_000, 10)
LITTLE = Size(1, 100, 100, 1, 10, 2, 50, 100, 1_000, 300, 1)

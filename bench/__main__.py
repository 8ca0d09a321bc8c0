"""Takes the measurements and writes bench/RESULTS.md; names on the command line choose some.

`little` tries the scripts and writes nothing; `full` takes five runs and 10,000 hashes each, and an
hour. A measure that fails or hangs says so in its row, and the others go on.
"""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from bench.figures import Figure, machine, table
from bench.measures import MEASURES, Measure
from bench.results import write_section
from bench.sizes import FULL, LITTLE, MINUTES, Size

_PATIENCE = 180  # seconds for one measure
_PATIENCE_IN_FULL = 3_600


def taken(name: str, measure: Measure, size: Size) -> list[Figure]:
    """Take a measure; what it could not take is a figure that says why."""
    figures: list[Figure] = []
    try:
        with _at_most(_PATIENCE_IN_FULL if size is FULL else _PATIENCE):
            for figure in measure(size):
                figures.append(figure)
                print(figure.row, flush=True)
    except Exception as problem:
        reason = " ".join(f"{type(problem).__name__}: {problem}".split())[:200].replace("|", "/")
        figures.append(Figure((measure.__doc__ or name).rstrip("."), "", "", failed=reason))
        print(figures[-1].row, flush=True)
    return figures


@contextmanager
def _at_most(seconds: int) -> Iterator[None]:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"not done after {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def main(arguments: list[str]) -> None:
    """Measure everything, or what is named."""
    size = {"little": LITTLE, "full": FULL}.get(next(iter(arguments), ""), MINUTES)
    chosen = [name for name in MEASURES if name in arguments] or list(MEASURES)
    about, measured, began = machine(), [], time.monotonic()
    print(about, flush=True)
    for number, name in enumerate(chosen, start=1):
        print(f"{number} of {len(chosen)}: {name} ({time.monotonic() - began:.0f} s)", flush=True)
        measured += taken(name, MEASURES[name], size)
    if size is not LITTLE and chosen == list(MEASURES):
        write_section("Figures", f"{about}\n\n{table(measured)}")


if __name__ == "__main__":
    main(sys.argv[1:])

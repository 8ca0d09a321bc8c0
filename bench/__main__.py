"""Takes the measurements and writes bench/RESULTS.md; names on the command line choose some.

`little` tries the scripts and writes nothing; `full` takes five runs and 10,000 hashes each, and an
hour. A measure that fails or hangs says so in its row, and the others go on.
"""

import sys
import time

from bench.bounded import at_most, reason
from bench.figures import Figure, machine, table
from bench.measures import MEASURES, Measure
from bench.results import write_section
from bench.sizes import FULL, LITTLE, MINUTES, Size

_PATIENCE, _IN_ALL = 180, 720  # seconds for one measure, and for all of them
_IN_FULL = 3_600


def taken(name: str, measure: Measure, size: Size, patience: float = _PATIENCE) -> list[Figure]:
    """Take a measure; what it could not take is a figure that says why."""
    figures: list[Figure] = []
    try:
        with at_most(max(1, int(patience))):
            for figure in measure(size):
                figures.append(figure)
                print(figure.row, flush=True)
    except Exception as problem:
        what = (measure.__doc__ or name).rstrip(".")
        figures.append(Figure(what, "", "", failed=reason(problem)))
        print(figures[-1].row, flush=True)
    return figures


def main(arguments: list[str]) -> None:
    """Measure everything, or what is named."""
    size = {"little": LITTLE, "full": FULL}.get(next(iter(arguments), ""), MINUTES)
    chosen = [name for name in MEASURES if name in arguments] or list(MEASURES)
    about, measured, began = machine(), [], time.monotonic()
    print(about, flush=True)
    for number, name in enumerate(chosen, start=1):
        passed = time.monotonic() - began
        print(f"{number} of {len(chosen)}: {name} ({passed:.0f} s)", flush=True)
        patience = _IN_FULL if size is FULL else min(_PATIENCE, _IN_ALL - passed)
        measured += taken(name, MEASURES[name], size, patience)
    if size is not LITTLE and chosen == list(MEASURES):
        write_section("Figures", f"{about}\n\n{table(measured)}")


if __name__ == "__main__":
    main(sys.argv[1:])

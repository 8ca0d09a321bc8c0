"""A measure ends by itself: after so long it has failed, and says so."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Raise ``TimeoutError`` in the block when it is not over after so many seconds."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"not done after {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def reason(problem: Exception) -> str:
    """Say in a cell of a table what went wrong."""
    words = " ".join(f"{type(problem).__name__}: {problem}".split())
    return words[:200].replace("|", "/")

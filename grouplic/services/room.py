"""Room for so much at once: more is refused in words before it makes everybody wait."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from grouplic.domain.refusals import TooManyAtOnce


@dataclass
class Room:
    """Counts what is inside, waiting or being done; for the one thread of an event loop.

    A queue that only grows answers nobody in time: past ``most`` it is kinder to say so at once,
    while nothing has been changed. So it is when ``is_late`` says that whatever comes waits outside
    of this room already, where it is not counted. ``refused`` counts who was told.
    """

    most: int
    is_late: Callable[[], bool] = lambda: False
    inside: int = 0
    refused: int = 0

    @contextmanager
    def entered(self, refusable: bool = True) -> Iterator[None]:
        """Be inside for as long as the block lasts; refuses when the room is full.

        What may not be refused, because it is under way already, always fits.
        """
        if refusable and (self.inside >= self.most or self.is_late()):
            self.refused += 1
            raise TooManyAtOnce
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1

"""Whether a worker keeps up: where it does not, each step waits, however few are counted inside."""

from dataclasses import dataclass, field

FOR_SO_LONG = 2.0  # seconds; one long step is over before anybody is asked to come back
CAUGHT_UP = 0.5  # of the limit


@dataclass
class Lateness:
    """How long a step waits for its turn, and whether newcomers should come back later.

    They should once it has waited longer than ``limit`` seconds at every look for two seconds, and
    until it has waited less than half of that for as long; in between all stays as it was. With no
    limit, 0, nobody is turned away.
    """

    limit: float
    wait: float = field(default=0.0, init=False)
    _is_late: bool = field(default=False, init=False)
    _turning_since: float | None = field(default=None, init=False)

    def note(self, wait: float, now: float) -> None:
        """Take a look: a step has waited so many seconds; ``now`` is a monotonic time."""
        self.wait = wait
        if not self._is_turning(wait):
            self._turning_since = None
        elif self._turning_since is None:
            self._turning_since = now
        elif now - self._turning_since >= FOR_SO_LONG:
            self._is_late, self._turning_since = not self._is_late, None

    def is_late(self) -> bool:
        """Return whether newcomers should come back later."""
        return self._is_late

    def _is_turning(self, wait: float) -> bool:
        if self._is_late:
            return wait < self.limit * CAUGHT_UP
        return 0 < self.limit < wait

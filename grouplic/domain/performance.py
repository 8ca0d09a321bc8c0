"""What leaders ask of a class, in words: where a learner stands, how a list is cut and sorted."""

from datetime import datetime, timedelta
from enum import StrEnum

STUCK_AFTER = timedelta(days=7)


class Stand(StrEnum):
    """Where a learner stands: in all modules of a group together, or in one of them.

    stuck: begun, not done, and nothing done for a week. awaits: added by someone else to an account
    whose owner has not confirmed it yet; a leader sees nothing of theirs.
    """

    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    STUCK = "stuck"
    DONE = "done"
    FAILED = "failed"
    AWAITS = "awaits"


class Cut(StrEnum):
    """Which learners a list shows. ``overdue`` cuts across where they stand."""

    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    STUCK = "stuck"
    DONE = "done"
    FAILED = "failed"
    OVERDUE = "overdue"


class Order(StrEnum):
    """What a list of learners is sorted by."""

    NAME = "name"
    PROGRESS = "progress"
    SCORE = "score"
    ATTEMPTS = "attempts"
    TIME = "time"
    ACTIVITY = "activity"


def percent(done: int, total: int, state: str = "") -> int:
    """Return how much is done in whole percent; what is done stays done when lessons are added.

    100 says that nothing is left, so that it is never said of what is not complete.
    """
    if state == Stand.DONE:
        return 100
    return min(99, 100 * done // total) if total else 0


def median(counts: dict[int, int]) -> int | None:
    """Return the median of values that occur so often; None where there is none."""
    middle, passed = sum(counts.values()) / 2, 0
    for value in sorted(counts):
        passed += counts[value]
        if passed >= middle:
            return value
    return None


def week_began(now: datetime) -> datetime:
    """Return the last Monday, six o'clock UTC: when a weekly summary becomes due."""
    monday = (now - timedelta(days=now.weekday())).replace(
        hour=6, minute=0, second=0, microsecond=0
    )
    return monday if monday <= now else monday - timedelta(days=7)

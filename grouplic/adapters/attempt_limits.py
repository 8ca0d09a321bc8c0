"""Limits on failed attempts, by the `limits` library: a moving window in memory or in Redis."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from limits import RateLimitItem, parse
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter

from grouplic.domain.refusals import AllowanceUsedUp, TooManyAttempts


class AttemptLimits:
    """Counts failures by kind and by who failed.

    ``rules`` names each kind's limit, such as ``{"failed_keys_per_account": "20/15minutes"}``.
    """

    def __init__(
        self,
        rules: Mapping[str, str],
        redis_url: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._rules: dict[str, RateLimitItem] = {kind: parse(rule) for kind, rule in rules.items()}
        storage = storage_from_string(redis_url or "memory://")
        self._limiter = MovingWindowRateLimiter(storage)
        # A counter: spending thousands at once would fill a moving window with entries.
        self._allowances = FixedWindowRateLimiter(storage)
        self._clock = clock

    def check(self, kind: str, *who: str) -> None:
        """Refuse, as ``TooManyAttempts``, when ``who`` has failed too often at ``kind``."""
        rule = self._rules[kind]
        if not self._limiter.test(rule, kind, *who):
            reset = self._limiter.get_window_stats(rule, kind, *who).reset_time
            raise TooManyAttempts(_moment(reset), _moment(self._clock()))

    def failed(self, kind: str, *who: str) -> None:
        """Count one failure."""
        self._limiter.hit(self._rules[kind], kind, *who)

    def spend(self, kind: str, cost: int, *who: str) -> None:
        """Spend ``cost`` of an allowance; refuse, as ``AllowanceUsedUp``, when too little is left.

        A refused request spends nothing.
        """
        rule = self._rules[kind]
        if cost < 1:
            return
        if not self._allowances.test(rule, kind, *who, cost=cost):
            reset = self._allowances.get_window_stats(rule, kind, *who).reset_time
            raise AllowanceUsedUp(rule.amount, _moment(reset), _moment(self._clock()))
        self._allowances.hit(rule, kind, *who, cost=cost)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)

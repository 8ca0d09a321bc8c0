"""Limits on failed attempts, by the `limits` library: a moving window in memory or in Redis."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from limits import RateLimitItem, parse
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from grouplic.domain.refusals import TooManyAttempts


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
        self._limiter = MovingWindowRateLimiter(storage_from_string(redis_url or "memory://"))
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


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)

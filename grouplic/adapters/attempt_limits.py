"""Limits on failed attempts, by the `limits` library: a moving window in memory or in Redis."""

import logging
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeVar

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter
from redis import ConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from grouplic.domain.refusals import AllowanceUsedUp, TooManyAttempts

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

_PATIENCE = 2.0  # seconds


class _Counters:
    def __init__(self, storage: Storage) -> None:
        self.failures = MovingWindowRateLimiter(storage)
        # A counter: spending thousands at once would fill a moving window with entries.
        self.allowances = FixedWindowRateLimiter(storage)


class AttemptLimits:
    """Counts failures by kind and by who failed.

    ``rules`` names each kind's limit, such as ``{"failed_keys_per_account": "20/15minutes"}``.
    While Redis is gone, each worker counts for itself: a lock that is looser is better than a door
    that nobody can open.
    """

    def __init__(
        self,
        rules: Mapping[str, str],
        redis_url: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._rules: dict[str, RateLimitItem] = {kind: parse(rule) for kind, rule in rules.items()}
        self._own = _Counters(MemoryStorage())
        self._shared = _Counters(_redis(redis_url)) if redis_url else self._own
        self._clock = clock

    def check(self, kind: str, *who: str) -> None:
        """Refuse, as ``TooManyAttempts``, when ``who`` has failed too often at ``kind``."""
        self._ask(lambda counters: self._check(counters.failures, self._rules[kind], kind, *who))

    def failed(self, kind: str, *who: str) -> None:
        """Count one failure."""
        self._ask(lambda counters: counters.failures.hit(self._rules[kind], kind, *who))

    def spend(self, kind: str, cost: int, *who: str) -> None:
        """Spend ``cost`` of an allowance; refuse, as ``AllowanceUsedUp``, when too little is left.

        A refused request spends nothing.
        """
        if cost >= 1:
            self._ask(lambda counters: self._spend(counters.allowances, kind, cost, *who))

    def _check(
        self, failures: MovingWindowRateLimiter, rule: RateLimitItem, kind: str, *who: str
    ) -> None:
        if not failures.test(rule, kind, *who):
            reset = failures.get_window_stats(rule, kind, *who).reset_time
            raise TooManyAttempts(_moment(reset), _moment(self._clock()))

    def _spend(self, allowances: FixedWindowRateLimiter, kind: str, cost: int, *who: str) -> None:
        rule = self._rules[kind]
        if not allowances.test(rule, kind, *who, cost=cost):
            reset = allowances.get_window_stats(rule, kind, *who).reset_time
            raise AllowanceUsedUp(rule.amount, _moment(reset), _moment(self._clock()))
        allowances.hit(rule, kind, *who, cost=cost)

    def _ask(self, question: Callable[[_Counters], Answer]) -> Answer:
        try:
            return question(self._shared)
        except RedisError:
            log.warning("Redis is not reachable; this worker counts attempts for itself")
            return question(self._own)


def _redis(url: str) -> Storage:
    once_more = Retry(NoBackoff(), 1)
    pool = ConnectionPool.from_url(
        url, retry=once_more, socket_connect_timeout=_PATIENCE, socket_timeout=_PATIENCE
    )
    return RedisStorage(url, connection_pool=pool)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)

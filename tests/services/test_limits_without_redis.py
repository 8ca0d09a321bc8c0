"""Limits on attempts while Redis is gone."""

import pytest

from grouplic.adapters.attempt_limits import AttemptLimits
from grouplic.domain.refusals import AllowanceUsedUp, TooManyAttempts
from tests.running.servers import RedisServer


def test_a_worker_counts_for_itself_while_redis_is_gone_and_together_again_after() -> None:
    redis = RedisServer()
    redis.start()
    rules = {"keys": "2/hour", "mails": "5/hour"}
    workers = [AttemptLimits(rules, redis.url) for _ in range(2)]
    for worker in workers:
        worker.failed("keys", "bob")
    with pytest.raises(TooManyAttempts):
        workers[0].check("keys", "bob")

    redis.stop()
    workers[0].check("keys", "bob")
    workers[0].failed("keys", "bob")
    workers[0].failed("keys", "bob")
    with pytest.raises(TooManyAttempts):
        workers[0].check("keys", "bob")
    workers[1].check("keys", "bob")
    workers[1].spend("mails", 5, "alice")
    with pytest.raises(AllowanceUsedUp):
        workers[1].spend("mails", 1, "alice")

    redis.start()
    workers[0].failed("keys", "bob")
    workers[1].failed("keys", "bob")
    with pytest.raises(TooManyAttempts):
        workers[0].check("keys", "bob")
    redis.stop()

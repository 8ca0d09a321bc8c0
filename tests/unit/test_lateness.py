"""When a worker is so late that newcomers are asked to come back."""

import asyncio
from collections.abc import Iterable

import pytest

from grouplic.chores import keep_time
from grouplic.services.lateness import Lateness
from tests.coroutines import run

LIMIT = 0.5


def after(lateness: Lateness, waits: Iterable[float], start: float = 0) -> list[bool]:
    """Look four times a second, and return what was said after each look."""
    said = []
    for number, wait in enumerate(waits):
        lateness.note(wait, start + number / 4)
        said.append(lateness.is_late())
    return said


def test_it_is_late_after_two_seconds_in_which_every_step_waited_too_long() -> None:
    assert after(Lateness(LIMIT), [0.51] * 10) == [False] * 8 + [True] * 2


@pytest.mark.parametrize(
    "waits",
    [
        [0.5] * 40,  # the limit itself may be waited
        ([0.9] * 8 + [0.1]) * 5,  # it catches up in between
        [30.0] + [0.0] * 20,  # a single long step, or a machine that was asleep
    ],
)
def test_ordinary_days_turn_nobody_away(waits: list[float]) -> None:
    assert not any(after(Lateness(LIMIT), waits))


def test_it_lets_people_in_again_once_it_has_caught_up_for_two_seconds() -> None:
    lateness = Lateness(LIMIT)
    after(lateness, [2.0] * 9)
    # Between half of the limit and the limit it stays as it was, and begins anew.
    assert after(lateness, [0.3] * 20 + [0.1] * 8 + [0.25], start=10)[-1]
    assert after(lateness, [0.1] * 9, start=30) == [True] * 8 + [False]
    assert not any(after(lateness, [0.3] * 20, start=40))


def test_without_a_limit_it_is_never_late() -> None:
    lateness = Lateness(0)
    assert not any(after(lateness, [60.0] * 40))
    assert lateness.wait == 60.0


def test_the_wait_is_that_of_a_step_on_its_way_to_a_thread_and_back() -> None:
    lateness = Lateness(LIMIT)
    # The clock is looked at before and after each step; the sleep ends the test.
    times = iter([10.0, 10.25, 11.0, 13.5])
    naps: list[float] = []
    seen: list[float] = []

    async def sleep(seconds: float) -> None:
        naps.append(seconds)
        seen.append(lateness.wait)
        if len(naps) == 3:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        run(keep_time(lateness, lambda: next(times), sleep))
    assert seen == [0.0, 0.25, 2.5]

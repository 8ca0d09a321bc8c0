"""What goes on beside the pages, in every worker; claims let each thing happen once."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

from grouplic import wiring
from grouplic.services.checkout import reconcile
from grouplic.services.keeping_up import keep_up
from grouplic.services.lateness import Lateness
from grouplic.services.outside import Outside
from grouplic.services.quizzes import anything_expired, close_expired_attempts
from grouplic.services.reminding_work import send_what_is_due
from grouplic.services.sandbox import discard_expired

log = logging.getLogger("grouplic")

_BETWEEN_LOOKS = 0.25  # seconds


@dataclass(frozen=True)
class Chore:
    """Something to look after every so many seconds."""

    name: str
    seconds: float
    work: Callable[[Outside], object]


async def look_after(chore: Chore) -> None:
    """Do the chore again and again, until cancelled; a failure is logged and tried again."""
    while True:
        await asyncio.sleep(chore.seconds)
        try:
            await run_in_threadpool(chore.work, wiring.outside())
        except Exception:
            log.exception("%s: this could not go on; trying again", chore.name)


async def keep_time(
    lateness: Lateness,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Look again and again how long the way takes that every event goes: to a thread and back."""
    while True:
        await sleep(_BETWEEN_LOOKS)
        began = clock()
        await asyncio.to_thread(int)
        now = clock()
        lateness.note(now - began, now)


def _reconcile(outside: Outside) -> None:
    reconcile(outside.database, outside.payments, outside.clock())


def _remind(outside: Outside) -> None:
    send_what_is_due(outside.database, outside.clock())


def _clear_sandboxes(outside: Outside) -> None:
    discard_expired(outside.database, outside.clock())


def _close_attempts(outside: Outside) -> None:
    now = outside.clock()
    with outside.database.reading() as session:
        if not anything_expired(session, now):
            return
    with outside.database.writing() as session:
        close_expired_attempts(session, now)


CHORES = (
    # A purchase whose webhook never comes waits no longer than this.
    Chore("Orders that are not settled", 30.0, _reconcile),
    # Whoever is there hands in at once; this is for the others.
    Chore("Quiz attempts whose time is up", 20.0, _close_attempts),
    # Each looks for itself whether it is due.
    Chore("Ends of terms and the nightly comparison", 60.0, keep_up),
    Chore("Reminders and summaries", 60.0, _remind),
    Chore("Sandbox groups whose week is over", 600.0, _clear_sandboxes),
)

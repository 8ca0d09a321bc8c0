"""The worker behind uploads: its threads and its process step back, so that pages come first."""

import asyncio
import contextlib
import logging
import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing.connection import wait

from starlette.concurrency import run_in_threadpool

from grouplic.services.background import tidy_up, work_once
from grouplic.services.importing import Pools
from grouplic.services.outside import Outside

log = logging.getLogger(__name__)

_LOOK_EVERY = 1.0  # seconds, when there was nothing to do
_TIDY_EVERY = 60.0
_BACK = 10  # on the scale of nice


async def work_forever(outside: Outside) -> None:
    """Do what is due, until cancelled. Several workers share the work by leases."""
    while True:
        with open_pools() as pools, contextlib.suppress(BrokenExecutor):
            await _work(outside, pools)
        log.warning("The process that judges passwords ended; starting another")


@contextlib.contextmanager
def open_pools() -> Iterator[Pools]:
    """Open a thread a core for hashes, and a process for judging, which starts when needed."""
    spawn = multiprocessing.get_context("spawn")
    with (
        ThreadPoolExecutor(os.cpu_count() or 1, "hashing", _step_back) as hashing,
        ProcessPoolExecutor(1, spawn, _be_patient_and_loyal) as judging,
    ):
        yield Pools(hashing, judging)


async def _work(outside: Outside, pools: Pools) -> None:
    tidied = 0.0
    while True:
        busy = False
        try:
            busy = await run_in_threadpool(work_once, outside, pools)
            if time.monotonic() - tidied > _TIDY_EVERY:
                await run_in_threadpool(tidy_up, outside)
                tidied = time.monotonic()
        except BrokenExecutor:
            raise
        except Exception:
            log.exception("An upload could not go on; trying again")
        await asyncio.sleep(0 if busy else _LOOK_EVERY)


def _step_back() -> None:
    # On Linux a priority belongs to the thread.
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _BACK)


def _be_patient_and_loyal() -> None:
    with contextlib.suppress(OSError):
        os.nice(_BACK)
    # A server that is killed takes nobody along by itself.
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(0)

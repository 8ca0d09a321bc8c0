"""The worker that empties the outbox: one mail at a time, each claimed, sent and recorded."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.concurrency import run_in_threadpool

from grouplic.adapters.database import Database
from grouplic.adapters.mail.rendering import render
from grouplic.adapters.mail.sending import NotSent, Send
from grouplic.services import outbox
from grouplic.services.ports import Tokens

log = logging.getLogger(__name__)

_LOOK_EVERY = 1.0  # seconds, when there was nothing to send
_AT_ONCE = 4  # a mail server's answers take longer than our own work


@dataclass(frozen=True)
class Outbox:
    """What sending needs."""

    database: Database
    send: Send
    sender: str
    tokens: Tokens
    public_url: str
    clock: Callable[[], datetime]


async def send_forever(outbox: Outbox) -> None:
    """Send what is due, a few at once, until cancelled. Workers share the work by leases."""
    await asyncio.gather(*(_send_in_turn(outbox) for _ in range(_AT_ONCE)))


async def _send_in_turn(outbox: Outbox) -> None:
    while True:
        try:
            sent = await run_in_threadpool(send_one, outbox)
        except Exception:
            log.exception("The outbox could not be read; trying again")
            sent = False
        if not sent:
            await asyncio.sleep(_LOOK_EVERY)


def send_one(box: Outbox) -> bool:
    """Send the next mail that is due; return False when there is none."""
    with box.database.reading() as session:
        if not outbox.anything_due(session, box.clock()):
            return False
    with box.database.writing() as session:
        mail_id = outbox.claim(session, box.clock(), box.tokens)
    if mail_id is None:
        return False
    try:
        with box.database.reading() as session:
            letter = outbox.letter(session, mail_id, box.tokens, box.public_url)
        if letter is None:
            return True
        box.send(render(letter, box.sender))
    except Exception as problem:
        final = isinstance(problem, NotSent) and problem.final
        log.warning("Mail %s was not sent: %s", mail_id, problem)
        with box.database.writing() as session:
            outbox.note_failed(session, mail_id, str(problem), final, box.clock())
        return True
    with box.database.writing() as session:
        outbox.note_sent(session, mail_id, box.clock())
    return True

"""The worker that empties the outbox: one mail at a time, each claimed, sent and recorded."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from grouplic.adapters.database import Database
from grouplic.adapters.mail.rendering import render
from grouplic.adapters.mail.sending import NotSent, Send
from grouplic.domain.refusals import OutOfReach
from grouplic.services import outbox
from grouplic.services.ports import Tokens

log = logging.getLogger(__name__)

_LOOK_EVERY = 1.0  # seconds, when there was nothing to send
_AT_ONCE = 4  # a mail server's answers take longer than our own work
_RECORDED_WITHIN = 120.0  # seconds; the lease is longer


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
        _record(box, partial(_note_failed, mail_id, str(problem), final))
        return True
    _record(box, partial(_note_sent, mail_id))
    return True


def _record(box: Outbox, note: Callable[[Session, datetime], None]) -> None:
    # A database that is gone for a moment shall not turn what was sent into a second mail.
    deadline = time.monotonic() + _RECORDED_WITHIN
    while True:
        try:
            with box.database.writing() as session:
                note(session, box.clock())
            return
        except OutOfReach:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def _note_sent(mail_id: UUID, session: Session, now: datetime) -> None:
    outbox.note_sent(session, mail_id, now)


def _note_failed(mail_id: UUID, reason: str, final: bool, session: Session, now: datetime) -> None:
    outbox.note_failed(session, mail_id, reason, final, now)

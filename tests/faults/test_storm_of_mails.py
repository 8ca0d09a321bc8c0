"""Thousands of mails to a server at its worst, by workers that are killed: none is lost.

Without kills none leaves twice; a kill between the server's word and our record of it may send the
identical mail a second time (RFC 1047).
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes

import pytest
from sqlmodel import col, func, select

from grouplic.adapters.database import Database
from grouplic.domain.records import Mail
from grouplic.services.catalog import load
from tests.cast import a_module
from tests.services.test_mail_faults import Peer

_FAULTS = ["drop", "451 Not now", "421 Too busy"]
# A server that is gone after it has taken the mail is the one case of RFC 1047, so not among these.
_STEPS = ("EHLO", "MAIL", "RCPT", "DATA", "body")


@pytest.mark.short_form_on("sqlite")
def test_a_hundred_mails_without_kills_leave_once(database: Database) -> None:
    copies = send(database, mails=100, kills=0, seed=7262)
    assert set(copies.values()) == {1}


@pytest.mark.short_form_on("postgres")
def test_a_hundred_mails_and_three_kills(database: Database) -> None:
    send(database, mails=100, kills=3, seed=7262)


@pytest.mark.prove
@pytest.mark.timeout(14_000)
@pytest.mark.parametrize("kills", [0, 50])
def test_thousands_of_mails(database: Database, kills: int) -> None:
    """MAILS chooses how many."""
    mails = int(os.environ.get("MAILS", "5_000"))
    copies = send(database, mails, kills, seed=1)
    twice = sum(number > 1 for number in copies.values())
    print(f"{mails} mails, {kills} kills, {twice} sent twice, 0 lost")
    assert kills or not twice


def send(database: Database, mails: int, kills: int, seed: int) -> Counter[str]:
    """Send them all; return how many copies of each the server took, identical ones."""
    draw = random.Random(seed)
    ids = queue(database, mails)

    def misbehave(step: str, _line: str) -> str:
        return draw.choice(_FAULTS) if step in _STEPS and draw.random() < 0.02 else ""

    peer = Peer(misbehave)
    try:
        with workers(database, peer.port) as running:
            for kill in range(1, kills + 1):
                left = mails - kill * mails // (kills + 1)
                wait_for(database, left)
                running.kill_one(draw)
                print(f"Kill {kill}: {left} mails are left", flush=True)
            wait_for(database, left=0)
        taken = [(str(message_from_bytes(one)["Message-ID"]), one) for one in peer.accepted]
    finally:
        peer.close()
    copies = Counter(identifier for identifier, _ in taken)
    assert len({*taken}) == len(copies)  # copies of a mail are the same, byte for byte
    assert set(copies) == {f"<{one}@l.ex>" for one in ids}
    return copies


def queue(database: Database, mails: int) -> list[object]:
    """Write so many mails to the outbox."""
    now = datetime.now(UTC)
    with database.writing() as session:
        load(session, [a_module("writing", 1)], now)
        rows = [
            Mail(address=f"dan{n}@new.org", template="password_changed", created_at=now, due_at=now)
            for n in range(mails)
        ]
        session.add_all(rows)
    return [row.id for row in rows]


class Workers:
    """Two processes that send, started again when one is killed."""

    def __init__(self, url: str, port: int) -> None:
        self._command = [sys.executable, "-m", "tests.faults.mail_process", url, str(port)]
        self.processes = [self._start() for _ in range(2)]

    def kill_one(self, draw: random.Random) -> None:
        """Kill one of them, and start another."""
        place = draw.randrange(2)
        self.processes[place].send_signal(signal.SIGKILL)
        self.processes[place].wait()
        self.processes[place] = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command)


@contextmanager
def workers(database: Database, port: int) -> Iterator[Workers]:
    """Let them work until the block ends."""
    running = Workers(database.engine.url.render_as_string(hide_password=False), port)
    try:
        yield running
    finally:
        for process in running.processes:
            process.kill()
            process.wait()


def wait_for(database: Database, left: int) -> None:
    """Look until so few are left; the test's own limit ends a wait in vain."""
    unsent = select(func.count()).select_from(Mail).where(col(Mail.state) != "sent")
    while True:
        with database.reading() as session:
            if session.exec(unsent).one() <= left:
                return
        time.sleep(0.05)  # between looks

"""The outbox: mails are sent once, tried again, and given up loudly."""

import socket
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from aiosmtpd.controller import Controller
from sqlmodel import select

from grouplic.adapters.database import Database
from grouplic.adapters.mail.sending import Smtp
from grouplic.adapters.mail.worker import Outbox, send_one
from grouplic.adapters.secrets import DerivedTokens
from grouplic.domain.people import LinkPurpose
from grouplic.domain.records import Mail
from grouplic.services import outbox
from grouplic.services.links import issue_link
from grouplic.services.recording import queue_mail
from tests.cast import Cast, user_named

TOKENS = DerivedTokens("a secret")


class Server:
    """A real SMTP server's memory, and what it answers."""

    def __init__(self) -> None:
        self.letters: list[bytes] = []
        self.answer = "250 OK"

    async def handle_DATA(self, _server, _session, envelope) -> str:  # type: ignore[no-untyped-def]
        if self.answer.startswith("250"):
            self.letters.append(envelope.content)
        return self.answer


@pytest.fixture
def server() -> Iterator[tuple[Server, int]]:
    memory = Server()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    controller = Controller(memory, hostname="127.0.0.1", port=port)
    controller.start()
    yield memory, port
    controller.stop()


def a_box(database: Database, port: int, now: datetime) -> Outbox:
    smtp = Smtp("127.0.0.1", port, seconds=5)
    sender = "Grouplic <hello@grouplic.example>"
    return Outbox(database, smtp, sender, TOKENS, "https://learn.example", lambda: now)


def queue_link(database: Database, now: datetime) -> str:
    with database.writing() as session:
        bob = user_named(session, "bob")
        link = issue_link(session, bob, LinkPurpose.RESET_PASSWORD, TOKENS, now)
        queue_mail(session, "reset_password", bob, now, link=str(link.id))
    return TOKENS.derive(link.purpose, link.id, link.generation)


def test_a_mail_is_sent_once_with_a_link_that_is_stored_nowhere(
    database: Database, cast: Cast, server: tuple[Server, int], now: datetime
) -> None:
    memory, port = server
    token = queue_link(database, now)
    box = a_box(database, port, now)

    assert send_one(box)
    assert not send_one(box)

    (letter,) = memory.letters
    assert token.encode() in letter.replace(b"=\r\n", b"")
    with database.reading() as session:
        mail = session.exec(select(Mail)).one()
        assert mail.state == "sent"
        assert token not in str(mail.facts)


def test_a_refused_mail_is_tried_again_as_the_same_bytes(
    database: Database, cast: Cast, server: tuple[Server, int], now: datetime
) -> None:
    memory, port = server
    queue_link(database, now)
    memory.answer = "451 Try again later"
    assert send_one(a_box(database, port, now))
    with database.reading() as session:
        mail = session.exec(select(Mail)).one()
        assert (mail.state, mail.error) == ("queued", "451 Try again later")

    memory.answer = "250 OK"
    later = now + timedelta(hours=1)
    assert send_one(a_box(database, port, later))
    with database.writing() as session:
        again = session.exec(select(Mail)).one()
        again.state, again.due_at = "queued", later
    assert send_one(a_box(database, port, later))
    assert memory.letters[0] == memory.letters[1]


def test_a_mail_that_cannot_be_delivered_is_given_up_with_the_reason(
    database: Database, cast: Cast, server: tuple[Server, int], now: datetime
) -> None:
    memory, port = server
    queue_link(database, now)
    memory.answer = "550 No such mailbox"
    assert send_one(a_box(database, port, now))
    with database.reading() as session:
        mail = session.exec(select(Mail)).one()
        assert (mail.state, mail.error) == ("failed", "550 No such mailbox")


def test_a_server_that_is_gone_loses_nothing(database: Database, cast: Cast, now: datetime) -> None:
    queue_link(database, now)
    assert send_one(a_box(database, 1, now))
    with database.reading() as session:
        assert session.exec(select(Mail)).one().state == "queued"


def test_the_mail_of_a_worker_that_died_is_claimed_again_after_its_lease(
    database: Database, cast: Cast, now: datetime
) -> None:
    queue_link(database, now)
    with database.writing() as session:
        claimed = outbox.claim(session, now, TOKENS)
    with database.writing() as session:
        assert outbox.claim(session, now, TOKENS) is None
        assert outbox.claim(session, now + outbox.LEASE, TOKENS) == claimed

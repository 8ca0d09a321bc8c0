"""Mail servers at their worst: nothing is lost, and nothing is sent twice but for one reason.

The reason is RFC 1047's: a server that accepted a mail and was gone before it could say so.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from itertools import pairwise

import pytest
from sqlmodel import select

from grouplic.adapters.database import Database
from grouplic.adapters.mail.sending import Smtp
from grouplic.adapters.mail.worker import Outbox, send_one
from grouplic.adapters.secrets import DerivedTokens
from grouplic.domain.records import Mail
from grouplic.services import inviting, sent_invitations
from grouplic.services.inviting import Invitee
from tests.cast import Cast

TOKENS = DerivedTokens("a secret")


class Peer:
    """An SMTP server of a few lines, so that it can misbehave at any of its steps."""

    def __init__(self, misbehave: Callable[[str, str], str]) -> None:
        self.misbehave = misbehave
        self.accepted: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self.ended = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self.ended.set()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        # A client that is killed says no farewell.
        with suppress(ConnectionError), connection, connection.makefile("rb") as lines:
            connection.sendall(b"220 peer\r\n")
            for line in lines:
                verb = line[:4].decode().strip().upper()
                if not self._answer(connection, lines, verb, line.decode().strip()):
                    return

    def _answer(self, connection, lines, verb: str, line: str) -> bool:  # type: ignore[no-untyped-def]
        fault = self.misbehave(verb, line)
        if fault == "drop":
            return False
        if fault == "silence":
            self.ended.wait()
            return False
        connection.sendall(f"{fault or _USUAL.get(verb, '250 OK')}\r\n".encode())
        if verb == "DATA" and not fault:
            return self._take(connection, lines)
        return verb != "QUIT"

    def _take(self, connection, lines) -> bool:  # type: ignore[no-untyped-def]
        if self.misbehave("body", "") == "drop":
            lines.readline()
            return False
        letter = b""
        while (line := lines.readline()) not in (b".\r\n", b""):
            letter += line
        fault = self.misbehave(".", "")
        if not fault or fault == "drop":
            self.accepted.append(letter)
        if fault == "drop":
            return False
        connection.sendall(f"{fault or '250 OK'}\r\n".encode())
        return True


_USUAL = {"DATA": "354 Go on"}


@pytest.fixture
def peer() -> Iterator[Callable[..., Peer]]:
    peers: list[Peer] = []

    def start(misbehave: Callable[[str, str], str] = lambda verb, line: "") -> Peer:
        peers.append(Peer(misbehave))
        return peers[-1]

    yield start
    for one in peers:
        one.close()


def at(step: str, fault: str) -> Callable[[str, str], str]:
    """Misbehave once at one step, and be well after that."""
    left = [fault]

    def misbehave(verb: str, _line: str) -> str:
        return left.pop() if verb == step and left else ""

    return misbehave


def box(database: Database, port: int, now: datetime, seconds: float = 20) -> Outbox:
    smtp = Smtp("127.0.0.1", port, seconds=seconds)
    return Outbox(database, smtp, "Grouplic <hello@g.example>", TOKENS, "https://l.ex", lambda: now)


def invite(database: Database, cast: Cast, now: datetime, *addresses: str) -> None:
    with database.writing() as session:
        people = [Invitee(address, "Dan", "Novak") for address in addresses]
        inviting.invite(session, cast.group_id, people, cast.alice, now)


def send_all(database: Database, port: int, now: datetime, seconds: float = 20) -> None:
    while send_one(box(database, port, now, seconds)):
        pass


def seen(database: Database, cast: Cast) -> dict[str, tuple[str, str]]:
    """What the leader sees of each mail."""
    with database.reading() as session:
        rows = sent_invitations.invitations_of(session, cast.group_id, cast.alice)
    return {row.address: (row.mail_state, row.mail_error) for row in rows}


@pytest.mark.parametrize("step", ["EHLO", "MAIL", "RCPT", "DATA", "body"])
def test_a_server_that_hangs_up_before_it_has_the_mail_gets_it_once(
    database: Database, cast: Cast, now: datetime, peer: Callable[..., Peer], step: str
) -> None:
    server = peer(at(step, "drop"))
    invite(database, cast, now, "dan@new.org")
    send_all(database, server.port, now)
    assert server.accepted == []
    assert seen(database, cast)["dan@new.org"][0] == "queued"

    send_all(database, server.port, now + timedelta(hours=1))
    assert len(server.accepted) == 1
    assert seen(database, cast)["dan@new.org"] == ("sent", "")


def test_a_server_that_is_gone_after_taking_the_mail_gets_the_identical_one_again(
    database: Database, cast: Cast, now: datetime, peer: Callable[..., Peer]
) -> None:
    server = peer(at(".", "drop"))
    invite(database, cast, now, "dan@new.org")
    send_all(database, server.port, now)
    send_all(database, server.port, now + timedelta(hours=1))

    first, second = server.accepted
    assert first == second
    assert message_from_bytes(first, policy=policy.default)["Message-ID"]
    assert seen(database, cast)["dan@new.org"] == ("sent", "")


@pytest.mark.parametrize("fault", ["drop", "500 Never heard of it"])
def test_a_farewell_that_fails_sends_no_second_mail(
    database: Database, cast: Cast, now: datetime, peer: Callable[..., Peer], fault: str
) -> None:
    server = peer(at("QUIT", fault))
    invite(database, cast, now, "dan@new.org")
    send_all(database, server.port, now)
    send_all(database, server.port, now + timedelta(hours=1))
    assert len(server.accepted) == 1


def test_a_server_that_never_answers_is_left_and_asked_again(
    database: Database, cast: Cast, now: datetime, peer: Callable[..., Peer]
) -> None:
    server = peer(at("MAIL", "silence"))
    invite(database, cast, now, "dan@new.org")
    send_all(database, server.port, now, seconds=0.5)
    state, reason = seen(database, cast)["dan@new.org"]
    assert (state, reason) == ("queued", "The mail server took longer than 0.5 seconds.")

    send_all(database, server.port, now + timedelta(hours=1))
    assert len(server.accepted) == 1


def test_one_refused_recipient_keeps_no_other_mail_back(
    database: Database, cast: Cast, now: datetime, peer: Callable[..., Peer]
) -> None:
    def misbehave(verb: str, line: str) -> str:
        return "550 5.1.1 No such mailbox" if verb == "RCPT" and "gone@" in line else ""

    server = peer(misbehave)
    invite(database, cast, now, "ann@new.org", "gone@new.org", "dan@new.org")
    send_all(database, server.port, now)
    assert len(server.accepted) == 2
    assert seen(database, cast) == {
        "ann@new.org": ("sent", ""),
        "gone@new.org": ("failed", "550 5.1.1 No such mailbox"),
        "dan@new.org": ("sent", ""),
    }


def test_a_server_that_refuses_everything_for_now_is_tried_ever_more_rarely_then_given_up(
    database: Database, cast: Cast, now: datetime, peer: Callable[..., Peer]
) -> None:
    tries: list[datetime] = []
    server = peer(lambda verb, line: "451 Not now" if verb == "RCPT" else "")
    invite(database, cast, now, "dan@new.org")
    due: datetime | None = now
    while due is not None:
        tries.append(due)
        send_all(database, server.port, due)
        with database.reading() as session:
            mail = session.exec(select(Mail)).one()
        due = mail.due_at if mail.state == "queued" else None

    gaps = [later - earlier for earlier, later in pairwise(tries)]
    assert gaps == sorted(gaps)
    assert len(set(gaps)) == len(gaps)
    assert tries[-1] - tries[0] > timedelta(days=1)
    assert seen(database, cast)["dan@new.org"] == ("failed", "451 Not now")
    assert server.accepted == []


def test_a_names_line_breaks_reach_no_header_of_the_sent_mail(
    database: Database, cast: Cast, now: datetime, peer: Callable[..., Peer]
) -> None:
    server = peer()
    with database.writing() as session:
        sneaky = Invitee("dan@new.org", "Dan\r\nBcc: eve@x.org", "N\nX-Evil: 1")
        note = "Hello\r\nBcc: eve@x.org\r\n\r\nX-Evil: 1"
        inviting.invite(session, cast.group_id, [sneaky], cast.alice, now, note=note)
    send_all(database, server.port, now)

    letter = message_from_bytes(server.accepted[0], policy=policy.default)
    assert letter["To"] == "dan@new.org"
    assert letter["Bcc"] is None
    assert letter["X-Evil"] is None

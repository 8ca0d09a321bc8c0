"""The outbox: mails are sent once, tried again, and given up loudly."""

import socket
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import text
from sqlmodel import Session, select

from grouplic.adapters.database import Database
from grouplic.adapters.mail.sending import Smtp
from grouplic.adapters.mail.worker import Outbox, send_one
from grouplic.adapters.secrets import DerivedTokens
from grouplic.domain.joins import Invitation
from grouplic.domain.orders import Order
from grouplic.domain.people import LinkPurpose
from grouplic.domain.records import Mail, MailState
from grouplic.domain.reminding import Newsletter
from grouplic.services import inviting, outbox
from grouplic.services.credentials import link_token, temporary_password
from grouplic.services.inviting import Invitee
from grouplic.services.links import issue_link
from grouplic.services.recording import UNUSABLE_DOMAIN, queue_mail
from grouplic.services.unsubscribing import Subscription
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


def queue(session: Session, cast: Cast, due_at: datetime, **changed: object) -> Mail:
    """Put a mail to Bob about Alice's group into the outbox."""
    mail = queue_mail(session, "order_ready", user_named(session, "bob"), due_at, cast.group_id)
    for name, value in changed.items():
        setattr(mail, name, value)
    session.flush()
    return mail


def test_the_mail_that_is_due_longest_goes_first_and_none_before_its_time(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        later, first, second = (
            queue(session, cast, now + timedelta(seconds=seconds)).id for seconds in (1, -9, 0)
        )
        claimed = [outbox.claim(session, now, TOKENS) for _ in range(3)]
        assert claimed == [first, second, None]
        assert not outbox.anything_due(session, now)
        assert outbox.anything_due(session, now + timedelta(seconds=1))
        assert outbox.claim(session, now + timedelta(seconds=1), TOKENS) == later


def test_the_order_is_asked_for_and_not_left_to_an_index(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        queue(session, cast, now)
        longest = queue(session, cast, now - timedelta(seconds=9)).id
        session.connection().execute(text("DROP INDEX ix_mail_state_due"))
        assert outbox.claim(session, now, TOKENS) == longest


def test_a_worker_holds_no_mail_but_its_own(database: Database, cast: Cast, now: datetime) -> None:
    if database.is_sqlite:
        return  # one writer at a time
    with database.writing() as session:
        first, second = (queue(session, cast, now + timedelta(seconds=n)).id for n in (-2, -1))
    with database.writing() as worker, database.writing() as another:
        claimed = [outbox.claim(session, now, TOKENS) for session in (worker, another)]
        assert claimed == [first, second]


def test_a_mail_that_a_worker_left_behind_goes_before_what_is_queued(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        queued = queue(session, cast, now - timedelta(hours=2)).id
        left = queue(session, cast, now, state=MailState.SENDING, leased_until=now, tries=2).id
        assert outbox.claim(session, now, TOKENS) == left
        mail = session.get_one(Mail, left)
        assert (mail.state, mail.tries) == ("sending", 3)
        assert mail.leased_until == now + outbox.LEASE
        assert outbox.claim(session, now, TOKENS) == queued


def test_a_mail_that_is_sent_is_nobodys_work_anymore_and_its_error_is_forgotten(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        mail = queue(session, cast, now, error="451 Not now")
        outbox.claim(session, now, TOKENS)
        session.info.clear()
        outbox.note_sent(session, mail.id, now)
        sent = (mail.state, mail.sent_at, mail.error, mail.leased_until)
        assert sent == ("sent", now, "", None)
        assert session.info["touched"] == {f"mail:{cast.group_id}"}
        assert not outbox.anything_due(session, now + timedelta(days=9))


@pytest.mark.parametrize(("tries", "minutes"), [(1, 1), (2, 4), (3, 16), (7, 4096)])
def test_each_try_waits_four_times_as_long_as_the_one_before(
    database: Database, cast: Cast, now: datetime, tries: int, minutes: int
) -> None:
    with database.writing() as session:
        mail = queue(session, cast, now, state=MailState.SENDING, leased_until=now, tries=tries)
        session.info.clear()
        outbox.note_failed(session, mail.id, "4" * 600, False, now)
        again = (mail.state, mail.due_at, mail.leased_until)
        assert again == ("queued", now + timedelta(minutes=minutes), None)
        assert mail.error == "4" * 500
        assert session.info["touched"] == {f"mail:{cast.group_id}"}


@pytest.mark.parametrize(("tries", "final"), [(8, False), (1, True)])
def test_the_eighth_try_and_a_final_refusal_are_the_end(
    database: Database, cast: Cast, now: datetime, tries: int, final: bool
) -> None:
    with database.writing() as session:
        mail = queue(session, cast, now, state=MailState.SENDING, leased_until=now, tries=tries)
        outbox.note_failed(session, mail.id, "No", final, now)
        assert (mail.state, mail.error, mail.leased_until) == ("failed", "No", None)


def test_nothing_is_ever_mailed_to_an_invented_person(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        mail = queue(session, cast, now, address=f"Ann@{UNUSABLE_DOMAIN}".upper())
        assert outbox.claim(session, now, TOKENS) == mail.id
        assert (mail.state, mail.leased_until) == ("withdrawn", None)
        assert outbox.letter(session, mail.id, TOKENS, "https://learn.example") is None


def invite_dan(session: Session, cast: Cast, now: datetime) -> tuple[Invitation, Mail]:
    inviting.invite(session, cast.group_id, [Invitee("dan@new.org", "Dan", "")], cast.alice, now)
    return session.exec(select(Invitation)).one(), session.exec(select(Mail)).one()


def test_an_invitations_letter_has_its_link_its_password_and_until_when(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        invitation, mail = invite_dan(session, cast, now)
        assert outbox.secrets_of(invitation, TOKENS) == {}
        outbox.claim(session, now, TOKENS)
        letter = outbox.letter(session, mail.id, TOKENS, "https://learn.example")
        assert letter is not None
        assert letter.facts["token"] == link_token(invitation, TOKENS)
        assert letter.facts["password"] == temporary_password(invitation, TOKENS)
        assert letter.facts["until"] == "December 8, 2026"

        invitation.password_digest = None
        assert outbox.secrets_of(invitation, TOKENS)["password"] == ""
        invitation.link_hash = None  # used, or voided
        assert outbox.secrets_of(invitation, TOKENS) == {}


@pytest.mark.parametrize("over", ["ended", "replaced"])
def test_a_mail_whose_invitation_ended_or_has_a_newer_mail_is_withdrawn(
    database: Database, cast: Cast, now: datetime, over: str
) -> None:
    with database.writing() as session:
        invitation, mail = invite_dan(session, cast, now)
        if over == "ended":
            invitation.ended_at = now
        else:
            invitation.mail_id = queue(session, cast, now + timedelta(days=1)).id
        session.flush()
        assert outbox.claim(session, now, TOKENS) == mail.id
        assert (mail.state, mail.leased_until) == ("withdrawn", None)
        assert invitation.link_hash is None


def test_an_orders_letter_names_the_order_and_its_group_and_leads_nowhere_back(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        order = session.exec(select(Order)).one()
        mail = queue(session, cast, now, facts={"order": str(order.id)})
        letter = outbox.letter(session, mail.id, TOKENS, "https://learn.example")

    assert letter == outbox.Letter(
        id=mail.id,
        address="bob@northlab.org",
        template="order_ready",
        created_at=now,
        facts={
            "name": "",
            "site": "https://learn.example",
            "back": "",
            "order": str(order.id),
            "group": "Northlab autumn intake",
            "group_id": str(cast.group_id),
        },
    )


def test_a_newsletter_can_be_unsubscribed_from_by_whoever_got_it(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        mail = queue(session, cast, now, facts={"name": "Bob", "newsletter": "reminders"})
        letter = outbox.letter(session, mail.id, TOKENS, "https://learn.example")
        assert letter is not None
        kind = Newsletter("reminders")
        path = Subscription(kind, cast.group_id, cast.bob.user_id).path(TOKENS)
        assert letter.facts["unsubscribe"] == f"https://learn.example{path}"
        assert letter.facts["name"] == "Bob"

        mail.group_id = None
        letter = outbox.letter(session, mail.id, TOKENS, "https://learn.example")
        assert letter is not None
        assert "unsubscribe" not in letter.facts

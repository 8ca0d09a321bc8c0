"""The outbox: mails written with their action, claimed by a worker, sent, recorded."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from grouplic.domain.orders import Order
from grouplic.domain.people import OneTimeLink, User
from grouplic.domain.records import Mail, MailState
from grouplic.services.ports import Tokens

LEASE = timedelta(minutes=5)
MOST_TRIES = 8


@dataclass(frozen=True)
class Letter:
    """Everything a mail is rendered from; the same facts give the same mail, byte for byte."""

    id: UUID
    address: str
    template: str
    created_at: datetime
    facts: dict[str, str]


def claim(session: Session, now: datetime) -> UUID | None:
    """Lease the mail that is due longest; a lease that ran out counts as due."""
    mail = session.exec(_due(now).with_for_update(skip_locked=True)).first()
    if mail is None:
        return None
    mail.state, mail.leased_until = MailState.SENDING, now + LEASE
    mail.tries += 1
    return mail.id


def letter(session: Session, mail_id: UUID, tokens: Tokens, public_url: str) -> Letter:
    """Return what the mail is rendered from; its one-time token is derived here, not stored."""
    mail = session.get_one(Mail, mail_id)
    user = session.get(User, mail.user_id) if mail.user_id else None
    facts = {"name": user.first_name if user else "", "site": public_url}
    if "link" in mail.facts:
        link = session.get_one(OneTimeLink, UUID(mail.facts["link"]))
        facts["token"] = tokens.derive(link.purpose, link.id, link.generation)
    if "order" in mail.facts:
        order = session.get_one(Order, UUID(mail.facts["order"]))
        facts |= {
            "order": str(order.id),
            "group": order.group_name,
            "group_id": str(order.group_id),
        }
    return Letter(mail.id, mail.address, mail.template, mail.created_at, facts)


def anything_due(session: Session, now: datetime) -> bool:
    """Say whether there is a mail to send, without claiming it."""
    return session.exec(_due(now)).first() is not None


def note_sent(session: Session, mail_id: UUID, now: datetime) -> None:
    """Record that the server accepted the mail."""
    mail = session.get_one(Mail, mail_id)
    mail.state, mail.sent_at, mail.error, mail.leased_until = MailState.SENT, now, "", None


def note_failed(session: Session, mail_id: UUID, reason: str, final: bool, now: datetime) -> None:
    """Record why it failed; try again later, ever more rarely, or give up."""
    mail = session.get_one(Mail, mail_id)
    mail.error, mail.leased_until = reason[:500], None
    if final or mail.tries >= MOST_TRIES:
        mail.state = MailState.FAILED
        return
    mail.state, mail.due_at = MailState.QUEUED, now + timedelta(seconds=15 * 4**mail.tries)


def _due(now: datetime) -> SelectOfScalar[Mail]:
    return (
        select(Mail)
        .where(
            or_(
                (col(Mail.state) == MailState.QUEUED) & (col(Mail.due_at) <= now),
                (col(Mail.state) == MailState.SENDING) & (col(Mail.leased_until) <= now),
            )
        )
        .order_by(col(Mail.due_at))
        .limit(1)
    )

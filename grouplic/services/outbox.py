"""The outbox: mails written with their action, claimed by a worker, sent, recorded."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from grouplic.domain.joins import Invitation, InvitationKind
from grouplic.domain.orders import Order
from grouplic.domain.people import OneTimeLink, User
from grouplic.domain.records import Mail, MailState
from grouplic.domain.reminding import Newsletter
from grouplic.services.credentials import link_token, mint_credentials, temporary_password
from grouplic.services.invitations import template_of
from grouplic.services.ports import Tokens
from grouplic.services.recording import UNUSABLE_DOMAIN, touch
from grouplic.services.reminder_needs import still_needed
from grouplic.services.unsubscribing import Subscription
from grouplic.services.ways_back import way_back

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


def claim(session: Session, now: datetime, tokens: Tokens) -> UUID | None:
    """Lease the mail that is due longest, first of all one whose lease ran out.

    An invitation's credentials come into being here. A mail that a newer one has replaced, whose
    invitation has ended, or that reminds of what has been done meanwhile, is withdrawn instead; so
    is one to an invented person. One whose invitation is being changed right now is left for later.
    """
    mail = None
    for due in _due(now):
        mail = mail or session.exec(due.with_for_update(skip_locked=True)).first()
    if mail is None:
        return None
    about = mail.facts.get("invitation")
    invitation = _hold_unless_held(session, UUID(about)) if about else None
    if about and invitation is None:
        return None
    mail.state, mail.leased_until = MailState.SENDING, now + LEASE
    mail.tries += 1
    if mail.address.lower().endswith(f"@{UNUSABLE_DOMAIN}"):
        mail.state, mail.leased_until = MailState.WITHDRAWN, None
        return mail.id
    if invitation:
        if invitation.ended_at or invitation.mail_id != mail.id:
            mail.state, mail.leased_until = MailState.WITHDRAWN, None
        else:
            mint_credentials(session, invitation, tokens, now)
            mail.template = template_of(
                InvitationKind(invitation.kind), invitation.leader_id is not None
            )
    if "need" in mail.facts and not still_needed(session, mail):
        mail.state, mail.leased_until = MailState.WITHDRAWN, None
    return mail.id


def letter(session: Session, mail_id: UUID, tokens: Tokens, public_url: str) -> Letter | None:
    """Return what the mail is rendered from; its credentials are derived here, not stored.

    Returns None for a mail that has been withdrawn.
    """
    mail = session.get_one(Mail, mail_id)
    if mail.state == MailState.WITHDRAWN:
        return None
    back = way_back(mail.facts, tokens)
    facts = {"name": "", **mail.facts, "site": public_url, "back": back}
    if "link" in mail.facts:
        link = session.get_one(OneTimeLink, UUID(mail.facts["link"]))
        facts["token"] = tokens.derive(link.purpose, link.id, link.generation)
    if "invitation" in mail.facts:
        invitation = session.get_one(Invitation, UUID(mail.facts["invitation"]))
        facts |= secrets_of(invitation, tokens)
    if "order" in mail.facts:
        order = session.get_one(Order, UUID(mail.facts["order"]))
        facts |= {
            "order": str(order.id),
            "group": order.group_name,
            "group_id": str(order.group_id),
        }
    if "newsletter" in mail.facts and mail.user_id and mail.group_id:
        kind = Newsletter(mail.facts["newsletter"])
        path = Subscription(kind, mail.group_id, mail.user_id).path(tokens)
        facts["unsubscribe"] = public_url + path
    return Letter(mail.id, mail.address, mail.template, mail.created_at, facts)


def secrets_of(invitation: Invitation, tokens: Tokens) -> dict[str, str]:
    """Return what only the recipient may read: the link's token, the temporary password."""
    if not invitation.link_hash or not invitation.expires_at:
        return {}
    return {
        "token": link_token(invitation, tokens),
        "password": temporary_password(invitation, tokens) if invitation.password_digest else "",
        "until": f"{invitation.expires_at:%B %-d, %Y}",
    }


def anything_due(session: Session, now: datetime) -> bool:
    """Say whether there is a mail to send, without claiming it."""
    return any(session.exec(due).first() for due in _due(now))


def note_sent(session: Session, mail_id: UUID, now: datetime) -> None:
    """Record that the server accepted the mail."""
    mail = session.get_one(Mail, mail_id)
    mail.state, mail.sent_at, mail.error, mail.leased_until = MailState.SENT, now, "", None
    _tell(session, mail)


def note_failed(session: Session, mail_id: UUID, reason: str, final: bool, now: datetime) -> None:
    """Record why it failed; try again later, ever more rarely, or give up."""
    mail = session.get_one(Mail, mail_id)
    mail.error, mail.leased_until = reason[:500], None
    _tell(session, mail)
    if final or mail.tries >= MOST_TRIES:
        mail.state = MailState.FAILED
        return
    mail.state, mail.due_at = MailState.QUEUED, now + timedelta(seconds=15 * 4**mail.tries)


def _hold_unless_held(session: Session, invitation_id: UUID) -> Invitation | None:
    # Others hold the account and the invitation before its mail; so here nothing is waited for.
    owner = session.exec(select(Invitation.user_id).where(Invitation.id == invitation_id)).one()
    free: dict[str, Any] = {"skip_locked": True, "key_share": True}
    if owner:
        account = select(User).where(User.id == owner).with_for_update(**free)
        if session.exec(account).first() is None:
            return None
    return session.exec(
        select(Invitation).where(Invitation.id == invitation_id).with_for_update(**free)
    ).first()


def _tell(session: Session, mail: Mail) -> None:
    if mail.group_id:
        touch(session, f"mail:{mail.group_id}")


def _due(now: datetime) -> tuple[SelectOfScalar[Mail], ...]:
    # One after the other: joined by OR, either database would sort the whole queue for its first.
    left_behind = (col(Mail.state) == MailState.SENDING, col(Mail.leased_until) <= now)
    queued = (col(Mail.state) == MailState.QUEUED, col(Mail.due_at) <= now)
    return tuple(
        select(Mail).where(*waits).order_by(col(Mail.due_at)).limit(1)
        for waits in (left_behind, queued)
    )

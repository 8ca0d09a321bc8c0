"""One-time links: derived from the server's key, stored as a hash, worth one use."""

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from grouplic.domain.base import new_id
from grouplic.domain.people import LinkPurpose, OneTimeLink, User
from grouplic.domain.refusals import Refusal
from grouplic.services.ports import Tokens

LIFETIME = {
    LinkPurpose.VERIFY_EMAIL: timedelta(days=7),
    LinkPurpose.RESET_PASSWORD: timedelta(hours=1),
    LinkPurpose.CHANGE_EMAIL: timedelta(days=1),
}


def issue_link(
    session: Session,
    user: User,
    purpose: LinkPurpose,
    tokens: Tokens,
    now: datetime,
    email: str | None = None,
) -> OneTimeLink:
    """Create a link for ``user``. The mail derives its token again when it is rendered.

    ``email`` is the address that the link is to confirm, where it is not the account's own.
    """
    link_id, generation = new_id(), 1
    link = OneTimeLink(
        id=link_id,
        user_id=user.id,
        purpose=purpose,
        email=email,
        generation=generation,
        token_hash=token_hash(tokens.derive(purpose, link_id, generation)),
        created_at=now,
        expires_at=now + LIFETIME[purpose],
    )
    session.add(link)
    return link


def find_link(session: Session, purpose: LinkPurpose, token: str, now: datetime) -> OneTimeLink:
    """Return the usable link with this token and hold its row; refuse any other, alike."""
    link = session.exec(
        select(OneTimeLink)
        .where(OneTimeLink.token_hash == token_hash(token), OneTimeLink.purpose == purpose)
        .with_for_update()
    ).first()
    if link is None or link.used_at or link.voided_at or link.expires_at <= now:
        raise Refusal("This link has been used or has expired. Please ask for a new one.")
    return link


def used_link(
    session: Session, purpose: LinkPurpose, token: str, user_id: UUID
) -> OneTimeLink | None:
    """Return the link with this token that its owner has used, or none: a mail is opened twice."""
    return session.exec(
        select(OneTimeLink).where(
            OneTimeLink.token_hash == token_hash(token),
            OneTimeLink.purpose == purpose,
            OneTimeLink.user_id == user_id,
            col(OneTimeLink.used_at).is_not(None),
        )
    ).first()


def use_link(session: Session, purpose: LinkPurpose, token: str, now: datetime) -> User:
    """Use the link up and return whose it is."""
    link = find_link(session, purpose, token, now)
    link.used_at = now
    return session.get_one(User, link.user_id)


def void_links(session: Session, user: User, purpose: LinkPurpose, now: datetime) -> None:
    """Void the unused links of one purpose that ``user`` still has."""
    session.exec(
        update(OneTimeLink)
        .where(
            col(OneTimeLink.user_id) == user.id,
            col(OneTimeLink.purpose) == purpose,
            col(OneTimeLink.used_at).is_(None),
            col(OneTimeLink.voided_at).is_(None),
        )
        .values(voided_at=now)
    )


def token_hash(token: str) -> str:
    """Return the SHA-256 by which a token with 256 random bits is stored."""
    return hashlib.sha256(token.encode()).hexdigest()

"""What an invitation's mail carries: a one-time link and a temporary password.

Both are derived from the server's key, the invitation and its generation. They come into being when
the mail is first rendered, or when a leader asks to see them; only hashes are stored.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from grouplic.domain.groups import Enrollment, GroupLeader
from grouplic.domain.joins import Invitation, InvitationKind
from grouplic.domain.keys import ALPHABET
from grouplic.domain.people import User
from grouplic.domain.refusals import Refusal
from grouplic.services.links import token_hash
from grouplic.services.ports import Tokens
from grouplic.services.recording import record, touch

LIFETIME = timedelta(days=14)
_PASSWORD_SYMBOLS = 16  # of 31: 79 bits
_CARRY_A_LINK = (InvitationKind.LOGIN, InvitationKind.CLAIM)


def mint_credentials(
    session: Session, invitation: Invitation, tokens: Tokens, now: datetime
) -> None:
    """Bring the invitation's credentials into being, unless this generation has them.

    The caller holds the account and the invitation.
    """
    if invitation.link_hash:
        return
    user = session.get(User, invitation.user_id) if invitation.user_id else None
    if user:
        settle_kind(invitation, user)
    if user is None or invitation.kind not in _CARRY_A_LINK:
        return
    invitation.link_hash = token_hash(link_token(invitation, tokens))
    invitation.expires_at = now + LIFETIME
    session.add(invitation)
    if invitation.kind == InvitationKind.LOGIN and user.password_hash is None:
        invitation.password_digest = _digest(temporary_password(invitation, tokens))


def settle_kind(invitation: Invitation, user: User) -> None:
    """Let the invitation's next mail bring no login to an account that is somebody's own by now."""
    if invitation.kind not in _CARRY_A_LINK:
        return
    if user.verified_at:
        invitation.kind = InvitationKind.ADDED
    elif invitation.used_at or not user.must_change_password:
        invitation.kind = InvitationKind.CLAIM


def forget_credentials(invitation: Invitation) -> None:
    """Void the link and the password that have been mailed; the next mail brings new ones."""
    invitation.generation += 1
    invitation.link_hash = invitation.password_digest = invitation.expires_at = None
    invitation.used_at = invitation.shown_at = None


def link_token(invitation: Invitation, tokens: Tokens) -> str:
    """Return the token of the invitation's link, always the same for one generation."""
    return tokens.derive("invitation_link", invitation.id, invitation.generation)


def temporary_password(invitation: Invitation, tokens: Tokens) -> str:
    """Return the invitation's temporary password: 79 random bits, in four groups of four."""
    token = tokens.derive("temporary_password", invitation.id, invitation.generation)
    number = int.from_bytes(hashlib.sha256(token.encode()).digest())
    symbols = []
    for _ in range(_PASSWORD_SYMBOLS):
        number, place = divmod(number, len(ALPHABET))
        symbols.append(ALPHABET[place].lower())
    return "-".join("".join(symbols[start : start + 4]) for start in range(0, len(symbols), 4))


def hold_account(session: Session, user_id: UUID) -> User:
    """Return the account as it is now and hold its row, before any invitation's.

    Whoever changes what opens an account holds it: so nothing that was checked before counts after.
    """
    return session.exec(
        select(User)
        .where(User.id == user_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def find_by_link(session: Session, token: str, now: datetime) -> Invitation:
    """Return the invitation of this link, and hold its account and it; refuse a dead link."""
    this = Invitation.link_hash == token_hash(token)
    owner = session.exec(select(Invitation.user_id).where(this)).first()
    if owner:
        hold_account(session, owner)
    invitation = session.exec(
        select(Invitation).where(this).with_for_update().execution_options(populate_existing=True)
    ).first()
    if invitation is None or not _is_live(invitation, now):
        raise Refusal(
            "This link has been used, has expired or was replaced by a newer one. "
            "Sign in, or ask the person who invited you to send it again."
        )
    return invitation


def find_by_password(
    session: Session, user_id: UUID, password: str, held: bool = False
) -> Invitation | None:
    """Return the person's invitation whose temporary password this is, or None.

    ``held`` holds its row; the caller holds the account.
    """
    this = select(Invitation).where(
        Invitation.user_id == user_id, Invitation.password_digest == _digest(password)
    )
    invitation = session.exec(this.with_for_update() if held else this).first()
    return invitation if invitation and not invitation.ended_at else None


def has_expired(invitation: Invitation, now: datetime) -> bool:
    """Say whether the invitation's credentials have run out."""
    return invitation.expires_at is not None and invitation.expires_at <= now


def prove_mailbox(session: Session, user: User, now: datetime) -> None:
    """Count the mailbox as proven, and open what waited for it.

    The caller has made sure that whoever is at the keyboard reads this mailbox, and that no
    credential which someone else may know is left.
    """
    user.verified_at = user.verified_at or now
    session.add(user)
    waiting: set[UUID] = set()
    for held_back in (Enrollment, GroupLeader):
        waiting.update(
            session.exec(
                select(held_back.group_id).where(
                    held_back.user_id == user.id, col(held_back.awaits_claim).is_(True)
                )
            )
        )
        session.exec(
            update(held_back)
            .where(col(held_back.user_id) == user.id, col(held_back.awaits_claim).is_(True))
            .values(awaits_claim=False)
        )
    if waiting:
        record(session, "mailbox_proven", now, actor_id=user.id, groups=[str(g) for g in waiting])
    touch(session, f"user:{user.id}", *(f"group:{group_id}" for group_id in waiting))


def void_temporary_passwords(session: Session, user_id: UUID) -> None:
    """Void every temporary password of the person: they have one of their own now."""
    session.exec(
        update(Invitation)
        .where(col(Invitation.user_id) == user_id, col(Invitation.password_digest).is_not(None))
        .values(password_digest=None)
    )


def use_up(session: Session, user_id: UUID, kinds: Iterable[InvitationKind], now: datetime) -> None:
    """Count the person's unused links of these kinds as used."""
    session.exec(
        update(Invitation)
        .where(
            col(Invitation.user_id) == user_id,
            col(Invitation.kind).in_(list(kinds)),
            col(Invitation.used_at).is_(None),
            col(Invitation.link_hash).is_not(None),
        )
        .values(used_at=now)
    )


def _is_live(invitation: Invitation, now: datetime) -> bool:
    return not (invitation.used_at or invitation.ended_at or has_expired(invitation, now))


def _digest(password: str) -> str:
    # Like a key it is read aloud and typed by hand; 79 bits need no slow hash.
    return token_hash("".join(symbol for symbol in password.lower() if symbol.isalnum()))

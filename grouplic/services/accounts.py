"""Accounts: made by their owner, proven by mail, kept by a password."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from grouplic.domain.base import new_id
from grouplic.domain.joins import InvitationKind
from grouplic.domain.passwords import check_password
from grouplic.domain.people import LinkPurpose, Role, User
from grouplic.domain.refusals import Refusal, SignInNeeded
from grouplic.services.actors import Actor
from grouplic.services.credentials import (
    LIFETIME,
    hold_account,
    prove_mailbox,
    use_up,
    void_temporary_passwords,
)
from grouplic.services.links import find_link, issue_link, use_link, used_link, void_links
from grouplic.services.many_rows import run_many
from grouplic.services.ports import Tokens
from grouplic.services.recording import queue_mail, record
from grouplic.services.sessions import end_sessions, is_open
from grouplic.services.ways_back import note_way_back

_LONGEST_NAME = 100


@dataclass(frozen=True)
class NewAccount:
    """A checked application for an account."""

    email: str
    first_name: str
    last_name: str


def check_new_account(email: str, first_name: str, last_name: str, password: str) -> NewAccount:
    """Return the cleaned form; refuse an impossible address, an empty name, a poor password."""
    checked = NewAccount(
        clean_email(email),
        clean_name(first_name, "first_name", "first name"),
        clean_name(last_name, "last_name", "last name"),
    )
    check_password(password, (checked.email, checked.first_name, checked.last_name))
    return checked


def clean_email(email: str) -> str:
    """Return the address as it can be mailed to (RFC 5321); refuse what cannot be one."""
    try:
        return validate_email(email.strip(), check_deliverability=False).normalized
    except EmailNotValidError as problem:
        raise Refusal(f"This is not an email address we can reach. {problem}", "email") from None


def clean_name(name: str, field: str, label: str) -> str:
    """Return the name without outer spaces; refuse an empty, endless or unprintable one."""
    cleaned = unicodedata.normalize("NFC", name).strip()
    if not cleaned:
        raise Refusal(f"Please fill in the {label}.", field)
    if len(cleaned) > _LONGEST_NAME:
        raise Refusal(f"A {label} has at most {_LONGEST_NAME} characters.", field)
    if any(unicodedata.category(symbol)[0] == "C" for symbol in cleaned):
        raise Refusal(f"The {label} has characters that cannot be shown.", field)
    return cleaned


def find_user(session: Session, email: str) -> User | None:
    """Return the account with this address, whatever its case."""
    return session.exec(select(User).where(User.email_key == email.strip().lower())).first()


def create_account(
    session: Session,
    account: NewAccount,
    password_hash: str,
    tokens: Tokens,
    now: datetime,
    back: str = "",
) -> User:
    """Create the account and mail a link that proves its mailbox; refuse an address in use.

    ``back`` is the path of ours to go on to once it is proven.
    """
    user = insert_user(session, account, password_hash, now)
    _mail_proof(session, user, tokens, now, back)
    record(session, "account_created", now, actor_id=user.id)
    return user


def mail_confirmation(
    session: Session, actor: Actor, back: str, tokens: Tokens, now: datetime
) -> None:
    """Mail the actor a link that proves their mailbox and leads on to ``back``."""
    _mail_proof(session, session.get_one(User, actor.user_id), tokens, now, back)


def insert_user(
    session: Session,
    account: NewAccount,
    password_hash: str | None,
    now: datetime,
    role: Role = Role.MEMBER,
    verified_at: datetime | None = None,
) -> User:
    """Insert the account; refuse an address in use, also when two ask for it at once."""
    user = User(
        email=account.email,
        email_key=account.email.lower(),
        first_name=account.first_name,
        last_name=account.last_name,
        password_hash=password_hash,
        role=role,
        verified_at=verified_at,
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError:
        raise Refusal(
            "There is already an account with this address. Sign in instead.", "email"
        ) from None
    return user


def insert_users(
    session: Session, people: Sequence[tuple[str, str, str, str | None]], now: datetime
) -> dict[str, UUID]:
    """Insert accounts that a leader's word makes: address, names, hash of a supplied password.

    No two have the same address. Returns the ids of those that did not exist, by address key; in
    sorted order, so that two transactions cannot wait for each other. None of them has a proven
    mailbox, all must change their password.
    """
    rows: list[dict[str, Any]] = [
        {
            "id": new_id(),
            "email": email,
            "email_key": email.lower(),
            "first_name": first_name,
            "last_name": last_name,
            "password_hash": password_hash,
            "must_change_password": True,
            "credential_expires_at": now + LIFETIME if password_hash else None,
            "verified_at": None,
            "role": str(Role.MEMBER),
            "customer_id": None,
            "created_at": now,
        }
        for email, first_name, last_name, password_hash in people
    ]
    rows.sort(key=itemgetter("email_key"))
    made = {row["email_key"]: row["id"] for row in rows}
    insert = _NEW_USERS[session.connection().dialect.name]
    if run_many(session, insert, rows) == len(rows):
        return made
    there = select(User.email_key, User.id).where(col(User.email_key).in_(list(made)))
    return {key: user_id for key, user_id in session.exec(there) if made[key] == user_id}


_NEW_USERS = {
    name: insert(User.__table__).on_conflict_do_nothing(  # type: ignore[attr-defined]
        index_elements=["email_key"]
    )
    for name, insert in (("postgresql", postgres_insert), ("sqlite", sqlite_insert))
}


def verify_email(session: Session, token: str, actor: Actor | None, now: datetime) -> User:
    """Prove the mailbox with a link sent to it; refuse a used, expired or unknown link.

    Only the signed-in owner can: somebody else may have made the account in the name of whoever
    reads this mail, and still know its password. They take the way by a new password instead.
    Their using it again changes nothing.
    """
    if actor and used_link(session, LinkPurpose.VERIFY_EMAIL, token, actor.user_id):
        return session.get_one(User, actor.user_id)
    link = find_link(session, LinkPurpose.VERIFY_EMAIL, token, now)
    if actor is None or actor.user_id != link.user_id:
        raise Refusal(
            "Sign in to this account first, and open the link again. If you do not know its "
            "password, “Forgot your password?” gives the account to you alone."
        )
    link.used_at = now
    user = session.get_one(User, link.user_id)
    prove_mailbox(session, user, now)
    record(session, "email_verified", now, actor_id=user.id)
    return user


def mail_password_link(
    session: Session, email: str, tokens: Tokens, now: datetime, back: str = ""
) -> None:
    """Mail a link to choose a new password, if there is such an account; it leads on to ``back``.

    Both cases write an event and end alike, so that nobody learns who has an account.
    """
    user = find_user(session, email)
    if user:
        void_links(session, user, LinkPurpose.RESET_PASSWORD, now)
        link = issue_link(session, user, LinkPurpose.RESET_PASSWORD, tokens, now)
        facts = note_way_back(session, back)
        queue_mail(session, "reset_password", user, now, link=str(link.id), **facts)
    record(session, "password_link_requested", now, actor_id=user.id if user else None)


def reset_password(session: Session, token: str, password_hash: str, now: datetime) -> User:
    """Set a new password with a mailed link, end every session, and count the mailbox as proven."""
    user = use_link(session, LinkPurpose.RESET_PASSWORD, token, now)
    set_password(session, user, password_hash, now)
    use_up(session, user.id, InvitationKind, now)
    prove_mailbox(session, user, now)
    return user


def change_password(session: Session, actor: Actor, password_hash: str, now: datetime) -> User:
    """Set a new password for the actor and end every session; the caller checked the old one.

    Refuses where the actor's session has ended meanwhile: the account may be another person's now.
    """
    user = hold_account(session, actor.user_id)
    if not is_open(session, actor.session_id):
        raise SignInNeeded
    set_password(session, user, password_hash, now)
    use_up(session, user.id, [InvitationKind.LOGIN], now)
    return user


def password_hash_of(session: Session, user_id: UUID) -> str | None:
    """Return the hash to check a password against."""
    return session.get_one(User, user_id).password_hash


def _mail_proof(session: Session, user: User, tokens: Tokens, now: datetime, back: str) -> None:
    link = issue_link(session, user, LinkPurpose.VERIFY_EMAIL, tokens, now)
    facts = note_way_back(session, back)
    queue_mail(session, "verify_email", user, now, link=str(link.id), **facts)


def set_password(
    session: Session, user: User, password_hash: str, now: datetime, tell: bool = True
) -> None:
    """Give the account a password of its owner's; every session and earlier credential ends."""
    user.password_hash = password_hash
    user.must_change_password = False
    user.credential_expires_at = None
    end_sessions(session, user.id, now)
    void_links(session, user, LinkPurpose.RESET_PASSWORD, now)
    void_temporary_passwords(session, user.id)
    if tell:
        queue_mail(session, "password_changed", user, now)
    record(session, "password_changed", now, actor_id=user.id)

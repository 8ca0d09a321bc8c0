"""Accounts: made by their owner, proven by mail, kept by a password."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from grouplic.domain.passwords import check_password
from grouplic.domain.people import LinkPurpose, Role, User
from grouplic.domain.refusals import Refusal
from grouplic.services.actors import Actor
from grouplic.services.links import issue_link, use_link, void_links
from grouplic.services.ports import Tokens
from grouplic.services.recording import queue_mail, record
from grouplic.services.sessions import end_sessions

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
    session: Session, account: NewAccount, password_hash: str, tokens: Tokens, now: datetime
) -> User:
    """Create the account and mail a link that proves its mailbox; refuse an address in use."""
    user = insert_user(session, account, password_hash, now)
    link = issue_link(session, user, LinkPurpose.VERIFY_EMAIL, tokens, now)
    queue_mail(session, "verify_email", user, now, link=str(link.id))
    record(session, "account_created", now, actor_id=user.id)
    return user


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


def verify_email(session: Session, token: str, now: datetime) -> User:
    """Prove the mailbox with a link sent to it; refuse a used, expired or unknown link."""
    user = use_link(session, LinkPurpose.VERIFY_EMAIL, token, now)
    user.verified_at = user.verified_at or now
    record(session, "email_verified", now, actor_id=user.id)
    return user


def mail_password_link(session: Session, email: str, tokens: Tokens, now: datetime) -> None:
    """Mail a link to choose a new password, if there is such an account.

    Both cases write an event and end alike, so that nobody learns who has an account.
    """
    user = find_user(session, email)
    if user:
        void_links(session, user, LinkPurpose.RESET_PASSWORD, now)
        link = issue_link(session, user, LinkPurpose.RESET_PASSWORD, tokens, now)
        queue_mail(session, "reset_password", user, now, link=str(link.id))
    record(session, "password_link_requested", now, actor_id=user.id if user else None)


def reset_password(session: Session, token: str, password_hash: str, now: datetime) -> User:
    """Set a new password with a mailed link, end every session, and count the mailbox as proven."""
    user = use_link(session, LinkPurpose.RESET_PASSWORD, token, now)
    user.verified_at = user.verified_at or now
    _set_password(session, user, password_hash, now)
    return user


def change_password(session: Session, actor: Actor, password_hash: str, now: datetime) -> User:
    """Set a new password for the actor and end every session; the caller checked the old one."""
    user = session.get_one(User, actor.user_id)
    _set_password(session, user, password_hash, now)
    return user


def password_hash_of(session: Session, user_id: UUID) -> str | None:
    """Return the hash to check a password against."""
    return session.get_one(User, user_id).password_hash


def _set_password(session: Session, user: User, password_hash: str, now: datetime) -> None:
    user.password_hash = password_hash
    user.must_change_password = False
    user.credential_expires_at = None
    end_sessions(session, user.id, now)
    void_links(session, user, LinkPurpose.RESET_PASSWORD, now)
    queue_mail(session, "password_changed", user, now)
    record(session, "password_changed", now, actor_id=user.id)

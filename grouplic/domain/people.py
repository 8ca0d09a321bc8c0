"""People, their sessions, and the one-time links that reach their mailbox."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from grouplic.domain.base import new_id, one_of


class Role(StrEnum):
    """What a person may do on the site as a whole; leading a group is no role."""

    MEMBER = "member"
    OPERATOR = "operator"


class User(SQLModel, table=True):
    """An account. ``email`` is kept as typed, ``email_key`` is what makes it unique.

    ``verified_at`` is when the mailbox was proven; until then the account is unverified.
    ``credential_expires_at`` limits a password that someone else chose. ``erased_at`` is when the
    person deleted the account; the row stays, without anything personal.
    """

    __tablename__ = "user_account"
    __table_args__ = (
        one_of("role", Role),
        CheckConstraint("email_key = lower(email_key)", name="email_key_lower"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    email: str = Field(max_length=320)
    email_key: str = Field(max_length=320, unique=True)
    first_name: str = Field(default="", max_length=100)
    last_name: str = Field(default="", max_length=100)
    password_hash: str | None = None
    must_change_password: bool = False
    credential_expires_at: datetime | None = None
    verified_at: datetime | None = None
    role: str = Field(default=Role.MEMBER, max_length=16)
    customer_id: str | None = Field(default=None, unique=True)
    created_at: datetime
    erased_at: datetime | None = None

    @property
    def name(self) -> str:
        """The name to show."""
        return name_to_show(self.first_name, self.last_name, self.email, self.erased_at)


def name_to_show(first_name: str, last_name: str, email: str, erased_at: datetime | None) -> str:
    """Return the full name, or the address where there is none."""
    if erased_at:
        return "Deleted account"
    return f"{first_name} {last_name}".strip() or email


class WebSession(SQLModel, table=True):
    """A signed-in browser. Only the SHA-256 of its cookie is known here."""

    __tablename__ = "web_session"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID = Field(foreign_key="user_account.id", index=True)
    token_hash: str = Field(max_length=64, unique=True)
    browser: str = Field(default="", max_length=200)
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None


class LinkPurpose(StrEnum):
    """What following a one-time link does."""

    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"
    CHANGE_EMAIL = "change_email"


class OneTimeLink(SQLModel, table=True):
    """A link sent by mail. Its token is derived from the server's key; only a hash is stored.

    ``email`` is the new address of someone who changes it.
    """

    __tablename__ = "one_time_link"
    __table_args__ = (one_of("purpose", LinkPurpose),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID = Field(foreign_key="user_account.id", index=True)
    purpose: str = Field(max_length=24)
    email: str | None = Field(default=None, max_length=320)
    generation: int = 1
    token_hash: str = Field(max_length=64, unique=True)
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    voided_at: datetime | None = None

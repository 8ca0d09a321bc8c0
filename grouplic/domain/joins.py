"""The ways into a group other than a key: invitations, the join link, the waiting list."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index
from sqlmodel import Field, SQLModel

from grouplic.domain.base import new_id, one_of, unique_where


class InvitationKind(StrEnum):
    """What the mail of an invitation brings.

    login: a new account, with a temporary password and a one-time link; added: news for someone
    with an account; claim: a link that proves the mailbox of an account nobody has confirmed; key:
    an enrollment key.
    """

    LOGIN = "login"
    ADDED = "added"
    CLAIM = "claim"
    KEY = "key"


class Invitation(SQLModel, table=True):
    """Someone asked into a group by a leader, with the credentials their mail carries.

    The link and the temporary password are derived from the server's key, this row's id and its
    ``generation``; only their hashes are here. A resend raises the generation. ``shown_at`` is when
    a leader saw the credentials: from then on, using them proves no mailbox.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        one_of("kind", InvitationKind),
        CheckConstraint("generation >= 1", name="generation_positive"),
        CheckConstraint("kind = 'key' OR user_id IS NOT NULL", name="reaches_someone"),
        CheckConstraint("(kind = 'key') = (key_id IS NOT NULL)", name="key_of_key"),
        CheckConstraint("used_at IS NULL OR link_hash IS NOT NULL", name="used_link"),
        Index("ix_invitation_group_created", "group_id", "created_at"),
        Index("ix_invitation_by_created", "invited_by_id", "created_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    group_id: UUID = Field(foreign_key="learning_group.id")
    user_id: UUID | None = Field(default=None, foreign_key="user_account.id", index=True)
    enrollment_id: UUID | None = Field(default=None, foreign_key="enrollment.id", index=True)
    leader_id: UUID | None = Field(default=None, foreign_key="group_leader.id", index=True)
    key_id: UUID | None = Field(default=None, foreign_key="enrollment_key.id")
    mail_id: UUID | None = Field(default=None, foreign_key="mail.id")
    kind: str = Field(max_length=8)
    address: str = Field(max_length=320)
    first_name: str = Field(default="", max_length=100)
    last_name: str = Field(default="", max_length=100)
    note: str = Field(default="", max_length=1000)
    generation: int = 1
    link_hash: str | None = Field(default=None, max_length=64, unique=True)
    password_digest: str | None = Field(default=None, max_length=64)
    expires_at: datetime | None = None
    used_at: datetime | None = None
    shown_at: datetime | None = None
    ended_at: datetime | None = None
    invited_by_id: UUID = Field(foreign_key="user_account.id")
    created_at: datetime


class JoinLink(SQLModel, table=True):
    """One address that lets people into a group, up to ``cap`` of them. A group has one at most.

    Its token is derived from the server's key, the id and the generation; only a hash is here.
    """

    __tablename__ = "join_link"
    __table_args__ = (CheckConstraint("cap >= 1", name="cap_positive"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    group_id: UUID = Field(foreign_key="learning_group.id", unique=True)
    generation: int = 1
    token_hash: str = Field(max_length=64, unique=True)
    cap: int
    expires_at: datetime | None = None
    domains: list[str] = Field(default_factory=list, sa_type=JSON)
    is_open: bool = True
    made_by_id: UUID = Field(foreign_key="user_account.id")
    created_at: datetime


class Waiting(SQLModel, table=True):
    """Someone on a group's waiting list, in the order of ``position``; ids break a tie.

    Positions are written by whoever holds the group's row, and need not be consecutive.
    """

    __tablename__ = "waiting"
    __table_args__ = (
        CheckConstraint("email_key = lower(email_key)", name="email_key_lower"),
        CheckConstraint("enrolled_at IS NULL OR ended_at IS NOT NULL", name="enrolled_is_over"),
        unique_where("uq_waiting_live", "group_id", "email_key", where="ended_at IS NULL"),
        Index("ix_waiting_group_position", "group_id", "position"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    group_id: UUID = Field(foreign_key="learning_group.id")
    upload_row_id: UUID | None = Field(default=None, foreign_key="upload_row.id", index=True)
    email: str = Field(max_length=320)
    email_key: str = Field(max_length=320)
    first_name: str = Field(default="", max_length=100)
    last_name: str = Field(default="", max_length=100)
    note: str = Field(default="", max_length=1000)
    way: str = Field(max_length=16)
    added_by_id: UUID = Field(foreign_key="user_account.id")
    added_at: datetime
    position: int = 0
    enrolled_at: datetime | None = None
    ended_at: datetime | None = None

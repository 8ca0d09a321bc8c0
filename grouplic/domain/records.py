"""What happened, and what is to be mailed."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from grouplic.domain.base import new_id, one_of


class AuditEvent(SQLModel, table=True):
    """One change, who made it and when. Never holds a credential."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_event_group_at", "group_id", "at"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    at: datetime
    kind: str = Field(max_length=48)
    actor_id: UUID | None = Field(default=None, foreign_key="user_account.id")
    group_id: UUID | None = Field(default=None, foreign_key="learning_group.id")
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class MailState(StrEnum):
    """queued → sending (leased by a worker) → sent or, after many tries, failed.

    withdrawn: what it says no longer holds, so it is not sent.
    """

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


class Mail(SQLModel, table=True):
    """A mail to send. It is rendered from ``template`` and ``facts`` when it is sent, so that
    no credential rests here, and a second try is the same mail byte for byte.
    """

    __tablename__ = "mail"
    __table_args__ = (
        one_of("state", MailState),
        Index("ix_mail_state_due", "state", "due_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    user_id: UUID | None = Field(default=None, foreign_key="user_account.id", index=True)
    group_id: UUID | None = Field(default=None, foreign_key="learning_group.id", index=True)
    address: str = Field(max_length=320)
    template: str = Field(max_length=48)
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    state: str = Field(default=MailState.QUEUED, max_length=16)
    tries: int = 0
    due_at: datetime
    leased_until: datetime | None = None
    error: str = ""
    created_at: datetime
    sent_at: datetime | None = None


class TaskRun(SQLModel, table=True):
    """When something that happens every so often was last begun, whichever worker began it."""

    __tablename__ = "task_run"

    name: str = Field(primary_key=True, max_length=40)
    at: datetime

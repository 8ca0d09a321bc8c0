"""What a leader asks for: due dates, reminders, a weekly summary; and who wants no such mail."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlmodel import Field, SQLModel

from grouplic.domain.base import new_id, one_of


class DueDate(SQLModel, table=True):
    """The last day on which a group's learners should complete a module."""

    __tablename__ = "due_date"

    group_id: UUID = Field(foreign_key="learning_group.id", primary_key=True)
    module_id: UUID = Field(foreign_key="module.id", primary_key=True, index=True)
    due_on: date
    set_by_id: UUID = Field(foreign_key="user_account.id")
    set_at: datetime


class PlannedReminder(SQLModel, table=True):
    """A reminder that goes out some days before a module is due, to everyone who is not done.

    It is sent once: whoever sets ``sent_at`` first, sends it.
    """

    __tablename__ = "planned_reminder"
    __table_args__ = (
        ForeignKeyConstraint(
            ["group_id", "module_id"],
            ["due_date.group_id", "due_date.module_id"],
            name="fk_planned_reminder_due_date",
        ),
        CheckConstraint("days_before BETWEEN 0 AND 60", name="days_before_in_reach"),
        Index("ix_planned_reminder_due", "sent_at", "send_on"),
    )

    group_id: UUID = Field(primary_key=True)
    module_id: UUID = Field(primary_key=True)
    days_before: int = Field(primary_key=True)
    send_on: date
    sent_at: datetime | None = None


class Reminder(SQLModel, table=True):
    """A reminder that a leader sent to a learner, and the first module it was about."""

    __tablename__ = "reminder"
    __table_args__ = (
        Index("ix_reminder_group_module_user", "group_id", "module_id", "user_id", "sent_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    group_id: UUID = Field(foreign_key="learning_group.id")
    user_id: UUID = Field(foreign_key="user_account.id", index=True)
    module_id: UUID = Field(foreign_key="module.id")
    sent_by_id: UUID = Field(foreign_key="user_account.id")
    sent_at: datetime


class WeeklySummary(SQLModel, table=True):
    """A leader's wish for a weekly summary of a group, until ``ended_at``."""

    __tablename__ = "weekly_summary"
    __table_args__ = (Index("ix_weekly_summary_due", "ended_at", "last_sent_at"),)

    group_id: UUID = Field(foreign_key="learning_group.id", primary_key=True)
    user_id: UUID = Field(foreign_key="user_account.id", primary_key=True, index=True)
    since: datetime
    last_sent_at: datetime | None = None
    ended_at: datetime | None = None


class Newsletter(StrEnum):
    """Mails that nobody has to take, and that one click ends (RFC 8058)."""

    REMINDERS = "reminders"
    WEEKLY_SUMMARY = "weekly_summary"


class Unsubscription(SQLModel, table=True):
    """A person who wants no more of one kind of mail from one group."""

    __tablename__ = "unsubscription"
    __table_args__ = (one_of("kind", Newsletter),)

    user_id: UUID = Field(foreign_key="user_account.id", primary_key=True)
    group_id: UUID = Field(foreign_key="learning_group.id", primary_key=True)
    kind: str = Field(max_length=24, primary_key=True)
    at: datetime

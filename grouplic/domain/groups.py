"""Groups, seats, keys and enrollments: the license itself."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from grouplic.domain.base import new_id, one_of, unique_where


class Group(SQLModel, table=True):
    """The people who share a license. ``ends_at`` is the end of its term, if it has one.

    ``low_seats_level`` is the percentage of taken seats that its leaders have heard of.
    ``sandbox_of_id`` marks a group of invented people, to look around in: whose it is.
    """

    __tablename__ = "learning_group"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    name: str = Field(max_length=120)
    created_at: datetime
    ends_at: datetime | None = None
    low_seats_level: int = 0
    first_steps_dismissed_at: datetime | None = None
    # Of a sandbox each person has one at most.
    sandbox_of_id: UUID | None = Field(default=None, foreign_key="user_account.id", unique=True)

    def has_ended(self, now: datetime) -> bool:
        """Say whether the term is over: nothing opens and nobody joins until it is renewed."""
        return self.ends_at is not None and self.ends_at <= now


class TermReminder(SQLModel, table=True):
    """That a group's leaders were told, ``days`` before, that its term ends; once each."""

    __tablename__ = "term_reminder"

    group_id: UUID = Field(foreign_key="learning_group.id", primary_key=True)
    ends_at: datetime = Field(primary_key=True)
    days: int = Field(primary_key=True)
    at: datetime


class LeaderRole(StrEnum):
    """What a leader may do: everything; fill seats and manage people; see progress and reports."""

    EVERYTHING = "everything"
    PEOPLE = "people"
    REPORTS = "reports"


class GroupLeader(SQLModel, table=True):
    """Someone who leads a group, until ``ended_at``.

    ``awaits_claim`` holds back an account that somebody else may have prepared, until its owner
    has proven the mailbox.
    """

    __tablename__ = "group_leader"
    __table_args__ = (
        one_of("role", LeaderRole),
        unique_where("uq_group_leader_live", "group_id", "user_id", where="ended_at IS NULL"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    group_id: UUID = Field(foreign_key="learning_group.id")
    user_id: UUID = Field(foreign_key="user_account.id", index=True)
    role: str = Field(default=LeaderRole.EVERYTHING, max_length=16)
    awaits_claim: bool = False
    since: datetime
    ended_at: datetime | None = None


class GroupModule(SQLModel, table=True):
    """A module that every seat of the group opens."""

    __tablename__ = "group_module"
    __table_args__ = (UniqueConstraint("group_id", "module_id", name="uq_group_module_once"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    group_id: UUID = Field(foreign_key="learning_group.id")
    module_id: UUID = Field(foreign_key="module.id")
    order_id: UUID = Field(foreign_key="purchase_order.id")
    since: datetime


class SeatState(StrEnum):
    """Where a seat stands. ``bought = open + issued + taken + retired``."""

    OPEN = "open"
    ISSUED = "issued"
    TAKEN = "taken"
    RETIRED = "retired"
    WITHDRAWN = "withdrawn"


class Seat(SQLModel, table=True):
    """One place in a group, numbered 1..N.

    open → issued (its key is handed out) → taken (redeemed) → open or retired (removed);
    open → taken (invited, uploaded); open, issued or retired → withdrawn (refunded).
    A taken seat that was refunded is ``owed`` since then, and is withdrawn when it comes free.
    """

    __tablename__ = "seat"
    __table_args__ = (
        one_of("state", SeatState),
        CheckConstraint("number >= 1", name="number_positive"),
        UniqueConstraint("group_id", "number", name="uq_seat_group_number"),
        # The target of the composite foreign keys that keep a seat and its group together.
        UniqueConstraint("id", "group_id", name="uq_seat_id_group"),
        Index("ix_seat_group_state_number", "group_id", "state", "number"),
        # What has changed lately: how full groups are is looked at in the background.
        Index("ix_seat_changed_at", "changed_at"),
        CheckConstraint("owed_at IS NULL OR state = 'taken'", name="owed_is_taken"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    group_id: UUID = Field(foreign_key="learning_group.id")
    order_id: UUID = Field(foreign_key="purchase_order.id", index=True)
    number: int
    state: str = Field(default=SeatState.OPEN, max_length=16)
    changed_at: datetime
    owed_at: datetime | None = None


class KeyBatch(SQLModel, table=True):
    """Keys that were handed out together, to be served together again."""

    __tablename__ = "key_batch"
    __table_args__ = (CheckConstraint("quantity >= 1", name="quantity_positive"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    group_id: UUID = Field(foreign_key="learning_group.id", index=True)
    made_by_id: UUID = Field(foreign_key="user_account.id")
    label: str = Field(default="", max_length=60)
    quantity: int
    created_at: datetime


class EnrollmentKey(SQLModel, table=True):
    """The code of one seat. Live until it is redeemed or voided; the row stays as record."""

    __tablename__ = "enrollment_key"
    __table_args__ = (
        ForeignKeyConstraint(
            ["seat_id", "group_id"], ["seat.id", "seat.group_id"], name="fk_enrollment_key_seat"
        ),
        unique_where(
            "uq_enrollment_key_live_seat",
            "seat_id",
            where="voided_at IS NULL AND redeemed_at IS NULL",
        ),
        CheckConstraint("voided_at IS NULL OR redeemed_at IS NULL", name="one_end"),
        CheckConstraint(
            "(redeemed_at IS NULL) = (redeemed_by_id IS NULL)", name="redeemed_by_someone"
        ),
        Index("ix_enrollment_key_group_label", "group_id", "label"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    group_id: UUID
    seat_id: UUID
    code: str = Field(max_length=16, unique=True)
    label: str = Field(default="", max_length=60)
    batch_id: UUID | None = Field(default=None, foreign_key="key_batch.id", index=True)
    created_at: datetime
    issued_at: datetime | None = None
    redeemed_at: datetime | None = None
    redeemed_by_id: UUID | None = Field(default=None, foreign_key="user_account.id")
    voided_at: datetime | None = None


class Way(StrEnum):
    """How someone came to a seat."""

    KEY = "key"
    INVITE = "invite"
    UPLOAD = "upload"
    JOIN_LINK = "join_link"
    DEMO = "demo"


class Enrollment(SQLModel, table=True):
    """A learner holding a seat, from ``enrolled_at`` to ``ended_at``; the row stays as history.

    ``awaits_claim`` keeps the group closed to an account whose mailbox has not been proven, when
    somebody else added it: whoever prepared the account may know its password.
    """

    __tablename__ = "enrollment"
    __table_args__ = (
        one_of("way", Way),
        ForeignKeyConstraint(
            ["seat_id", "group_id"], ["seat.id", "seat.group_id"], name="fk_enrollment_seat"
        ),
        unique_where("uq_enrollment_live_seat", "seat_id", where="ended_at IS NULL"),
        unique_where("uq_enrollment_live_learner", "group_id", "user_id", where="ended_at IS NULL"),
        Index("ix_enrollment_user_ended", "user_id", "ended_at"),
        Index("ix_enrollment_group_enrolled", "group_id", "enrolled_at"),
        # Those whose figures a leader does not count: who has left, and who has not confirmed.
        Index("ix_enrollment_group_awaits_ended", "group_id", "awaits_claim", "ended_at"),
        CheckConstraint("ended_at IS NULL OR ended_at >= enrolled_at", name="ends_after_start"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    group_id: UUID
    seat_id: UUID
    user_id: UUID = Field(foreign_key="user_account.id")
    way: str = Field(max_length=16)
    join_link_id: UUID | None = Field(default=None, foreign_key="join_link.id", index=True)
    awaits_claim: bool = False
    enrolled_at: datetime
    ended_at: datetime | None = None

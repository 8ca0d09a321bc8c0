"""After a sale: refunds, disputes, and where the provider and the orders do not agree."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index
from sqlmodel import Field, SQLModel

from grouplic.domain.base import new_id, one_of, unique_where


class RefundState(StrEnum):
    """requested (the provider has not answered yet) → pending → succeeded; or failed."""

    REQUESTED = "requested"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class Refund(SQLModel, table=True):
    """Money given back for an order, by an operator here or at the provider.

    ``seats`` is how many it is for; None names none, and then no seat changes. ``applied_at`` is
    when the seats followed.
    """

    __tablename__ = "refund"
    __table_args__ = (
        one_of("state", RefundState),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("seats IS NULL OR seats >= 0", name="seats_not_negative"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    order_id: UUID = Field(foreign_key="purchase_order.id", index=True)
    provider_id: str | None = Field(default=None, unique=True)
    amount: int
    seats: int | None = None
    state: str = Field(default=RefundState.REQUESTED, max_length=16)
    reason: str = Field(default="", max_length=500)
    made_by_id: UUID | None = Field(default=None, foreign_key="user_account.id")
    created_at: datetime
    applied_at: datetime | None = None


class Dispute(SQLModel, table=True):
    """A payment that the buyer's bank has questioned; ``id`` and ``status`` are the provider's."""

    __tablename__ = "dispute"

    id: str = Field(primary_key=True, max_length=255)
    order_id: UUID = Field(foreign_key="purchase_order.id", index=True)
    amount: int
    status: str = Field(max_length=40)
    reason: str = Field(default="", max_length=80)
    answer_by: datetime | None = None
    opened_at: datetime
    changed_at: datetime


class DifferenceKind(StrEnum):
    """What does not agree, or waits for a person's decision."""

    PARTIAL_REFUND = "partial_refund"
    REFUNDED_MODULES = "refunded_modules"
    SEATS_STILL_OWED = "seats_still_owed"
    REFUND_FAILED = "refund_failed"
    DISPUTE_LOST = "dispute_lost"
    APPROVED_UNPAID = "approved_unpaid"
    UNKNOWN_PAYMENT = "unknown_payment"
    AMOUNT = "amount"
    SEATS = "seats"
    REFUNDED_AMOUNT = "refunded_amount"
    PAID_TWICE = "paid_twice"
    OVERCHARGED = "overcharged"


class Difference(SQLModel, table=True):
    """Something for an operator to look at, until it is settled. Found again, it stays one row."""

    __tablename__ = "difference"
    __table_args__ = (
        one_of("kind", DifferenceKind),
        unique_where("uq_difference_open", "kind", "subject", where="settled_at IS NULL"),
        Index("ix_difference_settled_found", "settled_at", "found_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: str = Field(max_length=32)
    subject: str = Field(max_length=255)
    order_id: UUID | None = Field(default=None, foreign_key="purchase_order.id")
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    found_at: datetime
    settled_at: datetime | None = None
    settled_by_id: UUID | None = Field(default=None, foreign_key="user_account.id")
    note: str = Field(default="", max_length=500)

"""Orders, their lines, and the payment provider's events."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from grouplic.domain.base import new_id, one_of, unique_where


class OrderKind(StrEnum):
    """What an order buys."""

    NEW_GROUP = "new_group"
    ADD_SEATS = "add_seats"
    ADD_MODULES = "add_modules"


class OrderStatus(StrEnum):
    """pending → processing (an asynchronous payment) → fulfilled; or failed, or expired."""

    PENDING = "pending"
    PROCESSING = "processing"
    FULFILLED = "fulfilled"
    FAILED = "failed"
    EXPIRED = "expired"


class Source(StrEnum):
    """On whose word the order was fulfilled."""

    PAYMENT = "payment"
    OPERATOR = "operator"
    DEMO = "demo"


class Order(SQLModel, table=True):
    """What someone asked to buy. Amounts are minor units of ``currency``."""

    __tablename__ = "purchase_order"
    __table_args__ = (
        one_of("kind", OrderKind),
        one_of("status", OrderStatus),
        one_of("source", Source),
        CheckConstraint("seats >= 1", name="seats_positive"),
        CheckConstraint("amount_total >= 0", name="amount_not_negative"),
        CheckConstraint(
            "(status = 'fulfilled') = (fulfilled_at IS NOT NULL)", name="fulfilled_has_time"
        ),
        CheckConstraint(
            "status <> 'fulfilled' OR group_id IS NOT NULL", name="fulfilled_has_group"
        ),
        # Side by side, two open checkouts of a group could leave seats without a module.
        unique_where("uq_purchase_order_open_checkout", "group_id", where="status = 'pending'"),
        Index("ix_purchase_order_status_created", "status", "created_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    buyer_id: UUID = Field(foreign_key="user_account.id", index=True)
    group_id: UUID | None = Field(default=None, foreign_key="learning_group.id", index=True)
    group_name: str = Field(max_length=120)
    kind: str = Field(max_length=16)
    seats: int
    currency: str = Field(max_length=3)
    amount_total: int
    status: str = Field(default=OrderStatus.PENDING, max_length=16)
    source: str = Field(default=Source.PAYMENT, max_length=16)
    checkout_id: str | None = Field(default=None, unique=True)
    checkout_url: str | None = None
    receipt_url: str | None = None
    created_at: datetime
    expires_at: datetime
    fulfilled_at: datetime | None = None


class OrderLine(SQLModel, table=True):
    """One module of an order: ``quantity`` seats at ``unit_amount`` minor units each."""

    __tablename__ = "order_line"
    __table_args__ = (
        UniqueConstraint("order_id", "module_id", name="uq_order_line_module"),
        CheckConstraint("quantity >= 1", name="quantity_positive"),
        CheckConstraint("unit_amount >= 0", name="unit_not_negative"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    order_id: UUID = Field(foreign_key="purchase_order.id")
    module_id: UUID = Field(foreign_key="module.id")
    quantity: int
    unit_amount: int


class PaymentEvent(SQLModel, table=True):
    """An event of the payment provider, kept under its own id so that it counts once."""

    __tablename__ = "payment_event"

    id: str = Field(primary_key=True, max_length=255)
    type: str = Field(max_length=80)
    checkout_id: str | None = None
    created_at: datetime
    received_at: datetime
    handled_at: datetime | None = None
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)

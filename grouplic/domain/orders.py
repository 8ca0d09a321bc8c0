"""Orders, their lines, and the payment provider's events."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from grouplic.domain.base import new_id, one_of, unique_where
from grouplic.domain.terms import Term


class OrderKind(StrEnum):
    """What an order buys."""

    NEW_GROUP = "new_group"
    ADD_SEATS = "add_seats"
    ADD_MODULES = "add_modules"
    RENEWAL = "renewal"


class OrderStatus(StrEnum):
    """pending → processing (an asynchronous payment, an open invoice) → fulfilled; or failed, or
    expired.
    """

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


class PayBy(StrEnum):
    """How it is paid: on the payment page, or by an invoice."""

    CARD = "card"
    INVOICE = "invoice"


class Order(SQLModel, table=True):
    """What someone asked to buy. Amounts are minor units of ``currency``.

    ``amount_total`` is what was charged, with ``tax_amount`` and without ``discount_amount``.
    ``paid_at`` is empty while an operator's approval stands in for the payment. The term bought,
    for a new group or a renewal, is ``license_months`` from the purchase, or ``license_until``.
    ``counts_on`` are the orders on their way whose seats or modules are part of the price.
    """

    __tablename__ = "purchase_order"
    __table_args__ = (
        one_of("kind", OrderKind),
        one_of("status", OrderStatus),
        one_of("source", Source),
        one_of("pay_by", PayBy),
        CheckConstraint("refunded_amount >= 0", name="refunded_not_negative"),
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
    pay_by: str = Field(default=PayBy.CARD, max_length=16)
    payment_id: str | None = Field(default=None, index=True)
    invoice_id: str | None = Field(default=None, unique=True)
    invoice_number: str = ""
    invoice_url: str | None = None
    invoice_pdf: str | None = None
    purchase_number: str = Field(default="", max_length=40)
    due_at: datetime | None = None
    discount_amount: int = 0
    tax_amount: int = 0
    refunded_amount: int = 0
    license_months: int | None = None
    license_until: datetime | None = None
    quote_id: UUID | None = Field(default=None, foreign_key="saved_quote.id")
    counts_on: list[str] | None = Field(default=None, sa_type=JSON)
    approved_by_id: UUID | None = Field(default=None, foreign_key="user_account.id")
    reason: str = Field(default="", max_length=500)
    created_at: datetime
    expires_at: datetime
    fulfilled_at: datetime | None = None
    paid_at: datetime | None = None

    @property
    def term(self) -> Term:
        """The term that a new group or a renewal buys."""
        return Term(self.license_months, self.license_until)


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
    invoice_id: str | None = None
    payment_id: str | None = None
    created_at: datetime
    received_at: datetime
    handled_at: datetime | None = None
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class SavedQuote(SQLModel, table=True):
    """A quote at fixed prices, to show to a finance department; its address opens the purchase."""

    __tablename__ = "saved_quote"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    made_by_id: UUID = Field(foreign_key="user_account.id", index=True)
    group_id: UUID | None = Field(default=None, foreign_key="learning_group.id", index=True)
    group_name: str = Field(max_length=120)
    kind: str = Field(max_length=16)
    seats: int
    currency: str = Field(max_length=3)
    lines: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    license_months: int | None = None
    license_until: datetime | None = None
    created_at: datetime
    valid_until: datetime

    @property
    def term(self) -> Term:
        """The term that a new group or a renewal buys."""
        return Term(self.license_months, self.license_until)

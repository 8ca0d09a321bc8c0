"""What the use cases need from outside, as small interfaces. Adapters implement them."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlmodel import Session

from grouplic.domain.orders import PaymentEvent
from grouplic.domain.refusals import OutOfReach, Refusal


class Transactions(Protocol):
    """Opens short transactions, for the flows that must leave one to wait for something."""

    def writing(self) -> AbstractContextManager[Session]:
        """Open a transaction that commits at its end."""
        ...

    def reading(self) -> AbstractContextManager[Session]:
        """Open a transaction that only reads."""
        ...


class Hasher(Protocol):
    """Hashes passwords slowly. Never called inside a transaction."""

    def hash(self, password: str) -> str:
        """Return the encoded hash."""
        ...

    def matches(self, password: str, password_hash: str | None) -> bool:
        """Say whether the password fits, taking as long when there is no hash."""
        ...

    def is_outdated(self, password_hash: str) -> bool:
        """Say whether the hash was made with weaker parameters than today's."""
        ...


class Attempts(Protocol):
    """Counts failures and says when there were too many."""

    def check(self, kind: str, *who: str) -> None:
        """Refuse, as ``TooManyAttempts``, when ``who`` has failed too often at ``kind``."""
        ...

    def failed(self, kind: str, *who: str) -> None:
        """Count one failure."""
        ...

    def spend(self, kind: str, cost: int, *who: str) -> None:
        """Spend ``cost`` of an allowance, or refuse and spend nothing."""
        ...


class Tokens(Protocol):
    """Derives one-time tokens from the server's key."""

    def derive(self, purpose: str, subject: UUID, generation: int) -> str:
        """Return 256 bits as URL-safe text; the same arguments give the same token."""
        ...


class Vault(Protocol):
    """Encrypts what must rest for a while with the server's key."""

    def lock(self, plain: str) -> str:
        """Return the encrypted text."""
        ...

    def unlock(self, locked: str) -> str:
        """Return the plain text again."""
        ...


class Texts(Protocol):
    """Texts that the operator provides, such as the terms."""

    def read(self, name: str) -> str:
        """Return the Markdown of ``name``."""
        ...


@dataclass(frozen=True)
class CheckoutLine:
    """One line to charge: minor units per seat, and seats."""

    module_slug: str
    title: str
    unit_amount: int
    quantity: int


@dataclass(frozen=True)
class CheckoutRequest:
    """Everything a payment page needs to sell one order."""

    order_id: UUID
    email: str
    customer_id: str
    currency: str
    description: str
    lines: tuple[CheckoutLine, ...]
    expires_at: datetime


@dataclass(frozen=True)
class PaidLine:
    """What one line of a checkout says was sold."""

    module_slug: str
    quantity: int


@dataclass(frozen=True)
class Checkout:
    """What the provider says of a checkout, after asking it.

    ``status`` is open, complete or expired; ``payment`` is paid, unpaid or no_payment_required.
    """

    id: str
    url: str
    order_id: str
    status: str
    payment: str
    currency: str
    amount_total: int
    payment_failed: bool
    receipt_url: str
    lines: tuple[PaidLine, ...]
    discount: int = 0
    tax: int = 0
    payment_id: str = ""


@dataclass(frozen=True)
class InvoiceRequest:
    """Everything an invoice needs: the lines of one order, and when it is due."""

    order_id: UUID
    customer_id: str
    currency: str
    description: str
    lines: tuple[CheckoutLine, ...]
    days_until_due: int
    purchase_number: str


@dataclass(frozen=True)
class Invoice:
    """What the provider says of an invoice, after asking it.

    ``status`` is draft, open, paid, void or uncollectible.
    """

    id: str
    order_id: str
    status: str
    number: str
    url: str
    pdf: str
    amount_total: int
    tax: int
    discount: int
    due_at: datetime | None
    payment_id: str
    lines: tuple[PaidLine, ...]


@dataclass(frozen=True)
class RefundRequest:
    """Money to give back of one payment. ``seats`` is how many it is for, if it names any."""

    refund_id: UUID
    order_id: UUID
    payment_id: str
    amount: int
    seats: int | None


@dataclass(frozen=True)
class MadeRefund:
    """A refund as the provider has it; ``refund_id`` and ``seats`` are ours, if it came from us.

    ``state`` is pending, succeeded or failed.
    """

    id: str
    refund_id: str
    amount: int
    state: str
    seats: int | None


@dataclass(frozen=True)
class OpenedDispute:
    """A dispute as the provider has it."""

    id: str
    amount: int
    status: str
    reason: str
    answer_by: datetime | None
    opened_at: datetime


@dataclass(frozen=True)
class Payment:
    """A payment and what became of it; ``order_id`` is empty where the provider knows of none."""

    id: str
    order_id: str
    paid: bool
    amount: int
    amount_refunded: int
    refunds: tuple[MadeRefund, ...] = ()
    disputes: tuple[OpenedDispute, ...] = ()


class ProviderRefused(Refusal):
    """The payment provider understood a request and declined it; asking again will not help."""


class ProviderSilent(OutOfReach):
    """The payment provider does not answer; what it was asked for may have happened, or not."""

    def __init__(self) -> None:
        super().__init__(
            "The payment provider does not answer just now. Please try again in a minute; "
            "nothing is paid twice."
        )


class Payments(Protocol):
    """The payment provider. Every call may take seconds; none is made inside a transaction.

    What is asked about one order raises ``ProviderSilent`` when no answer comes.
    """

    def create_customer(self, user_id: UUID, email: str, name: str) -> str:
        """Return the provider's id for this buyer; asking twice gives the same one."""
        ...

    def start(self, request: CheckoutRequest) -> Checkout:
        """Open a checkout for an order; asking twice gives the same one."""
        ...

    def read(self, checkout_id: str) -> Checkout:
        """Return the checkout with its final lines."""
        ...

    def expire(self, checkout_id: str) -> Checkout:
        """End an open checkout, and return how it stands, which may be paid."""
        ...

    def send_invoice(self, request: InvoiceRequest) -> Invoice:
        """Write, finalize and mail an invoice for an order; asking twice gives the same one."""
        ...

    def read_invoice(self, invoice_id: str) -> Invoice:
        """Return the invoice with its final lines."""
        ...

    def find_invoice(self, order_id: UUID, customer_id: str, since: datetime) -> Invoice | None:
        """Return the invoice of an order that was asked for since then, if it was written."""
        ...

    def void_invoice(self, invoice_id: str) -> Invoice:
        """Void an open invoice or drop a draft, and return how it stands, which may be paid."""
        ...

    def refund(self, request: RefundRequest) -> MadeRefund:
        """Give money back; asking twice gives it once. Raises ``ProviderRefused``."""
        ...

    def read_payment(self, payment_id: str) -> Payment:
        """Return the payment with its refunds and disputes."""
        ...

    def undelivered_events(self, since: datetime) -> list[PaymentEvent]:
        """Return the events that did not reach us, oldest first."""
        ...

    def checkouts_since(self, since: datetime) -> Iterator[Checkout]:
        """Return the checkouts that were completed since then, without their lines."""
        ...

    def payments_since(self, since: datetime) -> Iterator[Payment]:
        """Return the successful payments since then, without their refunds and disputes."""
        ...

    def refunds_since(self, since: datetime) -> Iterator[tuple[str, str]]:
        """Return the refunds since then: the payment and the refund."""
        ...

"""A payment provider to tell what to do, at the adapter's edge."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from grouplic.domain.orders import PaymentEvent
from grouplic.services.ports import (
    Checkout,
    CheckoutRequest,
    Invoice,
    InvoiceRequest,
    MadeRefund,
    OpenedDispute,
    PaidLine,
    Payment,
    ProviderRefused,
    ProviderSilent,
    RefundRequest,
)


@dataclass
class Provider:
    """Keeps checkouts in memory. ``pay`` and the others are what a buyer does."""

    checkouts: dict[str, Checkout] = field(default_factory=dict)
    invoices: dict[str, Invoice] = field(default_factory=dict)
    payments: dict[str, Payment] = field(default_factory=dict)
    missed: list[PaymentEvent] = field(default_factory=list)
    asked: int = 0
    refund_requests: int = 0
    drops_refund_answers: int = 0

    def create_customer(self, user_id: UUID, email: str, name: str) -> str:
        return f"cus_{user_id}"

    def start(self, request: CheckoutRequest) -> Checkout:
        checkout = Checkout(
            id=f"cs_{request.order_id}",
            url="https://pay.example/",
            order_id=str(request.order_id),
            status="open",
            payment="unpaid",
            currency=request.currency,
            amount_total=sum(line.unit_amount * line.quantity for line in request.lines),
            payment_failed=False,
            receipt_url="",
            lines=tuple(PaidLine(line.module_slug, line.quantity) for line in request.lines),
        )
        return self.checkouts.setdefault(checkout.id, checkout)

    def read(self, checkout_id: str) -> Checkout:
        self.asked += 1
        return self.checkouts[checkout_id]

    def expire(self, checkout_id: str) -> Checkout:
        if self.checkouts[checkout_id].status == "open":
            self._set(checkout_id, status="expired")
        return self.checkouts[checkout_id]

    def pay(self, checkout_id: str, discount: int = 0) -> None:
        opened = self.checkouts[checkout_id]
        total, intent = opened.amount_total - discount, f"pi_{checkout_id}"
        self._set(
            checkout_id,
            status="complete",
            payment="paid",
            payment_id=intent,
            amount_total=total,
            discount=discount,
        )
        self.payments[intent] = Payment(intent, opened.order_id, True, total, 0)

    def pay_later(self, checkout_id: str) -> None:
        self._set(checkout_id, status="complete", payment="unpaid")

    def fail(self, checkout_id: str) -> None:
        self._set(checkout_id, status="complete", payment="unpaid", payment_failed=True)

    def send_invoice(self, request: InvoiceRequest) -> Invoice:
        invoice = Invoice(
            id=f"in_{request.order_id}",
            order_id=str(request.order_id),
            status="open",
            number="F-1",
            url="https://pay.example/invoice",
            pdf="https://pay.example/invoice.pdf",
            amount_total=sum(line.unit_amount * line.quantity for line in request.lines),
            tax=0,
            discount=0,
            due_at=None,
            payment_id="",
            lines=tuple(PaidLine(line.module_slug, line.quantity) for line in request.lines),
        )
        return self.invoices.setdefault(invoice.id, invoice)

    def read_invoice(self, invoice_id: str) -> Invoice:
        return self.invoices[invoice_id]

    def find_invoice(self, order_id: UUID, customer_id: str, since: datetime) -> Invoice | None:
        return self.invoices.get(f"in_{order_id}")

    def void_invoice(self, invoice_id: str) -> Invoice:
        self.end_invoice(invoice_id, "void")
        return self.invoices[invoice_id]

    def end_invoice(self, invoice_id: str, status: str) -> None:
        self.invoices[invoice_id] = replace(self.invoices[invoice_id], status=status)

    def pay_invoice(self, invoice_id: str) -> None:
        invoice, intent = self.invoices[invoice_id], f"pi_{invoice_id}"
        self.invoices[invoice_id] = replace(invoice, status="paid", payment_id=intent)
        self.payments[intent] = Payment(intent, "", True, invoice.amount_total, 0)

    def refund(self, request: RefundRequest) -> MadeRefund:
        self.refund_requests += 1
        ours = str(request.refund_id)
        made = self.give_back(request.payment_id, request.amount, ours, request.seats)
        if self.drops_refund_answers:
            self.drops_refund_answers -= 1
            raise ConnectionError("The answer got lost.")
        return made

    def give_back(
        self, payment_id: str, amount: int, ours: str = "", seats: int | None = None
    ) -> MadeRefund:
        """Refund, as somebody at the provider would; ``ours`` is there once at most."""
        payment = self.payments[payment_id]
        for made in payment.refunds:
            if ours and made.refund_id == ours:
                return made
        if payment.amount_refunded + amount > payment.amount:
            raise ProviderRefused("More than is left.")
        made = MadeRefund(
            f"re_{payment_id}_{len(payment.refunds)}", ours, amount, "succeeded", seats
        )
        self.payments[payment_id] = replace(
            payment,
            refunds=(*payment.refunds, made),
            amount_refunded=payment.amount_refunded + amount,
        )
        return made

    def dispute(self, payment_id: str, status: str, now: datetime) -> None:
        payment = self.payments[payment_id]
        opened = OpenedDispute(f"dp_{payment_id}", payment.amount, status, "general", None, now)
        self.payments[payment_id] = replace(payment, disputes=(opened,))

    def read_payment(self, payment_id: str) -> Payment:
        return self.payments[payment_id]

    def undelivered_events(self, since: datetime) -> list[PaymentEvent]:
        return [event for event in self.missed if event.created_at >= since]

    def checkouts_since(self, since: datetime) -> Iterator[Checkout]:
        return (replace(each, lines=()) for each in list(self.checkouts.values()))

    def payments_since(self, since: datetime) -> Iterator[Payment]:
        return (replace(each, refunds=(), disputes=()) for each in list(self.payments.values()))

    def refunds_since(self, since: datetime) -> Iterator[tuple[str, str]]:
        return (
            (each.id, made.id) for each in list(self.payments.values()) for made in each.refunds
        )

    def _set(self, checkout_id: str, **changes: object) -> None:
        self.checkouts[checkout_id] = replace(self.checkouts[checkout_id], **changes)


@dataclass
class Silent(Provider):
    """A provider that sends an invoice and does not say so, unless it ``speaks``."""

    speaks: bool = False

    def send_invoice(self, request: InvoiceRequest) -> Invoice:
        invoice = super().send_invoice(request)
        if not self.speaks:
            raise ProviderSilent
        return invoice

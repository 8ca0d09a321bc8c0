"""What Stripe answers, read into plain values."""

from datetime import UTC, datetime
from typing import Any

from grouplic.services.ports import (
    Checkout,
    Invoice,
    MadeRefund,
    OpenedDispute,
    PaidLine,
    Payment,
)

_FAILED_INTENT = {"requires_payment_method", "canceled"}
_REFUND_STATES = {"succeeded": "succeeded", "failed": "failed", "canceled": "failed"}


def read_checkout(session: Any, lines: tuple[PaidLine, ...]) -> Checkout:
    """Return a Checkout Session; its intent may be expanded, or be an id."""
    intent = get(session, "payment_intent")
    details = get(session, "total_details")
    return Checkout(
        id=session.id,
        url=get(session, "url") or "",
        order_id=get(session, "client_reference_id") or "",
        status=get(session, "status") or "open",
        payment=get(session, "payment_status") or "unpaid",
        currency=get(session, "currency") or "",
        amount_total=int(get(session, "amount_total") or 0),
        payment_failed=get(intent, "status") in _FAILED_INTENT,
        receipt_url=get(get(intent, "latest_charge"), "receipt_url") or "",
        lines=lines,
        discount=int(get(details, "amount_discount") or 0),
        tax=int(get(details, "amount_tax") or 0),
        payment_id=identifier(intent),
    )


def read_checkout_line(item: Any) -> PaidLine:
    """Return a line of a session, with its product expanded."""
    product = get(get(item, "price"), "product")
    return PaidLine(metadata(product).get("module", ""), int(item.quantity or 0))


def read_invoice(invoice: Any, lines: tuple[PaidLine, ...]) -> Invoice:
    """Return an invoice, with its payments expanded."""
    due = get(invoice, "due_date")
    return Invoice(
        id=invoice.id,
        order_id=metadata(invoice).get("order", ""),
        status=get(invoice, "status") or "draft",
        number=get(invoice, "number") or "",
        url=get(invoice, "hosted_invoice_url") or "",
        pdf=get(invoice, "invoice_pdf") or "",
        amount_total=int(get(invoice, "total") or 0),
        tax=_sum(get(invoice, "total_taxes")),
        discount=_sum(get(invoice, "total_discount_amounts")),
        due_at=moment(due) if due else None,
        payment_id=_paid_by(invoice),
        lines=lines,
    )


def read_invoice_line(item: Any) -> PaidLine:
    """Return a line of an invoice."""
    return PaidLine(metadata(item).get("module", ""), int(get(item, "quantity") or 0))


def read_refund(made: Any) -> MadeRefund:
    """Return a refund; what it says of our own is empty when it was made at Stripe."""
    ours = metadata(made)
    seats = ours.get("seats", "")
    return MadeRefund(
        id=made.id,
        refund_id=ours.get("refund", ""),
        amount=int(made.amount),
        state=_REFUND_STATES.get(get(made, "status") or "", "pending"),
        seats=int(seats) if seats.isdecimal() else None,
    )


def read_dispute(dispute: Any) -> OpenedDispute:
    """Return a dispute."""
    due = get(get(dispute, "evidence_details"), "due_by")
    return OpenedDispute(
        id=dispute.id,
        amount=int(dispute.amount),
        status=str(dispute.status),
        reason=str(dispute.reason),
        answer_by=moment(due) if due else None,
        opened_at=moment(dispute.created),
    )


def read_payment_of_charge(charge: Any) -> Payment:
    """Return the payment that a charge belongs to, as far as the charge knows it."""
    return Payment(
        id=identifier(get(charge, "payment_intent")) or charge.id,
        order_id=metadata(charge).get("order", ""),
        paid=bool(get(charge, "paid")),
        amount=int(charge.amount),
        amount_refunded=int(get(charge, "amount_refunded") or 0),
    )


def moment(seconds: int) -> datetime:
    """Return Stripe's seconds as a moment."""
    return datetime.fromtimestamp(seconds, UTC)


def identifier(subject: Any) -> str:
    """Return the id of something that is expanded, or is an id already, or is not there."""
    return subject if isinstance(subject, str) else str(get(subject, "id") or "")


def metadata(subject: Any) -> dict[str, str]:
    """Return what was sent along with an object."""
    pairs = get(subject, "metadata")
    return pairs.to_dict() if pairs is not None else {}


def get(source: Any, name: str) -> Any:
    """Return a field, or None. Stripe's objects are no dictionaries, and an id has no fields."""
    if source is None or isinstance(source, str):
        return None
    return getattr(source, name, None)


def _sum(amounts: Any) -> int:
    return sum(int(each.amount) for each in amounts or ())


def _paid_by(invoice: Any) -> str:
    for each in get(get(invoice, "payments"), "data") or ():
        if each.status == "paid":
            return identifier(get(each.payment, "payment_intent"))
    return ""

"""Paying by invoice: granted when it is paid, or before on an operator's word."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from grouplic.domain.after_sale import DifferenceKind
from grouplic.domain.orders import Order, OrderStatus, PayBy, Source
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services.actors import Actor, require_operator
from grouplic.services.differences import note_difference
from grouplic.services.fulfillment import fulfill
from grouplic.services.identifiers import id_of
from grouplic.services.orders import hold_order, note_unpaid, ordered_lines
from grouplic.services.ports import Invoice
from grouplic.services.recording import record, touch

LONGEST_PURCHASE_NUMBER = 40  # what the invoice's custom field takes
_UNPAID = {
    "draft": OrderStatus.PROCESSING,
    "open": OrderStatus.PROCESSING,
    "void": OrderStatus.EXPIRED,
    "uncollectible": OrderStatus.FAILED,
}


def settle_invoice(session: Session, order_id: UUID, invoice: Invoice, now: datetime) -> Order:
    """Bring the order to where its invoice stands; the same news twice changes nothing."""
    order = hold_order(session, order_id)
    order.invoice_id, order.invoice_number = invoice.id, invoice.number
    order.invoice_url, order.invoice_pdf = invoice.url or None, invoice.pdf or None
    order.due_at = invoice.due_at
    session.add(order)
    if invoice.status == "paid":
        _note_paid(session, order, invoice, now)
    elif order.status != OrderStatus.FULFILLED:
        note_unpaid(session, order, _UNPAID[invoice.status], now)
    elif order.paid_at is None and invoice.status in ("void", "uncollectible"):
        facts = {"invoice": invoice.number, "status": invoice.status}
        note_difference(session, DifferenceKind.APPROVED_UNPAID, invoice.id, now, order.id, **facts)
    return order


def approve_invoice(
    session: Session, order_id: UUID | str, actor: Actor, reason: str, now: datetime
) -> Order:
    """Grant what was ordered before its invoice is paid, on an operator's word and with a reason.

    Refuses anything but an order whose invoice is open.
    """
    require_operator(actor)
    known = id_of("order", order_id)
    if session.get(Order, known) is None:
        raise NotFound("order")
    order = hold_order(session, known)
    if order.pay_by != PayBy.INVOICE or order.status != OrderStatus.PROCESSING:
        raise Refusal("Only an order whose invoice is open can be approved.")
    if not reason.strip():
        raise Refusal("Say why it is approved before the payment.", "reason")
    order.source, order.approved_by_id = Source.OPERATOR, actor.user_id
    order.reason = reason.strip()[:500]
    fulfill(session, order, ordered_lines(session, order.id), now)
    facts = {"order": str(order.id), "reason": order.reason}
    record(session, "invoice_approved", now, actor.user_id, order.group_id, **facts)
    return order


def clean_purchase_number(text: str) -> str:
    """Return the purchase order number without outer spaces; refuse one that is too long."""
    cleaned = " ".join(text.split())
    if len(cleaned) > LONGEST_PURCHASE_NUMBER or not cleaned.isprintable():
        raise Refusal(
            f"A purchase order number has at most {LONGEST_PURCHASE_NUMBER} characters.",
            "purchase_number",
        )
    return cleaned


def _note_paid(session: Session, order: Order, invoice: Invoice, now: datetime) -> None:
    if order.paid_at:
        return
    order.amount_total, order.tax_amount = invoice.amount_total, invoice.tax
    order.discount_amount = invoice.discount
    order.payment_id, order.paid_at = invoice.payment_id or None, now
    if order.status != OrderStatus.FULFILLED:
        fulfill(session, order, invoice.lines, now)
        return
    record(session, "invoice_paid", now, None, order.group_id, order=str(order.id))
    touch(session, f"order:{order.id}", f"orders:{order.group_id}")

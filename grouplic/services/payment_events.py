"""Events of the payment provider: kept once, and each a reason to ask how something stands."""

import logging
from datetime import datetime
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from grouplic.domain.orders import Order, OrderStatus, PaymentEvent
from grouplic.services import orders
from grouplic.services.checkout import end_priced_on
from grouplic.services.identifiers import identifier
from grouplic.services.invoicing import settle_invoice
from grouplic.services.ports import Payment, Payments, Transactions
from grouplic.services.refunds import note_payment, order_of_payment

log = logging.getLogger(__name__)


def receive_event(
    database: Transactions, payments: Payments, event: PaymentEvent, now: datetime
) -> bool:
    """Keep a verified event and act on it once; return whether it was new.

    What the event says is not trusted to be the latest: the provider is asked. An event whose
    handling fails stays unhandled, so that the provider's repetition or the reconciler takes it.
    """
    with database.writing() as session:
        if _is_handled(session, event):
            return False
    if event.checkout_id:
        settle_checkout(database, payments, event.checkout_id, now)
    if event.invoice_id:
        settle_invoice_of(database, payments, event.invoice_id, now)
    if event.payment_id:
        payment = payments.read_payment(event.payment_id)
        _settle_order_of(database, payments, payment, now)
        if not note_payment(database, payment, now):
            log.warning("Payment %s belongs to no order of ours", event.payment_id)
    with database.writing() as session:
        session.get_one(PaymentEvent, event.id).handled_at = now
    return True


def settle_checkout(
    database: Transactions, payments: Payments, checkout_id: str, now: datetime
) -> bool:
    """Ask about a checkout and settle its order; return whether it is one of ours."""
    checkout = payments.read(checkout_id)
    with database.writing() as session:
        order_id = _ours(session, checkout.order_id, checkout_id)
        if order_id is None:
            return False
        orders.settle(session, order_id, checkout, now)
    end_priced_on(database, payments, order_id, now)
    return True


def settle_invoice_of(
    database: Transactions, payments: Payments, invoice_id: str, now: datetime
) -> bool:
    """Ask about an invoice and settle its order; return whether it is one of ours."""
    invoice = payments.read_invoice(invoice_id)
    with database.writing() as session:
        order_id = _ours(session, invoice.order_id, invoice_id)
        if order_id is None:
            return False
        settle_invoice(session, order_id, invoice, now)
    end_priced_on(database, payments, order_id, now)
    return True


def _settle_order_of(
    database: Transactions, payments: Payments, payment: Payment, now: datetime
) -> None:
    """Settle first what was paid, whose own news has not come: then it can be given back."""
    with database.reading() as session:
        order_id = order_of_payment(session, payment)
        order = session.get(Order, order_id) if order_id else None
    if order is None or order.status == OrderStatus.FULFILLED:
        return
    if order.checkout_id:
        settle_checkout(database, payments, order.checkout_id, now)
    if order.invoice_id:
        settle_invoice_of(database, payments, order.invoice_id, now)


def _is_handled(session: Session, event: PaymentEvent) -> bool:
    try:
        with session.begin_nested():
            session.add(event)
    except IntegrityError:
        return session.get_one(PaymentEvent, event.id).handled_at is not None
    return False


def _ours(session: Session, named: str, seen_as: str) -> UUID | None:
    order_id = identifier(named)
    if order_id is not None and session.get(Order, order_id) is not None:
        return order_id
    log.warning("%s belongs to no order of ours", seen_as)
    return None

"""The nightly reconciler: what did not reach us, and what does not agree.

It repairs what an event would have done, and writes down whatever still differs for an operator.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select

from grouplic.domain.after_sale import DifferenceKind, Refund
from grouplic.domain.groups import Seat
from grouplic.domain.orders import Order, OrderKind, OrderStatus, PayBy, Source
from grouplic.services.differences import note_difference, was_noted
from grouplic.services.identifiers import identifier
from grouplic.services.payment_events import receive_event, settle_checkout, settle_invoice_of
from grouplic.services.ports import Checkout, Payment, Payments, Transactions
from grouplic.services.refunds import note_payment, order_of_payment, retry_refunds

log = logging.getLogger(__name__)

# As far back as the provider keeps its events: https://docs.stripe.com/api/events
LOOK_BACK = timedelta(days=30)


class Reconciler:
    """One night's comparison of the provider with the orders; ``found`` counts new differences."""

    def __init__(self, database: Transactions, payments: Payments, now: datetime) -> None:
        self._database = database
        self._payments = payments
        self._now = now
        self._since = now - LOOK_BACK
        self._paid: dict[UUID, str] = {}
        self.found = 0
        self.failed = 0

    def run(self) -> None:
        """Replay, ask again, compare. One thing that fails does not stop the others."""
        for event in self._all(self._payments.undelivered_events, self._since):
            self._try(receive_event, self._database, self._payments, event, self._now)
        self._try(retry_refunds, self._database, self._payments, self._now)
        for invoice_id in self._open_invoices():
            self._try(settle_invoice_of, self._database, self._payments, invoice_id, self._now)
        for checkout in self._all(self._payments.checkouts_since, self._since):
            self._try(self._compare_checkout, checkout)
        for payment in self._all(self._payments.payments_since, self._since):
            self._try(self._compare_payment, payment)
        for payment_id, refund_id in self._all(self._payments.refunds_since, self._since):
            self._try(self._compare_refund, payment_id, refund_id)
        self._try(self._compare_seats)

    def _compare_checkout(self, checkout: Checkout) -> None:
        if checkout.status != "complete" or checkout.payment == "unpaid":
            return
        order = self._order(identifier(checkout.order_id))
        if order and order.status != OrderStatus.FULFILLED:
            settle_checkout(self._database, self._payments, checkout.id, self._now)
            order = self._order(order.id)
        if order is None:
            self._note(DifferenceKind.UNKNOWN_PAYMENT, checkout.id, None)
        elif (order.amount_total, order.currency) != (checkout.amount_total, checkout.currency):
            facts = {"charged": checkout.amount_total, "order": order.amount_total}
            self._note(DifferenceKind.AMOUNT, checkout.id, order.id, **facts)

    def _compare_payment(self, payment: Payment) -> None:
        with self._database.reading() as session:
            order_id = order_of_payment(session, payment)
        order = self._order(order_id)
        if order is None:
            self._note(DifferenceKind.UNKNOWN_PAYMENT, payment.id, None, charged=payment.amount)
            return
        if order.paid_at is None:
            return  # paid a moment ago: the event is on its way, and the next night looks again
        before = self._paid.setdefault(order.id, order.payment_id or payment.id)
        if before != payment.id:
            self._note(
                DifferenceKind.PAID_TWICE, str(order.id), order.id, first=before, second=payment.id
            )
        elif order.amount_total != payment.amount:
            facts = {"charged": payment.amount, "order": order.amount_total}
            self._note(DifferenceKind.AMOUNT, payment.id, order.id, **facts)
        elif order.refunded_amount != payment.amount_refunded:
            self._compare_refunded(order, payment)

    def _compare_refunded(self, order: Order, payment: Payment) -> None:
        note_payment(self._database, self._payments.read_payment(payment.id), self._now)
        again = self._order(order.id)
        if again and again.refunded_amount != payment.amount_refunded:
            facts = {"refunded": payment.amount_refunded, "order": again.refunded_amount}
            self._note(DifferenceKind.REFUNDED_AMOUNT, payment.id, order.id, **facts)

    def _compare_refund(self, payment_id: str, refund_id: str) -> None:
        with self._database.reading() as session:
            known = session.exec(select(Refund.id).where(Refund.provider_id == refund_id)).first()
        if known is None:
            note_payment(self._database, self._payments.read_payment(payment_id), self._now)

    def _compare_seats(self) -> None:
        with self._database.reading() as session:
            wrong = session.exec(
                select(Order.id, Order.seats, func.count(col(Seat.id)))
                .outerjoin(Seat, col(Seat.order_id) == col(Order.id))
                .where(
                    Order.status == OrderStatus.FULFILLED,
                    col(Order.kind).in_((OrderKind.NEW_GROUP, OrderKind.ADD_SEATS)),
                    Order.source == Source.PAYMENT,
                    col(Order.fulfilled_at) > self._since,
                )
                .group_by(col(Order.id), col(Order.seats))
                .having(func.count(col(Seat.id)) != col(Order.seats))
            ).all()
        for order_id, ordered, made in wrong:
            self._note(DifferenceKind.SEATS, str(order_id), order_id, ordered=ordered, made=made)

    def _open_invoices(self) -> list[str]:
        with self._database.reading() as session:
            found = session.exec(
                select(Order.invoice_id).where(
                    Order.pay_by == PayBy.INVOICE,
                    col(Order.invoice_id).is_not(None),
                    col(Order.paid_at).is_(None),
                    col(Order.status).in_((OrderStatus.PROCESSING, OrderStatus.FULFILLED)),
                )
            )
            return [str(invoice_id) for invoice_id in found]

    def _order(self, order_id: UUID | None) -> Order | None:
        if order_id is None:
            return None
        with self._database.reading() as session:
            return session.get(Order, order_id)

    def _note(
        self, kind: DifferenceKind, subject: str, order_id: UUID | None, **facts: Any
    ) -> None:
        with self._database.writing() as session:
            # What an operator has settled is not raised again every night.
            if not was_noted(session, kind, subject):
                self.found += note_difference(session, kind, subject, self._now, order_id, **facts)

    def _all(self, ask: Callable[[datetime], Iterable[Any]], since: datetime) -> list[Any]:
        try:
            return list(ask(since))
        except Exception:
            log.exception("The payment provider could not be asked; tomorrow again")
            self.failed += 1
            return []

    def _try(self, act: Callable[..., Any], *arguments: Any) -> None:
        try:
            act(*arguments)
        except Exception:
            log.exception("A comparison with the payment provider failed; tomorrow again")
            self.failed += 1

"""Paying: flows that ask the payment provider between short transactions, never inside one."""

import logging
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import col, select

from grouplic.domain.orders import Order, OrderStatus, PayBy
from grouplic.domain.refusals import Refusal
from grouplic.services import orders
from grouplic.services.actors import Actor
from grouplic.services.charging import checkout_to_open, customer_of, invoice_to_send
from grouplic.services.crossing import NEVER_CAME, counting_on
from grouplic.services.invoicing import clean_purchase_number, settle_invoice
from grouplic.services.ports import (
    Checkout,
    Payments,
    ProviderSilent,
    Transactions,
)
from grouplic.services.shop import Wish
from grouplic.services.unanswered_invoices import (
    abandon_unanswered,
    ordered_before,
    settle_unanswered,
)

log = logging.getLogger(__name__)

_STILL_ASKED_ABOUT = timedelta(days=30)
_UNDER_WAY = (OrderStatus.PENDING, OrderStatus.PROCESSING)


class Overtaken(Refusal):
    """Another purchase for the group has ended this one while it was being prepared."""

    def __init__(self) -> None:
        super().__init__(
            "Another purchase for this group was started at the same moment, so this one was ended "
            "and nothing was charged. Finish that one, or start again."
        )


def start_checkout(
    database: Transactions, payments: Payments, wish: Wish, actor: Actor, now: datetime
) -> Checkout:
    """Place an order and open its checkout; a checkout the group has open is ended first.

    If that one turns out to be paid, it is fulfilled, and the wish is priced after it. Refuses, as
    ``Overtaken``, when another purchase has ended this one before its page was open.
    """
    order = place_alone(database, payments, wish, actor, now)
    customer = customer_of(database, payments, actor)
    with database.reading() as session:
        request = checkout_to_open(session, order, actor.email, customer)
    checkout = payments.start(request)
    with database.writing() as session:
        current = orders.hold_order(session, order.id)
        current.checkout_id, current.checkout_url = checkout.id, checkout.url
    if current.status != OrderStatus.PENDING:
        # Nobody has seen its page yet, and both would buy the same.
        payments.expire(checkout.id)
        raise Overtaken
    return checkout


def order_on_invoice(
    database: Transactions,
    payments: Payments,
    wish: Wish,
    purchase_number: str,
    days_until_due: int,
    actor: Actor,
    now: datetime,
    besides: Collection[str] = (),
) -> UUID:
    """Place an order and let the provider mail its invoice; return the order.

    A checkout that the group has open is ended first. The same order less than 15 minutes ago is
    this one where nobody heard of its invoice, which may have been sent; where it was sent, this is
    refused as ``SentBefore`` until the buyer wants one ``besides`` the orders that are named there.
    Refuses a purchase number that is too long, and, as ``Overtaken``, an order that another one has
    ended meanwhile.
    """
    number = clean_purchase_number(purchase_number)
    order = ordered_before(database, payments, wish, number, actor, now, besides)
    if order and order.status == OrderStatus.PROCESSING:
        return order.id
    order = order or place_alone(database, payments, wish, actor, now, PayBy.INVOICE, number)
    customer = customer_of(database, payments, actor)
    with database.reading() as session:
        request = invoice_to_send(session, order, customer, days_until_due)
    invoice = payments.send_invoice(request)
    with database.writing() as session:
        current = settle_invoice(session, order.id, invoice, now)
    if current.status == OrderStatus.EXPIRED:
        payments.void_invoice(invoice.id)
        raise Overtaken
    return order.id


def resume_checkout(
    database: Transactions, payments: Payments, order_id: UUID | str, actor: Actor, now: datetime
) -> orders.OrderView:
    """Ask the provider how the order stands, settle it, and return it. For the return page.

    Where the provider is silent, the order is shown as it is; the reconciler goes on asking.
    """
    with database.reading() as session:
        view = orders.order_of(session, order_id, actor)
    if view.status in _UNDER_WAY:
        with suppress(ProviderSilent):
            settle_order(database, payments, view.id, now)
            end_priced_on(database, payments, view.id, now)
    with database.reading() as session:
        return orders.order_of(session, order_id, actor)


def cancel_checkout(
    database: Transactions, payments: Payments, order_id: UUID | str, actor: Actor, now: datetime
) -> orders.OrderView:
    """End the order's checkout, so that it cannot be paid any more, and return how it stands.

    What was paid a moment before is honored; an order that waits for no checkout stays as it is.
    Refuses whoever may not see the order.
    """
    with database.reading() as session:
        view = orders.order_of(session, order_id, actor)
    if view.status == OrderStatus.PENDING:
        _end_checkout(database, payments, view.id, now)
    with database.reading() as session:
        return orders.order_of(session, order_id, actor)


def settle_order(database: Transactions, payments: Payments, order_id: UUID, now: datetime) -> None:
    """Ask the provider about one order and bring it to where its checkout stands."""
    with database.reading() as session:
        order = session.get_one(Order, order_id)
    if order.invoice_id:
        invoice = payments.read_invoice(order.invoice_id)
        with database.writing() as session:
            settle_invoice(session, order_id, invoice, now)
        return
    if order.pay_by == PayBy.INVOICE:
        settle_unanswered(database, payments, order, now)
        return
    if order.checkout_id is None:
        if order.expires_at <= now:
            _abandon(database, order.id, now)
        return
    checkout = payments.read(order.checkout_id)
    if orders.stands_like(order, checkout):
        return
    with database.writing() as session:
        orders.settle(session, order_id, checkout, now)


def end_priced_on(
    database: Transactions, payments: Payments, order_id: UUID, now: datetime
) -> None:
    """End the open checkout that was priced on an order which has failed: it asks too much."""
    with database.reading() as session:
        order = session.get_one(Order, order_id)
        if order.group_id is None or order.status not in NEVER_CAME:
            return
        priced_on_it = counting_on(session, order, OrderStatus.PENDING)
    for each in priced_on_it:
        _end_checkout(database, payments, each.id, now)


def reconcile(database: Transactions, payments: Payments, now: datetime) -> int:
    """Ask the provider about every order that is not settled; return how many changed.

    One that cannot be asked about now is left for the next time, and does not stop the others.
    """
    with database.reading() as session:
        waiting = session.exec(
            select(Order.id, Order.status)
            .where(
                col(Order.status).in_(_UNDER_WAY),
                # An invoice is open for weeks, so it is asked about once a night.
                col(Order.invoice_id).is_(None),
                Order.created_at > now - _STILL_ASKED_ABOUT,
            )
            .order_by(col(Order.created_at))
        ).all()
    return sum(
        _reconcile_one(database, payments, order_id, status, now) for order_id, status in waiting
    )


def _reconcile_one(
    database: Transactions, payments: Payments, order_id: UUID, before: str, now: datetime
) -> bool:
    try:
        settle_order(database, payments, order_id, now)
        end_priced_on(database, payments, order_id, now)
    except Exception:
        log.exception("Order %s could not be reconciled; it will be tried again", order_id)
        return False
    with database.reading() as session:
        return session.get_one(Order, order_id).status != before


def place_alone(
    database: Transactions,
    payments: Payments,
    wish: Wish,
    actor: Actor,
    now: datetime,
    pay_by: PayBy = PayBy.CARD,
    purchase_number: str = "",
) -> Order:
    """Place an order; a checkout that its group has open is ended first."""
    # Each round ends one checkout of the group; somebody may open another one meanwhile.
    for _ in range(5):
        try:
            return _place(database, wish, actor, now, pay_by, purchase_number)
        except orders.AnotherCheckoutOpen as other:
            _end_checkout(database, payments, other.order_id, now)
    # Whoever gives way does not end what the others have opened.
    return _place(database, wish, actor, now, pay_by, purchase_number)


def _place(
    database: Transactions,
    wish: Wish,
    actor: Actor,
    now: datetime,
    pay_by: PayBy,
    purchase_number: str,
) -> Order:
    with database.writing() as session:
        return orders.place(session, wish, actor, now, pay_by, purchase_number)


def _end_checkout(
    database: Transactions, payments: Payments, order_id: UUID, now: datetime
) -> None:
    with database.reading() as session:
        order = session.get_one(Order, order_id)
    if order.pay_by == PayBy.INVOICE:
        abandon_unanswered(database, payments, order, now)
        return
    if order.checkout_id is None:
        _abandon(database, order_id, now)
        return
    checkout = payments.expire(order.checkout_id)
    with database.writing() as session:
        orders.settle(session, order_id, checkout, now)


def _abandon(database: Transactions, order_id: UUID, now: datetime) -> None:
    # Nobody has seen a payment page for it, so it cannot have been paid.
    with database.writing() as session:
        orders.abandon(session, order_id, now)

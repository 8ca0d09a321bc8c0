"""Paying: flows that ask the payment provider between short transactions, never inside one."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from grouplic.domain.catalog import Module
from grouplic.domain.orders import Order, OrderLine, OrderStatus, PaymentEvent
from grouplic.domain.people import User
from grouplic.services import orders
from grouplic.services.actors import Actor
from grouplic.services.ports import (
    Checkout,
    CheckoutLine,
    CheckoutRequest,
    Payments,
    Transactions,
)
from grouplic.services.shop import Wish

log = logging.getLogger(__name__)

_STILL_ASKED_ABOUT = timedelta(days=30)
_UNDER_WAY = (OrderStatus.PENDING, OrderStatus.PROCESSING)


def start_checkout(
    database: Transactions, payments: Payments, wish: Wish, actor: Actor, now: datetime
) -> Checkout:
    """Place an order and open its checkout; a checkout the group has open is ended first.

    If that one turns out to be paid, it is fulfilled, and the wish is priced after it.
    """
    order = _place(database, payments, wish, actor, now)
    customer = _customer_of(database, payments, actor)
    with database.reading() as session:
        request = _request(session, order, actor.email, customer)
    checkout = payments.start(request)
    with database.writing() as session:
        current = session.get_one(Order, order.id)
        current.checkout_id, current.checkout_url = checkout.id, checkout.url
    return checkout


def resume_checkout(
    database: Transactions, payments: Payments, order_id: UUID | str, actor: Actor, now: datetime
) -> orders.OrderView:
    """Ask the provider how the order stands, settle it, and return it. For the return page."""
    with database.reading() as session:
        view = orders.order_of(session, order_id, actor)
    if view.status in _UNDER_WAY:
        settle_order(database, payments, view.id, now)
    with database.reading() as session:
        return orders.order_of(session, order_id, actor)


def settle_order(database: Transactions, payments: Payments, order_id: UUID, now: datetime) -> None:
    """Ask the provider about one order and bring it to where its checkout stands."""
    with database.reading() as session:
        order = session.get_one(Order, order_id)
    if order.checkout_id is None:
        _expire_unstarted(database, order, now)
        return
    checkout = payments.read(order.checkout_id)
    with database.writing() as session:
        orders.settle(session, order_id, checkout, now)


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
        _settle_checkout(database, payments, event.checkout_id, now)
    with database.writing() as session:
        session.get_one(PaymentEvent, event.id).handled_at = now
    return True


def reconcile(database: Transactions, payments: Payments, now: datetime) -> int:
    """Ask the provider about every order that is not settled; return how many changed.

    One that cannot be asked about now is left for the next time, and does not stop the others.
    """
    with database.reading() as session:
        waiting = session.exec(
            select(Order.id, Order.status)
            .where(
                col(Order.status).in_(_UNDER_WAY),
                Order.created_at > now - _STILL_ASKED_ABOUT,
            )
            .order_by(col(Order.created_at))
        ).all()
    return sum(
        _reconcile_one(database, payments, order_id, status, now) for order_id, status in waiting
    )


def _is_handled(session: Session, event: PaymentEvent) -> bool:
    try:
        with session.begin_nested():
            session.add(event)
    except IntegrityError:
        return session.get_one(PaymentEvent, event.id).handled_at is not None
    return False


def _reconcile_one(
    database: Transactions, payments: Payments, order_id: UUID, before: str, now: datetime
) -> bool:
    try:
        settle_order(database, payments, order_id, now)
    except Exception:
        log.exception("Order %s could not be reconciled; it will be tried again", order_id)
        return False
    with database.reading() as session:
        return session.get_one(Order, order_id).status != before


def _place(
    database: Transactions, payments: Payments, wish: Wish, actor: Actor, now: datetime
) -> Order:
    # Each round ends one checkout of the group; somebody may open another one meanwhile.
    for _ in range(5):
        try:
            with database.writing() as session:
                return orders.place(session, wish, actor, now)
        except orders.AnotherCheckoutOpen as refusal:
            other = refusal
        _end_checkout(database, payments, other.order_id, now)
    raise other


def _end_checkout(
    database: Transactions, payments: Payments, order_id: UUID, now: datetime
) -> None:
    with database.reading() as session:
        order = session.get_one(Order, order_id)
    if order.checkout_id is None:
        _abandon(database, order_id)
        return
    checkout = payments.expire(order.checkout_id)
    with database.writing() as session:
        orders.settle(session, order_id, checkout, now)


def _abandon(database: Transactions, order_id: UUID) -> None:
    # Nobody has seen a payment page for it, so it cannot have been paid.
    with database.writing() as session:
        order = orders.hold_order(session, order_id)
        if order.status == OrderStatus.PENDING and order.checkout_id is None:
            order.status = OrderStatus.EXPIRED


def _expire_unstarted(database: Transactions, order: Order, now: datetime) -> None:
    if order.expires_at <= now:
        _abandon(database, order.id)


def _settle_checkout(
    database: Transactions, payments: Payments, checkout_id: str, now: datetime
) -> None:
    checkout = payments.read(checkout_id)
    with database.writing() as session:
        order = session.exec(select(Order).where(Order.id == _order_id(checkout))).first()
        if order is None:
            log.warning("Checkout %s belongs to no order of ours", checkout_id)
            return
        orders.settle(session, order.id, checkout, now)


def _order_id(checkout: Checkout) -> UUID | None:
    try:
        return UUID(checkout.order_id)
    except ValueError:
        return None


def _customer_of(database: Transactions, payments: Payments, actor: Actor) -> str:
    with database.reading() as session:
        known = session.get_one(User, actor.user_id).customer_id
    if known:
        return known
    customer = payments.create_customer(actor.user_id, actor.email, actor.name)
    with database.writing() as session:
        session.get_one(User, actor.user_id).customer_id = customer
    return customer


def _request(session: Session, order: Order, email: str, customer: str) -> CheckoutRequest:
    rows = session.exec(
        select(Module.slug, Module.title, OrderLine.unit_amount, OrderLine.quantity)
        .join(OrderLine, col(OrderLine.module_id) == col(Module.id))
        .where(OrderLine.order_id == order.id)
        .order_by(col(Module.position))
    )
    return CheckoutRequest(
        order_id=order.id,
        email=email,
        customer_id=customer,
        currency=order.currency,
        description=f"Group license for {order.group_name}",
        lines=tuple(CheckoutLine(*row) for row in rows),
        expires_at=order.expires_at,
    )

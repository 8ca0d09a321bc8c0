"""Invoices whose sending was answered by silence: they may have been sent, or not."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from grouplic.domain.catalog import Module
from grouplic.domain.orders import Order, OrderKind, OrderLine, OrderStatus, PayBy
from grouplic.domain.people import User
from grouplic.services.actors import Actor
from grouplic.services.invoicing import settle_invoice
from grouplic.services.orders import abandon
from grouplic.services.ports import Invoice, Payments, Transactions
from grouplic.services.shop import Wish

# Whoever asks for the same again so soon has not seen that the first was sent.
_AGAIN = timedelta(minutes=15)
_STILL_GOOD = ("draft", "open", "paid")
_NAMES_SEATS = (OrderKind.NEW_GROUP, OrderKind.ADD_SEATS)
_NAMES_MODULES = (OrderKind.NEW_GROUP, OrderKind.ADD_MODULES)


def ordered_before(
    database: Transactions,
    payments: Payments,
    wish: Wish,
    purchase_number: str,
    actor: Actor,
    now: datetime,
) -> Order | None:
    """Return the actor's order of the same by invoice a moment ago, if its invoice was written.

    The provider is asked where it never answered; what did not reach it is ended here.
    """
    with database.reading() as session:
        alike = [
            order
            for order in _orders_by_invoice(session, wish, purchase_number, actor, now)
            if _is_for(session, order, wish)
        ]
    for order in alike:
        if order.status == OrderStatus.PROCESSING:
            return order
        found = invoice_of(database, payments, order)
        if found and found.status in _STILL_GOOD:
            return order
        abandon_unanswered(database, payments, order, now)
    return None


def invoice_of(database: Transactions, payments: Payments, order: Order) -> Invoice | None:
    """Ask the provider for the invoice of an order whose sending it has not answered."""
    with database.reading() as session:
        customer = session.get_one(User, order.buyer_id).customer_id
    return payments.find_invoice(order.id, customer, order.created_at) if customer else None


def abandon_unanswered(
    database: Transactions, payments: Payments, order: Order, now: datetime
) -> None:
    """End an order and the invoice that may have been sent for it; a paid one is honored."""
    found = invoice_of(database, payments, order)
    ended = payments.void_invoice(found.id) if found else None
    with database.writing() as session:
        if ended:
            settle_invoice(session, order.id, ended, now)
        else:
            abandon(session, order.id, now)


def settle_unanswered(
    database: Transactions, payments: Payments, order: Order, now: datetime
) -> None:
    """Bring an order to where its invoice stands; one that was never finished ends in time."""
    found = invoice_of(database, payments, order)
    if found and found.status != "draft":
        with database.writing() as session:
            settle_invoice(session, order.id, found, now)
    elif order.expires_at <= now:
        abandon_unanswered(database, payments, order, now)


def _orders_by_invoice(
    session: Session, wish: Wish, purchase_number: str, actor: Actor, now: datetime
) -> list[Order]:
    return list(
        session.exec(
            select(Order).where(
                Order.buyer_id == actor.user_id,
                Order.kind == wish.kind,
                Order.pay_by == PayBy.INVOICE,
                Order.purchase_number == purchase_number,
                Order.quote_id == (UUID(wish.quote_id) if wish.quote_id else None),
                Order.created_at > now - _AGAIN,
                col(Order.status).in_((OrderStatus.PENDING, OrderStatus.PROCESSING)),
            )
        )
    )


def _is_for(session: Session, order: Order, wish: Wish) -> bool:
    modules = session.exec(
        select(Module.slug)
        .join(OrderLine, col(OrderLine.module_id) == col(Module.id))
        .where(OrderLine.order_id == order.id)
    )
    if wish.kind == OrderKind.NEW_GROUP:
        same_group = order.group_name == " ".join(wish.group_name.split())
    else:
        same_group = str(order.group_id) == wish.group_id
    return (
        same_group
        and (wish.kind not in _NAMES_SEATS or order.seats == wish.seats)
        and (wish.kind not in _NAMES_MODULES or set(modules) == set(wish.modules))
    )

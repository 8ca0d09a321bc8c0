"""Invoices whose sending was answered by silence: they may have been sent, or not."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from grouplic.domain.catalog import Module
from grouplic.domain.orders import Order, OrderKind, OrderLine, OrderStatus, PayBy
from grouplic.domain.people import User
from grouplic.domain.refusals import Refusal
from grouplic.services.actors import Actor
from grouplic.services.identifiers import id_of, identifier
from grouplic.services.invoicing import settle_invoice
from grouplic.services.orders import abandon
from grouplic.services.ports import Invoice, Payments, Transactions
from grouplic.services.shop import Wish

# Whoever asks for the same again so soon has perhaps not seen that the first was sent.
_AGAIN = timedelta(minutes=15)
_STILL_GOOD = ("draft", "open", "paid")
_NAMES_SEATS = (OrderKind.NEW_GROUP, OrderKind.ADD_SEATS)
_NAMES_MODULES = (OrderKind.NEW_GROUP, OrderKind.ADD_MODULES)


class SentBefore(Refusal):
    """The buyer ordered the same by invoice a moment ago: it is asked whether two are wanted.

    ``order_id`` is the last of those orders, ``order_ids`` are all that were sent.
    """

    def __init__(self, sent: Sequence[Order]) -> None:
        last = max(sent, key=lambda order: order.created_at)
        super().__init__(
            "You ordered exactly this by invoice less than 15 minutes ago, and invoice "
            f"{last.invoice_number} was sent. Nothing more was ordered now."
        )
        self.order_id, self.order_ids = last.id, frozenset(str(order.id) for order in sent)


def ordered_before(
    database: Transactions,
    payments: Payments,
    wish: Wish,
    purchase_number: str,
    actor: Actor,
    now: datetime,
    besides: Collection[str] = (),
) -> Order | None:
    """Return the actor's order of the same by invoice, if this is that one asked for again.

    The same is the same kind, group, seats, modules, quote and purchase order number (or none), by
    the same buyer, less than 15 minutes ago; a quote names its own seats and modules. Where its
    sending was answered by silence, the provider is asked: it is gone on with, or ended here if it
    did not get there. One that was sent is returned where there cannot be two, as of modules and
    renewals. Otherwise nobody but the buyer knows whether a second one is wanted, also where the
    first is paid already: refuses, as ``SentBefore``, until the buyer wants one ``besides`` all
    that were sent.
    """
    with database.reading() as session:
        alike = [
            order
            for order in _orders_by_invoice(session, wish, purchase_number, actor, now)
            if _is_for(session, order, wish)
        ]
    sent = [order for order in alike if order.status != OrderStatus.PENDING]
    if sent and wish.kind not in _NAMES_SEATS:
        return sent[0]
    if {str(order.id) for order in sent} - set(besides):
        raise SentBefore(sent)
    for order in [order for order in alike if order not in sent]:
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
    states = [OrderStatus.PENDING, OrderStatus.PROCESSING]
    if wish.kind in _NAMES_SEATS:
        states.append(OrderStatus.FULFILLED)
    return list(
        session.exec(
            select(Order).where(
                Order.buyer_id == actor.user_id,
                Order.kind == wish.kind,
                Order.pay_by == PayBy.INVOICE,
                Order.purchase_number == purchase_number,
                Order.quote_id == (id_of("quote", wish.quote_id) if wish.quote_id else None),
                Order.created_at > now - _AGAIN,
                col(Order.status).in_(states),
            )
        )
    )


def _is_for(session: Session, order: Order, wish: Wish) -> bool:
    if wish.kind == OrderKind.NEW_GROUP:
        name = " ".join(wish.group_name.split())
        same_group = order.group_name == name or bool(wish.quote_id and not name)
    else:
        same_group = order.group_id == identifier(wish.group_id)
    return same_group and (bool(wish.quote_id) or _names_the_same(session, order, wish))


def _names_the_same(session: Session, order: Order, wish: Wish) -> bool:
    modules = session.exec(
        select(Module.slug)
        .join(OrderLine, col(OrderLine.module_id) == col(Module.id))
        .where(OrderLine.order_id == order.id)
    )
    return (wish.kind not in _NAMES_SEATS or order.seats == wish.seats) and (
        wish.kind not in _NAMES_MODULES or set(modules) == set(wish.modules)
    )

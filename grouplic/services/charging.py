"""What the payment provider is told of an order: its buyer, and what to charge."""

from sqlmodel import Session, col, select

from grouplic.domain.catalog import Module
from grouplic.domain.orders import Order, OrderLine
from grouplic.domain.people import User
from grouplic.services.actors import Actor
from grouplic.services.ports import (
    CheckoutLine,
    CheckoutRequest,
    InvoiceRequest,
    Payments,
    Transactions,
)


def customer_of(database: Transactions, payments: Payments, actor: Actor) -> str:
    """Return the provider's id for the buyer, which it is asked for once."""
    with database.reading() as session:
        known = session.get_one(User, actor.user_id).customer_id
    if known:
        return known
    customer = payments.create_customer(actor.user_id, actor.email, actor.name)
    with database.writing() as session:
        session.get_one(User, actor.user_id).customer_id = customer
    return customer


def checkout_to_open(session: Session, order: Order, email: str, customer: str) -> CheckoutRequest:
    """Return what the provider is asked to open for the order, which the buyer pays by card."""
    return CheckoutRequest(
        order_id=order.id,
        email=email,
        customer_id=customer,
        currency=order.currency,
        description=_description(order),
        lines=_lines(session, order),
        expires_at=order.expires_at,
    )


def invoice_to_send(
    session: Session, order: Order, customer: str, days_until_due: int
) -> InvoiceRequest:
    """Return what the provider is asked to mail to the buyer, to be paid within so many days."""
    return InvoiceRequest(
        order_id=order.id,
        customer_id=customer,
        currency=order.currency,
        description=_description(order),
        lines=_lines(session, order),
        days_until_due=days_until_due,
        purchase_number=order.purchase_number,
    )


def _description(order: Order) -> str:
    return f"Group license for {order.group_name}"


def _lines(session: Session, order: Order) -> tuple[CheckoutLine, ...]:
    """Return the order's lines as the provider is told to charge them; they add up to its total."""
    rows = session.exec(
        select(Module.slug, Module.title, OrderLine.unit_amount, OrderLine.quantity)
        .join(OrderLine, col(OrderLine.module_id) == col(Module.id))
        .where(OrderLine.order_id == order.id)
        .order_by(col(Module.position))
    )
    return tuple(CheckoutLine(*row) for row in rows)

"""A group's orders, for its leaders: what was bought, what was paid, what became of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from grouplic.domain.after_sale import Dispute, Refund, RefundState
from grouplic.domain.groups import Seat
from grouplic.domain.orders import Order, OrderStatus
from grouplic.domain.refusals import NotFound
from grouplic.services.actors import Actor
from grouplic.services.crossing import overcharged
from grouplic.services.groups import led_group
from grouplic.services.orders import may_see

PAGE = 20


@dataclass(frozen=True)
class OrderRow:
    """An order in the list."""

    id: UUID
    kind: str
    status: str
    source: str
    seats: int
    currency: str
    amount_total: int
    refunded_amount: int
    disputed: str
    invoice_number: str
    invoice_pdf: str
    receipt_url: str
    created_at: datetime


@dataclass(frozen=True)
class AfterSale:
    """What came after an order was paid: refunds, seats still owed, a dispute, and the minor units
    that were charged for what never came.
    """

    refunded: tuple[tuple[datetime, int, str], ...]
    owed_seats: int
    dispute: str
    answer_by: datetime | None
    overcharged: int


def orders_of_group(
    session: Session, group_id: UUID | str, actor: Actor, page: int = 1
) -> tuple[list[OrderRow], int]:
    """Return a page of the group's orders, newest first, and how many there are.

    What was never paid and has expired is left out: it left nothing behind.
    """
    group = led_group(session, actor, group_id)
    shown = (Order.group_id == group.id, Order.status != OrderStatus.EXPIRED)
    disputed = (
        select(Dispute.status)
        .where(col(Dispute.order_id) == col(Order.id))
        .order_by(col(Dispute.opened_at).desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = session.exec(
        select(Order, disputed)
        .where(*shown)
        .order_by(col(Order.created_at).desc(), col(Order.id).desc())
        .offset(PAGE * (max(page, 1) - 1))
        .limit(PAGE)
    )
    total = session.exec(select(func.count()).select_from(Order).where(*shown)).one()
    return [_row(order, dispute or "") for order, dispute in rows], total


def after_sale_of(session: Session, order_id: UUID, actor: Actor) -> AfterSale:
    """Return what came after the sale, for whoever may see the order."""
    order = session.get(Order, order_id)
    if order is None or not may_see(session, order, actor):
        raise NotFound("order")
    refunds = session.exec(
        select(Refund)
        .where(
            Refund.order_id == order.id,
            col(Refund.state).in_((RefundState.PENDING, RefundState.SUCCEEDED)),
        )
        .order_by(col(Refund.created_at))
    )
    owed = session.exec(
        select(func.count())
        .select_from(Seat)
        .where(Seat.order_id == order.id, col(Seat.owed_at).is_not(None))
    ).one()
    dispute = session.exec(
        select(Dispute).where(Dispute.order_id == order.id).order_by(col(Dispute.opened_at).desc())
    ).first()
    return AfterSale(
        tuple((row.created_at, row.amount, row.state) for row in refunds),
        owed,
        dispute.status if dispute else "",
        dispute.answer_by if dispute else None,
        overcharged(session, order.id),
    )


def _row(order: Order, dispute: str) -> OrderRow:
    return OrderRow(
        order.id,
        order.kind,
        order.status,
        order.source,
        order.seats,
        order.currency,
        order.amount_total,
        order.refunded_amount,
        dispute,
        order.invoice_number,
        order.invoice_pdf or "",
        order.receipt_url or "",
        order.created_at,
    )

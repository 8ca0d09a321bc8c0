"""What an operator sees of one order: what was asked, charged and given back, and its seats."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from grouplic.domain.after_sale import Dispute, Refund
from grouplic.domain.catalog import Module
from grouplic.domain.groups import Seat
from grouplic.domain.orders import Order, OrderLine, OrderStatus, PayBy
from grouplic.domain.people import User
from grouplic.domain.refusals import NotFound
from grouplic.services.actors import Actor, require_operator
from grouplic.services.identifiers import id_of
from grouplic.services.listing import Money
from grouplic.services.overseeing import Known
from grouplic.services.recording import record
from grouplic.services.refunds import refundable


@dataclass(frozen=True)
class OrderedModule:
    """One line of an order."""

    title: str
    seats: int
    price: Money


@dataclass(frozen=True)
class GivenBack:
    """A refund; ``made_by`` is empty where it was made at the provider."""

    at: datetime
    money: Money
    seats: int | None
    state: str
    reason: str
    made_by: str


@dataclass(frozen=True)
class Disputed:
    """A payment that the buyer's bank has questioned; the words are the provider's."""

    opened_at: datetime
    money: Money
    status: str
    reason: str
    answer_by: datetime | None


@dataclass(frozen=True)
class OrderOversight:
    """An order as operators see it. ``seats`` counts what became of its seats by their state.

    ``left`` and ``seats_left`` can still be given back; ``approvable`` is an open invoice.
    """

    order: Order
    buyer: Known
    approved_by: str
    lines: tuple[OrderedModule, ...]
    refunds: tuple[GivenBack, ...]
    disputes: tuple[Disputed, ...]
    seats: dict[str, int]
    owed: int
    left: Money
    seats_left: int
    approvable: bool


def look_at_order(
    session: Session, order_id: UUID | str, actor: Actor, now: datetime
) -> OrderOversight:
    """Return the order, and record that an operator looked."""
    seen = oversee_order(session, order_id, actor)
    facts = {"order": str(seen.order.id)}
    record(session, "operator_looked", now, actor.user_id, seen.order.group_id, **facts)
    return seen


def oversee_order(session: Session, order_id: UUID | str, actor: Actor) -> OrderOversight:
    """Return the order for an operator; refuse everyone else."""
    require_operator(actor)
    order = session.get(Order, id_of("order", order_id))
    if order is None:
        raise NotFound("order")
    buyer = session.get_one(User, order.buyer_id)
    approver = session.get(User, order.approved_by_id) if order.approved_by_id else None
    left, seats_left = refundable(session, order)
    seats, owed = _seats(session, order)
    return OrderOversight(
        order=order,
        buyer=Known(buyer.name, buyer.email, f"/operator/people/{buyer.id}"),
        approved_by=approver.name if approver else "",
        lines=_lines(session, order),
        refunds=_refunds(session, order),
        disputes=_disputes(session, order),
        seats=seats,
        owed=owed,
        left=Money(left, order.currency),
        seats_left=seats_left,
        approvable=order.pay_by == PayBy.INVOICE and order.status == OrderStatus.PROCESSING,
    )


def _lines(session: Session, order: Order) -> tuple[OrderedModule, ...]:
    rows = session.exec(
        select(Module.title, OrderLine.quantity, OrderLine.unit_amount)
        .join(OrderLine, col(OrderLine.module_id) == col(Module.id))
        .where(OrderLine.order_id == order.id)
        .order_by(col(Module.position), col(Module.slug))
    )
    return tuple(OrderedModule(title, n, Money(each, order.currency)) for title, n, each in rows)


def _refunds(session: Session, order: Order) -> tuple[GivenBack, ...]:
    rows = session.exec(
        select(Refund, User)
        .outerjoin(User, col(User.id) == col(Refund.made_by_id))
        .where(Refund.order_id == order.id)
        .order_by(col(Refund.created_at), col(Refund.id))
    )
    return tuple(
        GivenBack(
            one.created_at,
            Money(one.amount, order.currency),
            one.seats,
            one.state,
            one.reason,
            user.name if user else "",
        )
        for one, user in rows
    )


def _disputes(session: Session, order: Order) -> tuple[Disputed, ...]:
    rows = session.exec(
        select(Dispute).where(Dispute.order_id == order.id).order_by(col(Dispute.opened_at))
    )
    return tuple(
        Disputed(
            one.opened_at, Money(one.amount, order.currency), one.status, one.reason, one.answer_by
        )
        for one in rows
    )


def _seats(session: Session, order: Order) -> tuple[dict[str, int], int]:
    rows = session.exec(
        select(Seat.state, func.count(), func.count(col(Seat.owed_at)))
        .where(Seat.order_id == order.id)
        .group_by(col(Seat.state))
    ).all()
    return {str(state): n for state, n, _ in rows}, sum(owed for *_, owed in rows)

"""Orders: placed, looked at, and fulfilled exactly once from what was paid."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from grouplic.domain.catalog import Module
from grouplic.domain.groups import Group, GroupLeader, GroupModule, LeaderRole
from grouplic.domain.orders import Order, OrderKind, OrderLine, OrderStatus, Source
from grouplic.domain.people import User
from grouplic.domain.quotes import Quote
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services.actors import Actor
from grouplic.services.filling import fill_from_waiting_list
from grouplic.services.groups import lock_group
from grouplic.services.ports import Checkout, PaidLine
from grouplic.services.recording import queue_mail, record, touch
from grouplic.services.seats import add_seats
from grouplic.services.shop import Wish, answer
from grouplic.services.standing import summarize_group

# Stripe allows 30 minutes to 24 hours; a little less leaves room for clocks that differ.
CHECKOUT_LIFETIME = timedelta(hours=23)


class AnotherCheckoutOpen(Refusal):
    """The group has an open checkout; it must be expired before another is started."""

    def __init__(self, order_id: UUID) -> None:
        super().__init__("Another purchase for this group is being paid just now.")
        self.order_id = order_id


@dataclass(frozen=True)
class OrderView:
    """An order as its page shows it."""

    id: UUID
    kind: str
    status: str
    group_id: UUID | None
    group_name: str
    seats: int
    modules: tuple[str, ...]
    currency: str
    amount_total: int
    receipt_url: str
    checkout_url: str
    created_at: datetime


def place(session: Session, wish: Wish, actor: Actor, now: datetime) -> Order:
    """Write a pending order for the wish, with its lines at today's prices.

    A group has one open checkout at most: raises ``AnotherCheckoutOpen`` where there is one.
    """
    if wish.group_id:
        _refuse_second_checkout(session, wish, actor)
    priced = answer(session, wish, actor)
    order = Order(
        buyer_id=actor.user_id,
        group_id=priced.group.id if priced.group else None,
        group_name=priced.group_name,
        kind=wish.kind,
        seats=priced.quote.seats,
        currency=priced.quote.currency,
        amount_total=priced.quote.total,
        created_at=now,
        expires_at=now + CHECKOUT_LIFETIME,
    )
    session.add(order)
    session.flush()
    session.add_all(_lines(order, priced.quote))
    record(session, "order_placed", now, actor.user_id, order.group_id, order=str(order.id))
    return order


def order_of(session: Session, order_id: UUID | str, actor: Actor) -> OrderView:
    """Return the actor's own order, or one of a group the actor leads; refuse any other."""
    order = session.get(Order, _identifier(order_id))
    if order is None or not _may_see(session, order, actor):
        raise NotFound("order")
    modules = session.exec(
        select(Module.title)
        .join(OrderLine, col(OrderLine.module_id) == col(Module.id))
        .where(OrderLine.order_id == order.id)
        .order_by(col(Module.position))
    ).all()
    return OrderView(
        id=order.id,
        kind=order.kind,
        status=order.status,
        group_id=order.group_id,
        group_name=order.group_name,
        seats=order.seats,
        modules=tuple(modules),
        currency=order.currency,
        amount_total=order.amount_total,
        receipt_url=order.receipt_url or "",
        checkout_url=order.checkout_url or "",
        created_at=order.created_at,
    )


def settle(session: Session, order_id: UUID, checkout: Checkout, now: datetime) -> Order:
    """Bring the order to where its checkout stands; the same news twice changes nothing.

    What was paid is honored even for an order that has expired or failed here.
    """
    order = hold_order(session, order_id)
    if order.status == OrderStatus.FULFILLED:
        return order
    if checkout.status == "complete" and checkout.payment in {"paid", "no_payment_required"}:
        order.amount_total = checkout.amount_total
        order.receipt_url = checkout.receipt_url or None
        fulfill(session, order, checkout.lines, now)
    else:
        _note_unpaid(session, order, checkout, now)
    return order


def hold_order(session: Session, order_id: UUID) -> Order:
    """Return the order and hold its row, as it stands once whoever held it before is done."""
    return session.exec(
        select(Order)
        .where(Order.id == order_id)
        .with_for_update()
        # What this session read before it waited for the row may be out of date.
        .execution_options(populate_existing=True)
    ).one()


def fulfill(session: Session, order: Order, lines: tuple[PaidLine, ...], now: datetime) -> Group:
    """Make what was paid for: the group, its modules, its seats. The caller holds the order's row.

    How many seats follows from the paid lines: every seat opens every module, so the line with the
    fewest seats decides. Lines that name no module of ours are a bug, and loud.
    """
    modules = _paid_modules(session, lines)
    seats = min(line.quantity for line in lines)
    if order.group_id is None:
        group = _found_group(session, order, now)
    else:
        group = lock_group(session, order.group_id)
    if order.kind != OrderKind.ADD_SEATS:
        _open_modules(session, group, modules, order, now)
    if order.kind != OrderKind.ADD_MODULES:
        add_seats(session, group.id, order.id, seats, now)
        fill_from_waiting_list(session, group.id, now)
    order.status, order.fulfilled_at, order.group_id = OrderStatus.FULFILLED, now, group.id
    session.add(order)
    _tell(session, order, group, seats, now)
    return group


def grant(session: Session, wish: Wish, actor: Actor, source: Source, now: datetime) -> Group:
    """Fulfill a wish without a payment, for demo data or on an operator's word."""
    order = place(session, wish, actor, now)
    order.source = source
    rows = session.exec(
        select(Module.slug, OrderLine.quantity)
        .join(OrderLine, col(OrderLine.module_id) == col(Module.id))
        .where(OrderLine.order_id == order.id)
    )
    return fulfill(session, order, tuple(PaidLine(slug, seats) for slug, seats in rows), now)


def _refuse_second_checkout(session: Session, wish: Wish, actor: Actor) -> None:
    group = answer(session, wish, actor).group
    if group is None:
        return
    lock_group(session, group.id)
    pending = session.exec(
        select(Order.id).where(Order.group_id == group.id, Order.status == OrderStatus.PENDING)
    ).first()
    if pending:
        raise AnotherCheckoutOpen(pending)


def _lines(order: Order, quote: Quote) -> list[OrderLine]:
    return [
        OrderLine(
            order_id=order.id,
            module_id=line.module.module_id,
            quantity=line.quantity,
            unit_amount=line.module.unit_amount,
        )
        for line in quote.lines
    ]


def _note_unpaid(session: Session, order: Order, checkout: Checkout, now: datetime) -> None:
    status = _unpaid_status(checkout)
    if status == order.status or order.status not in (OrderStatus.PENDING, OrderStatus.PROCESSING):
        return
    order.status = status
    session.add(order)
    record(session, f"order_{status}", now, None, order.group_id, order=str(order.id))
    touch(session, f"order:{order.id}")


def _unpaid_status(checkout: Checkout) -> OrderStatus:
    if checkout.status == "expired":
        return OrderStatus.EXPIRED
    if checkout.status == "open":
        return OrderStatus.PENDING
    return OrderStatus.FAILED if checkout.payment_failed else OrderStatus.PROCESSING


def _paid_modules(session: Session, lines: tuple[PaidLine, ...]) -> list[Module]:
    slugs = {line.module_slug for line in lines}
    modules = session.exec(select(Module).where(col(Module.slug).in_(slugs))).all()
    if not slugs or len(modules) != len(slugs):
        raise LookupError(f"Paid lines name modules that do not exist: {sorted(slugs)}")
    return list(modules)


def _found_group(session: Session, order: Order, now: datetime) -> Group:
    group = Group(name=order.group_name, created_at=now)
    session.add(group)
    session.flush()
    session.add(GroupLeader(group_id=group.id, user_id=order.buyer_id, since=now))
    return group


def _open_modules(
    session: Session, group: Group, modules: list[Module], order: Order, now: datetime
) -> None:
    owned = set(session.exec(select(GroupModule.module_id).where(GroupModule.group_id == group.id)))
    session.add_all(
        GroupModule(group_id=group.id, module_id=module.id, order_id=order.id, since=now)
        for module in modules
        if module.id not in owned
    )
    summarize_group(session, group.id)


def _tell(session: Session, order: Order, group: Group, seats: int, now: datetime) -> None:
    buyer = session.get_one(User, order.buyer_id)
    record(
        session,
        "order_fulfilled",
        now,
        actor_id=order.buyer_id,
        group_id=group.id,
        order=str(order.id),
        bought=order.kind,
        seats=seats,
    )
    if order.source == Source.PAYMENT:
        queue_mail(session, "order_ready", buyer, now, group.id, order=str(order.id))
    touch(session, f"order:{order.id}", f"group:{group.id}", f"user:{order.buyer_id}")


def _may_see(session: Session, order: Order, actor: Actor) -> bool:
    if order.buyer_id == actor.user_id:
        return True
    leads = session.exec(
        select(GroupLeader.id).where(
            GroupLeader.group_id == order.group_id,
            GroupLeader.user_id == actor.user_id,
            GroupLeader.role == LeaderRole.EVERYTHING,
            col(GroupLeader.ended_at).is_(None),
            col(GroupLeader.awaits_claim).is_(False),
        )
    ).first()
    return leads is not None


def _identifier(order_id: UUID | str) -> UUID:
    try:
        return UUID(str(order_id))
    except ValueError:
        raise NotFound("order") from None

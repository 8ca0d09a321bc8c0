"""Orders: placed, looked at, and settled from what was paid."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from grouplic.domain.catalog import Module
from grouplic.domain.groups import Group, GroupLeader, LeaderRole
from grouplic.domain.orders import Order, OrderKind, OrderLine, OrderStatus, PayBy, Source
from grouplic.domain.quotes import Quote
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services.actors import Actor
from grouplic.services.crossing import note_never_came, on_their_way
from grouplic.services.fulfillment import fulfill
from grouplic.services.groups import led_group, lock_group
from grouplic.services.identifiers import id_of
from grouplic.services.ports import Checkout, PaidLine
from grouplic.services.recording import record, touch
from grouplic.services.saved_quotes import redeem_quote
from grouplic.services.shop import Answer, Wish, answer

# Stripe allows 30 minutes to 24 hours; a little less leaves room for clocks that differ.
CHECKOUT_LIFETIME = timedelta(hours=23)


class AnotherCheckoutOpen(Refusal):
    """The group has an open checkout; it must be expired before another is started."""

    def __init__(self, order_id: UUID) -> None:
        super().__init__(
            "Another purchase for this group is being paid just now. "
            "Finish or cancel it under the group's orders, then try again."
        )
        self.order_id = order_id


@dataclass(frozen=True)
class OrderView:
    """An order as its page shows it."""

    id: UUID
    kind: str
    status: str
    pay_by: str
    source: str
    group_id: UUID | None
    group_name: str
    seats: int
    modules: tuple[str, ...]
    slugs: tuple[str, ...]
    currency: str
    amount_total: int
    discount_amount: int
    tax_amount: int
    refunded_amount: int
    receipt_url: str
    checkout_url: str
    invoice_url: str
    invoice_pdf: str
    invoice_number: str
    purchase_number: str
    due_at: datetime | None
    paid_at: datetime | None
    created_at: datetime


def place(
    session: Session,
    wish: Wish,
    actor: Actor,
    now: datetime,
    pay_by: PayBy = PayBy.CARD,
    purchase_number: str = "",
) -> Order:
    """Write a pending order for the wish, with its lines at today's prices, or a quote's.

    A group has one open checkout at most: raises ``AnotherCheckoutOpen`` where there is one.
    """
    if wish.group_id:
        _refuse_second_checkout(session, wish, actor)
    priced = price_wish(session, wish, actor, now)
    order = write_order(session, wish.kind, priced, actor.user_id, now)
    order.pay_by, order.purchase_number = pay_by, purchase_number
    order.quote_id = UUID(wish.quote_id) if wish.quote_id else None
    return order


def write_order(
    session: Session,
    kind: OrderKind,
    priced: Answer,
    buyer_id: UUID,
    now: datetime,
    status: OrderStatus = OrderStatus.PENDING,
) -> Order:
    """Write an order with its lines for what was priced; who may, the caller has asked.

    ``pending`` is for an open checkout, of which a group has one at most.
    """
    order = Order(
        buyer_id=buyer_id,
        group_id=priced.group.id if priced.group else None,
        group_name=priced.group_name,
        kind=kind,
        seats=priced.quote.seats,
        currency=priced.quote.currency,
        amount_total=priced.quote.total,
        license_months=priced.term.months,
        license_until=priced.term.until,
        status=status,
        created_at=now,
        expires_at=now + CHECKOUT_LIFETIME,
    )
    order.counts_on = on_their_way(session, order.group_id) if order.group_id else None
    session.add(order)
    session.flush()
    session.add_all(_lines(order, priced.quote))
    record(session, "order_placed", now, buyer_id, order.group_id, order=str(order.id))
    if order.group_id:
        touch(session, f"orders:{order.group_id}")
    return order


def price_wish(session: Session, wish: Wish, actor: Actor, now: datetime) -> Answer:
    """Price the wish as of today, or as the quote says that it comes from."""
    if wish.quote_id:
        return redeem_quote(session, wish, actor, now)
    return answer(session, wish, actor, now)


def order_of(session: Session, order_id: UUID | str, actor: Actor) -> OrderView:
    """Return the actor's own order, or one of a group the actor leads; refuse any other."""
    order = session.get(Order, id_of("order", order_id))
    if order is None or not may_see(session, order, actor):
        raise NotFound("order")
    modules = session.exec(
        select(Module.title, Module.slug)
        .join(OrderLine, col(OrderLine.module_id) == col(Module.id))
        .where(OrderLine.order_id == order.id)
        .order_by(col(Module.position))
    ).all()
    return OrderView(
        id=order.id,
        kind=order.kind,
        status=order.status,
        pay_by=order.pay_by,
        source=order.source,
        group_id=order.group_id,
        group_name=order.group_name,
        seats=order.seats,
        modules=tuple(title for title, _ in modules),
        slugs=tuple(slug for _, slug in modules),
        currency=order.currency,
        amount_total=order.amount_total,
        discount_amount=order.discount_amount,
        tax_amount=order.tax_amount,
        refunded_amount=order.refunded_amount,
        receipt_url=order.receipt_url or "",
        checkout_url=order.checkout_url or "",
        invoice_url=order.invoice_url or "",
        invoice_pdf=order.invoice_pdf or "",
        invoice_number=order.invoice_number,
        purchase_number=order.purchase_number,
        due_at=order.due_at,
        paid_at=order.paid_at,
        created_at=order.created_at,
    )


def settle(session: Session, order_id: UUID, checkout: Checkout, now: datetime) -> Order:
    """Bring the order to where its checkout stands; the same news twice changes nothing.

    What was paid is honored even for an order that has expired or failed here.
    """
    order = hold_order(session, order_id)
    if order.status == OrderStatus.FULFILLED:
        return order
    if _is_paid(checkout):
        order.amount_total = checkout.amount_total
        order.discount_amount, order.tax_amount = checkout.discount, checkout.tax
        order.receipt_url = checkout.receipt_url or None
        order.payment_id = checkout.payment_id or None
        order.paid_at = now
        fulfill(session, order, checkout.lines, now)
    else:
        note_unpaid(session, order, _unpaid_status(checkout), now)
    return order


def stands_like(order: Order, checkout: Checkout) -> bool:
    """Say whether the order is where its checkout stands already, so that there is no news."""
    return not _is_paid(checkout) and order.status == _unpaid_status(checkout)


def hold_order(session: Session, order_id: UUID) -> Order:
    """Return the order and hold its row, as it stands once whoever held it before is done."""
    return session.exec(
        select(Order)
        .where(Order.id == order_id)
        .with_for_update()
        # What this session read before it waited for the row may be out of date.
        .execution_options(populate_existing=True)
    ).one()


def ordered_lines(session: Session, order_id: UUID) -> tuple[PaidLine, ...]:
    """Return the order's own lines, where no payment page has any."""
    rows = session.exec(
        select(Module.slug, OrderLine.quantity)
        .join(OrderLine, col(OrderLine.module_id) == col(Module.id))
        .where(OrderLine.order_id == order_id)
    )
    return tuple(PaidLine(slug, seats) for slug, seats in rows)


def grant(
    session: Session, wish: Wish, actor: Actor, source: Source, now: datetime, reason: str = ""
) -> Group:
    """Fulfill a wish without a payment, for demo data or on an operator's word."""
    order = place(session, wish, actor, now)
    order.source, order.reason = source, reason
    return fulfill(session, order, ordered_lines(session, order.id), now)


def note_unpaid(session: Session, order: Order, status: OrderStatus, now: datetime) -> None:
    """Note how an order stands that is not paid; one that is settled stays as it is."""
    if status == order.status or order.status not in (OrderStatus.PENDING, OrderStatus.PROCESSING):
        return
    was_coming, order.status = order.status == OrderStatus.PROCESSING, status
    session.add(order)
    if was_coming:
        note_never_came(session, order, now)
    record(session, f"order_{status}", now, None, order.group_id, order=str(order.id))
    touch(session, f"order:{order.id}", f"orders:{order.group_id}")


def abandon(session: Session, order_id: UUID, now: datetime) -> None:
    """End an order that has no payment page and no invoice, so that it cannot have been paid."""
    order = hold_order(session, order_id)
    if order.status == OrderStatus.PENDING and not (order.checkout_id or order.invoice_id):
        note_unpaid(session, order, OrderStatus.EXPIRED, now)


def may_see(session: Session, order: Order, actor: Actor) -> bool:
    """Say whether the actor placed the order, or leads its group with every right."""
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


def _refuse_second_checkout(session: Session, wish: Wish, actor: Actor) -> None:
    group = led_group(session, actor, wish.group_id)
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
            unit_amount=line.unit_amount,
        )
        for line in quote.lines
    ]


def _is_paid(checkout: Checkout) -> bool:
    return checkout.status == "complete" and checkout.payment in {"paid", "no_payment_required"}


def _unpaid_status(checkout: Checkout) -> OrderStatus:
    if checkout.status == "expired":
        return OrderStatus.EXPIRED
    if checkout.status == "open":
        return OrderStatus.PENDING
    return OrderStatus.FAILED if checkout.payment_failed else OrderStatus.PROCESSING

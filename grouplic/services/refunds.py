"""Refunds: money goes back first, and the seats follow from what the provider says."""

from datetime import datetime
from fractions import Fraction
from uuid import UUID

from sqlmodel import Session, col, select

from grouplic.domain.after_sale import DifferenceKind, Refund, RefundState
from grouplic.domain.currencies import rounded
from grouplic.domain.orders import Order, OrderKind, OrderStatus
from grouplic.domain.people import User
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services.actors import Actor, require_operator
from grouplic.services.differences import note_difference
from grouplic.services.disputes import note_dispute, refuse_disputed
from grouplic.services.identifiers import id_of, identifier
from grouplic.services.orders import hold_order
from grouplic.services.ports import (
    MadeRefund,
    Payment,
    Payments,
    ProviderRefused,
    RefundRequest,
    Transactions,
)
from grouplic.services.recording import queue_mail, record, touch
from grouplic.services.withdrawing import withdraw_seats
from grouplic.services.wording import show_money

_MADE = (RefundState.PENDING, RefundState.SUCCEEDED)


def refund(
    database: Transactions,
    payments: Payments,
    order_id: UUID | str,
    actor: Actor,
    reason: str,
    now: datetime,
    amount: int | None = None,
    seats: int | None = None,
) -> UUID:
    """Give back the whole order, the price of some of its seats, or an amount that names none.

    Refuses who is no operator, an empty reason, and more than was paid. The seats follow when the
    provider has made the refund.
    """
    with database.writing() as session:
        wanted = request_refund(session, order_id, actor, reason, now, amount, seats)
    _carry_out(database, payments, wanted, now)
    return wanted.refund_id


def request_refund(
    session: Session,
    order_id: UUID | str,
    actor: Actor,
    reason: str,
    now: datetime,
    amount: int | None,
    seats: int | None,
) -> RefundRequest:
    """Write down that money is to be given back, before the provider is asked to."""
    require_operator(actor)
    order = hold_paid_order(session, order_id)
    refuse_disputed(session, order)
    if not reason.strip():
        raise Refusal("Say why the money is given back.", "reason")
    due = amount if amount is not None else _amount_of(session, order, seats)
    left = order.amount_total - _refunded(session, order, (*_MADE, RefundState.REQUESTED))
    if not 0 < due <= left:
        most = show_money(left, order.currency)
        raise Refusal(f"At most {most} of this order can be given back.", "amount")
    row = Refund(
        order_id=order.id,
        amount=due,
        seats=seats,
        reason=reason.strip()[:500],
        made_by_id=actor.user_id,
        created_at=now,
    )
    session.add(row)
    facts = {"order": str(order.id), "amount": due, "seats": seats, "reason": row.reason}
    record(session, "refund_requested", now, actor.user_id, order.group_id, **facts)
    return RefundRequest(row.id, order.id, str(order.payment_id), due, seats)


def refundable(session: Session, order: Order) -> tuple[int, int]:
    """Return the minor units and the seats of an order that can still be given back."""
    if order.status != OrderStatus.FULFILLED or not order.payment_id:
        return 0, 0
    left = order.amount_total - _refunded(session, order, (*_MADE, RefundState.REQUESTED))
    adds_seats = order.kind in (OrderKind.NEW_GROUP, OrderKind.ADD_SEATS)
    return left, _seats_left(session, order) if left and adds_seats else 0


def retry_refunds(database: Transactions, payments: Payments, now: datetime) -> int:
    """Ask again for the refunds whose answer never came: the key makes each happen once."""
    with database.reading() as session:
        rows = session.exec(
            select(Refund, Order.payment_id)
            .join(Order, col(Order.id) == col(Refund.order_id))
            .where(Refund.state == RefundState.REQUESTED)
        ).all()
    for row, payment_id in rows:
        # A key is kept for a day; what the provider made of an older one, the payment says.
        note_payment(database, payments.read_payment(str(payment_id)), now)
        with database.reading() as session:
            waits = session.get_one(Refund, row.id).state == RefundState.REQUESTED
        if waits:
            wanted = RefundRequest(row.id, row.order_id, str(payment_id), row.amount, row.seats)
            _carry_out(database, payments, wanted, now)
    return len(rows)


def note_payment(database: Transactions, payment: Payment, now: datetime) -> bool:
    """Bring an order to where its payment's refunds and disputes stand; return if there is one."""
    with database.writing() as session:
        order_id = order_of_payment(session, payment)
        if order_id is None:
            return False
        order = hold_order(session, order_id)
        _note_refunds(session, order, payment, now)
        for opened in payment.disputes:
            note_dispute(session, order, opened, now)
        session.add(order)
        touch(session, f"order:{order.id}", f"orders:{order.group_id}")
    return True


def order_of_payment(session: Session, payment: Payment) -> UUID | None:
    """Return the order that a payment belongs to: by its number, else by what was sent with it."""
    by_number = session.exec(select(Order.id).where(Order.payment_id == payment.id)).first()
    if by_number:
        return by_number
    named = identifier(payment.order_id)
    return session.exec(select(Order.id).where(Order.id == named)).first() if named else None


def hold_paid_order(session: Session, order_id: UUID | str) -> Order:
    """Return an order that was paid through the provider, and hold it; refuse any other."""
    order = session.get(Order, id_of("order", order_id))
    if order is None:
        raise NotFound("order")
    held = hold_order(session, order.id)
    if held.status != OrderStatus.FULFILLED or not held.payment_id:
        raise Refusal("Nothing was paid for this order, so nothing can be given back.")
    return held


def _carry_out(
    database: Transactions, payments: Payments, wanted: RefundRequest, now: datetime
) -> None:
    try:
        made = payments.refund(wanted)
    except ProviderRefused:
        with database.writing() as session:
            session.get_one(Refund, wanted.refund_id).state = RefundState.FAILED
        raise
    with database.writing() as session:
        order = hold_order(session, wanted.order_id)
        _note_refund(session, order, made, now)
        order.refunded_amount = _refunded(session, order)
        session.add(order)
        touch(session, f"order:{order.id}", f"orders:{order.group_id}")


def _note_refunds(session: Session, order: Order, payment: Payment, now: datetime) -> None:
    # What it bought is not there yet: its refunds are noted once it is. Or the order was paid by
    # another payment, and this one has bought nothing.
    if order.status != OrderStatus.FULFILLED or order.payment_id not in (None, payment.id):
        return
    # Orders of the first version do not know their payment yet.
    order.payment_id = payment.id
    for made in payment.refunds:
        _note_refund(session, order, made, now)
    order.refunded_amount = _refunded(session, order)


def _note_refund(session: Session, order: Order, made: MadeRefund, now: datetime) -> None:
    row = _row_of(session, order, made, now)
    if made.state == row.state and row.applied_at:
        return
    failed_late = made.state == RefundState.FAILED and row.applied_at is not None
    row.state, row.provider_id = made.state, made.id
    session.add(row)
    session.flush()
    if failed_late:
        note_difference(session, DifferenceKind.REFUND_FAILED, made.id, now, order.id)
    elif made.state == RefundState.SUCCEEDED and row.applied_at is None:
        row.applied_at = now
        _take_back(session, order, row, now)


def _row_of(session: Session, order: Order, made: MadeRefund, now: datetime) -> Refund:
    known = session.exec(select(Refund).where(Refund.provider_id == made.id)).first()
    if known is None and (ours := identifier(made.refund_id)):
        known = session.get(Refund, ours)
    if known is not None and known.order_id == order.id:
        return known
    row = Refund(
        order_id=order.id,
        provider_id=made.id,
        amount=made.amount,
        seats=made.seats,
        state=made.state,
        created_at=now,
    )
    facts = {"order": str(order.id), "amount": made.amount}
    record(session, "refund_found", now, None, order.group_id, **facts)
    return row


def _take_back(session: Session, order: Order, row: Refund, now: datetime) -> None:
    assert order.group_id is not None  # noqa: S101  (it is fulfilled)
    whole = _refunded(session, order, (RefundState.SUCCEEDED,)) >= order.amount_total
    if order.kind in (OrderKind.ADD_MODULES, OrderKind.RENEWAL):
        kind = DifferenceKind.REFUNDED_MODULES if whole else DifferenceKind.PARTIAL_REFUND
        note_difference(session, kind, str(row.id), now, order.id, amount=row.amount)
        return
    seats = _seats_left(session, order, row) if whole else row.seats
    if seats is None:
        kind = DifferenceKind.PARTIAL_REFUND
        note_difference(session, kind, str(row.id), now, order.id, amount=row.amount)
        return
    row.seats = seats
    done = withdraw_seats(session, order.group_id, order.id, seats, now)
    if done.missing:
        kind = DifferenceKind.SEATS_STILL_OWED
        note_difference(session, kind, str(row.id), now, order.id, seats=done.missing)
    facts = {"order": str(order.id), "gone": done.gone, "owed": done.owed}
    record(session, "seats_refunded", now, row.made_by_id, order.group_id, **facts)
    buyer = session.get_one(User, order.buyer_id)
    told = {"gone": str(done.gone), "owed": str(done.owed), "order": str(order.id)}
    queue_mail(session, "seats_refunded", buyer, now, order.group_id, **told)


def _amount_of(session: Session, order: Order, seats: int | None) -> int:
    left = order.amount_total - _refunded(session, order)
    seats_left = _seats_left(session, order)
    if seats is None or seats == seats_left:
        return left
    if not 0 < seats <= seats_left:
        raise Refusal(f"Type how many. Seats that can still be given back: {seats_left}.", "seats")
    return min(left, rounded(Fraction(order.amount_total * seats, order.seats), order.currency))


def _refunded(session: Session, order: Order, states: tuple[RefundState, ...] = _MADE) -> int:
    session.flush()
    rows = session.exec(
        select(Refund.amount).where(Refund.order_id == order.id, col(Refund.state).in_(states))
    )
    return sum(rows)


def _seats_left(session: Session, order: Order, without: Refund | None = None) -> int:
    rows = session.exec(
        select(Refund).where(Refund.order_id == order.id, col(Refund.applied_at).is_not(None))
    )
    return order.seats - sum(row.seats or 0 for row in rows if row is not without)

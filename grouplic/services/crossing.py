"""Orders priced on what others were bringing: where one of those fails, too much was charged."""

from datetime import datetime
from fractions import Fraction
from uuid import UUID

from sqlmodel import Session, col, select

from grouplic.domain.after_sale import Difference, DifferenceKind
from grouplic.domain.currencies import rounded
from grouplic.domain.groups import GroupModule
from grouplic.domain.orders import Order, OrderKind, OrderLine, OrderStatus, PayBy, Source
from grouplic.services.differences import note_difference, was_noted
from grouplic.services.groups import lock_group
from grouplic.services.recording import touch

_ADDS = (OrderKind.ADD_SEATS, OrderKind.ADD_MODULES)
NEVER_CAME = (OrderStatus.FAILED, OrderStatus.EXPIRED)
_BOUND = (OrderStatus.PROCESSING, OrderStatus.FULFILLED)


def on_their_way(session: Session, group_id: UUID) -> list[str]:
    """Return the orders of a group that a price counts on, for the one that is placed now."""
    coming = select(Order.id).where(
        Order.group_id == group_id,
        col(Order.kind).in_(_ADDS),
        Order.status == OrderStatus.PROCESSING,
    )
    return [str(order_id) for order_id in session.exec(coming)]


def counting_on(session: Session, order: Order, status: OrderStatus) -> list[Order]:
    """Return the group's orders of a status that were priced on what ``order`` was bringing."""
    later = select(Order).where(Order.group_id == order.group_id, Order.status == status)
    return [each for each in session.exec(later) if str(order.id) in (each.counts_on or ())]


def note_never_came(session: Session, order: Order, now: datetime) -> None:
    """Write down what was charged for what ``order`` was to bring; its payment has failed.

    An open checkout that counts on it is no difference yet: it is ended, and priced anew.
    """
    if order.group_id is None or order.kind not in _ADDS:
        return
    # One that is being paid at this moment finds the failure, or is found here.
    lock_group(session, order.group_id)
    session.flush()
    for status in _BOUND:
        for other in counting_on(session, order, status):
            _note(session, other, order, now)


def note_overcharged(session: Session, order: Order, now: datetime) -> None:
    """Write down what ``order``, which was just paid, was charged for and did not get.

    The caller holds the group's row.
    """
    for named in order.counts_on or ():
        other = session.get_one(Order, UUID(named), populate_existing=True)
        if other.status in NEVER_CAME:
            _note(session, order, other, now)


def settle_after_all(session: Session, order: Order, now: datetime) -> None:
    """Close what was noted while ``order`` had failed: it has been paid after all."""
    noted = select(Difference).where(
        Difference.kind == DifferenceKind.OVERCHARGED,
        col(Difference.settled_at).is_(None),
        col(Difference.subject).endswith(str(order.id)),
    )
    for difference in session.exec(noted):
        difference.settled_at, difference.note = now, "Paid after all."
        session.add(difference)
        touch(session, "differences")


def overcharged(session: Session, order_id: UUID) -> int:
    """Return the minor units that an order was charged for what never came, until an operator has
    settled it.
    """
    noted = select(Difference.facts).where(
        Difference.kind == DifferenceKind.OVERCHARGED,
        Difference.order_id == order_id,
        col(Difference.settled_at).is_(None),
    )
    return sum(int(facts["overcharged"]) for facts in session.exec(noted))


def _note(session: Session, order: Order, never_came: Order, now: datetime) -> None:
    subject = f"{order.id} {never_came.id}"
    amount = _amount(session, order, never_came)
    if amount and not was_noted(session, DifferenceKind.OVERCHARGED, subject):
        facts = {"overcharged": amount, "counted_on": str(never_came.id)}
        note_difference(session, DifferenceKind.OVERCHARGED, subject, now, order.id, **facts)
        touch(session, f"order:{order.id}")


def _amount(session: Session, order: Order, never_came: Order) -> int:
    if order.source != Source.PAYMENT and order.pay_by != PayBy.INVOICE:
        return 0
    lines = _lines(session, order.id)
    whole = sum(line.unit_amount * line.quantity for line in lines)
    if never_came.kind == OrderKind.ADD_MODULES:
        has = select(GroupModule.module_id).where(GroupModule.group_id == order.group_id)
        owned: set[UUID] = set(session.exec(has))
        missing = {line.module_id for line in _lines(session, never_came.id)} - owned
        over = sum(line.unit_amount * line.quantity for line in lines if line.module_id in missing)
    elif order.kind == OrderKind.ADD_SEATS:
        over = 0  # its own seats are all there
    else:
        over = sum(line.unit_amount for line in lines) * never_came.seats
    # What was charged, with its discount and its tax, in the same proportion.
    return rounded(Fraction(over * order.amount_total, whole), order.currency) if over else 0


def _lines(session: Session, order_id: UUID) -> list[OrderLine]:
    return list(session.exec(select(OrderLine).where(OrderLine.order_id == order_id)))

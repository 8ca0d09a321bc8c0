"""Differences: what the provider and the orders do not agree on, for an operator to settle."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from grouplic.domain.after_sale import Difference, DifferenceKind
from grouplic.domain.orders import Order
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services.actors import Actor, require_operator
from grouplic.services.identifiers import id_of
from grouplic.services.recording import record, touch

SENTENCES = {
    DifferenceKind.PARTIAL_REFUND: "Part of the amount was refunded without naming seats.",
    DifferenceKind.REFUNDED_MODULES: "Refunded, and what was bought is still open.",
    DifferenceKind.SEATS_STILL_OWED: "More seats were refunded than the group has.",
    DifferenceKind.REFUND_FAILED: "The refund failed: the money did not reach the buyer.",
    DifferenceKind.DISPUTE_LOST: "The dispute was lost: the money is gone, the seats are not.",
    DifferenceKind.APPROVED_UNPAID: "Approved before the payment, and the invoice was not paid.",
    DifferenceKind.UNKNOWN_PAYMENT: "The provider was paid for something that is no order here.",
    DifferenceKind.AMOUNT: "The amount charged is not the amount of the order.",
    DifferenceKind.SEATS: "The order has not the number of seats that were paid for.",
    DifferenceKind.REFUNDED_AMOUNT: "The amount refunded is not the one on the order.",
    DifferenceKind.PAID_TWICE: "The order was paid more than once.",
    DifferenceKind.OVERCHARGED: "Charged for what another order was to bring, which was not paid.",
}


def note_difference(
    session: Session,
    kind: DifferenceKind,
    subject: str,
    now: datetime,
    order_id: UUID | None = None,
    **facts: Any,
) -> bool:
    """Write a difference down, once until it is settled; return whether it is new."""
    difference = Difference(
        kind=kind, subject=subject, order_id=order_id, facts=facts, found_at=now
    )
    try:
        with session.begin_nested():
            session.add(difference)
    except IntegrityError:
        return False
    touch(session, "differences")
    return True


def was_noted(session: Session, kind: DifferenceKind, subject: str) -> bool:
    """Say whether this was found before, settled or not."""
    return (
        session.exec(
            select(Difference.id).where(Difference.kind == kind, Difference.subject == subject)
        ).first()
        is not None
    )


def difference_of(session: Session, difference_id: UUID | str, actor: Actor) -> Difference:
    """Return a difference for an operator; refuse everyone else."""
    require_operator(actor)
    difference = session.get(Difference, id_of("difference", difference_id))
    if difference is None:
        raise NotFound("difference")
    return difference


def read_difference(
    session: Session, difference_id: UUID | str, actor: Actor
) -> tuple[Difference, str]:
    """Return a difference and the currency of its amounts, which is its order's; for an operator.

    The currency is empty where no order of ours is known.
    """
    difference = difference_of(session, difference_id, actor)
    order = session.get(Order, difference.order_id) if difference.order_id else None
    return difference, order.currency if order else ""


def settle_difference(
    session: Session, difference_id: UUID | str, actor: Actor, note: str, now: datetime
) -> None:
    """Note what an operator has done about it; a note is needed."""
    difference = difference_of(session, difference_id, actor)
    if not note.strip():
        raise Refusal("Say what was done about it.", "note")
    if difference.settled_at is None:
        difference.settled_at, difference.settled_by_id = now, actor.user_id
        difference.note = note.strip()[:500]
        session.add(difference)
        facts = {"difference": str(difference.id), "subject": difference.subject}
        record(session, "difference_settled", now, actor.user_id, None, **facts)
        touch(session, "differences")

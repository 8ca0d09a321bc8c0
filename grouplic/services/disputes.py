"""Disputes: a buyer's bank takes a payment back while it decides, and keeps it where we lose."""

from datetime import datetime

from sqlmodel import Session, col, select

from grouplic.domain.after_sale import DifferenceKind, Dispute
from grouplic.domain.orders import Order
from grouplic.domain.refusals import Refusal
from grouplic.services.differences import note_difference
from grouplic.services.ports import OpenedDispute
from grouplic.services.recording import record

# While the bank decides, and once it has, it has the money: https://docs.stripe.com/disputes
_BANK_HAS_IT = ("needs_response", "under_review", "lost")


def refuse_disputed(session: Session, order: Order) -> None:
    """Refuse to give back what the buyer's bank has taken, or is deciding about."""
    disputed = select(Dispute.id).where(
        Dispute.order_id == order.id, col(Dispute.status).in_(_BANK_HAS_IT)
    )
    if session.exec(disputed).first():
        raise Refusal(
            "The buyer's bank has taken this payment back for as long as its dispute lasts. A "
            "refund would pay it twice; answer the dispute at the payment provider."
        )


def note_dispute(session: Session, order: Order, opened: OpenedDispute, now: datetime) -> None:
    """Bring a dispute to where the provider says it stands; one that is lost is a difference."""
    row = session.get(Dispute, opened.id)
    if row is not None and row.status == opened.status:
        return
    row = row or Dispute(
        id=opened.id,
        order_id=order.id,
        amount=opened.amount,
        status="",
        opened_at=opened.opened_at,
        changed_at=now,
    )
    row.status, row.reason, row.changed_at = opened.status, opened.reason, now
    row.answer_by = opened.answer_by
    session.add(row)
    facts = {"order": str(order.id), "status": opened.status, "amount": opened.amount}
    record(session, "dispute", now, None, order.group_id, **facts)
    if opened.status == "lost":
        note_difference(session, DifferenceKind.DISPUTE_LOST, opened.id, now, order.id)

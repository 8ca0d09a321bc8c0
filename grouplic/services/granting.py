"""Grants: an operator gives a group, seats, modules or time, with a reason, for nothing."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from grouplic.domain.groups import Group
from grouplic.domain.orders import OrderKind, OrderStatus, Source
from grouplic.domain.people import User
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services.actors import Actor, require_operator
from grouplic.services.fulfillment import fulfill
from grouplic.services.groups import lock_group
from grouplic.services.identifiers import id_of
from grouplic.services.orders import ordered_lines, write_order
from grouplic.services.pricing import modules_in_checkout, renewal_in_checkout
from grouplic.services.recording import record
from grouplic.services.shop import Answer, Wish, answer, answer_for


def grant_to_group(session: Session, wish: Wish, actor: Actor, reason: str, now: datetime) -> Group:
    """Give an existing group what the wish names: seats, modules, or a renewal.

    Refuses a module or a renewal that a leader may be paying for, and a renewal of a group whose
    term has moved since it was shown.
    """
    require_operator(actor)
    group = session.get(Group, id_of("group", wish.group_id))
    if group is None:
        raise NotFound("group")
    lock_group(session, group.id)
    _refuse_in_checkout(session, wish, group.id)
    priced = answer_for(session, wish, group, now)
    return _grant(session, wish.kind, priced, actor.user_id, actor, reason, now)


def grant_new_group(
    session: Session, wish: Wish, leader_id: UUID | str, actor: Actor, reason: str, now: datetime
) -> Group:
    """Give somebody who has an account a new group to lead."""
    require_operator(actor)
    leader = session.get(User, id_of("account", leader_id))
    if leader is None or leader.erased_at or wish.kind != OrderKind.NEW_GROUP:
        raise NotFound("account")
    priced = answer(session, wish, actor, now)
    return _grant(session, wish.kind, priced, leader.id, actor, reason, now)


def _refuse_in_checkout(session: Session, wish: Wish, group_id: UUID) -> None:
    # A purchase ends the checkout that is open; a grant cannot, and it would be paid for in vain.
    if set(wish.modules) & modules_in_checkout(session, group_id):
        raise Refusal(
            "Somebody may be paying for this module right now. Wait until that checkout has ended.",
            "modules",
        )
    if wish.kind == OrderKind.RENEWAL and renewal_in_checkout(session, group_id):
        raise Refusal(
            "Somebody may be paying for a renewal of this group right now. Wait until it is paid, "
            "or that checkout has ended."
        )


def _grant(
    session: Session,
    kind: OrderKind,
    priced: Answer,
    buyer_id: UUID,
    actor: Actor,
    reason: str,
    now: datetime,
) -> Group:
    if not reason.strip():
        raise Refusal("Say why it is granted.", "reason")
    # No checkout is opened, so that the group may have one open meanwhile.
    order = write_order(session, kind, priced, buyer_id, now, OrderStatus.PROCESSING)
    order.source, order.approved_by_id = Source.OPERATOR, actor.user_id
    # Nothing is charged; what it would have cost, the lines say.
    order.amount_total, order.reason = 0, reason.strip()[:500]
    group = fulfill(session, order, ordered_lines(session, order.id), now)
    facts = {"order": str(order.id), "granted": kind, "reason": order.reason}
    record(session, "granted", now, actor.user_id, group.id, **facts)
    return group

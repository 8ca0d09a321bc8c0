"""Fulfillment: what was paid for comes into being, once."""

from datetime import datetime

from sqlmodel import Session, col, select

from grouplic.domain.catalog import Module
from grouplic.domain.groups import Group, GroupLeader, GroupModule
from grouplic.domain.orders import Order, OrderKind, OrderStatus, PayBy, Source
from grouplic.domain.people import User
from grouplic.services.crossing import note_overcharged, settle_after_all
from grouplic.services.filling import fill_from_waiting_list
from grouplic.services.groups import lock_group
from grouplic.services.low_seats import heard_level_after_adding
from grouplic.services.ports import PaidLine
from grouplic.services.recording import queue_mail, record, touch
from grouplic.services.seats import add_seats
from grouplic.services.shop import renewed_from
from grouplic.services.standing import summarize_group


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
    if order.kind in (OrderKind.NEW_GROUP, OrderKind.ADD_MODULES):
        _open_modules(session, group, modules, order, now)
    if order.kind in (OrderKind.NEW_GROUP, OrderKind.ADD_SEATS):
        add_seats(session, group.id, order.id, seats, now)
        fill_from_waiting_list(session, group.id, now)
        group.low_seats_level = heard_level_after_adding(session, group)
        order.seats = seats
    if order.kind == OrderKind.RENEWAL:
        _renew(session, group, order, now)
        fill_from_waiting_list(session, group.id, now)
    session.add(group)
    order.status, order.fulfilled_at, order.group_id = OrderStatus.FULFILLED, now, group.id
    session.add(order)
    note_overcharged(session, order, now)
    settle_after_all(session, order, now)
    _tell(session, order, group, seats, now)
    return group


def _paid_modules(session: Session, lines: tuple[PaidLine, ...]) -> list[Module]:
    slugs = {line.module_slug for line in lines}
    modules = session.exec(select(Module).where(col(Module.slug).in_(slugs))).all()
    if not slugs or len(modules) != len(slugs):
        raise LookupError(f"Paid lines name modules that do not exist: {sorted(slugs)}")
    return list(modules)


def _found_group(session: Session, order: Order, now: datetime) -> Group:
    ends_at = order.term.end(now)
    group = Group(name=order.group_name, created_at=now, ends_at=ends_at)
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


def _renew(session: Session, group: Group, order: Order, now: datetime) -> None:
    before = group.ends_at
    group.ends_at = order.term.end(renewed_from(group, now))
    record(
        session,
        "renewed",
        now,
        order.buyer_id,
        group.id,
        from_end=before.isoformat() if before else "",
        to_end=group.ends_at.isoformat() if group.ends_at else "",
    )


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
    if order.source == Source.PAYMENT or order.pay_by == PayBy.INVOICE:
        queue_mail(session, "order_ready", buyer, now, group.id, order=str(order.id))
    touch(
        session,
        f"order:{order.id}",
        f"orders:{group.id}",
        f"group:{group.id}",
        f"user:{order.buyer_id}",
    )

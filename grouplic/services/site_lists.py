"""What operators look through: orders, groups, people, modules, and what has happened."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, cast, func, select
from sqlmodel import col

from grouplic.domain.catalog import Lesson, Module
from grouplic.domain.groups import Group, GroupLeader, GroupModule, Seat, SeatState
from grouplic.domain.orders import Order, OrderStatus
from grouplic.domain.people import Role, User, WebSession
from grouplic.services.happened_lists import HAPPENED
from grouplic.services.listing import Day, ListedRow, Money, Prices, SiteList


def _orders() -> Any:
    return select(Order, col(User.email)).join(User, col(User.id) == col(Order.buyer_id))


def _order(row: Any) -> ListedRow:
    order, email = row
    return ListedRow(
        str(order.id),
        (
            order.created_at,
            order.group_name,
            email,
            order.kind.replace("_", " "),
            order.seats,
            Money(order.amount_total, order.currency),
            order.status,
            order.source,
        ),
        f"/operator/orders/{order.id}",
    )


def _groups() -> Any:
    seats = _counted(Seat.group_id, Seat.state != SeatState.WITHDRAWN)
    taken = _counted(Seat.group_id, Seat.state == SeatState.TAKEN)
    modules = _counted(GroupModule.group_id)
    leader = (
        select(col(User.email))
        .join(GroupLeader, col(GroupLeader.user_id) == col(User.id))
        .where(col(GroupLeader.group_id) == col(Group.id), col(GroupLeader.ended_at).is_(None))
        .order_by(col(GroupLeader.since))
        .limit(1)
        .correlate(Group)
        .scalar_subquery()
    )
    return select(Group, leader, modules, taken, seats)


def _counted(of: Any, *where: Any) -> Any:
    table = of.class_
    return (
        select(func.count())
        .select_from(table)
        .where(of == col(Group.id), *where)
        .correlate(Group)
        .scalar_subquery()
    )


def _group(row: Any) -> ListedRow:
    group, leader, modules, taken, seats = row
    return ListedRow(
        str(group.id),
        (group.name, leader, modules, taken, seats, _day(group.ends_at), _day(group.created_at)),
        f"/operator/groups/{group.id}",
    )


def _people() -> Any:
    seen = (
        select(func.max(WebSession.last_seen_at))
        .where(col(WebSession.user_id) == col(User.id))
        .correlate(User)
        .scalar_subquery()
    )
    return select(User, seen)


def _person(row: Any) -> ListedRow:
    user, seen = row
    return ListedRow(
        str(user.id),
        (
            user.name,
            user.email,
            user.role,
            "yes" if user.verified_at else "no",
            _day(user.created_at),
            seen,
        ),
        f"/operator/people/{user.id}",
    )


def _modules() -> Any:
    lessons = (
        select(func.count())
        .select_from(Lesson)
        .where(col(Lesson.module_id) == col(Module.id), col(Lesson.removed).is_(False))
        .correlate(Module)
        .scalar_subquery()
    )
    groups = (
        select(func.count())
        .select_from(GroupModule)
        .where(col(GroupModule.module_id) == col(Module.id))
        .correlate(Module)
        .scalar_subquery()
    )
    return select(Module, lessons, groups)


def _module(row: Any) -> ListedRow:
    module, lessons, groups = row
    return ListedRow(
        str(module.id),
        (
            module.title,
            module.slug,
            _prices(module),
            "yes" if module.for_sale else "no",
            lessons,
            groups,
        ),
        f"/operator/modules/{module.id}",
    )


def _prices(module: Module) -> Prices:
    currency = module.price_currency
    tiers = tuple((tier.seats, Money(tier.amount, currency)) for tier in module.tiers)
    return Prices(Money(module.price_amount, currency), tiers)


def _day(moment: datetime | None) -> Day | None:
    return Day(moment) if moment else None


SITE_LISTS = {
    "orders": SiteList(
        "Orders",
        ("Placed", "Group", "Buyer", "What", "Seats", "Amount", "Status", "Source"),
        _orders,
        _order,
        (col(Order.group_name), col(User.email), col(Order.checkout_id)),
        (col(Order.created_at).desc(), col(Order.id).desc()),
        col(Order.status),
        tuple(OrderStatus),
    ),
    "groups": SiteList(
        "Groups",
        ("Group", "Leader", "Modules", "Taken", "Seats", "Ends", "Since"),
        _groups,
        _group,
        (col(Group.name), cast(col(Group.id), String)),
        (col(Group.created_at).desc(), col(Group.id).desc()),
    ),
    "people": SiteList(
        "People",
        ("Name", "Email", "Role", "Confirmed", "Since", "Last seen"),
        _people,
        _person,
        (col(User.email), col(User.first_name) + " " + col(User.last_name)),
        (col(User.created_at).desc(), col(User.id).desc()),
        col(User.role),
        tuple(Role),
    ),
    "modules": SiteList(
        "Modules",
        ("Module", "Folder", "Price a seat", "For sale", "Lessons", "Groups"),
        _modules,
        _module,
        (col(Module.title), col(Module.slug)),
        (col(Module.position), col(Module.id)),
    ),
    **HAPPENED,
}

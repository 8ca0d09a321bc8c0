"""What can be bought, and what it would cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from grouplic.domain.catalog import Lesson, Module
from grouplic.domain.groups import Group, GroupModule
from grouplic.domain.orders import Order, OrderKind, OrderLine, OrderStatus
from grouplic.domain.quotes import Priced, Quote, check_seats, quote
from grouplic.domain.refusals import Refusal
from grouplic.services.actors import Actor
from grouplic.services.groups import led_group, seat_counts

LONGEST_GROUP_NAME = 120
_UNDER_WAY = (OrderStatus.PENDING, OrderStatus.PROCESSING)


@dataclass(frozen=True)
class Wish:
    """What someone asks to buy. ``group_id`` is empty for a new group."""

    kind: OrderKind
    group_name: str = ""
    group_id: str = ""
    modules: tuple[str, ...] = ()
    seats: int = 0


@dataclass(frozen=True)
class Offer:
    """A module as the shop shows it."""

    slug: str
    title: str
    summary: str
    audience: str
    outcomes: tuple[str, ...]
    lessons: int
    minutes: int
    unit_amount: int
    currency: str


@dataclass(frozen=True)
class Answer:
    """A priced wish: the group it is for (None for a new one), its name, and the quote."""

    group: Group | None
    group_name: str
    quote: Quote


def offers(session: Session) -> list[Offer]:
    """Return the modules for sale, in the catalog's order."""
    rows = session.exec(
        select(Module, func.count(col(Lesson.id)), func.coalesce(func.sum(Lesson.minutes), 0))
        .join(Lesson, (col(Lesson.module_id) == col(Module.id)) & col(Lesson.removed).is_(False))
        .where(col(Module.for_sale).is_(True))
        .group_by(col(Module.id))
        .order_by(col(Module.position), col(Module.slug))
    )
    return [
        Offer(
            slug=module.slug,
            title=module.title,
            summary=module.summary,
            audience=module.audience,
            outcomes=tuple(module.outcomes),
            lessons=lessons,
            minutes=minutes,
            unit_amount=module.price_amount,
            currency=module.price_currency,
        )
        for module, lessons, minutes in rows
    ]


def answer(session: Session, wish: Wish, actor: Actor | None, for_quote: bool = False) -> Answer:
    """Price the wish; what is pending counts as bought. ``for_quote`` needs no group name yet.

    Refuses an unknown module, an impossible number of seats, modules the group has already, and a
    group the actor does not lead.
    """
    if wish.kind == OrderKind.NEW_GROUP:
        modules = _priced(session, wish.modules)
        name = wish.group_name if for_quote else clean_group_name(wish.group_name)
        return Answer(None, name, quote(modules, wish.seats))
    if actor is None:
        raise Refusal("Please sign in as the group's leader to add to it.")
    group = led_group(session, actor, wish.group_id)
    if wish.kind == OrderKind.ADD_SEATS:
        return _more_seats(session, group, wish.seats)
    return _more_modules(session, group, wish.modules)


def owned_modules(session: Session, group_id: UUID) -> set[str]:
    """Return the slugs of the modules the group has, or will have once pending orders are paid."""
    owned = session.exec(
        select(Module.slug)
        .join(GroupModule, col(GroupModule.module_id) == col(Module.id))
        .where(GroupModule.group_id == group_id)
    ).all()
    coming = session.exec(
        select(Module.slug)
        .join(OrderLine, col(OrderLine.module_id) == col(Module.id))
        .join(Order, col(Order.id) == col(OrderLine.order_id))
        .where(
            Order.group_id == group_id,
            Order.kind == OrderKind.ADD_MODULES,
            col(Order.status).in_(_UNDER_WAY),
        )
    ).all()
    return {*owned, *coming}


def seats_to_charge(session: Session, group_id: UUID) -> int:
    """Return the seats a new module is charged for: all but retired ones, and those to come."""
    counts = seat_counts(session, group_id)
    coming = session.exec(
        select(func.coalesce(func.sum(Order.seats), 0)).where(
            Order.group_id == group_id,
            Order.kind == OrderKind.ADD_SEATS,
            col(Order.status).in_(_UNDER_WAY),
        )
    ).one()
    return counts.bought - counts.retired + coming


def clean_group_name(name: str) -> str:
    """Return the group's name without outer spaces; refuse an empty, endless or odd one."""
    cleaned = " ".join(name.split())
    if not cleaned:
        raise Refusal("Give the group a name, such as “Autumn intake”.", "group_name")
    if len(cleaned) > LONGEST_GROUP_NAME:
        raise Refusal(f"A group's name has at most {LONGEST_GROUP_NAME} characters.", "group_name")
    if not cleaned.isprintable():
        raise Refusal("The name has characters that cannot be shown.", "group_name")
    return cleaned


def _more_seats(session: Session, group: Group, seats: int) -> Answer:
    check_seats(seats)
    modules = _priced(session, sorted(owned_modules(session, group.id)), owned=True)
    return Answer(group, group.name, quote(modules, seats))


def _more_modules(session: Session, group: Group, slugs: Sequence[str]) -> Answer:
    owned = owned_modules(session, group.id)
    again = sorted(set(slugs) & owned)
    if again:
        raise Refusal("The group has this module already, or has ordered it.", "modules")
    seats = seats_to_charge(session, group.id)
    return Answer(group, group.name, quote(_priced(session, slugs), seats))


def _priced(session: Session, slugs: Sequence[str], owned: bool = False) -> tuple[Priced, ...]:
    wanted = sorted(set(slugs))
    modules = session.exec(
        select(Module)
        .where(col(Module.slug).in_(wanted))
        .order_by(col(Module.position), col(Module.slug))
    ).all()
    on_sale = [module for module in modules if owned or module.for_sale]
    if len(on_sale) < len(wanted):
        raise Refusal("One of these modules is no longer for sale. Choose again.", "modules")
    return tuple(
        Priced(module.id, module.slug, module.title, module.price_amount, module.price_currency)
        for module in on_sale
    )

"""Modules with the prices that hold for one purchase: volume, time, what the group has already."""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from grouplic.domain.catalog import Module, TierBasis
from grouplic.domain.groups import Group, GroupModule
from grouplic.domain.orders import Order, OrderKind, OrderLine, OrderStatus
from grouplic.domain.quotes import Priced
from grouplic.domain.refusals import Refusal
from grouplic.domain.terms import share_of_term
from grouplic.services.groups import seat_counts


def for_new_group(session: Session, slugs: Sequence[str], now: datetime) -> tuple[Priced, ...]:
    """Return the modules at their whole price; refuse what is not for sale, or has ended."""
    modules = _on_sale(session, slugs)
    _refuse_ended(modules, now)
    return tuple(_priced(module) for module in modules)


def for_more_seats(session: Session, group: Group, now: datetime) -> tuple[Priced, ...]:
    """Return the group's modules, those to come among them, for seats that end with the group."""
    owned = owned_modules(session, group.id)
    before = seats_bought(session, group.id)
    return tuple(
        _priced(module, before, share_of_added(module, group, now))
        for module in _named(session, owned)
    )


def for_more_modules(
    session: Session, group: Group, slugs: Sequence[str], now: datetime
) -> tuple[Priced, ...]:
    """Return modules for the seats of a group; the group has no seat of them yet."""
    return tuple(
        _priced(module, share=share_of_added(module, group, now))
        for module in _on_sale(session, slugs)
    )


def for_renewal(session: Session, group: Group) -> tuple[Priced, ...]:
    """Return the modules of the group whose license ends, at their whole price."""
    return tuple(
        _priced(module)
        for module in _named(session, owned_modules(session, group.id))
        if module.term.ends
    )


def owned_modules(session: Session, group_id: UUID) -> set[str]:
    """Return the slugs of the modules the group has, or will have by payments on their way.

    A checkout that is open does not count: whatever is bought now ends it first.
    """
    owned = session.exec(
        select(Module.slug)
        .join(GroupModule, col(GroupModule.module_id) == col(Module.id))
        .where(GroupModule.group_id == group_id)
    ).all()
    return {*owned, *_ordered_modules(session, group_id, OrderStatus.PROCESSING)}


def modules_in_checkout(session: Session, group_id: UUID) -> set[str]:
    """Return the slugs of the modules that somebody can pay for right now, in an open checkout."""
    return _ordered_modules(session, group_id, OrderStatus.PENDING)


def renewal_coming(session: Session, group_id: UUID) -> bool:
    """Say whether a renewal of the group is on its way: paid later, or by an open invoice."""
    return _is_renewal_ordered(session, group_id, OrderStatus.PROCESSING)


def renewal_in_checkout(session: Session, group_id: UUID) -> bool:
    """Say whether somebody can pay for a renewal of the group right now, in an open checkout, or
    by an invoice that may have been sent.
    """
    return _is_renewal_ordered(session, group_id, OrderStatus.PENDING)


def renewed_since(session: Session, group_id: UUID, moment: datetime) -> bool:
    """Say whether the group was renewed after a moment, so that its end is another one."""
    renewals = select(Order.id).where(
        Order.group_id == group_id,
        Order.kind == OrderKind.RENEWAL,
        col(Order.fulfilled_at) > moment,
    )
    return session.exec(renewals).first() is not None


def seats_to_charge(session: Session, group_id: UUID) -> int:
    """Return the seats a new module is charged for: all but retired ones, and those to come."""
    counts = seat_counts(session, group_id)
    return counts.bought - counts.retired + _coming(session, group_id)


def seats_bought(session: Session, group_id: UUID) -> int:
    """Return the seats that count towards a cumulative volume price."""
    return seat_counts(session, group_id).bought + _coming(session, group_id)


def share_of_added(module: Module, group: Group, now: datetime) -> Fraction:
    """Return the part of the price that is due for what ends with the group."""
    if not module.license_prorated:
        return Fraction(1)
    return share_of_term(now, group.ends_at, module.term)


def _ordered_modules(session: Session, group_id: UUID, status: OrderStatus) -> set[str]:
    return set(
        session.exec(
            select(Module.slug)
            .join(OrderLine, col(OrderLine.module_id) == col(Module.id))
            .join(Order, col(Order.id) == col(OrderLine.order_id))
            .where(
                Order.group_id == group_id,
                Order.kind == OrderKind.ADD_MODULES,
                Order.status == status,
            )
        )
    )


def _is_renewal_ordered(session: Session, group_id: UUID, status: OrderStatus) -> bool:
    ordered = select(Order.id).where(
        Order.group_id == group_id, Order.kind == OrderKind.RENEWAL, Order.status == status
    )
    return session.exec(ordered).first() is not None


def _coming(session: Session, group_id: UUID) -> int:
    return session.exec(
        select(func.coalesce(func.sum(Order.seats), 0)).where(
            Order.group_id == group_id,
            Order.kind == OrderKind.ADD_SEATS,
            Order.status == OrderStatus.PROCESSING,
        )
    ).one()


def _on_sale(session: Session, slugs: Sequence[str]) -> list[Module]:
    wanted = set(slugs)
    modules = [module for module in _named(session, wanted) if module.for_sale]
    if len(modules) < len(wanted):
        raise Refusal("One of these modules is no longer for sale. Choose again.", "modules")
    return modules


def _named(session: Session, slugs: set[str]) -> list[Module]:
    return list(
        session.exec(
            select(Module)
            .where(col(Module.slug).in_(sorted(slugs)))
            .order_by(col(Module.position), col(Module.slug))
        )
    )


def _refuse_ended(modules: list[Module], now: datetime) -> None:
    for module in modules:
        if module.license_until and module.license_until <= now:
            raise Refusal(f"The license of {module.title} has ended. Choose again.", "modules")


def _priced(module: Module, bought: int = 0, share: Fraction = Fraction(1)) -> Priced:
    before = bought if module.tier_basis == TierBasis.CUMULATIVE else 0
    return Priced(
        module.id,
        module.slug,
        module.title,
        module.price_amount,
        module.price_currency,
        module.tiers,
        before,
        share,
        module.term,
    )

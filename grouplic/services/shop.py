"""What can be bought, and what it would cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from grouplic.domain.catalog import Lesson, Module
from grouplic.domain.groups import Group
from grouplic.domain.orders import OrderKind
from grouplic.domain.quotes import Quote, Tier, check_amount, check_seats, quote
from grouplic.domain.refusals import Refusal
from grouplic.domain.terms import UNLIMITED, Term, shortest
from grouplic.services import pricing
from grouplic.services.actors import Actor
from grouplic.services.groups import led_group, refuse_sandbox
from grouplic.services.pricing import owned_modules

LONGEST_GROUP_NAME = 120


@dataclass(frozen=True)
class Wish:
    """What someone asks to buy. ``group_id`` is empty for a new group; ``quote_id`` names the
    saved quote whose prices hold, if there is one. ``shown_end`` is the end of the group's term
    that the price was shown for: once that has moved, the wish is refused. Without, no price was
    shown yet.
    """

    kind: OrderKind
    group_name: str = ""
    group_id: str = ""
    modules: tuple[str, ...] = ()
    seats: int = 0
    quote_id: str = ""
    shown_end: datetime | None = None


class RenewedMeanwhile(Refusal):
    """The group's term is not the one that the price was shown for."""

    def __init__(self, group: Group) -> None:
        super().__init__(
            f"This group was renewed just now until {group.ends_at:%B %-d, %Y}, so you saw a price "
            "for another time. Nothing was ordered. Look again at the price and the dates, and go "
            "on if you still want it."
        )


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
    tiers: tuple[Tier, ...]
    term: Term


@dataclass(frozen=True)
class Answer:
    """A priced wish: the group it is for (None for a new one), its name, and the quote.

    ``term`` is what a new group or a renewal buys; what is added ends with its group.
    """

    group: Group | None
    group_name: str
    quote: Quote
    term: Term = UNLIMITED


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
            tiers=module.tiers,
            term=module.term,
        )
        for module, lessons, minutes in rows
    ]


def answer(
    session: Session, wish: Wish, actor: Actor | None, now: datetime, for_quote: bool = False
) -> Answer:
    """Price the wish; payments on their way count as bought. ``for_quote`` needs no group name yet.

    Refuses an unknown module, an impossible number of seats, modules the group has already, a
    sandbox group, a group the actor does not lead, one whose term has moved since the price was
    shown (``RenewedMeanwhile``), adding to one whose term has ended, and renewing one whose renewal
    is on its way.
    """
    if wish.kind == OrderKind.NEW_GROUP:
        answered = _new_group(session, wish, now, for_quote)
    elif actor is None:
        raise Refusal("Please sign in as the group's leader to add to it.")
    else:
        group = led_group(session, actor, wish.group_id)
        refuse_sandbox(group)
        answered = answer_for(session, wish, group, now)
    check_amount(answered.quote.total)
    return answered


def answer_for(session: Session, wish: Wish, group: Group, now: datetime) -> Answer:
    """Price a wish for a group that the caller may buy for, or give to."""
    if wish.shown_end and wish.shown_end != group.ends_at:
        raise RenewedMeanwhile(group)
    if wish.kind == OrderKind.ADD_SEATS:
        return _more_seats(session, group, wish.seats, now)
    if wish.kind == OrderKind.ADD_MODULES:
        return _more_modules(session, group, wish.modules, now)
    return _renewal(session, group, now)


def refuse_second_renewal(session: Session, group: Group) -> None:
    """Refuse to renew a group whose renewal waits for its payment: it would be paid twice."""
    if pricing.renewal_coming(session, group.id):
        raise Refusal(
            "A renewal of this group is on its way: its payment has not arrived yet. The time is "
            "added as soon as it has; you find it under the group's orders."
        )


def renewed_from(group: Group, now: datetime) -> datetime:
    """Return from when a renewal counts: the group's end, or now once that has passed."""
    return max(group.ends_at or now, now)


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


def _new_group(session: Session, wish: Wish, now: datetime, for_quote: bool) -> Answer:
    quoted = quote(pricing.for_new_group(session, wish.modules, now), wish.seats)
    name = wish.group_name if for_quote else clean_group_name(wish.group_name)
    return Answer(None, name, quoted, shortest((line.module.term for line in quoted.lines), now))


def _more_seats(session: Session, group: Group, seats: int, now: datetime) -> Answer:
    check_seats(seats)
    _refuse_ended(group, now)
    return Answer(group, group.name, quote(pricing.for_more_seats(session, group, now), seats))


def _more_modules(session: Session, group: Group, slugs: Sequence[str], now: datetime) -> Answer:
    if set(slugs) & owned_modules(session, group.id):
        raise Refusal("The group has this module already, or its payment is on its way.", "modules")
    _refuse_ended(group, now)
    seats = _seats_to_charge(session, group)
    modules = pricing.for_more_modules(session, group, slugs, now)
    return Answer(group, group.name, quote(modules, seats))


def _renewal(session: Session, group: Group, now: datetime) -> Answer:
    modules = pricing.for_renewal(session, group)
    if group.ends_at is None or not modules:
        raise Refusal("Access to this group has no end, so there is nothing to renew.")
    refuse_second_renewal(session, group)
    term = shortest((module.term for module in modules), renewed_from(group, now))
    if (term.end(renewed_from(group, now)) or now) <= group.ends_at:
        raise Refusal("The catalog has no later end for these modules yet.")
    seats = _seats_to_charge(session, group)
    return Answer(group, group.name, quote(modules, seats), term)


def _seats_to_charge(session: Session, group: Group) -> int:
    seats = pricing.seats_to_charge(session, group.id)
    if not seats:
        raise Refusal("Every seat of this group has retired. Add seats first.")
    return seats


def _refuse_ended(group: Group, now: datetime) -> None:
    if group.has_ended(now):
        raise Refusal("Access to this group has ended. Renew it first, then add to it.")

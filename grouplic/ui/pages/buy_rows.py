"""What the purchase page shows: the modules to choose from, the price, and its lines."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from grouplic.domain.orders import OrderKind
from grouplic.domain.quotes import Quote
from grouplic.domain.refusals import Refusal
from grouplic.services import groups, pricing, saved_quotes, shop
from grouplic.services.actors import Actor
from grouplic.services.shop import Answer, Offer, Wish
from grouplic.services.wording import counted
from grouplic.ui.money import show_date, show_money, show_number, show_seats, show_term


@dataclass(frozen=True)
class Choice:
    """A module to choose, or one that the group has already."""

    slug: str
    title: str
    size: str
    price: str
    volume: str
    chosen: bool
    owned: bool


@dataclass(frozen=True)
class Line:
    """One line of the quote."""

    title: str
    count: str
    amount: str


@dataclass(frozen=True)
class Seen:
    """What is on offer and owned, and the price of a wish with its dates; or why there is none."""

    offers: list[Offer]
    owned: set[str]
    quote: Quote | None
    hint: str
    ends_at: datetime | None
    until: str


def look(session: Session, wish: Wish, actor: Actor | None, now: datetime) -> Seen:
    """Price a wish as of now, for whoever may: a group's is for its leaders."""
    owned: set[str] = set()
    answer, hint, ends_at = None, "", None
    if wish.group_id and actor:
        group = groups.led_group(session, actor, wish.group_id)
        owned, ends_at = pricing.owned_modules(session, group.id), group.ends_at
    try:
        answer = _answer(session, wish, actor, now)
    except Refusal as refusal:
        hint = refusal.message
    until = _until(answer, wish, ends_at, now) if answer else ""
    quote = answer.quote if answer else None
    return Seen(shop.offers(session), owned, quote, hint, ends_at, until)


def choice_of(offer, slugs: list[str], owned: set[str]) -> Choice:
    """Return a module on offer as the page shows it."""
    volume = ", ".join(
        f"{show_money(tier.amount, offer.currency)} from {show_number(tier.seats)} seats"
        for tier in offer.tiers
    )
    return Choice(
        offer.slug,
        offer.title,
        f"{counted(offer.lessons, 'lesson')} · {offer.minutes} min · {show_term(offer.term)}",
        show_money(offer.unit_amount, offer.currency),
        volume,
        chosen=offer.slug in slugs,
        owned=offer.slug in owned,
    )


def show_line(line, currency: str) -> Line:
    """Return a line of a quote as the pages show it."""
    each = show_money(line.unit_amount, currency)
    listed = show_money(line.module.unit_amount, currency)
    instead = f" instead of {listed}" if line.is_reduced else ""
    return Line(
        line.module.title,
        f"{show_seats(line.quantity)} × {each}{instead}",
        show_money(line.amount, currency),
    )


def _answer(session: Session, wish: Wish, actor: Actor | None, now: datetime) -> Answer:
    if wish.quote_id and actor:
        return saved_quotes.redeem_quote(session, wish, actor, now)
    if wish.quote_id:
        return saved_quotes.quote_of(session, wish.quote_id, actor, now).answer
    return shop.answer(session, wish, actor, now, for_quote=True)


def _until(answer: Answer, wish: Wish, ends_at: datetime | None, now: datetime) -> str:
    start = max(ends_at, now) if ends_at else now
    if wish.kind == OrderKind.RENEWAL:
        end = answer.term.end(start)
    else:
        end = ends_at if wish.group_id else answer.term.end(now)
    return f"Access until {show_date(end)}." if end else "Access without an end."

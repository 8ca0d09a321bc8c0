"""The purchase page: a module to choose, and a line of the quote, as the page shows them."""

from dataclasses import dataclass

from grouplic.services.wording import counted
from grouplic.ui.money import show_money, show_number, show_seats, show_term


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

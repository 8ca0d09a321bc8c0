"""The price and the license of a ``module.toml``, read into plain values.

The format is described in ``docs/catalog-format.md``.
"""

from datetime import UTC, date, datetime, time
from typing import Any

from grouplic.domain.currencies import step
from grouplic.domain.quotes import Tier
from grouplic.domain.terms import UNLIMITED, Term


def read_tiers(price: dict[str, Any]) -> tuple[Tier, ...]:
    """Return the volume prices; raise ``ValueError`` where they make no sense.

    More seats reach a lower price, never a higher one, and each can be charged in its currency.
    """
    tiers = tuple(Tier(each["seats"], each["amount"]) for each in price.get("tiers", ()))
    before = Tier(1, price["amount"])
    for tier in (before, *tiers):
        if type(tier.amount) is not int or type(tier.seats) is not int or tier.amount < 0:
            raise ValueError("prices and seats are whole numbers that are not negative")
        if tier.amount % step(price["currency"]):
            raise ValueError(f"{tier.amount} cannot be charged in {price['currency']}")
    for tier in tiers:
        if tier.seats <= before.seats or tier.amount > before.amount:
            raise ValueError("tiers go from few seats to many, and from dear to cheap")
        before = tier
    return tiers


def read_term(head: dict[str, Any]) -> Term:
    """Return the license's term; raise ``ValueError`` for one that is not understood."""
    kind = head.get("term", "unlimited")
    if kind == "unlimited":
        return UNLIMITED
    if kind == "months" and type(head.get("months")) is int and head["months"] > 0:
        return Term(months=head["months"])
    if kind == "until" and type(head.get("until")) is date:
        # The day named is the last one with access, in UTC.
        return Term(until=datetime.combine(head["until"], time(23, 59, 59), UTC))
    raise ValueError(
        'the license\'s term is "unlimited", "until" with a date, or "months" with a number'
    )

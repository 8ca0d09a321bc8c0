"""How long a license lasts: without an end, until a date, or for months from the purchase."""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction


@dataclass(frozen=True)
class Term:
    """``months`` from the purchase, or until a moment; neither means without an end."""

    months: int | None = None
    until: datetime | None = None

    def end(self, start: datetime) -> datetime | None:
        """Return when a license that begins at ``start`` ends."""
        return add_months(start, self.months) if self.months else self.until

    @property
    def ends(self) -> bool:
        """Whether there is an end at all."""
        return bool(self.months or self.until)


UNLIMITED = Term()


def shortest(terms: Iterable[Term], start: datetime) -> Term:
    """Return the term that ends first: a group has one end, and no module outlasts its license."""
    ending = [term for term in terms if term.ends]
    return min(ending, key=lambda term: term.end(start) or start, default=UNLIMITED)


def add_months(moment: datetime, months: int) -> datetime:
    """Return the same day of a later month; the last day where that month is shorter."""
    years, month = divmod(moment.month - 1 + months, 12)
    year = moment.year + years
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def months_left(now: datetime, ends_at: datetime) -> int:
    """Return the months until ``ends_at``; one that has begun counts whole."""
    months = max(0, (ends_at.year - now.year) * 12 + ends_at.month - now.month - 1)
    while add_months(now, months) < ends_at:
        months += 1
    return months


def share_of_term(now: datetime, ends_at: datetime | None, term: Term) -> Fraction:
    """Return which part of the price is due for what is added now and ends with the group."""
    if ends_at is None or not term.months:
        return Fraction(1)
    return Fraction(months_left(now, ends_at), term.months)

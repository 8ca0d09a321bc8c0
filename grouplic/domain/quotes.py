"""What a purchase costs: pure arithmetic on minor units."""

from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

from grouplic.domain.currencies import rounded
from grouplic.domain.refusals import Refusal
from grouplic.domain.terms import UNLIMITED, Term

MOST_SEATS = 10_000
# The provider takes eight digits: https://docs.stripe.com/currencies#minimum-and-maximum
MOST_AMOUNT = 99_999_999


@dataclass(frozen=True)
class Tier:
    """From this many seats on, every seat costs ``amount`` minor units."""

    seats: int
    amount: int


@dataclass(frozen=True)
class Priced:
    """A module and its price per seat in minor units.

    ``before`` seats count towards the tiers though they are not bought now; ``share`` is the part
    of the price that is due, for what ends with a group that has begun.
    """

    module_id: UUID
    slug: str
    title: str
    unit_amount: int
    currency: str
    tiers: tuple[Tier, ...] = ()
    before: int = 0
    share: Fraction = Fraction(1)
    term: Term = UNLIMITED

    def price(self, seats: int) -> int:
        """Return what each of ``seats`` costs, bought together."""
        reached = [tier.amount for tier in self.tiers if tier.seats <= self.before + seats]
        amount = reached[-1] if reached else self.unit_amount
        return amount if self.share == 1 else rounded(amount * self.share, self.currency)

    def seats_to_next_price(self, seats: int) -> int | None:
        """Return how many more seats make each of them cheaper, or None."""
        for tier in self.tiers:
            more = tier.seats - self.before - seats
            if more > 0 and self.price(seats + more) < self.price(seats):
                return more
        return None


@dataclass(frozen=True)
class QuoteLine:
    """One module for ``quantity`` seats at ``unit_amount`` minor units each."""

    module: Priced
    quantity: int
    unit_amount: int

    @property
    def amount(self) -> int:
        """The line's amount in minor units."""
        return self.unit_amount * self.quantity

    @property
    def is_reduced(self) -> bool:
        """Whether a seat costs less than the list price."""
        return self.unit_amount < self.module.unit_amount


@dataclass(frozen=True)
class Quote:
    """What would be charged; ``total`` is always the sum of the lines."""

    currency: str
    seats: int
    lines: tuple[QuoteLine, ...]

    @property
    def total(self) -> int:
        """The total in minor units."""
        return sum(line.amount for line in self.lines)

    @property
    def per_seat(self) -> int:
        """What one seat with all of its modules costs, in minor units."""
        return sum(line.unit_amount for line in self.lines)


@dataclass(frozen=True)
class NextPrice:
    """``more`` seats, and each costs ``per_seat``; ``total`` is what all of them would cost."""

    more: int
    per_seat: int
    total: int


def quote(modules: tuple[Priced, ...], seats: int) -> Quote:
    """Return the quote for ``seats`` places that open ``modules``.

    Refuses no module, fewer than one seat, more than ``MOST_SEATS``, and mixed currencies.
    """
    if not modules:
        raise Refusal("Choose at least one module.", "modules")
    check_seats(seats)
    currencies = {module.currency for module in modules}
    if len(currencies) > 1:
        raise Refusal("These modules are priced in different currencies; buy them one by one.")
    lines = tuple(QuoteLine(module, seats, module.price(seats)) for module in modules)
    return Quote(currencies.pop(), seats, lines)


def next_price(quoted: Quote) -> NextPrice | None:
    """Return how near the next volume price is, if more seats would make every seat cheaper."""
    steps = [line.module.seats_to_next_price(quoted.seats) for line in quoted.lines]
    more = min((step for step in steps if step), default=None)
    if more is None or quoted.seats + more > MOST_SEATS:
        return None
    then = quote(tuple(line.module for line in quoted.lines), quoted.seats + more)
    return NextPrice(more, then.per_seat, then.total)


def check_seats(seats: int) -> None:
    """Refuse a number of seats that cannot be bought at once."""
    if seats < 1:
        raise Refusal("Choose at least one seat.", "seats")
    if seats > MOST_SEATS:
        raise Refusal(f"At most {MOST_SEATS:,} seats can be bought at once.", "seats")


def check_amount(total: int) -> None:
    """Refuse a total that the payment provider cannot charge at once."""
    if total > MOST_AMOUNT:
        raise Refusal("This is more than can be paid at once. Buy it in two parts.", "seats")

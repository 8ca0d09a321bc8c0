"""What a purchase costs: pure arithmetic on minor units."""

from dataclasses import dataclass
from uuid import UUID

from grouplic.domain.refusals import Refusal

MOST_SEATS = 10_000


@dataclass(frozen=True)
class Priced:
    """A module and its price per seat in minor units."""

    module_id: UUID
    slug: str
    title: str
    unit_amount: int
    currency: str


@dataclass(frozen=True)
class QuoteLine:
    """One module for ``quantity`` seats."""

    module: Priced
    quantity: int

    @property
    def amount(self) -> int:
        """The line's amount in minor units."""
        return self.module.unit_amount * self.quantity


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
    lines = tuple(QuoteLine(module, seats) for module in modules)
    return Quote(currencies.pop(), seats, lines)


def check_seats(seats: int) -> None:
    """Refuse a number of seats that cannot be bought at once."""
    if seats < 1:
        raise Refusal("Choose at least one seat.", "seats")
    if seats > MOST_SEATS:
        raise Refusal(f"At most {MOST_SEATS:,} seats can be bought at once.", "seats")

"""Money, numbers and dates as the visitor reads them."""

from datetime import date, datetime

from grouplic.domain.terms import Term
from grouplic.services import wording
from grouplic.ui.visitor import visitor


def show_money(amount: int, currency: str) -> str:
    """Return minor units as money, such as 1008 of usd as $10.08; whole amounts without cents."""
    return wording.show_money(amount, currency, visitor().locale)


def show_number(number: int) -> str:
    """Return the number with its thousands apart, such as 10,000."""
    return wording.show_number(number, visitor().locale)


def counted(number: int, noun: str, several: str = "") -> str:
    """Return how many there are, such as 1 lesson, 3 lessons or 2 people."""
    return wording.counted(number, noun, several, visitor().locale)


def show_percent(percent: int) -> str:
    """Return a whole percentage, such as 84%, 84 % or %84."""
    return wording.show_percent(percent, visitor().locale)


def show_date(moment: datetime) -> str:
    """Return the visitor's day, such as Nov 24, 2026."""
    return wording.show_date(moment, visitor().locale, visitor().zone)


def show_day(day: date) -> str:
    """Return a day of the calendar, such as Nov 24, 2026, as the visitor writes it."""
    return wording.show_day(day, visitor().locale)


def show_moment(moment: datetime) -> str:
    """Return the visitor's day and time of day, such as Nov 24, 2026, 9:05 AM."""
    return wording.show_moment(moment, visitor().locale, visitor().zone)


def show_term(term: Term) -> str:
    """Return how long a license lasts, in words."""
    return wording.show_term(term, visitor().locale)


def show_seats(seats: int) -> str:
    """Return a number of seats in words."""
    return wording.show_seats(seats, visitor().locale)

"""Money, dates and terms as people read them."""

from datetime import datetime
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_currency, get_currency_symbol

from grouplic.domain.currencies import decimals
from grouplic.domain.terms import Term


def show_money(amount: int, currency: str) -> str:
    """Return minor units as money, such as 1008 of usd as $10.08; whole amounts without cents."""
    code, places = currency.upper(), decimals(currency)
    sign = "¤\xa0" if get_currency_symbol(code, locale="en_US") == code else "¤"
    cents = f".{'0' * places}" if amount % 10**places else ""
    exact = Decimal(amount).scaleb(-places)
    pattern = f"{sign}#,##0{cents}"
    return format_currency(exact, code, pattern, locale="en_US", currency_digits=False)


def show_date(moment: datetime) -> str:
    """Return the day, such as Nov 24, 2026."""
    return format_date(moment, locale="en_US")


def show_term(term: Term) -> str:
    """Return how long a license lasts, in words."""
    if term.months:
        return f"{term.months} months of access" if term.months != 1 else "1 month of access"
    return f"access until {show_date(term.until)}" if term.until else "access without an end"


def show_seats(seats: int) -> str:
    """Return a number of seats in words."""
    return f"{seats:,} seats" if seats != 1 else "1 seat"

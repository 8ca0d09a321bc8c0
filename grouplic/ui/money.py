"""Money and dates as people read them."""

from datetime import datetime

from babel.dates import format_date
from babel.numbers import format_currency, get_currency_precision


def show_money(amount: int, currency: str) -> str:
    """Return minor units as money, such as 1008 of usd as $10.08; whole amounts without cents."""
    code = currency.upper()
    precision = get_currency_precision(code)
    whole, rest = divmod(amount, 10**precision)
    if not rest:
        return format_currency(whole, code, "¤#,##0", locale="en_US", currency_digits=False)
    return format_currency(amount / 10**precision, code, locale="en_US")


def show_date(moment: datetime) -> str:
    """Return the day, such as Nov 24, 2026."""
    return format_date(moment, locale="en_US")

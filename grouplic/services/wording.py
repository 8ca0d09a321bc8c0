"""Money, dates and terms as people read them; in American English and UTC unless told."""

from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal

from babel import Locale
from babel.dates import format_date, format_time, get_datetime_format
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_symbol

from grouplic.domain.currencies import decimals
from grouplic.domain.terms import Term

AMERICAN = Locale("en", "US")


def show_money(amount: int, currency: str, locale: Locale = AMERICAN) -> str:
    """Return minor units as money, such as 1008 of usd as $10.08; whole amounts without cents."""
    code, places = currency.upper(), decimals(currency)
    cents = f".{'0' * places}" if amount % 10**places else ""
    pattern = locale.currency_formats["standard"].pattern.replace(".00", cents)
    if get_currency_symbol(code, locale=locale) == code:
        pattern = pattern.replace("¤#", "¤\xa0#")  # a code is no sign: it stands apart
    exact = Decimal(amount).scaleb(-places)
    return format_currency(exact, code, pattern, locale=locale, currency_digits=False)


def show_number(number: int, locale: Locale = AMERICAN) -> str:
    """Return the number with its thousands apart, such as 10,000."""
    return format_decimal(number, locale=locale)


def show_percent(percent: int, locale: Locale = AMERICAN) -> str:
    """Return a whole percentage, such as 84%."""
    return format_percent(Decimal(percent) / 100, locale=locale)


def counted(number: int, noun: str, several: str = "", locale: Locale = AMERICAN) -> str:
    """Return how many there are, such as 1 lesson, 3 lessons or 2 people."""
    return f"{show_number(number, locale)} {noun if number == 1 else several or noun + 's'}"


def say_too_few_open(needed: int, open_seats: int) -> str:
    """Return the sentence for whoever wants more seats than are open."""
    there = {0: "none is", 1: "1 is"}.get(open_seats, f"{open_seats:,} are")
    return f"You need {counted(needed, 'seat')}, and {there} open."


def show_date(moment: datetime, locale: Locale = AMERICAN, zone: tzinfo = UTC) -> str:
    """Return the day, such as Nov 24, 2026."""
    return format_date(moment.astimezone(zone), locale=locale)


def show_day(day: date, locale: Locale = AMERICAN) -> str:
    """Return a day of the calendar, which is the same in every time zone."""
    return format_date(day, locale=locale)


def show_moment(moment: datetime, locale: Locale = AMERICAN, zone: tzinfo = UTC) -> str:
    """Return the day and the time of day, such as Nov 24, 2026, 9:05 AM."""
    here = moment.astimezone(zone)
    pattern = str(get_datetime_format("medium", locale=locale))
    time = format_time(here, "short", locale=locale)
    return pattern.replace("{1}", format_date(here, locale=locale)).replace("{0}", time)


def show_term(term: Term, locale: Locale = AMERICAN) -> str:
    """Return how long a license lasts, in words. Its last day is one of UTC."""
    if term.months:
        return f"{term.months} months of access" if term.months != 1 else "1 month of access"
    if term.until:
        return f"access until {show_date(term.until, locale)}"
    return "access without an end"


def show_seats(seats: int, locale: Locale = AMERICAN) -> str:
    """Return a number of seats in words."""
    return f"{show_number(seats, locale)} seats" if seats != 1 else "1 seat"

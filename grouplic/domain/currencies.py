"""Minor units of currencies as the payment provider counts them.

Source: https://docs.stripe.com/currencies. ISO 4217 differs for two of them (ISK, UGX), which are
charged in hundredths that must be whole, and cash rounding is no business of a card payment.
"""

import re
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from grouplic.domain.refusals import Refusal

_NO_DECIMALS = frozenset(
    "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split()  # noqa: SIM905
)
_THREE_DECIMALS = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
_WHOLE_UNITS = frozenset({"isk", "ugx"})


def decimals(currency: str) -> int:
    """Return how many decimal places an amount of minor units has."""
    code = currency.lower()
    if code in _NO_DECIMALS:
        return 0
    return 3 if code in _THREE_DECIMALS else 2


def step(currency: str) -> int:
    """Return the smallest chargeable difference, in minor units."""
    code = currency.lower()
    if code in _THREE_DECIMALS:
        return 10
    return 100 if code in _WHOLE_UNITS else 1


def rounded(amount: Fraction, currency: str) -> int:
    """Return ``amount`` minor units as one that can be charged; a half is rounded up."""
    smallest = step(currency)
    steps = Decimal(amount.numerator) / Decimal(amount.denominator * smallest)
    return int(steps.quantize(Decimal(1), ROUND_HALF_UP)) * smallest


def minor_units(typed: str, currency: str) -> int:
    """Return an amount typed in major units, such as 12.50 of usd, as exactly so many minor units.

    Refuses what is no plain number, and more decimals than the currency can be charged in.
    """
    places = decimals(currency)
    decimal_part = rf"(?:\.[0-9]{{1,{places}}})?" if places else ""
    if not re.fullmatch(rf"[0-9]{{1,9}}{decimal_part}", typed.strip(), re.ASCII):
        example = f"12.{'50'.ljust(places, '0')}" if places else "1250"
        raise Refusal(f"Type the amount in {currency.upper()}, such as {example}.", "amount")
    amount = int(Decimal(typed.strip()).scaleb(places))
    if amount % step(currency):
        raise Refusal("This currency cannot be charged in so small a part.", "amount")
    return amount

"""Money typed by a person becomes exactly so many minor units, or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grouplic.domain.currencies import decimals, minor_units, step
from grouplic.domain.refusals import Refusal
from grouplic.services.wording import show_money


@pytest.mark.parametrize(
    ("typed", "currency", "amount"),
    [
        ("12.50", "usd", 1250),
        ("12.5", "eur", 1250),
        (" 12 ", "usd", 1200),
        ("0.29", "usd", 29),
        ("1250", "jpy", 1250),
        ("1.250", "kwd", 1250),
        ("7", "isk", 700),
    ],
)
def test_major_units_become_minor_units_exactly(typed: str, currency: str, amount: int) -> None:
    assert minor_units(typed, currency) == amount


@pytest.mark.parametrize(
    ("typed", "currency"),
    [
        ("", "usd"),
        ("-1", "usd"),
        ("1,000", "usd"),
        ("12.505", "usd"),
        ("12.", "usd"),
        ("1e3", "usd"),
        ("١٢", "usd"),
        ("12.5", "jpy"),
        ("1.255", "kwd"),
        ("7.50", "isk"),
        ("9" * 40, "usd"),
    ],
)
def test_what_is_no_amount_of_the_currency_is_refused(typed: str, currency: str) -> None:
    with pytest.raises(Refusal):
        minor_units(typed, currency)


@given(st.integers(0, 99_999_999), st.sampled_from(["usd", "jpy", "kwd", "isk", "eur"]))
def test_what_is_shown_can_be_typed(units: int, currency: str) -> None:
    amount = units - units % step(currency)
    shown = "".join(c for c in show_money(amount, currency) if c.isdigit() or c == ".")
    assert minor_units(shown, currency) == amount
    assert decimals(currency) >= len(shown.partition(".")[2])

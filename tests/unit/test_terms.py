"""How long a license lasts, and what part of it is left."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grouplic.adapters.catalog_prices import read_term, read_tiers
from grouplic.domain.terms import (
    UNLIMITED,
    Term,
    add_months,
    months_left,
    share_of_term,
    shortest,
)

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)).map(
    lambda moment: moment.replace(tzinfo=UTC)
)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-11-24", 12, "2027-11-24"),
        ("2027-01-31", 1, "2027-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2026-12-31", 2, "2027-02-28"),
    ],
)
def test_months_end_on_the_same_day_or_the_last(start: str, months: int, end: str) -> None:
    assert add_months(datetime.fromisoformat(start), months) == datetime.fromisoformat(end)


@given(moments, st.timedeltas(timedelta(seconds=1), timedelta(days=4000)))
def test_the_months_left_reach_the_end_and_one_less_does_not(
    now: datetime, length: timedelta
) -> None:
    left = months_left(now, now + length)

    assert left >= 1
    assert add_months(now, left) >= now + length
    assert left == 1 or add_months(now, left - 1) < now + length


def test_a_share_is_the_months_left_of_the_whole() -> None:
    year = Term(months=12)
    assert share_of_term(NOW, add_months(NOW, 12), year) == 1
    assert share_of_term(NOW, add_months(NOW, 3), year) == Fraction(1, 4)
    assert share_of_term(NOW, NOW + timedelta(days=1), year) == Fraction(1, 12)
    assert share_of_term(NOW, None, year) == 1
    assert share_of_term(NOW, NOW + timedelta(days=1), UNLIMITED) == 1


def test_the_shortest_term_decides() -> None:
    until = Term(until=NOW + timedelta(days=100))
    assert shortest([UNLIMITED, Term(months=12), until], NOW) == until
    assert shortest([UNLIMITED, Term(months=2), until], NOW) == Term(months=2)
    assert shortest([UNLIMITED], NOW) == UNLIMITED


def test_the_catalog_says_how_long() -> None:
    assert read_term({}) == UNLIMITED
    assert read_term({"term": "months", "months": 12}) == Term(months=12)
    last_day = read_term({"term": "until", "until": date(2027, 6, 30)}).until
    assert last_day == datetime(2027, 6, 30, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "head",
    [
        {"term": "forever"},
        {"term": "months"},
        {"term": "months", "months": 0},
        {"term": "until", "until": "soon"},
    ],
)
def test_a_term_that_is_not_understood_is_refused(head: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="term"):
        read_term(head)


@pytest.mark.parametrize(
    ("currency", "amount", "tiers"),
    [
        ("usd", 2400, [{"seats": 10, "amount": 2500}]),
        ("usd", 2400, [{"seats": 20, "amount": 2000}, {"seats": 10, "amount": 1900}]),
        ("usd", 2400, [{"seats": 1, "amount": 2000}]),
        ("usd", 2400, [{"seats": 10, "amount": -1}]),
        ("usd", 24.5, []),
        ("kwd", 1234, []),
        ("isk", 150, []),
    ],
)
def test_prices_that_make_no_sense_are_refused(
    currency: str, amount: Any, tiers: list[dict[str, int]]
) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_tiers({"currency": currency, "amount": amount, "tiers": tiers})

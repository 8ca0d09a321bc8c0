"""What a purchase costs."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grouplic.domain.quotes import MOST_SEATS, Priced, quote
from grouplic.domain.refusals import Refusal

modules = st.lists(
    st.builds(
        Priced, st.builds(uuid4), st.text(), st.text(), st.integers(0, 100_000), st.just("usd")
    ),
    min_size=1,
    max_size=6,
).map(tuple)


@given(modules, st.integers(1, MOST_SEATS))
def test_the_total_is_the_sum_of_the_lines_and_never_negative(
    chosen: tuple[Priced, ...], seats: int
) -> None:
    answer = quote(chosen, seats)

    assert answer.total == sum(line.amount for line in answer.lines) >= 0
    assert all(line.quantity == seats for line in answer.lines)


@given(modules, st.integers(1, MOST_SEATS - 1))
def test_more_seats_never_cost_less(chosen: tuple[Priced, ...], seats: int) -> None:
    assert quote(chosen, seats + 1).total >= quote(chosen, seats).total


@pytest.mark.parametrize("seats", [0, -1, MOST_SEATS + 1])
def test_an_impossible_number_of_seats_is_refused(seats: int) -> None:
    module = Priced(uuid4(), "writing", "Writing", 1000, "usd")
    with pytest.raises(Refusal, match="seat"):
        quote((module,), seats)


def test_no_module_and_mixed_currencies_are_refused() -> None:
    with pytest.raises(Refusal, match="at least one module"):
        quote((), 3)
    both = tuple(Priced(uuid4(), code, code, 1000, code) for code in ("usd", "eur"))
    with pytest.raises(Refusal, match="currencies"):
        quote(both, 3)

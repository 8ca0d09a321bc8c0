"""What a purchase costs."""

from fractions import Fraction
from uuid import uuid4

import pytest
from babel.numbers import get_currency_precision
from hypothesis import given
from hypothesis import strategies as st

from grouplic.adapters.stripe_requests import CheckoutOptions, invoice_lines, session_params
from grouplic.domain.currencies import decimals, rounded, step
from grouplic.domain.quotes import MOST_SEATS, Priced, Tier, next_price, quote
from grouplic.domain.refusals import Refusal
from grouplic.services.ports import CheckoutLine, CheckoutRequest, InvoiceRequest
from grouplic.services.wording import show_money
from tests.conftest import NOW

CURRENCIES = ("usd", "jpy", "kwd", "isk", "huf")


@st.composite
def tiers(draw: st.DrawFn, first: int, currency: str) -> tuple[Tier, ...]:
    """Volume prices as the catalog allows them: more seats, a lower price."""
    seats = sorted(draw(st.sets(st.integers(2, 300), max_size=4)))
    amounts = sorted(
        (draw(st.integers(0, first // step(currency))) * step(currency) for _ in seats),
        reverse=True,
    )
    return tuple(Tier(*pair) for pair in zip(seats, amounts, strict=True))


@st.composite
def modules_in(draw: st.DrawFn, currency: str) -> tuple[Priced, ...]:
    """Up to six modules in one currency."""
    chosen = []
    for number in range(draw(st.integers(1, 6))):
        amount = draw(st.integers(0, 100_000 // step(currency))) * step(currency)
        chosen.append(
            Priced(
                uuid4(),
                f"m{number}",
                f"M {number}",
                amount,
                currency,
                draw(tiers(amount, currency)),
                draw(st.integers(0, 400)),
                draw(st.fractions(0, 3, max_denominator=36)),
            )
        )
    return tuple(chosen)


modules = st.sampled_from(CURRENCIES).flatmap(modules_in)


@given(modules, st.integers(1, MOST_SEATS))
def test_the_total_is_the_sum_of_the_lines_never_negative_and_chargeable(
    chosen: tuple[Priced, ...], seats: int
) -> None:
    answer = quote(chosen, seats)

    assert answer.total == sum(line.amount for line in answer.lines) >= 0
    assert all(line.quantity == seats for line in answer.lines)
    assert all(line.unit_amount % step(answer.currency) == 0 for line in answer.lines)


@given(modules, st.integers(1, MOST_SEATS))
def test_every_seat_costs_what_the_tier_of_the_seats_says(
    chosen: tuple[Priced, ...], seats: int
) -> None:
    for line in quote(chosen, seats).lines:
        module = line.module
        rule = module.unit_amount
        for tier in module.tiers:
            if module.before + seats >= tier.seats:
                rule = tier.amount
        assert line.unit_amount == rounded(rule * module.share, module.currency)
        assert line.amount == line.unit_amount * seats


@given(modules, st.integers(1, MOST_SEATS - 1))
def test_a_seat_more_never_makes_a_seat_dearer(chosen: tuple[Priced, ...], seats: int) -> None:
    assert quote(chosen, seats + 1).per_seat <= quote(chosen, seats).per_seat


@given(modules, st.integers(1, MOST_SEATS))
def test_so_many_more_seats_and_every_seat_costs_less_is_said_where_it_is_true(
    chosen: tuple[Priced, ...], seats: int
) -> None:
    answer = quote(chosen, seats)
    near = next_price(answer)
    if near:
        assert quote(chosen, seats + near.more).per_seat == near.per_seat < answer.per_seat
        assert quote(chosen, seats + near.more - 1).per_seat == answer.per_seat
    elif seats < 5000:
        assert quote(chosen, seats + 5000).per_seat == answer.per_seat


@given(modules, st.integers(1, MOST_SEATS))
def test_stripe_is_told_to_charge_exactly_the_quote(chosen: tuple[Priced, ...], seats: int) -> None:
    answer = quote(chosen, seats)
    lines = tuple(
        CheckoutLine(line.module.slug, line.module.title, line.unit_amount, line.quantity)
        for line in answer.lines
    )
    checkout = CheckoutRequest(uuid4(), "a@b.org", "cus_1", answer.currency, "Seats", lines, NOW)
    invoice = InvoiceRequest(uuid4(), "cus_1", answer.currency, "Seats", lines, 30, "")
    sold = session_params(checkout, "https://x.org", CheckoutOptions())["line_items"]
    for told in (sold, invoice_lines(invoice)):
        charged = sum(line["quantity"] * line["price_data"]["unit_amount"] for line in told)
        assert charged == answer.total


@given(st.fractions(0, 10**9), st.sampled_from(CURRENCIES))
def test_rounding_stays_within_half_a_step_and_a_half_goes_up(
    amount: Fraction, currency: str
) -> None:
    close = rounded(amount, currency)

    assert close % step(currency) == 0
    assert -Fraction(step(currency), 2) < close - amount <= Fraction(step(currency), 2)


@pytest.mark.parametrize(
    "currency", ["usd", "eur", "gbp", "jpy", "krw", "clp", "kwd", "bhd", "tnd"]
)
def test_decimals_are_those_of_iso_4217(currency: str) -> None:
    assert decimals(currency) == get_currency_precision(currency.upper())


def test_the_two_currencies_that_the_provider_counts_in_hundredths_are_whole() -> None:
    for currency in ("isk", "ugx"):
        assert (decimals(currency), step(currency)) == (2, 100)
        assert rounded(Fraction(12_349), currency) == 12_300


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (1008, "usd", "$10.08"),
        (2400, "usd", "$24"),
        (500, "jpy", "¥500"),
        (1230, "kwd", "KWD 1.230"),
        (10000, "isk", "ISK 100"),
        (0, "eur", "€0"),
    ],
)
def test_money_is_shown_as_people_write_it(amount: int, currency: str, shown: str) -> None:
    assert show_money(amount, currency).replace("\xa0", " ") == shown


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

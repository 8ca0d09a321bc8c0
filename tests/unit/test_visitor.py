"""Numbers, money and dates follow the visitor's language and time zone."""

from datetime import UTC, datetime

import pytest

from grouplic.ui import visitor as visitors
from grouplic.ui.moments import show_score
from grouplic.ui.money import show_date, show_money, show_number, show_percent
from grouplic.ui.visitor import UNKNOWN, Visitor, locale_of, zone_of

LATE = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)


def shown_to(language: str, zone: str) -> tuple[str, str, str, str]:
    token = visitors._visitor.set(Visitor(locale_of(language), zone_of(zone)))
    try:
        return (
            show_date(LATE),
            show_number(10000),
            show_money(100800, "usd"),
            show_money(1050, "eur"),
        )
    finally:
        visitors._visitor.reset(token)


def test_an_american_in_new_york_reads_it_their_way() -> None:
    assert shown_to("en-US,en;q=0.9", "America/New_York") == (
        "Nov 24, 2026",
        "10,000",
        "$1,008",
        "€10.50",
    )


def test_a_german_in_berlin_reads_it_their_way_and_has_tomorrow_already() -> None:
    assert shown_to("de-DE,de;q=0.9,en;q=0.8", "Europe/Berlin") == (
        "25.11.2026",
        "10.000",
        "1.008\xa0$",
        "10,50\xa0€",
    )


@pytest.mark.parametrize(
    ("language", "written"), [("en-US", "84%"), ("de-DE", "84\xa0%"), ("tr-TR", "%84")]
)
def test_a_percentage_is_written_as_the_visitor_writes_it(language: str, written: str) -> None:
    token = visitors._visitor.set(Visitor(locale_of(language), UTC))
    try:
        assert (show_percent(84), show_score(84)) == (written, written)
    finally:
        visitors._visitor.reset(token)


def test_the_most_wanted_language_wins_wherever_it_stands() -> None:
    assert str(locale_of("en;q=0.5, fr-CA;q=0.9, xx-YY")) == "fr_CA"


@pytest.mark.parametrize(
    "odd", ["", "*", "xx-YY", ";;;,,,", "en;q=high", "../../etc", "\x00", "a" * 5000, "-" * 200]
)
def test_what_is_no_language_and_no_zone_is_american_english_and_utc(odd: str) -> None:
    assert locale_of(odd) in (UNKNOWN.locale, locale_of("en"))
    assert zone_of(odd) is UTC


def test_without_a_visitor_there_is_still_a_date() -> None:
    assert show_date(LATE) == "Nov 24, 2026"

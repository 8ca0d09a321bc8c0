"""Addresses: judged as the library does, only faster, and typos are noticed."""

import time

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from grouplic.domain.addresses import judge_address
from grouplic.domain.people_lists import TypedPerson, lines_without_address, read_people

ALPHABET = "abcXYZ019._+-@ü"


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", "No address"),
        ("ann", "There is no @"),
        ("@x.org", "Nothing stands before the @"),
        ("ann@", "Nothing stands after the @"),
        ("deniz@northlab", "The part after @ has no dot"),
        ("ann lee@x.org", "A space is in the address"),
        ("a@b@x.org", "There is more than one @"),
        ("ann@x..org", "Two dots stand side by side"),
        (
            "ann@x.org\nBcc: b@y.org",
            "A hidden character is in the address; A space is in the address; "
            "There is more than one @",
        ),
        ("deniz ak@northlab", "A space is in the address; The part after @ has no dot"),
    ],
)
def test_an_impossible_address_says_why(typed: str, problem: str) -> None:
    assert (judge_address(typed).email, judge_address(typed).problem) == ("", problem)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("c.diaz@gmial.com", "c.diaz@gmail.com"),
        ("c@gmail.con", "c@gmail.com"),
        ("c@hotmial.com", "c@hotmail.com"),
        ("c@yaho.com", "c@yahoo.com"),
        ("c@outlok.com", "c@outlook.com"),
        ("c@gmailcom", "c@gmail.com"),
        ("c@gmail,com", "c@gmail.com"),
        ("c(at)northlab.org", "c@northlab.org"),
        ("c@northlab.ogr", "c@northlab.org"),
    ],
)
def test_a_likely_typo_is_offered_corrected(typed: str, meant: str) -> None:
    assert judge_address(typed).suggestion == meant


@pytest.mark.parametrize("domain", ["mail.com", "gmx.com", "ymail.com", "me.com", "northlab.org"])
def test_a_real_domain_is_no_typo(domain: str) -> None:
    assert judge_address(f"ann@{domain}").suggestion == ""


@given(st.text(ALPHABET, max_size=40))
@example("a@b.test")
@example("a-@b-c.com")
def test_the_fast_way_agrees_with_the_library(typed: str) -> None:
    judged = judge_address(typed).email
    if judged:
        text = typed.strip().removeprefix("mailto:").rstrip(".,;")
        assert validate_email(text, check_deliverability=False).normalized == judged


@given(st.emails())
def test_what_the_library_takes_is_taken(email: str) -> None:
    try:
        normalized = validate_email(email, check_deliverability=False).normalized
    except EmailNotValidError:
        return
    assert judge_address(email).email in {normalized, ""}


ANN, BO = TypedPerson("ann@x.org", "Ann", "Lee"), TypedPerson("bo@y.org", "Bo", "Chen")


@pytest.mark.parametrize(
    "pasted",
    [
        "Ann Lee <ann@x.org>; Bo Chen <bo@y.org>",
        "Lee, Ann <ann@x.org>; Chen, Bo <bo@y.org>",
        '"Lee, Ann" <ann@x.org>, "Chen, Bo" <bo@y.org>',
        "'Ann Lee' <ann@x.org>\n'Bo Chen' <bo@y.org>",
        "Email\tFirst name\tLast name\nann@x.org\tAnn\tLee\nbo@y.org\tBo\tChen",
        "Ann\tLee\tann@x.org\r\nBo\tChen\tbo@y.org\r\n",
        "ann@x.org, Ann, Lee\nbo@y.org, Bo, Chen",
        "1. Ann Lee ann@x.org\n2. bo@y.org Bo Chen",
        "“Ann Lee” <mailto:ann@x.org>；Bo Chen <bo＠y.org>",
    ],
)
def test_people_are_found_in_any_form_at_hand(pasted: str) -> None:
    assert read_people(pasted) == [ANN, BO]


def test_a_column_of_addresses_has_no_names() -> None:
    assert read_people("ann@x.org\n\n bo@y.org ") == [
        TypedPerson("ann@x.org"),
        TypedPerson("bo@y.org"),
    ]
    assert read_people("ann@x.org, bo@y.org") == read_people("ann@x.org bo@y.org")


def test_what_was_meant_as_an_address_is_kept_to_be_corrected() -> None:
    assert read_people("ann@x.org\nbo at y.org") == [
        TypedPerson("ann@x.org"),
        TypedPerson("bo at y.org"),
    ]


@given(st.text(max_size=300), st.integers(0, 5))
def test_no_paste_breaks_it(pasted: str, most: int) -> None:
    assert len(read_people(pasted, most)) <= most


def test_where_there_is_no_room_nobody_is_read() -> None:
    assert read_people("ann@x.org", most=0) == []


@pytest.mark.parametrize("symbol", ["<", '"', ",", "@", "a@", "; ", "<a@b.c>"])
def test_an_endless_line_takes_linear_time(symbol: str) -> None:
    assert len(read_people(symbol * 100_000)) <= 2000


@pytest.mark.parametrize(
    "pasted",
    ["<a@b@," + "a" * 99_000, "<a@b@," + "a " * 49_000, "\n".join(["a" * 1_999] * 50)],
)
def test_a_paste_made_to_hang_takes_no_more_time_than_another(pasted: str) -> None:
    began = time.process_time()
    read_people(pasted)
    assert time.process_time() - began < 2


def test_a_plain_address_between_named_ones_loses_nobody() -> None:
    assert read_people("Ann Lee <ann@x.org>, cy@z.org, Chen, Bo <bo@y.org>") == [
        ANN,
        TypedPerson("cy@z.org"),
        BO,
    ]


def test_lines_that_name_nobody_are_told_from_heads_and_broken_addresses() -> None:
    pasted = "Name\tEmail\nAnn Lee\tann@x.org\n\n- Bo Novak\nbo at y.org\ncy.z.org\nsee you!\n"
    assert lines_without_address(pasted) == ["- Bo Novak", "see you!"]

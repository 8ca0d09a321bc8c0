"""What counts as a right answer."""

import pytest

from grouplic.domain.answers import (
    NotAnAnswer,
    clean_answer,
    is_right,
    option_id,
    read_number,
    score_of,
)

CHOICE = {"option": [{"text": "A", "correct": True}, {"text": "B"}, {"text": "C", "correct": True}]}
A, B, C = (option_id(option) for option in CHOICE["option"])


@pytest.mark.parametrize(
    ("given", "right"), [([A, C], True), ([C, A], True), ([A], False), ([A, B, C], False)]
)
def test_a_multiple_choice_is_right_as_a_whole(given: list[str], right: bool) -> None:
    assert is_right("multiple", CHOICE, given) is right


def test_options_may_be_moved_about_and_answers_still_name_the_same() -> None:
    moved = {"option": list(reversed(CHOICE["option"]))}

    assert is_right("multiple", moved, [A, C])


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("1000", True),
        ("1,000", True),
        (" 1 000 ", True),
        ("1'000", True),
        ("1000 thousand", True),
        ("1005", True),
        ("1005.5", False),
        ("994", False),
        ("about a thousand", False),
        ("", False),
        ("NaN", False),
        ("1.2.3", False),
    ],
)
def test_a_number_is_right_within_its_tolerance(typed: str, right: bool) -> None:
    assert is_right("numeric", {"answer": 1000, "tolerance": 5}, typed) is right


@pytest.mark.parametrize(
    ("typed", "number"), [("0,5", "0.5"), ("1.234,5", "1234.5"), ("−3", "-3"), ("12 %", "12")]
)
def test_numbers_are_read_as_people_write_them(typed: str, number: str) -> None:
    assert str(read_number(typed)) == number


@pytest.mark.parametrize(
    "typed", ["Credential  Stuffing.", "“credential stuffing”", "CREDENTIAL stuffing"]
)
def test_a_short_answer_forgives_case_spaces_and_marks(typed: str) -> None:
    assert is_right("short", {"accepted": ["credential stuffing"]}, typed)


def test_a_short_answer_does_not_forgive_other_words() -> None:
    assert not is_right("short", {"accepted": ["credential stuffing"]}, "password stuffing")


@pytest.mark.parametrize(
    ("kind", "given"),
    [("single", [A, B]), ("single", A), ("multiple", ["x"]), ("true_false", "true"), ("short", 5)],
)
def test_what_is_no_answer_to_this_kind_is_refused(kind: str, given: object) -> None:
    with pytest.raises(NotAnAnswer):
        clean_answer(kind, CHOICE, given)


@pytest.mark.parametrize(("kind", "given"), [("multiple", []), ("short", "  "), ("numeric", "")])
def test_an_empty_answer_takes_it_back(kind: str, given: object) -> None:
    assert clean_answer(kind, CHOICE, given) is None


def test_a_score_is_never_rounded_up_to_the_mark() -> None:
    assert [score_of(7, 9), score_of(8, 10), score_of(2, 3)] == [77, 80, 66]

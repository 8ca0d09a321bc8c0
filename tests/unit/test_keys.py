"""Enrollment keys as text."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grouplic.domain import keys

codes = st.builds(
    lambda body: body + keys._check_symbol(body),
    st.text(keys.ALPHABET, min_size=keys.LENGTH - 1, max_size=keys.LENGTH - 1),
)


@given(codes)
def test_a_key_is_read_whatever_its_case_spaces_and_dashes(code: str) -> None:
    shown = keys.show(code)

    assert keys.read(shown) == code
    assert keys.read(shown.lower().replace("-", " ")) == code
    assert keys.read(shown.replace("-", "\u2013", 1)) == code


@given(codes, st.integers(0, keys.LENGTH - 1), st.sampled_from(keys.ALPHABET))
def test_any_single_typo_is_noticed(code: str, place: int, symbol: str) -> None:
    typo = code[:place] + symbol + code[place + 1 :]
    if typo == code:
        assert keys.read(typo) == code
        return
    with pytest.raises(keys.MistypedKey):
        keys.read(typo)


@given(codes, st.integers(0, keys.LENGTH - 2))
def test_any_swap_of_neighbors_is_noticed(code: str, place: int) -> None:
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    if swapped == code:
        assert keys.read(swapped) == code
        return
    with pytest.raises(keys.MistypedKey):
        keys.read(swapped)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(keys.MistypedKey):
        assert len(keys.read(text)) == keys.LENGTH


def test_keys_have_no_look_alikes() -> None:
    assert not set("01ILO") & set(keys.ALPHABET)
    assert len(set(keys.ALPHABET)) == 31

"""What was likely meant is said while an address is typed, and anything may be sent."""

import os

os.environ.setdefault("__REFLEX_SKIP_COMPILE", "1")

import pytest

from grouplic.ui.typed_address import TypedAddressState
from tests.coroutines import run


@pytest.mark.parametrize(
    ("typed", "says", "suggestion"),
    [
        ("ann@gmial.com", "Did you mean gmail.com?", "ann@gmail.com"),
        ("ann at gmail.com", "A space is in the address; There is no @", "ann@gmail.com"),
        ("ann@northlab.example", "", ""),
        ("ann@", "", ""),
    ],
)
def test_another_address_is_offered_where_it_was_likely_meant(
    typed: str, says: str, suggestion: str
) -> None:
    state = TypedAddressState()
    run(state.check("email form-0", typed))
    assert (state.field, state.suggestion) == ("email form-0", suggestion)
    assert state.says == says
    run(state.forget())
    assert (state.field, state.says, state.suggestion) == ("", "", "")

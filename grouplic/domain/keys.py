"""Enrollment keys as text: 15 random symbols and one that checks them.

The alphabet has 31 symbols without look-alikes, so 15 of them carry 74.3 random bits. 31 is prime:
with distinct nonzero weights, a weighted sum modulo 31 catches every change of a single symbol and
every swap of two different neighbors (ISO/IEC 7064 describes the family of such systems).
"""

import secrets
from collections.abc import Callable

from grouplic.domain.refusals import Refusal

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 16
_VALUE = {symbol: value for value, symbol in enumerate(ALPHABET)}
_MODULUS = len(ALPHABET)


class MistypedKey(Refusal):
    """What was typed cannot be a key; the message says what looks wrong."""


def mint(choose: Callable[[str], str] = secrets.choice) -> str:
    """Return a new key of 16 symbols, without dashes. ``choose`` picks each of the first 15."""
    body = "".join(choose(ALPHABET) for _ in range(LENGTH - 1))
    return body + _check_symbol(body)


def show(code: str) -> str:
    """Return the key in four groups of four, as it is printed and shown."""
    return "-".join(code[start : start + 4] for start in range(0, LENGTH, 4))


def read(typed: str) -> str:
    """Return the key in what a person typed, forgiving case, spaces and dashes of any kind.

    Refuses, as ``MistypedKey``, what cannot be a key: a wrong length, a symbol keys do not have, or
    a check symbol that does not fit.
    """
    code = "".join(symbol for symbol in typed.upper() if symbol.isalnum())
    if not code:
        raise MistypedKey("Type the enrollment key you were given.", "key")
    for symbol in code:
        if symbol not in _VALUE:
            raise MistypedKey(
                f"Keys have no “{symbol}”. Letters and digits that look alike are left out: "
                "no 0, 1, I, L or O.",
                "key",
            )
    if len(code) != LENGTH:
        raise MistypedKey(
            f"A key has {LENGTH} letters and digits; this one has {len(code)}.", "key"
        )
    if _check_symbol(code[:-1]) != code[-1]:
        raise MistypedKey(
            "This key has a typo: one symbol is wrong, or two have changed places.", "key"
        )
    return code


def _check_symbol(body: str) -> str:
    # Weights 1..15 and 30 (that is, minus one) for the check symbol itself: all distinct modulo
    # 31, so that swapping the last two symbols shows as well.
    total = sum(weight * _VALUE[symbol] for weight, symbol in enumerate(body, start=1))
    return ALPHABET[total % _MODULUS]

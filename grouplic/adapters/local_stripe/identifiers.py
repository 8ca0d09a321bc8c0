"""Identifiers in Stripe's shapes."""

import secrets
import string

_ALPHABET = string.ascii_letters + string.digits
_LENGTHS = {"cs_test_a1": 58, "cus_": 14, "prod_": 14, "req_": 14}
_USUAL_LENGTH = 24


def new_id(prefix: str) -> str:
    """Return a fresh identifier that starts with ``prefix`` and cannot be guessed."""
    length = _LENGTHS.get(prefix, _USUAL_LENGTH)
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(length))

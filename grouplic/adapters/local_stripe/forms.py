"""Stripe's form encoding: names with brackets become nested values."""

import re
from typing import Any
from urllib.parse import parse_qsl

from grouplic.adapters.local_stripe.errors import ParameterError

_NAME = re.compile(r"[^\[\]]+(\[[^\[\]]*\])*")
_PART = re.compile(r"[^\[\]]+|\[\]")


def decode(encoded: str) -> dict[str, Any]:
    """Return ``a[b][0]=c`` as nested dictionaries of text; refuse names that make no sense.

    An array stays a dictionary, by index; an index left out (``a[]``) is the next one.
    """
    decoded: dict[str, Any] = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        if not _NAME.fullmatch(name):
            raise ParameterError(f"Invalid request: the parameter name {name!r} is malformed.")
        _place(decoded, name, value)
    return decoded


def _place(decoded: dict[str, Any], name: str, value: str) -> None:
    *way, last = _PART.findall(name)
    place: Any = decoded
    for part in way:
        place = place.setdefault(_key(place, part), {})
        if not isinstance(place, dict):
            raise ParameterError(f"Invalid {way[0]}: is both a value and an object.", param=way[0])
    key = _key(place, last)
    if isinstance(place.get(key), dict):
        raise ParameterError(f"Invalid {name}: is both a value and an object.", param=name)
    place[key] = value


def _key(place: dict[str, Any], part: str) -> str:
    return str(len(place)) if part == "[]" else part

"""Kinds of parameters: each reads the text of a request or says what is wrong, as Stripe does."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from babel.numbers import list_currencies

from grouplic.adapters.local_stripe.errors import ParameterError

_CURRENCIES = frozenset(code.lower() for code in list_currencies())


class Parameter(Protocol):
    """Reads one parameter."""

    def read(self, raw: Any, name: str) -> Any:
        """Return the value of ``raw``; refuse, naming ``name``, what does not fit."""
        ...


@dataclass(frozen=True)
class Hash:
    """Named parameters. What is not in ``fields`` is unknown and refused."""

    fields: Mapping[str, Parameter]
    required: tuple[str, ...] = ()

    def read(self, raw: Any, name: str = "") -> dict[str, Any]:
        """Return the values that were given."""
        if not isinstance(raw, dict):
            raise ParameterError("Invalid object", code="parameter_invalid_empty", param=name)
        if unknown := [_inside(name, key) for key in raw if key not in self.fields]:
            word = "parameter" if len(unknown) == 1 else "parameters"
            raise ParameterError(
                f"Received unknown {word}: {', '.join(unknown)}",
                code="parameter_unknown",
                param=unknown[0],
            )
        for key in self.required:
            if key not in raw:
                raise missing(_inside(name, key))
        return {key: self.fields[key].read(raw[key], _inside(name, key)) for key in raw}


@dataclass(frozen=True)
class Array:
    """A list of parameters of one kind."""

    of: Parameter
    at_most: int = 100

    def read(self, raw: Any, name: str) -> list[Any]:
        """Return the values in the order of their indexes."""
        if not isinstance(raw, dict) or not all(re.fullmatch(r"[0-9]{1,6}", key) for key in raw):
            raise ParameterError("Invalid array", param=name)
        if len(raw) > self.at_most:
            raise ParameterError(f"Array exceeds the maximum of {self.at_most}.", param=name)
        return [self.of.read(raw[key], _inside(name, key)) for key in sorted(raw, key=int)]


@dataclass(frozen=True)
class Text:
    """Text that is not empty."""

    at_most: int = 5000

    def read(self, raw: Any, name: str) -> str:
        """Return the text."""
        if not isinstance(raw, str):
            raise ParameterError("Invalid string", param=name)
        if not raw:
            raise ParameterError(
                f"You passed an empty string for '{name}'. We assume empty values are an attempt "
                "to unset a parameter; however it cannot be unset.",
                code="parameter_invalid_empty",
                param=name,
            )
        if len(raw) > self.at_most:
            raise ParameterError(
                f"Invalid string; must be at most {self.at_most} characters", param=name
            )
        return raw


@dataclass(frozen=True)
class Integer:
    """A whole number in a range."""

    at_least: int = 0
    at_most: int = 2**53

    def read(self, raw: Any, name: str) -> int:
        """Return the number."""
        if not isinstance(raw, str) or not re.fullmatch(r"-?[0-9]{1,16}", raw):
            raise self._invalid(f"Invalid integer: {raw}", name)
        number = int(raw)
        if number < self.at_least:
            raise self._invalid(
                f"This value must be greater than or equal to {self.at_least}.", name
            )
        if number > self.at_most:
            raise self._invalid(f"This value must be less than or equal to {self.at_most}.", name)
        return number

    def _invalid(self, message: str, name: str) -> ParameterError:
        return ParameterError(message, code="parameter_invalid_integer", param=name)


@dataclass(frozen=True)
class Fitting:
    """Text that ``fits``; ``what`` names it in the refusal."""

    what: str
    fits: Callable[[str], bool]
    code: str | None = None

    def read(self, raw: Any, name: str) -> str:
        """Return the text."""
        text = Text().read(raw, name)
        if not self.fits(text):
            raise ParameterError(f"Invalid {self.what}: {text}", code=self.code, param=name)
        return text


@dataclass(frozen=True)
class Flag:
    """True or false."""

    def read(self, raw: Any, name: str) -> bool:
        """Return the truth."""
        if raw not in ("true", "false"):
            raise ParameterError(f"Invalid boolean: {raw}", param=name)
        return bool(raw == "true")


@dataclass(frozen=True)
class Metadata:
    """The caller's own pairs: 50, names of 40 and values of 500 characters at most."""

    def read(self, raw: Any, name: str) -> dict[str, str]:
        """Return the pairs; an empty value unsets one."""
        if raw == "":
            return {}
        if not isinstance(raw, dict) or len(raw) > 50:
            raise ParameterError("Metadata must be at most 50 key-value pairs.", param=name)
        for key, value in raw.items():
            if not isinstance(value, str) or len(key) > 40 or len(value) > 500:
                raise ParameterError(
                    "Metadata keys can be up to 40 and values up to 500 characters.",
                    param=_inside(name, key),
                )
        return {key: value for key, value in raw.items() if value}


@dataclass(frozen=True)
class Moments:
    """A moment in seconds, or a range of them by gt, gte, lt and lte."""

    def read(self, raw: Any, name: str) -> int | dict[str, int]:
        """Return the moment or the bounds."""
        if isinstance(raw, dict):
            return Hash(dict.fromkeys(("gt", "gte", "lt", "lte"), Integer())).read(raw, name)
        return Integer().read(raw, name)


def choice(*words: str) -> Fitting:
    """Return the parameter that is one of ``words``."""
    return Fitting(f"value, must be one of {', '.join(words)}", words.__contains__)


def missing(name: str) -> ParameterError:
    """Return the refusal of a request without the parameter ``name``."""
    return ParameterError(f"Missing required param: {name}.", code="parameter_missing", param=name)


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


CURRENCY = Fitting("currency", lambda text: text.lower() in _CURRENCIES)
EMAIL = Fitting("email address", lambda text: "@" in text.strip("@"), code="email_invalid")
EXPAND = Array(Text(), at_most=20)
URL = Fitting("URL", _is_url, code="url_invalid")
PAGE: dict[str, Parameter] = {
    "limit": Integer(1, 100),
    "starting_after": Text(),
    "ending_before": Text(),
    "expand": EXPAND,
}


def _inside(name: str, key: str) -> str:
    return f"{name}[{key}]" if name else key

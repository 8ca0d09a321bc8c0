"""How a visitor reads numbers, money and dates: by their browser's language and time zone.

The language comes with the websocket's request, the time zone in a cookie that a small script of
ours sets; both are the client's word, and only change how something is written.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from reflex.app import App
from reflex.event import Event
from reflex.middleware import Middleware
from reflex.state import BaseState, StateUpdate

from grouplic.ui import seam

COOKIE = "tz"
_LONGEST_HEADER = 300


@dataclass(frozen=True)
class Visitor:
    """The locale by which something is written, and the time zone that a day is of."""

    locale: Locale
    zone: tzinfo


UNKNOWN = Visitor(Locale("en", "US"), UTC)
_visitor: ContextVar[Visitor] = ContextVar("visitor", default=UNKNOWN)


class Visitors(Middleware):
    """Makes the visitor of an event known to whatever its handler shows."""

    async def preprocess(self, app: App, state: BaseState, event: Event) -> StateUpdate | None:
        """Read the language and the time zone of this tab."""
        locale, zone = seam.language(state), seam.cookie_value(state, COOKIE)
        _visitor.set(Visitor(locale_of(locale), zone_of(zone)))
        return None


def visitor() -> Visitor:
    """Return whom the current event is shown to."""
    return _visitor.get()


@lru_cache(maxsize=512)
def locale_of(accept_language: str) -> Locale:
    """Return the most wanted locale there is (RFC 9110, 12.5.4); American English for none."""
    wanted = [_weighed(part) for part in accept_language[:_LONGEST_HEADER].split(",")]
    for _, tag in sorted(wanted, key=lambda one: -one[0]):
        try:
            return Locale.parse(tag, sep="-")
        except (ValueError, UnknownLocaleError, TypeError):
            continue
    return UNKNOWN.locale


@lru_cache(maxsize=512)
def zone_of(name: str) -> tzinfo:
    """Return the time zone with this IANA name; UTC for none or an unknown one."""
    try:
        return ZoneInfo(name.replace("%2F", "/"))
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return UTC


def _weighed(part: str) -> tuple[float, str]:
    tag, _, weight = part.strip().partition(";q=")
    try:
        return float(weight or 1), tag
    except ValueError:
        return 0.0, tag

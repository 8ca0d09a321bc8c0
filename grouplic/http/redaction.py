"""Logs without secrets: the framework logs whole events, with headers and addresses."""

import json
import logging
import re
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

_HIDDEN = "[hidden]"
_LONGEST = 4_000  # characters of what is said
_LONGEST_TRACE = 20_000
_FULL = "200/minute"  # lines from one place in the code; what comes beyond is counted
_SOCKETS = ("engineio.server", "socketio.server")
_NAMES = r"(?:cookie|set-cookie|authorization|token|client_token|reflex-client-token|password)"
_QUOTED = re.compile(
    rf"""(?P<before>["']{_NAMES}["']\s*[:,]\s*b?)(?P<quote>["'])(?:\\.|(?!(?P=quote)).)*(?P=quote)""",
    re.IGNORECASE,
)
_ASSIGNED = re.compile(
    rf"""(?P<before>\b{_NAMES}=)(?P<quote>["'])(?:\\.|(?!(?P=quote)).)*(?P=quote)""", re.IGNORECASE
)
# Also where an address is a parameter of another, and so written with percent signs.
_IN_ADDRESS = re.compile(
    r"""(?P<before>(?:[?&]|%3F|%26)(?:token|key)(?:=|%3D))[^&\s"'#%]+""", re.IGNORECASE
)
_JOIN_LINK = re.compile(r"""(?P<before>(?:/|%2F)join(?:/|%2F))[\w-]+""", re.IGNORECASE)
_UNSUBSCRIBE = re.compile(r"(?P<before>/unsubscribe/\w+/[\w-]+/[\w-]+/)[\w-]+")
_HEADER = re.compile(r"(?P<before>\b(?:set-)?cookie: )[^\r\n]+", re.IGNORECASE)


def redact(text: str) -> str:
    """Return ``text`` without the values of cookies, tokens, keys and passwords."""
    for pattern in (_QUOTED, _ASSIGNED):
        text = pattern.sub(rf"\g<before>\g<quote>{_HIDDEN}\g<quote>", text)
    for pattern in (_IN_ADDRESS, _JOIN_LINK, _UNSUBSCRIBE, _HEADER):
        text = pattern.sub(rf"\g<before>{_HIDDEN}", text)
    return text


def said(record: logging.LogRecord) -> str:
    """Return what a record says in one line of bounded length, without secrets.

    Much of it is a client's word, which must neither fill the log nor write lines of its own.
    """
    text = redact(record.getMessage())[:_LONGEST]
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)[:_LONGEST]


class RedactingFormatter(logging.Formatter):
    """Formats a record with its traceback, and hides what is secret in either."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Return the line."""
        record.message = said(record)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:
        """Return the traceback; its end names the error, and so is kept."""
        return _shortened(redact(super().formatException(ei)))


class JsonFormatter(RedactingFormatter):
    """Formats a record as one line of JSON, with its traceback, and hides what is secret."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line to write."""
        entry = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": said(record),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


class Sparing(logging.Filter):
    """Lets so many lines a minute through from each place that writes them; says what it left out.

    Whoever makes the site write the same line again and again does not fill the disk with it.
    """

    def __init__(self, most: str = _FULL) -> None:
        super().__init__()
        self._most, self._lines = parse(most), FixedWindowRateLimiter(MemoryStorage())
        self._left_out: Counter[tuple[str, int]] = Counter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether the line is written."""
        place = (record.pathname, record.lineno)
        if not self._lines.hit(self._most, record.pathname, str(record.lineno)):
            self._left_out[place] += 1
            return False
        if left_out := self._left_out.pop(place, 0):
            record.msg = f"{record.msg} ({left_out} more like this were left out)"
        return True


def log_without_secrets(level: int = logging.WARNING, as_json: bool = False) -> None:
    """Send every log of this process to standard error, redacted; call it once, at the start."""
    handler = logging.StreamHandler()
    text = RedactingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(JsonFormatter() if as_json else text)
    handler.addFilter(Sparing())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _SOCKETS:
        # Left without a level, they would write everything twice: by a handler of their own, too.
        logging.getLogger(name).setLevel(level)


def _shortened(trace: str) -> str:
    if len(trace) <= _LONGEST_TRACE:
        return trace
    half = _LONGEST_TRACE // 2
    return f"{trace[:half]}\n… {len(trace) - 2 * half} characters left out …\n{trace[-half:]}"

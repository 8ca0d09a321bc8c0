"""Logs without secrets: the framework logs whole events, with headers and addresses."""

import json
import logging
import re
from datetime import UTC, datetime

_HIDDEN = "[hidden]"
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


class RedactingFormatter(logging.Formatter):
    """Formats a record with its traceback, and hides what is secret in either."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, or lines, to write."""
        return redact(super().format(record))


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON, with its traceback, and hides what is secret."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line to write."""
        entry = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": redact(record.getMessage()),
        }
        if record.exc_info:
            entry["exception"] = redact(self.formatException(record.exc_info))
        return json.dumps(entry, ensure_ascii=False)


def log_without_secrets(level: int = logging.WARNING, as_json: bool = False) -> None:
    """Send every log of this process to standard error, redacted; call it once, at the start."""
    handler = logging.StreamHandler()
    text = RedactingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(JsonFormatter() if as_json else text)
    logging.basicConfig(level=level, handlers=[handler], force=True)

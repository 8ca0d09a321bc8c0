"""Email addresses as people type them: possible or not, why not, and what was likely meant."""

import re
from dataclasses import dataclass
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

_PROVIDERS = [
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "hotmail.com",
    "live.com",
    "msn.com",
    "yahoo.com",
    "yahoo.co.uk",
    "yahoo.fr",
    "yahoo.de",
    "icloud.com",
    "aol.com",
    "gmx.de",
    "gmx.net",
    "web.de",
    "t-online.de",
    "protonmail.com",
    "hotmail.co.uk",
    "hotmail.fr",
    "hotmail.de",
    "orange.fr",
    "wanadoo.fr",
    "libero.it",
    "comcast.net",
    "verizon.net",
    "att.net",
    "btinternet.com",
    "zoho.com",
]
# Real domains that look like a typo of another.
_REAL = frozenset(
    [
        "gmail.de",
        "mail.com",
        "email.com",
        "gmx.com",
        "gmx.at",
        "gmx.ch",
        "ymail.com",
        "me.com",
        "mac.com",
        "live.de",
        "live.fr",
        "fastmail.com",
        "proton.me",
        "pm.me",
        "hey.com",
        "aol.de",
        "mail.de",
        "mail.ru",
        "web.com",
        "yahoo.it",
        "yahoo.es",
        "outlook.de",
        "outlook.fr",
        "hotmail.it",
        "hotmail.es",
        "rocketmail.com",
        "hushmail.com",
        "tutanota.com",
    ]
)
_ENDINGS = {"con": "com", "cmo": "com", "comm": "com", "ogr": "org", "nett": "net", "rog": "org"}
# A cautious subset of what RFC 5321 allows; the library decides on everything else.
_PLAIN = re.compile(
    r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}"
)
# What is kept of what was typed, also where it is no address: 64 letters, an @ and 255 (RFC 5321).
LONGEST_TYPED = 320
_SPECIAL_ENDINGS = (".test", ".invalid", ".local", ".localhost", ".arpa", ".onion", "xn--")
_LONGEST = 254
_LONGEST_LOCAL = 64


@dataclass(frozen=True)
class Address:
    """What became of a typed address: ``email`` is empty where it cannot be one."""

    email: str
    problem: str = ""
    suggestion: str = ""


def judge_address(typed: str) -> Address:
    """Return the address as it can be mailed to, or why it cannot, and what was likely meant."""
    text = typed.strip().removeprefix("mailto:").rstrip(".,;")
    if usual := _usual(text):
        return Address(usual, "", _likely(usual))
    problem = _problem(text)
    if problem:
        return Address("", problem, _repaired(text))
    email = _normalized(text)
    if not email:
        return Address("", "This is not an address mail can reach", _repaired(text))
    return Address(email, "", _likely(email))


def _problem(text: str) -> str:
    # Everything that is wrong with it, all at once.
    if not text:
        return "No address"
    local, at, domain = text.rpartition("@")
    checks = (
        (any(not symbol.isprintable() for symbol in text), "A hidden character is in the address"),
        (" " in text, "A space is in the address"),
        (not at, "There is no @"),
        (at and not local, "Nothing stands before the @"),
        (at and not domain, "Nothing stands after the @"),
        ("@" in local and '"' not in local, "There is more than one @"),
        (at and domain and "." not in domain, "The part after @ has no dot"),
        (".." in text, "Two dots stand side by side"),
        (len(text) > _LONGEST, "The address is too long"),
    )
    return "; ".join(words for found, words in checks if found)


def _usual(text: str) -> str:
    # Most addresses are plain, and need not be asked about in detail.
    local, _, domain = text.rpartition("@")
    domain = domain.lower()
    plain = f"{local}@{domain}"
    usual = (
        len(text) <= _LONGEST
        and len(local) <= _LONGEST_LOCAL
        and "--" not in domain
        and not domain.endswith(_SPECIAL_ENDINGS)
    )
    return plain if usual and _PLAIN.fullmatch(plain) else ""


def _normalized(text: str) -> str:
    if usual := _usual(text):
        return usual
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        return ""


def _repaired(text: str) -> str:
    repaired = re.sub(r"\s*(?:\(at\)|\[at\]|\s+at\s+)\s*", "@", text, flags=re.IGNORECASE)
    repaired = re.sub(r"[\s,]+", lambda found: "." if "," in found[0] else "", repaired)
    repaired = re.sub(r"\.{2,}", ".", repaired)
    local, at, domain = repaired.rpartition("@")
    if at and "." not in domain:
        domain = next((name for name in _PROVIDERS if name.replace(".", "") == domain), domain)
    repaired = f"{local}{at}{domain}"
    if repaired == text or _problem(repaired):
        return ""
    email = _normalized(repaired)
    return _likely(email) or email


def _likely(email: str) -> str:
    local, _, domain = email.rpartition("@")
    meant = _meant_domain(domain)
    return f"{local}@{meant}" if meant else ""


@lru_cache(maxsize=4096)
def _meant_domain(domain: str) -> str:
    if domain in _PROVIDERS or domain in _REAL:
        return ""
    name, _, ending = domain.rpartition(".")
    corrected = f"{name}.{_ENDINGS.get(ending, ending)}"
    if corrected in _PROVIDERS:
        return corrected
    for provider in _PROVIDERS:
        most = 1 if len(provider) < 9 else 2
        if abs(len(provider) - len(corrected)) <= most and _distance(corrected, provider) <= most:
            return provider
    return corrected if corrected != domain else ""


def _distance(one: str, other: str) -> int:
    """Optimal string alignment: insertions, deletions, changes, swaps of neighbors."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, symbol in enumerate(one, start=1):
        line = [row]
        for column, wanted in enumerate(other, start=1):
            cost = min(
                last[column] + 1, line[column - 1] + 1, last[column - 1] + (symbol != wanted)
            )
            swapped = row > 1 and column > 1 and symbol == other[column - 2]
            if swapped and one[row - 2] == wanted:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        before, last = last, line
    return last[-1]

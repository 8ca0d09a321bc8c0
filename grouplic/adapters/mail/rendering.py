"""Mails from templates: a subject, a plain text, and the same as HTML.

A template is plain text in paragraphs. ``[Label] https://…`` is a button, lines that begin with
``| `` are details to copy, ``- `` a list, ``> `` a quote.
"""

import re
from dataclasses import dataclass, field
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import EmailPolicy, Policy
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from grouplic.services.outbox import Letter

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=StrictUndefined,
    # Only the HTML frame is escaped; the texts become plain text, and go through the frame.
    autoescape=select_autoescape(("html",), default=False),
    trim_blocks=True,
    lstrip_blocks=True,
)


class _OneLine(UnstructuredHeader, BaseHeader):
    """A header that is never folded: RFC 8058 wants the address as it is, however long."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _OneLine)
_POLICY = EmailPolicy(header_factory=_HEADERS)
_BUTTON = re.compile(r"\[(?P<label>[^\]\n]+)\] (?P<address>https?://\S+)")
_ADDRESS = re.compile(r"https?://\S+")
_LONGEST_SUBJECT = 150


@dataclass(frozen=True)
class Block:
    """One paragraph as HTML shows it."""

    kind: str
    text: str = ""
    address: str = ""
    lines: list[str] = field(default_factory=list)
    rows: list[tuple[str, str]] = field(default_factory=list)


def render(letter: Letter, sender: str) -> EmailMessage:
    """Return the mail; the same letter gives the same bytes, its Message-ID among them."""
    subject, paragraphs = _written(letter)
    unsubscribe = letter.facts.get("unsubscribe", "")
    message = EmailMessage(_POLICY)
    message["Subject"] = subject
    message["From"] = sender
    message["To"] = Address(addr_spec=letter.address)
    message["Date"] = format_datetime(letter.created_at)
    message["Message-ID"] = f"<{letter.id}@{urlsplit(letter.facts['site']).hostname}>"
    message["Auto-Submitted"] = "auto-generated"
    if unsubscribe:
        message["List-Unsubscribe"] = f"<{unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(_plain(paragraphs) + _farewell(unsubscribe))
    html = _ENVIRONMENT.get_template("frame.html").render(
        subject=subject,
        blocks=[_block(paragraph) for paragraph in paragraphs],
        site=letter.facts["site"],
        unsubscribe=unsubscribe,
    )
    message.add_alternative(html, subtype="html")
    message.set_boundary(f"grouplic-{letter.id}")
    return message


def render_text(letter: Letter) -> str:
    """Return the mail's plain text, for somebody who sends it in another way."""
    return _plain(_written(letter)[1]) + _farewell(letter.facts.get("unsubscribe", ""))


def _written(letter: Letter) -> tuple[str, list[str]]:
    # What people typed stays on its line: it can end neither a header nor a paragraph.
    facts = {
        name: value if name in ("note", "modules") else _one_line(value)
        for name, value in letter.facts.items()
    }
    text = _ENVIRONMENT.get_template(f"{letter.template}.txt").render(facts)
    subject, _, body = text.partition("\n")
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", body.strip())]
    return _one_line(subject)[:_LONGEST_SUBJECT], [part for part in paragraphs if part]


def _farewell(unsubscribe: str) -> str:
    return f"\n-- \nNo more mails like this: {unsubscribe}\n" if unsubscribe else ""


def _one_line(value: object) -> str:
    return " ".join("".join(s if s.isprintable() else " " for s in str(value)).split())


def _plain(paragraphs: list[str]) -> str:
    shown = [
        _BUTTON.sub(r"\g<label>:\n\g<address>", paragraph).replace("| ", "  ")
        if paragraph.startswith(("[", "| "))
        else paragraph
        for paragraph in paragraphs
    ]
    return "\n\n".join(shown) + "\n"


def _block(paragraph: str) -> Block:
    lines = paragraph.split("\n")
    if button := _BUTTON.fullmatch(paragraph):
        return Block("button", button["label"], button["address"])
    # The address alone: a paragraph may begin with the name that somebody gave themselves.
    if _ADDRESS.fullmatch(paragraph):
        return Block("button", "Open", paragraph)
    if all(line.startswith("| ") for line in lines):
        cells = (line.removeprefix("| ").partition(": ") for line in lines)
        return Block("details", rows=[(name, value) for name, _, value in cells])
    if all(line.startswith("- ") for line in lines):
        return Block("list", lines=[line.removeprefix("- ") for line in lines])
    if all(line.startswith(">") for line in lines):
        return Block("quote", lines=[line.removeprefix(">").strip() for line in lines])
    return Block("text", paragraph)

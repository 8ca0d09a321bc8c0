"""Mails from templates: a subject, a plain text, and the same as HTML."""

from email.headerregistry import Address
from email.message import EmailMessage
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


def render(letter: Letter, sender: str) -> EmailMessage:
    """Return the mail; the same letter gives the same bytes, its Message-ID among them."""
    text = _ENVIRONMENT.get_template(f"{letter.template}.txt").render(letter.facts)
    subject, _, body = text.partition("\n")
    message = EmailMessage()
    message["Subject"] = " ".join(subject.split())
    message["From"] = sender
    message["To"] = Address(addr_spec=letter.address)
    message["Date"] = format_datetime(letter.created_at)
    message["Message-ID"] = f"<{letter.id}@{urlsplit(letter.facts['site']).hostname}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body.strip() + "\n")
    html = _ENVIRONMENT.get_template("frame.html").render(
        subject=subject, paragraphs=_paragraphs(body), site=letter.facts["site"]
    )
    message.add_alternative(html, subtype="html")
    message.set_boundary(f"grouplic-{letter.id}")
    return message


def _paragraphs(body: str) -> list[tuple[str, str]]:
    # A paragraph that is an address alone becomes a button.
    parts = [part.strip() for part in body.strip().split("\n\n")]
    return [("link" if part.startswith("http") else "text", part) for part in parts]

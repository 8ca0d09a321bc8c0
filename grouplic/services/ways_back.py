"""The way back: a mail that proves who someone is leads on to the page they came from.

A mail's facts rest in the database, and an address of a join link is worth a seat to anybody: so
the link is noted by its id, and its address derived when the mail is rendered.
"""

from typing import Any
from uuid import UUID

from sqlmodel import Session, select

from grouplic.domain.joins import JoinLink
from grouplic.services.join_links import path_of
from grouplic.services.links import token_hash
from grouplic.services.ports import Tokens

_JOIN = "/join/"
_LONGEST = 500


def note_way_back(session: Session, path: str) -> dict[str, Any]:
    """Return the facts by which a mail remembers ``path``, a path of ours or nothing."""
    if path.startswith(_JOIN):
        hashed = token_hash(path.removeprefix(_JOIN))
        link = session.exec(select(JoinLink.id).where(JoinLink.token_hash == hashed)).first()
        return {"back_to_link": str(link)} if link else {}
    return {"back": path} if 0 < len(path) <= _LONGEST else {}


def way_back(session: Session, facts: dict[str, Any], tokens: Tokens) -> str:
    """Return the path that the facts remember, or an empty text."""
    if "back_to_link" in facts:
        link = session.get(JoinLink, UUID(facts["back_to_link"]))
        return path_of(link, tokens) if link else ""
    return str(facts.get("back", ""))

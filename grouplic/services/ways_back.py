"""The way back: a mail that proves who someone is leads on to the page they came from.

A mail's facts rest in the database, and an address of a join link is worth a seat to anybody: so
the link is noted by its id, and its address derived when the mail is rendered. It is the address of
the generation that was followed: whoever had one that was replaced is not mailed the new one.
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
        link = session.exec(select(JoinLink).where(JoinLink.token_hash == hashed)).first()
        return {"back_to_link": str(link.id), "back_to_generation": link.generation} if link else {}
    return {"back": path} if 0 < len(path) <= _LONGEST else {}


def way_back(facts: dict[str, Any], tokens: Tokens) -> str:
    """Return the path that the facts remember, or an empty text."""
    if "back_to_link" in facts:
        return path_of(UUID(facts["back_to_link"]), facts["back_to_generation"], tokens)
    return str(facts.get("back", ""))

"""Who is asking. Established from the server-side session, never from what a client says."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from grouplic.domain.people import Role, User, WebSession, name_to_show
from grouplic.domain.refusals import NotFound

# Built once, and no entities made of its rows: it is asked for every event of every page.
_WHO: Any = (
    select(
        col(User.id).label("user_id"),
        col(WebSession.id).label("session_id"),
        col(User.email),
        col(User.first_name),
        col(User.last_name),
        col(User.role),
        col(User.verified_at),
        col(User.must_change_password),
        col(User.erased_at),
    )
    .select_from(WebSession)
    .join(User, col(User.id) == col(WebSession.user_id))
    .where(
        col(WebSession.token_hash) == bindparam("this_hash"),
        col(WebSession.ended_at).is_(None),
        col(WebSession.expires_at) > bindparam("this_moment"),
    )
)
_SEEN_EVERY = timedelta(minutes=5)


@dataclass(frozen=True)
class Actor:
    """A signed-in person, for the length of one request."""

    user_id: UUID
    session_id: UUID
    email: str
    name: str
    first_name: str
    role: str
    verified: bool
    must_change_password: bool

    @property
    def initials(self) -> str:
        """Up to two letters that stand for the person."""
        words = self.name.replace("@", " ").split()
        return "".join(word[0] for word in words[:2]).upper()


def actor_of(session: Session, token_hash: str, now: datetime) -> Actor | None:
    """Return who holds the session cookie with this hash, or None for nobody."""
    if not token_hash:
        return None
    session.flush()
    values = {"this_hash": token_hash, "this_moment": now}
    who = session.connection().execute(_WHO, values).first()
    if who is None:
        return None
    return Actor(
        user_id=who.user_id,
        session_id=who.session_id,
        email=who.email,
        name=name_to_show(who.first_name, who.last_name, who.email, who.erased_at),
        first_name=who.first_name,
        role=who.role,
        verified=who.verified_at is not None,
        must_change_password=who.must_change_password,
    )


def visit_is_due(session: Session, actor: Actor, now: datetime) -> bool:
    """Say whether the session was noted to be in use five minutes ago or longer."""
    return now - session.get_one(WebSession, actor.session_id).last_seen_at >= _SEEN_EVERY


def note_visit(session: Session, actor: Actor, now: datetime) -> None:
    """Record that the session is in use, at most every five minutes."""
    if visit_is_due(session, actor, now):
        session.get_one(WebSession, actor.session_id).last_seen_at = now


def require_operator(actor: Actor) -> None:
    """Refuse everyone who does not run the site."""
    if actor.role != Role.OPERATOR:
        raise NotFound

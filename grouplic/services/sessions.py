"""Signed-in browsers: opened with a random cookie, stored by its hash, ended on the server."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col

from grouplic.domain.people import User, WebSession
from grouplic.services.links import token_hash
from grouplic.services.recording import record, touch


def open_session(
    session: Session, user: User, browser: str, lifetime: timedelta, now: datetime
) -> str:
    """Open a session and return the value for its cookie: 256 random bits, known to nobody else."""
    cookie = secrets.token_urlsafe(32)
    session.add(
        WebSession(
            user_id=user.id,
            token_hash=token_hash(cookie),
            browser=browser[:200],
            created_at=now,
            last_seen_at=now,
            expires_at=now + lifetime,
        )
    )
    record(session, "signed_in", now, actor_id=user.id)
    return cookie


def is_open(session: Session, session_id: UUID) -> bool:
    """Say whether the session has not been ended."""
    return session.get_one(WebSession, session_id).ended_at is None


def end_session(session: Session, cookie_hash: str, now: datetime) -> None:
    """End the session with this cookie, if it is still open."""
    session.exec(
        update(WebSession)
        .where(col(WebSession.token_hash) == cookie_hash, col(WebSession.ended_at).is_(None))
        .values(ended_at=now)
    )


def end_sessions(session: Session, user_id: UUID, now: datetime) -> None:
    """End every session of a person, in every browser."""
    session.exec(
        update(WebSession)
        .where(col(WebSession.user_id) == user_id, col(WebSession.ended_at).is_(None))
        .values(ended_at=now)
    )
    touch(session, f"user:{user_id}")

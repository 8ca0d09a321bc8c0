"""What waits for the background workers, and for how long: the first things to watch."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy.orm import Mapped
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col, or_, select

from grouplic.domain.orders import Order, OrderStatus
from grouplic.domain.records import Mail, MailState
from grouplic.domain.uploads import Upload, UploadState


@dataclass(frozen=True)
class Waiting:
    """How many wait, and for how many seconds the oldest has waited since it was due."""

    number: int
    oldest: float


@dataclass(frozen=True)
class Backlog:
    """What the workers have before them. Mails that were given up wait for a person."""

    mails: Waiting
    imports: Waiting
    orders: Waiting
    mails_given_up: int


def backlog(session: Session, now: datetime) -> Backlog:
    """Count what waits; each count reads only what waits, however large the tables are."""
    given_up = select(func.count()).select_from(Mail).where(Mail.state == MailState.FAILED)
    return Backlog(
        mails=_waiting(session, col(Mail.due_at), _due(now), now),
        imports=_waiting(
            session, col(Upload.confirmed_at), col(Upload.state) == UploadState.IMPORTING, now
        ),
        orders=_waiting(
            session,
            col(Order.created_at),
            col(Order.status).in_([OrderStatus.PENDING, OrderStatus.PROCESSING]),
            now,
        ),
        mails_given_up=session.exec(given_up).one(),
    )


def _due(now: datetime) -> ColumnElement[bool]:
    return or_(
        (col(Mail.state) == MailState.QUEUED) & (col(Mail.due_at) <= now),
        (col(Mail.state) == MailState.SENDING) & (col(Mail.leased_until) <= now),
    )


def _waiting(
    session: Session, since: Mapped[Any], waits: ColumnElement[bool], now: datetime
) -> Waiting:
    number, oldest = session.exec(select(func.count(), func.min(since)).where(waits)).one()
    return Waiting(number, (now - oldest).total_seconds() if oldest else 0.0)

"""What every change writes beside itself: an audit event, a mail, a sign to whoever watches."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from grouplic.domain.people import User
from grouplic.domain.records import AuditEvent, Mail

# The domain of invented people (RFC 2606 keeps .invalid free). Nothing is ever mailed to it.
UNUSABLE_DOMAIN = "sandbox.invalid"


def record(
    session: Session,
    kind: str,
    now: datetime,
    actor_id: UUID | None = None,
    group_id: UUID | None = None,
    **facts: Any,
) -> None:
    """Write an audit event into the current transaction. ``facts`` hold no credential."""
    session.add(AuditEvent(at=now, kind=kind, actor_id=actor_id, group_id=group_id, facts=facts))


def queue_mail(
    session: Session,
    template: str,
    user: User,
    now: datetime,
    group_id: UUID | None = None,
    **facts: Any,
) -> Mail:
    """Put a mail to ``user`` into the outbox, in the current transaction."""
    mail = Mail(
        user_id=user.id,
        group_id=group_id,
        address=user.email,
        template=template,
        facts={"name": user.first_name, **facts},
        due_at=now,
        created_at=now,
    )
    session.add(mail)
    touch(session, "outbox")
    return mail


def touch(session: Session, *topics: str) -> None:
    """Say that ``topics`` (such as ``group:<id>``) change with this transaction's commit."""
    session.info.setdefault("touched", set()).update(topics)

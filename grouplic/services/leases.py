"""Leases: one worker at a time works on an upload; one that falls silent loses it to the next."""

from collections.abc import Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, or_, select

from grouplic.domain.uploads import Upload, UploadState
from grouplic.services.groups import lock_group
from grouplic.services.outside import Outside

LEASE = timedelta(seconds=10)
_RENEW_EVERY = 3.0  # seconds


@dataclass(frozen=True)
class Lease:
    """An upload that is this worker's until a moment, which tells the lease from later ones."""

    upload_id: UUID
    until: datetime


def take_lease(outside: Outside, state: UploadState) -> Lease | None:
    """Lease the upload in this state that has waited longest, if there is one."""
    now = outside.clock()
    until = col(Upload.leased_until)
    due = (
        select(Upload)
        # One that ends later than any taken now was taken before the clock was put back.
        .where(Upload.state == state, or_(until.is_(None), until <= now, until > now + LEASE))
        .order_by(col(Upload.confirmed_at))
        .limit(1)
    )
    with outside.database.reading() as session:
        if session.exec(due).first() is None:
            return None
    with outside.database.writing() as session:
        upload = session.exec(due.with_for_update(skip_locked=True)).first()
        if upload is None:
            return None
        upload.leased_until = now + LEASE
        return Lease(upload.id, upload.leased_until)


def hold(session: Session, lease: Lease) -> Upload | None:
    """Return the upload and hold its group's row and its own, or None when the lease was lost."""
    lock_group(session, session.get_one(Upload, lease.upload_id).group_id)
    return session.exec(
        select(Upload)
        .where(Upload.id == lease.upload_id, Upload.leased_until == lease.until)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).first()


def wait_for(outside: Outside, lease: Lease, work: Sequence[Future[str]]) -> Lease | None:
    """Wait until all of it is done, renewing the lease; None when the lease was lost meanwhile."""
    held: Lease | None = lease
    while held and wait(work, timeout=_RENEW_EVERY).not_done:
        held = _renew(outside, held)
    return held


def _renew(outside: Outside, lease: Lease) -> Lease | None:
    longer = Lease(lease.upload_id, outside.clock() + LEASE)
    with outside.database.writing() as session:
        done = session.exec(
            update(Upload)
            .where(col(Upload.id) == lease.upload_id, col(Upload.leased_until) == lease.until)
            .values(leased_until=longer.until)
        )
        return longer if done.rowcount else None

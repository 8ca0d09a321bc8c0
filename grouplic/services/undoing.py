"""Undo: what an import did is taken back, chunk by chunk, but for learners who have started.

Its waiting rows and unsent mails go first, in the transaction that begins it; then seats come back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from grouplic.domain.groups import Enrollment
from grouplic.domain.joins import Invitation, InvitationKind, Waiting
from grouplic.domain.people import User
from grouplic.domain.records import Mail, MailState
from grouplic.domain.refusals import Refusal
from grouplic.domain.uploads import RowState, Upload, UploadRow, UploadState
from grouplic.services.actors import Actor
from grouplic.services.filling import fill_from_waiting_list, hold_those_who_wait
from grouplic.services.groups import lock_group
from grouplic.services.importing import Pools
from grouplic.services.leases import hold, take_lease
from grouplic.services.leaving import (
    ReclaimRule,
    end_enrollments,
    has_begun,
    lessons_opened,
    who_began,
)
from grouplic.services.outside import Outside
from grouplic.services.recording import record, touch
from grouplic.services.sessions import end_sessions
from grouplic.services.uploads import can_undo, upload_of

_CHUNK = 200


@dataclass(frozen=True)
class UndoProspect:
    """What an undo would do, told before it is done."""

    leave: int
    stay: int
    stop_waiting: int


def prospect(session: Session, upload_id: UUID | str, actor: Actor) -> UndoProspect:
    """Return how many would leave, stay since they have started, and leave the waiting list."""
    upload = upload_of(session, upload_id, actor)
    added = _count(session, upload.id, RowState.ADDED)
    started = _count_started(session, upload)
    return UndoProspect(added - started, started, _count(session, upload.id, RowState.WAITING))


def undo(session: Session, upload_id: UUID | str, actor: Actor, now: datetime) -> None:
    """Begin to take an import back: nobody of it waits any more, and no unsent mail leaves.

    Refuses an import that is not done, is older than a day, or is being taken back already.
    """
    found = upload_of(session, upload_id, actor)
    group_id = found.group_id
    lock_group(session, group_id)
    upload = _hold(session, found.id, now)
    upload.state, upload.leased_until = UploadState.UNDOING, None
    session.add(upload)
    _withdraw_waiting(session, upload, now)
    _withdraw_mails(session, upload)
    record(session, "upload_undoing", now, actor.user_id, group_id, upload=str(upload.id))
    touch(session, f"uploads:{group_id}", f"group:{group_id}", "imports")


def undo_chunk(outside: Outside, _pools: Pools) -> bool:
    """Take back the next rows of an import that is being undone; False when there is none."""
    lease = take_lease(outside, UploadState.UNDOING)
    if lease is None:
        return False
    with outside.database.writing() as session:
        upload = hold(session, lease)
        if upload is not None:
            _take_back(session, upload, outside.clock())
    return True


def _hold(session: Session, upload_id: UUID, now: datetime) -> Upload:
    upload = session.exec(
        select(Upload)
        .where(Upload.id == upload_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    if not can_undo(upload, now):
        raise Refusal("Only an import that ended less than a day ago can be undone.")
    return upload


def _withdraw_waiting(session: Session, upload: Upload, now: datetime) -> None:
    rows = select(UploadRow.id).where(
        UploadRow.upload_id == upload.id, UploadRow.state == RowState.WAITING
    )
    session.exec(
        update(Waiting)
        .where(col(Waiting.upload_row_id).in_(rows), col(Waiting.ended_at).is_(None))
        .values(ended_at=now)
    )
    session.exec(
        update(UploadRow)
        .where(col(UploadRow.upload_id) == upload.id, col(UploadRow.state) == RowState.WAITING)
        .values(state=RowState.UNDONE, outcome="No longer waits")
    )


def _withdraw_mails(session: Session, upload: Upload) -> None:
    # Whoever has begun stays, and what was written to them is still true.
    mails = (
        select(Invitation.mail_id)
        .join(UploadRow, col(UploadRow.enrollment_id) == col(Invitation.enrollment_id))
        .where(
            UploadRow.upload_id == upload.id,
            UploadRow.state == RowState.ADDED,
            col(UploadRow.id).not_in(_rows_of_started(upload)),
        )
    )
    session.exec(
        update(Mail)
        .where(col(Mail.id).in_(mails), col(Mail.state).in_([MailState.QUEUED, MailState.FAILED]))
        .values(state=MailState.WITHDRAWN)
    )


def _take_back(session: Session, upload: Upload, now: datetime) -> None:
    rows = session.exec(
        select(UploadRow)
        .where(UploadRow.upload_id == upload.id, UploadRow.state == RowState.ADDED)
        .order_by(col(UploadRow.line))
        .limit(_CHUNK)
        .with_for_update()
    ).all()
    enrollments = _live(session, upload.group_id, rows)
    began = who_began(session, upload.group_id, list(enrollments.values()))
    leaving = [one for one in enrollments.values() if one.user_id not in began]
    stay = [one for one in enrollments.values() if one.user_id in began]
    opened = lessons_opened(session, upload.group_id, stay)
    kept = {one.id: opened.get(one.user_id, 0) for one in stay}
    # An undo takes back what it gave, whatever the rule for people who are removed later.
    end_enrollments(session, upload.group_id, leaving, upload.by_id, now, ReclaimRule.ALWAYS)
    _lock_new_accounts(session, leaving, now)
    for row in rows:
        _note(session, row, enrollments, kept)
    upload.leased_until = None
    if not rows:
        upload.state, upload.undone_at = UploadState.UNDONE, now
        record(session, "upload_undone", now, upload.by_id, upload.group_id, upload=str(upload.id))
    session.flush()
    fill_from_waiting_list(session, upload.group_id, now)
    touch(session, f"uploads:{upload.group_id}")


def _live(session: Session, group_id: UUID, rows: Sequence[UploadRow]) -> dict[UUID, Enrollment]:
    # Whoever left meanwhile, or left and came back another way, is not this import's any more.
    # The people before their seats, and with them those who get the seats.
    ids = [row.enrollment_id for row in rows]
    people = select(Enrollment.user_id).where(col(Enrollment.id).in_(ids))
    emails = session.exec(select(User.email_key).where(col(User.id).in_(people))).all()
    hold_those_who_wait(session, group_id, emails)
    found = session.exec(
        select(Enrollment)
        .where(col(Enrollment.id).in_(ids), col(Enrollment.ended_at).is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {enrollment.id: enrollment for enrollment in found}


def _lock_new_accounts(session: Session, ended: Sequence[Enrollment], now: datetime) -> None:
    """Leave accounts that the import made, and that nobody made their own, without a way in.

    The account stays as history; a new invitation or a new password by mail opens it.
    """
    users = session.exec(
        select(User)
        .join(Invitation, col(Invitation.user_id) == col(User.id))
        .where(
            col(Invitation.enrollment_id).in_([enrollment.id for enrollment in ended]),
            Invitation.kind == InvitationKind.LOGIN,
            col(User.verified_at).is_(None),
            col(User.must_change_password).is_(True),
        )
    ).all()
    for user in users:
        user.password_hash = user.credential_expires_at = None
        session.add(user)
        end_sessions(session, user.id, now)


def _note(
    session: Session, row: UploadRow, live: Mapping[UUID, Enrollment], kept: Mapping[UUID, int]
) -> None:
    opened = kept.get(row.enrollment_id) if row.enrollment_id else None
    if opened is not None:
        done = f"opened {opened} lesson{'s' * (opened > 1)}" if opened else "begun a quiz"
        row.state, row.outcome = RowState.KEPT, f"Kept: has {done}"
    else:
        row.state = RowState.UNDONE
        row.outcome = "Taken back" if row.enrollment_id in live else "Had left already"
    session.add(row)


def _count(session: Session, upload_id: UUID, state: RowState) -> int:
    return session.exec(
        select(func.count())
        .select_from(UploadRow)
        .where(UploadRow.upload_id == upload_id, UploadRow.state == state)
    ).one()


def _count_started(session: Session, upload: Upload) -> int:
    rows = _rows_of_started(upload).subquery()
    return session.exec(select(func.count()).select_from(rows)).one()


def _rows_of_started(upload: Upload) -> SelectOfScalar[UUID]:
    return (
        select(UploadRow.id)
        .join(Enrollment, col(Enrollment.id) == col(UploadRow.enrollment_id))
        .where(
            UploadRow.upload_id == upload.id,
            UploadRow.state == RowState.ADDED,
            col(Enrollment.ended_at).is_(None),
            has_begun(upload.group_id),
        )
    )

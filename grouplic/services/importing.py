"""Imports: confirmed rows become learners, chunk by chunk, each row exactly once.

A chunk's rows change state in the transaction that admits their people. A worker that dies leaves
its rows pending, and another goes on when its lease has run out.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, or_, select

from grouplic.domain.groups import Way
from grouplic.domain.passwords import check_password
from grouplic.domain.refusals import Refusal
from grouplic.domain.uploads import Overflow, RowState, Upload, UploadRow, UploadState
from grouplic.services.admission import Admitted, Newcomer, Outcome, admit
from grouplic.services.filling import fill_from_waiting_list, groups_with_room_and_waiting
from grouplic.services.outside import Outside
from grouplic.services.recording import record, touch
from grouplic.services.uploads import SECRETS_KEPT
from grouplic.services.waiting import ToWait, put_on_waiting_list

LEASE = timedelta(seconds=30)
_CHUNK = 200
_WORDS = {
    Outcome.NEW: "Account made, seat taken",
    Outcome.ACCOUNT: "Added to the existing account",
    Outcome.CLAIM: "Added; opens when they confirm their address",
    Outcome.MEMBER: "In the group already",
}


def work_once(outside: Outside, hashing: ThreadPoolExecutor) -> bool:
    """Do the next chunk of whatever import is due; return False when there was nothing to do."""
    upload_id = _claim(outside)
    if upload_id is None:
        return _fill_waiting_lists(outside)
    with outside.database.reading() as session:
        rows = session.exec(
            select(UploadRow)
            .where(UploadRow.upload_id == upload_id, UploadRow.state == RowState.PENDING)
            .order_by(col(UploadRow.line))
            .limit(_CHUNK)
        ).all()
    prepared = list(hashing.map(lambda row: _prepare(outside, row), rows))
    with outside.database.writing() as session:
        _import_chunk(session, upload_id, rows, prepared, outside.clock())
    return True


def forget_old_secrets(outside: Outside) -> int:
    """Drop supplied passwords that have rested for a day; their rows get a minted credential."""
    with outside.database.writing() as session:
        old = select(Upload.id).where(col(Upload.created_at) <= outside.clock() - SECRETS_KEPT)
        done = session.exec(
            update(UploadRow)
            .where(col(UploadRow.upload_id).in_(old), col(UploadRow.password_secret).is_not(None))
            .values(password_secret=None)
        )
        return int(done.rowcount)


def _claim(outside: Outside) -> UUID | None:
    now = outside.clock()
    due = (
        select(Upload)
        .where(
            Upload.state == UploadState.IMPORTING,
            or_(col(Upload.leased_until).is_(None), col(Upload.leased_until) <= now),
        )
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
        return upload.id


def _prepare(outside: Outside, row: UploadRow) -> tuple[str | None, str]:
    # The hash of a supplied password, or why it is refused. Slow, so outside any transaction.
    if not row.password_secret:
        return None, ""
    password = outside.vault.unlock(row.password_secret)
    try:
        check_password(password, (row.email, row.first_name, row.last_name))
    except Refusal as refusal:
        return None, refusal.message
    return outside.hasher.hash(password), ""


def _import_chunk(
    session: Session,
    upload_id: UUID,
    read: Sequence[UploadRow],
    prepared: Sequence[tuple[str | None, str]],
    now: datetime,
) -> None:
    upload = session.exec(
        select(Upload).where(Upload.id == upload_id).with_for_update(key_share=True)
    ).one()
    known = dict(zip((row.id for row in read), prepared, strict=True))
    rows = session.exec(
        select(UploadRow)
        .where(col(UploadRow.id).in_(list(known)), UploadRow.state == RowState.PENDING)
        .order_by(col(UploadRow.line))
        .with_for_update()
    ).all()
    refused = [row for row in rows if known[row.id][1]]
    for row in refused:
        _settle(session, row, RowState.FAILED, known[row.id][1])
    wanted = [row for row in rows if not known[row.id][1]]
    people = [_newcomer(row, upload, known[row.id][0]) for row in wanted]
    admitted = admit(session, upload.group_id, people, now, upload.takes_issued) if people else []
    for row, one in zip(wanted, admitted, strict=True):
        _note(session, upload, row, one)
    _queue_rest(session, upload, wanted, admitted, now)
    upload.leased_until = None
    if not rows:
        upload.state, upload.finished_at = UploadState.DONE, now
        record(
            session, "upload_imported", now, upload.by_id, upload.group_id, upload=str(upload.id)
        )
    touch(session, f"uploads:{upload.group_id}")


def _newcomer(row: UploadRow, upload: Upload, password_hash: str | None) -> Newcomer:
    return Newcomer(
        row.email,
        row.first_name,
        row.last_name,
        Way.UPLOAD,
        upload.by_id,
        upload.note,
        password_hash,
    )


def _note(session: Session, upload: Upload, row: UploadRow, one: Admitted) -> None:
    if one.outcome == Outcome.NO_SEAT:
        waits = upload.overflow == Overflow.WAIT
        state = RowState.WAITING if waits else RowState.FAILED
        _settle(session, row, state, "On the waiting list" if waits else "No seat was left")
        return
    state = RowState.PRESENT if one.outcome == Outcome.MEMBER else RowState.ADDED
    _settle(session, row, state, _WORDS[one.outcome])
    row.enrollment_id = one.enrollment_id


def _settle(session: Session, row: UploadRow, state: RowState, outcome: str) -> None:
    row.state, row.outcome, row.password_secret = state, outcome[:300], None
    session.add(row)


def _queue_rest(
    session: Session,
    upload: Upload,
    rows: Sequence[UploadRow],
    admitted: Sequence[Admitted],
    now: datetime,
) -> None:
    if upload.overflow != Overflow.WAIT:
        return
    session.flush()
    waiting = [
        ToWait(row.email, row.first_name, row.last_name, upload.note, row.id)
        for row, one in zip(rows, admitted, strict=True)
        if one.outcome == Outcome.NO_SEAT
    ]
    put_on_waiting_list(session, upload.group_id, waiting, Way.UPLOAD, upload.by_id, now)


def _fill_waiting_lists(outside: Outside) -> bool:
    with outside.database.reading() as session:
        groups = groups_with_room_and_waiting(session)
    for group_id in groups:
        with outside.database.writing() as session:
            fill_from_waiting_list(session, group_id, outside.clock())
    return bool(groups)

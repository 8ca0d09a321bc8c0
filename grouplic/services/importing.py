"""Imports: confirmed rows become learners, chunk by chunk, each row exactly once.

A chunk's rows change state in the transaction that admits their people. A worker that dies leaves
its rows pending, and another goes on when its lease has run out.
"""

from collections.abc import Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from grouplic.domain.groups import Group, Way
from grouplic.domain.passwords import password_problem
from grouplic.domain.uploads import Overflow, RowState, Upload, UploadRow, UploadState
from grouplic.services.admission import Admitted, Newcomer, Outcome, admit
from grouplic.services.leases import Lease, hold, take_lease, wait_for
from grouplic.services.outside import Outside
from grouplic.services.recording import record, touch
from grouplic.services.terms import LicenseEnded
from grouplic.services.waiting import ToWait, put_on_waiting_list

_CHUNK = 400
_MOST_HASHES = 100  # in one chunk, so that the progress moves
_WORDS = {
    Outcome.NEW: "Account made, seat taken",
    Outcome.ACCOUNT: "Added to the existing account",
    Outcome.CLAIM: "Added; opens when they confirm their address",
    Outcome.MEMBER: "In the group already",
}


@dataclass(frozen=True)
class Pools:
    """Where slow work is done: hashes in threads, judging passwords in a process of its own.

    A hash lets go of the interpreter's lock, judging does not.
    """

    hashing: Executor
    judging: Executor


@dataclass(frozen=True)
class _Prepared:
    password_hash: str | None = None
    refusal: str = ""


def import_chunk(outside: Outside, pools: Pools) -> bool:
    """Do the next chunk of the import that has waited longest; False when there is none."""
    lease = take_lease(outside, UploadState.IMPORTING)
    if lease is None:
        return False
    with outside.database.reading() as session:
        rows = _next_rows(session, lease.upload_id)
    prepared, held = _prepare(outside, pools, lease, rows)
    if held is None:
        return True
    with outside.database.writing() as session:
        upload = hold(session, held)
        if upload is not None:
            _go_on(session, upload, prepared, outside.clock())
    return True


def _go_on(
    session: Session, upload: Upload, prepared: dict[UUID, _Prepared], now: datetime
) -> None:
    group = session.get_one(Group, upload.group_id)
    if group.has_ended(now):
        _give_up(session, upload, LicenseEnded(group).message, now)
    else:
        _import_rows(session, upload, prepared, now)


def _next_rows(session: Session, upload_id: UUID) -> list[UploadRow]:
    rows = session.exec(
        select(UploadRow)
        .where(UploadRow.upload_id == upload_id, UploadRow.state == RowState.PENDING)
        .order_by(col(UploadRow.line))
        .limit(_CHUNK)
    ).all()
    secrets, chosen = 0, []
    for row in rows:
        secrets += row.password_secret is not None
        if secrets > _MOST_HASHES:
            break
        chosen.append(row)
    return chosen


def _prepare(
    outside: Outside, pools: Pools, lease: Lease, rows: Sequence[UploadRow]
) -> tuple[dict[UUID, _Prepared], Lease | None]:
    # Judged and hashed outside any transaction; a password that is refused is not hashed.
    passwords = {
        row.id: outside.vault.unlock(row.password_secret) for row in rows if row.password_secret
    }
    judging: dict[UUID, Future[str]] = {
        row.id: pools.judging.submit(
            password_problem, passwords[row.id], (row.email, row.first_name, row.last_name)
        )
        for row in rows
        if row.id in passwords and not row.password_judged
    }
    held = wait_for(outside, lease, list(judging.values()))
    refused = {row_id: said for row_id, one in judging.items() if held and (said := one.result())}
    hashing: dict[UUID, Future[str]] = {
        row_id: pools.hashing.submit(outside.hasher.hash, password)
        for row_id, password in passwords.items()
        if held and row_id not in refused
    }
    held = held and wait_for(outside, held, list(hashing.values()))
    prepared = {row.id: _Prepared(refusal=refused.get(row.id, "")) for row in rows}
    prepared |= {row_id: _Prepared(one.result()) for row_id, one in hashing.items() if held}
    return prepared, held


def _import_rows(
    session: Session, upload: Upload, prepared: dict[UUID, _Prepared], now: datetime
) -> None:
    rows = session.exec(
        select(UploadRow)
        .where(col(UploadRow.id).in_(list(prepared)), UploadRow.state == RowState.PENDING)
        .order_by(col(UploadRow.line))
        .with_for_update()
    ).all()
    wanted = [row for row in rows if not prepared[row.id].refusal]
    for row in rows:
        if refusal := prepared[row.id].refusal:
            _settle(session, row, RowState.FAILED, refusal)
    people = [_newcomer(row, upload, prepared[row.id].password_hash) for row in wanted]
    admitted = admit(session, upload.group_id, people, now, upload.takes_issued) if people else []
    for row, one in zip(wanted, admitted, strict=True):
        _note(session, upload, row, one)
    _queue_rest(session, upload, wanted, admitted, now)
    upload.leased_until = None
    if not prepared:
        _finish(session, upload, now)
    touch(session, f"uploads:{upload.group_id}")


def _give_up(session: Session, upload: Upload, why: str, now: datetime) -> None:
    # The rows that are left keep the reason, so that their file can be uploaded again.
    session.exec(
        update(UploadRow)
        .where(col(UploadRow.upload_id) == upload.id, col(UploadRow.state) == RowState.PENDING)
        .values(
            state=RowState.FAILED, outcome=why[:300], password_secret=None, password_judged=True
        )
    )
    upload.leased_until = None
    _finish(session, upload, now)
    touch(session, f"uploads:{upload.group_id}")


def _finish(session: Session, upload: Upload, now: datetime) -> None:
    upload.state, upload.finished_at = UploadState.DONE, now
    record(session, "upload_imported", now, upload.by_id, upload.group_id, upload=str(upload.id))


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
    row.state, row.outcome = state, outcome[:300]
    row.password_secret, row.password_judged = None, True
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

"""Imports: confirmed rows become learners, chunk by chunk, each row exactly once.

A chunk's rows change state in the transaction that admits their people. A worker that dies leaves
its rows pending, and another goes on when its lease has run out.
"""

from collections.abc import Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, update
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from grouplic.domain.groups import Group, Way
from grouplic.domain.passwords import password_problem
from grouplic.domain.uploads import Overflow, RowState, Upload, UploadRow, UploadState
from grouplic.services.admission import Admitted, Newcomer, Outcome, admit
from grouplic.services.leases import Lease, hold, take_lease, wait_for
from grouplic.services.many_rows import run_many
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


@dataclass(frozen=True, slots=True)
class _Row:
    """What an import needs of a row of the file."""

    id: UUID
    line: int
    email: str
    first_name: str
    last_name: str
    password_secret: str | None
    password_judged: bool


@dataclass(frozen=True, slots=True)
class _Prepared:
    row: _Row
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


def _go_on(session: Session, upload: Upload, prepared: dict[int, _Prepared], now: datetime) -> None:
    group = session.get_one(Group, upload.group_id)
    if group.has_ended(now):
        _give_up(session, upload, LicenseEnded(group).message, now)
    else:
        _import_rows(session, upload, prepared, now)


def _next_rows(session: Session, upload_id: UUID) -> list[_Row]:
    rows = session.connection().execute(
        sql_select(*(getattr(UploadRow, field.name) for field in fields(_Row)))
        .where(col(UploadRow.upload_id) == upload_id, col(UploadRow.state) == RowState.PENDING)
        .order_by(col(UploadRow.line))
        .limit(_CHUNK)
    )
    secrets, chosen = 0, []
    for row in (_Row(*values) for values in rows):
        secrets += row.password_secret is not None
        if secrets > _MOST_HASHES:
            break
        chosen.append(row)
    return chosen


def _prepare(
    outside: Outside, pools: Pools, lease: Lease, rows: Sequence[_Row]
) -> tuple[dict[int, _Prepared], Lease | None]:
    # Judged and hashed outside any transaction; a password that is refused is not hashed.
    passwords = {
        row.line: outside.vault.unlock(row.password_secret) for row in rows if row.password_secret
    }
    judging: dict[int, Future[str]] = {
        row.line: pools.judging.submit(
            password_problem, passwords[row.line], (row.email, row.first_name, row.last_name)
        )
        for row in rows
        if row.line in passwords and not row.password_judged
    }
    held = wait_for(outside, lease, list(judging.values()))
    refused = {line: said for line, one in judging.items() if held and (said := one.result())}
    hashing: dict[int, Future[str]] = {
        line: pools.hashing.submit(outside.hasher.hash, password)
        for line, password in passwords.items()
        if held and line not in refused
    }
    held = held and wait_for(outside, held, list(hashing.values()))
    hashes = {line: one.result() for line, one in hashing.items() if held}
    prepared = {
        row.line: _Prepared(row, hashes.get(row.line), refused.get(row.line, "")) for row in rows
    }
    return prepared, held


def _import_rows(
    session: Session, upload: Upload, prepared: dict[int, _Prepared], now: datetime
) -> None:
    found = _still_pending(session, upload, prepared)
    settled = [_settled(one.row, RowState.FAILED, one.refusal) for one in found if one.refusal]
    wanted = [one for one in found if not one.refusal]
    people = [_newcomer(one.row, upload, one.password_hash) for one in wanted]
    admitted = admit(session, upload.group_id, people, now, upload.takes_issued) if people else []
    settled += [_noted(upload, one.row, of) for one, of in zip(wanted, admitted, strict=True)]
    run_many(session, _SETTLE, settled)
    _queue_rest(session, upload, [one.row for one in wanted], admitted, now)
    upload.leased_until = None
    if not prepared:
        _finish(session, upload, now)
    touch(session, f"uploads:{upload.group_id}")


def _still_pending(
    session: Session, upload: Upload, prepared: dict[int, _Prepared]
) -> list[_Prepared]:
    lines = session.exec(
        select(UploadRow.line)
        .where(
            UploadRow.upload_id == upload.id,
            UploadRow.state == RowState.PENDING,
            col(UploadRow.line).between(min(prepared, default=0), max(prepared, default=0)),
        )
        .order_by(col(UploadRow.line))
        .with_for_update()
    )
    return [prepared[line] for line in lines if line in prepared]


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


def _newcomer(row: _Row, upload: Upload, password_hash: str | None) -> Newcomer:
    return Newcomer(
        row.email,
        row.first_name,
        row.last_name,
        Way.UPLOAD,
        upload.by_id,
        upload.note,
        password_hash,
    )


def _noted(upload: Upload, row: _Row, one: Admitted) -> dict[str, Any]:
    if one.outcome == Outcome.NO_SEAT:
        waits = upload.overflow == Overflow.WAIT
        state = RowState.WAITING if waits else RowState.FAILED
        return _settled(row, state, "On the waiting list" if waits else "No seat was left")
    state = RowState.PRESENT if one.outcome == Outcome.MEMBER else RowState.ADDED
    return _settled(row, state, _WORDS[one.outcome], one.enrollment_id)


def _settled(
    row: _Row, state: RowState, outcome: str, enrollment_id: UUID | None = None
) -> dict[str, Any]:
    return {
        "this_row": row.id,
        "new_state": str(state),
        "new_outcome": outcome[:300],
        "new_enrollment": enrollment_id,
    }


# Built once: it is run for every row.
_SETTLE = (
    update(UploadRow.__table__)  # type: ignore[attr-defined]
    .where(col(UploadRow.id) == bindparam("this_row"))
    .values(
        state=bindparam("new_state"),
        outcome=bindparam("new_outcome"),
        enrollment_id=bindparam("new_enrollment"),
        password_secret=None,
        password_judged=True,
    )
)


def _queue_rest(
    session: Session,
    upload: Upload,
    rows: Sequence[_Row],
    admitted: Sequence[Admitted],
    now: datetime,
) -> None:
    if upload.overflow != Overflow.WAIT:
        return
    waiting = [
        ToWait(row.email, row.first_name, row.last_name, upload.note, row.id)
        for row, one in zip(rows, admitted, strict=True)
        if one.outcome == Outcome.NO_SEAT
    ]
    put_on_waiting_list(session, upload.group_id, waiting, Way.UPLOAD, upload.by_id, now)

"""Supplied passwords of drafts: judged in the background, forgotten after a day."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, update
from sqlmodel import Session, col, select

from grouplic.domain.passwords import password_problem
from grouplic.domain.uploads import RowState, Upload, UploadRow, UploadState, Verdict
from grouplic.services.drafts import RESTED_A_DAY
from grouplic.services.importing import Pools
from grouplic.services.outside import Outside
from grouplic.services.recording import touch

SECRETS_KEPT = timedelta(days=1)
_CHUNK = 100
_WITH_SECRETS = (UploadState.DRAFT, UploadState.IMPORTING, UploadState.REFUSED)


def judge_chunk(outside: Outside, pools: Pools) -> bool:
    """Judge the next passwords of a draft against the rules; False when there are none.

    Two workers may judge the same rows; what they write is the same.
    """
    with outside.database.reading() as session:
        rows = _unjudged(session)
    if not rows:
        return False
    passwords = [outside.vault.unlock(row.password_secret or "") for row in rows]
    context = [(row.email, row.first_name, row.last_name) for row in rows]
    problems = list(pools.judging.map(password_problem, passwords, context, chunksize=25))
    with outside.database.writing() as session:
        _note(session, rows, problems)
    return True


def forget_old_secrets(outside: Outside) -> int:
    """Drop supplied passwords that have rested for a day; their rows get a minted credential."""
    with outside.database.reading() as session:
        old = _with_old_secrets(session, outside.clock())
    if not old:
        return 0
    with outside.database.writing() as session:
        done = session.exec(
            update(UploadRow)
            .where(
                col(UploadRow.upload_id).in_(list(old)),
                col(UploadRow.password_secret).is_not(None),
            )
            .values(password_secret=None, password_judged=True, password_note=RESTED_A_DAY)
        )
        touch(session, *(f"uploads:{group_id}" for group_id in old.values()))
        return int(done.rowcount)


def _with_old_secrets(session: Session, now: datetime) -> dict[UUID, UUID]:
    rows = session.exec(
        select(Upload.id, Upload.group_id).where(
            col(Upload.created_at) <= now - SECRETS_KEPT,
            # Refused ones too: a reading that was cut short has rows.
            col(Upload.state).in_(_WITH_SECRETS),
            exists().where(
                col(UploadRow.upload_id) == col(Upload.id),
                # Only rows that are still to be imported have one.
                col(UploadRow.state) == RowState.PENDING,
                col(UploadRow.password_secret).is_not(None),
            ),
        )
    )
    return dict(rows.all())


def _unjudged(session: Session) -> Sequence[UploadRow]:
    # The first rows first: they are the ones that are being looked at.
    return session.exec(
        select(UploadRow)
        .join(Upload, col(Upload.id) == col(UploadRow.upload_id))
        .where(Upload.state == UploadState.DRAFT, ~col(UploadRow.password_judged))
        .order_by(col(Upload.id), col(UploadRow.line))
        .limit(_CHUNK)
    ).all()


def _note(session: Session, read: Sequence[UploadRow], problems: Sequence[str]) -> None:
    # A password that was changed meanwhile is another one, and so is a row that was fixed.
    known = {row.id: (row, problem) for row, problem in zip(read, problems, strict=True)}
    drafts = _hold_drafts(session, {row.upload_id for row in read})
    rows = session.exec(
        select(UploadRow)
        .where(col(UploadRow.id).in_(list(known)), col(UploadRow.upload_id).in_(list(drafts)))
        .with_for_update()
    )
    for row in rows:
        before, problem = known[row.id]
        if row.password_secret == before.password_secret and _owner(row) == _owner(before):
            _judge(session, row, problem)
    touch(session, *(f"uploads:{group_id}" for group_id in drafts.values()))


def _judge(session: Session, row: UploadRow, problem: str) -> None:
    row.password_judged = True
    if problem:
        row.password_secret, row.password_note = None, problem[:300]
        row.verdict = Verdict.INVALID if row.verdict == Verdict.NEW else row.verdict
    session.add(row)


def _owner(row: UploadRow) -> tuple[str, str, str]:
    return row.email, row.first_name, row.last_name


def _hold_drafts(session: Session, upload_ids: set[UUID]) -> dict[UUID, UUID]:
    drafts = session.exec(
        select(Upload)
        .where(col(Upload.id).in_(sorted(upload_ids)), Upload.state == UploadState.DRAFT)
        .order_by(col(Upload.id))
        .with_for_update(key_share=True)
    )
    return {upload.id: upload.group_id for upload in drafts}

"""An upload as tables to download: the rows that need a look, and the receipt."""

from uuid import UUID

from sqlmodel import Session, col, select

from grouplic.domain.uploads import RowState, UploadRow, Verdict
from grouplic.services.actors import Actor
from grouplic.services.uploads import upload_of

_RESULTS = {
    RowState.ADDED: "added",
    RowState.PRESENT: "was there already",
    RowState.WAITING: "on the waiting list",
    RowState.SKIPPED: "skipped",
    RowState.FAILED: "failed",
    RowState.UNDONE: "taken back",
    RowState.KEPT: "added and kept",
    RowState.PENDING: "not imported yet",
}


def rows_that_need_a_look(
    session: Session, upload_id: UUID | str, actor: Actor
) -> list[tuple[str, str, str, str, int, str]]:
    """Return the rows that will not be or were not imported, in the columns of an upload.

    Address, an empty password, names, line and reason. No password is given back.
    """
    upload = upload_of(session, upload_id, actor)
    rows = session.exec(
        select(UploadRow)
        .where(
            UploadRow.upload_id == upload.id,
            (col(UploadRow.verdict).in_([Verdict.INVALID, Verdict.DUPLICATE]))
            | (col(UploadRow.state) == RowState.FAILED),
        )
        .order_by(col(UploadRow.line))
    )
    return [
        (row.email, "", row.first_name, row.last_name, row.line, _reason(row))
        for row in rows
        if row.state != RowState.ADDED
    ]


def receipt(
    session: Session, upload_id: UUID | str, actor: Actor
) -> list[tuple[int, str, str, str, str, str]]:
    """Return line, address, names, what became of it and why, for every row of an import."""
    upload = upload_of(session, upload_id, actor)
    rows = session.exec(
        select(UploadRow).where(UploadRow.upload_id == upload.id).order_by(col(UploadRow.line))
    )
    return [
        (
            row.line,
            row.email,
            row.first_name,
            row.last_name,
            _RESULTS[RowState(row.state)],
            _reason(row),
        )
        for row in rows
    ]


def _reason(row: UploadRow) -> str:
    return row.outcome or "; ".join(part for part in (row.problem, row.password_note) if part)

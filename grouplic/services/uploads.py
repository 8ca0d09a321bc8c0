"""Uploads: a file becomes rows with verdicts; nothing else changes until they are confirmed."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from grouplic.domain.base import new_id
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.domain.uploads import Overflow, RowState, Upload, UploadRow, UploadState, Verdict
from grouplic.services.actors import Actor
from grouplic.services.groups import May, led_group, seat_counts
from grouplic.services.judging import Judged, judge_people
from grouplic.services.outside import Outside
from grouplic.services.ports import Vault
from grouplic.services.recording import insert_many, record, touch
from grouplic.services.sheets import Reading, Sheet, SheetRow, read_sheet

PAGE = 50
SECRETS_KEPT = timedelta(days=1)
_CHUNK = 2_000  # rows in one transaction, so that others get their turn
_SHORTEST_PASSWORD = 10


@dataclass(frozen=True)
class RowView:
    """One row as the page shows it."""

    id: UUID
    line: int
    name: str
    email: str
    verdict: str
    problem: str
    suggestion: str
    state: str
    outcome: str


@dataclass(frozen=True)
class UploadView:
    """An upload with its counts and one page of its rows."""

    id: UUID
    state: str
    file_name: str
    encoding: str
    separator: str
    columns: tuple[str, ...]
    ignored: tuple[str, ...]
    refusal: str
    verdicts: dict[str, int]
    states: dict[str, int]
    open_seats: int
    issued_seats: int
    rows: tuple[RowView, ...]
    passwords: int

    @property
    def total(self) -> int:
        """How many rows the file has."""
        return sum(self.verdicts.values())

    @property
    def seats_needed(self) -> int:
        """How many rows need a seat."""
        return self.verdicts.get(Verdict.NEW, 0) + self.verdicts.get(Verdict.ACCOUNT, 0)


def receive(
    outside: Outside,
    group_id: str,
    data: bytes,
    file_name: str,
    reading: Reading,
    actor: Actor,
) -> UUID:
    """Read a file, judge its rows and keep them as a draft; return the upload's id.

    A file that cannot be read is kept as a refusal with its reason. Refuses who may not manage the
    group's people, and more lookups than are allowed.
    """
    now = outside.clock()
    with outside.database.reading() as session:
        group = led_group(session, actor, group_id, May.MANAGE_PEOPLE)
        seats = seat_counts(session, group.id)
    upload = Upload(
        group_id=group.id,
        by_id=actor.user_id,
        file_name="".join(s for s in file_name if s.isprintable())[:200],
        state=UploadState.READING,
        created_at=now,
    )
    try:
        sheet = read_sheet(data, reading)
        # A lookup for each seat that was paid for is no oracle; beyond that, they are counted.
        unpaid = max(0, len(sheet.rows) - seats.bought)
        outside.attempts.spend("lookups_per_leader", unpaid, str(actor.user_id))
        rows = _judge(outside, upload, sheet)
    except Refusal as refusal:
        upload.state, upload.refusal = UploadState.REFUSED, refusal.message
        rows = []
    else:
        _describe(upload, sheet)
    _write(outside, upload, rows, now)
    return upload.id


def newest(
    session: Session,
    group_id: UUID | str,
    actor: Actor,
    show: str = "all",
    page: int = 1,
) -> UploadView | None:
    """Return the actor's newest upload for the group, with one page of rows that ``show`` picks."""
    group = led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    upload = session.exec(
        select(Upload)
        .where(Upload.group_id == group.id, Upload.by_id == actor.user_id)
        .order_by(col(Upload.id).desc())
        .limit(1)
    ).first()
    if upload is None:
        return None
    verdicts, states = _counts(session, upload.id)
    seats = seat_counts(session, group.id)
    secrets = session.exec(
        select(func.count())
        .select_from(UploadRow)
        .where(UploadRow.upload_id == upload.id, col(UploadRow.password_secret).is_not(None))
    ).one()
    return UploadView(
        upload.id,
        upload.state,
        upload.file_name,
        upload.encoding,
        upload.separator,
        tuple(str(name) for name in upload.columns),
        tuple(upload.ignored),
        upload.refusal,
        verdicts,
        states,
        seats.open,
        seats.issued,
        tuple(_page(session, upload.id, show, page)),
        secrets,
    )


def fix_row(
    session: Session, upload_id: UUID | str, row_id: UUID | str, email: str, actor: Actor
) -> None:
    """Correct the address of a row that needs a look, and judge it anew."""
    upload = draft_of(session, upload_id, actor)
    row = session.get(UploadRow, _identifier(row_id))
    if row is None or row.upload_id != upload.id:
        raise NotFound("row")
    (judged,) = judge_people(session, upload.group_id, [email[:320]])
    first = session.exec(
        select(UploadRow.line)
        .where(
            UploadRow.upload_id == upload.id,
            UploadRow.email_key == judged.email.lower(),
            UploadRow.id != row.id,
        )
        .order_by(col(UploadRow.line))
        .limit(1)
    ).first()
    row.email = judged.email or email[:320]
    row.email_key = row.email.lower()
    row.verdict, row.problem, row.suggestion = judged.verdict, judged.problem, judged.suggestion
    if judged.email and first is not None:
        row.verdict, row.problem = Verdict.DUPLICATE, f"Same as line {first}, skipped"
    session.add(row)
    touch(session, f"uploads:{upload.group_id}")


def confirm(
    session: Session,
    upload_id: UUID | str,
    overflow: Overflow,
    takes_issued: bool,
    actor: Actor,
    now: datetime,
) -> None:
    """Start the import; rows that cannot be imported are settled at once. Twice changes nothing."""
    upload = draft_of(session, upload_id, actor)
    upload.state, upload.confirmed_at = UploadState.IMPORTING, now
    upload.overflow, upload.takes_issued = overflow, takes_issued
    session.add(upload)
    for verdict, state in (
        (Verdict.INVALID, RowState.FAILED),
        (Verdict.DUPLICATE, RowState.SKIPPED),
        (Verdict.MEMBER, RowState.PRESENT),
    ):
        session.exec(
            update(UploadRow)
            .where(col(UploadRow.upload_id) == upload.id, col(UploadRow.verdict) == verdict)
            .values(state=state, outcome=UploadRow.problem, password_secret=None)
        )
    record(session, "upload_confirmed", now, actor.user_id, upload.group_id, upload=str(upload.id))
    touch(session, f"uploads:{upload.group_id}", "imports")


def rows_that_need_a_look(
    session: Session, upload_id: UUID | str, actor: Actor
) -> list[tuple[int, str, str, str, str]]:
    """Return line, address, names and reason of every row that will not be imported."""
    upload = session.get(Upload, _identifier(upload_id))
    if upload is None:
        raise NotFound("upload")
    led_group(session, actor, upload.group_id, May.MANAGE_PEOPLE)
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
        (row.line, row.email, row.first_name, row.last_name, row.outcome or row.problem)
        for row in rows
    ]


def draft_of(session: Session, upload_id: UUID | str, actor: Actor) -> Upload:
    """Return the draft and hold its row; refuse one that is not the actor's to change."""
    upload = session.exec(
        select(Upload).where(Upload.id == _identifier(upload_id)).with_for_update(key_share=True)
    ).first()
    if upload is None:
        raise NotFound("upload")
    led_group(session, actor, upload.group_id, May.MANAGE_PEOPLE)
    if upload.state != UploadState.DRAFT:
        raise Refusal("This file is being imported already, or was.")
    return upload


def _judge(outside: Outside, upload: Upload, sheet: Sheet) -> list[dict[str, Any]]:
    email = sheet.columns["user_email"]
    with outside.database.reading() as session:
        judged = judge_people(
            session, upload.group_id, [row.cell(email)[:320] for row in sheet.rows]
        )
    lines = {place: row.line for place, row in enumerate(sheet.rows, start=1)}
    return [
        _row(outside.vault, upload.id, sheet, row, one, lines)
        for row, one in zip(sheet.rows, judged, strict=True)
    ]


def _row(
    vault: Vault,
    upload_id: UUID,
    sheet: Sheet,
    row: SheetRow,
    judged: Judged,
    lines: dict[int, int],
) -> dict[str, Any]:
    cells = {name: row.cell(sheet.columns.get(name)) for name in sheet.columns}
    email = judged.email or cells["user_email"][:320]
    verdict, problem, password = judged.verdict, judged.problem, cells.get("user_pass", "")
    if verdict == Verdict.DUPLICATE:
        problem = f"Same as line {lines[int(problem.split()[-1])]}, skipped"
    if verdict == Verdict.NEW and password and len(password) < _SHORTEST_PASSWORD:
        verdict = Verdict.INVALID
        problem = f"The password has fewer than {_SHORTEST_PASSWORD} characters"
    keeps = verdict == Verdict.NEW and bool(password)
    return {
        "id": new_id(),
        "upload_id": upload_id,
        "line": row.line,
        "email": email,
        "email_key": email.lower(),
        "first_name": cells.get("first_name", "")[:100],
        "last_name": cells.get("last_name", "")[:100],
        "password_secret": vault.lock(password[:256]) if keeps else None,
        "password_judged": not keeps,
        "verdict": str(verdict),
        "problem": problem,
        "suggestion": judged.suggestion,
        "state": str(RowState.PENDING),
        "outcome": "",
        "enrollment_id": None,
    }


def _describe(upload: Upload, sheet: Sheet) -> None:
    upload.kind, upload.encoding, upload.separator = sheet.kind, sheet.encoding, sheet.separator
    upload.header = [name[:100] for name in sheet.header]
    upload.columns, upload.ignored = dict(sheet.columns), list(sheet.ignored)


def _write(outside: Outside, upload: Upload, rows: list[dict[str, Any]], now: datetime) -> None:
    group_id, refused = upload.group_id, upload.state == UploadState.REFUSED
    with outside.database.writing() as session:
        session.add(upload)
        record(session, "uploaded", now, upload.by_id, group_id, upload=str(upload.id))
        if refused:
            touch(session, f"uploads:{group_id}")
    for start in range(0, len(rows), _CHUNK):
        with outside.database.writing() as session:
            insert_many(session, UploadRow, rows[start : start + _CHUNK])
    if not refused:
        with outside.database.writing() as session:
            session.get_one(Upload, upload.id).state = UploadState.DRAFT
            touch(session, f"uploads:{group_id}")


def _counts(session: Session, upload_id: UUID) -> tuple[dict[str, int], dict[str, int]]:
    rows = session.exec(
        select(UploadRow.verdict, UploadRow.state, func.count())
        .where(UploadRow.upload_id == upload_id)
        .group_by(col(UploadRow.verdict), col(UploadRow.state))
    ).all()
    verdicts: Counter[str] = Counter()
    states: Counter[str] = Counter()
    for verdict, state, number in rows:
        verdicts[verdict] += number
        states[state] += number
    return dict(verdicts), dict(states)


def _page(session: Session, upload_id: UUID, show: str, page: int) -> list[RowView]:
    query = select(UploadRow).where(UploadRow.upload_id == upload_id)
    if show == "look":
        query = query.where(
            (col(UploadRow.verdict) == Verdict.INVALID) | (col(UploadRow.suggestion) != "")
        )
    rows = session.exec(
        query.order_by(col(UploadRow.line)).offset(max(0, page - 1) * PAGE).limit(PAGE)
    )
    return [
        RowView(
            row.id,
            row.line,
            f"{row.first_name} {row.last_name}".strip(),
            row.email,
            row.verdict,
            row.problem,
            row.suggestion,
            row.state,
            row.outcome,
        )
        for row in rows
    ]


def _identifier(given: UUID | str) -> UUID:
    try:
        return UUID(str(given))
    except ValueError:
        raise NotFound("upload") from None

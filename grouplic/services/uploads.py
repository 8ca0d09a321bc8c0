"""Uploads as pages and downloads show them: the draft, the progress, the receipt."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from grouplic.domain.refusals import NotFound
from grouplic.domain.uploads import RowState, Upload, UploadRow, UploadState, Verdict
from grouplic.services.actors import Actor
from grouplic.services.groups import May, led_group, seat_counts
from grouplic.services.identifiers import id_of

PAGE = 50
UNDO_WITHIN = timedelta(hours=24)
_MOST_EARLIER = 10


@dataclass(frozen=True)
class RowView:
    """One row as the page shows it; a password is never part of it."""

    id: UUID
    line: int
    first_name: str
    last_name: str
    email: str
    verdict: str
    problems: tuple[str, ...]
    suggestion: str
    has_password: bool
    password_refused: bool
    state: str
    outcome: str


@dataclass(frozen=True)
class Understood:
    """How a file was read, so that it can be changed: the columns by name, and the first rows."""

    kind: str
    encoding: str
    separator: str
    has_header: bool
    names: tuple[str, ...]
    columns: dict[str, int]
    ignored: tuple[str, ...]
    preview: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class UploadView:
    """An upload with its counts and one page of its rows."""

    id: UUID
    state: str
    file_name: str
    refusal: str
    understood: Understood
    verdicts: dict[str, int]
    states: dict[str, int]
    open_seats: int
    issued_seats: int
    passwords: int
    unjudged: int
    finished_at: datetime | None
    can_undo: bool
    rows: tuple[RowView, ...] = ()
    earlier: tuple["EarlierUpload", ...] = field(default=())

    @property
    def total(self) -> int:
        """How many rows the file has."""
        return sum(self.verdicts.values())

    @property
    def seats_needed(self) -> int:
        """How many rows need a seat."""
        return self.verdicts.get(Verdict.NEW, 0) + self.verdicts.get(Verdict.ACCOUNT, 0)


@dataclass(frozen=True)
class EarlierUpload:
    """A file that was imported before, whose receipt can be looked at."""

    id: UUID
    file_name: str
    at: datetime


def view_upload(
    session: Session,
    group_id: UUID | str,
    actor: Actor,
    now: datetime,
    upload_id: str = "",
    show: str = "all",
    page: int = 1,
) -> UploadView | None:
    """Return an upload of the group, the actor's newest where none is named, with a page of rows.

    ``show`` is all rows or look, those that need one. A draft is for its owner alone. Refuses who
    may not manage the group's people.
    """
    group = led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    upload = _find(session, group.id, actor, upload_id)
    if upload is None:
        return None
    verdicts, states = _counts(session, upload.id)
    seats = seat_counts(session, group.id)
    return UploadView(
        upload.id,
        upload.state,
        upload.file_name,
        upload.refusal,
        _understood(upload),
        verdicts,
        states,
        seats.open,
        seats.issued,
        _count(session, upload.id, col(UploadRow.password_secret).is_not(None)),
        _count(session, upload.id, ~col(UploadRow.password_judged)),
        upload.finished_at,
        can_undo(upload, now),
        tuple(_page(session, upload.id, show, page)),
        tuple(_earlier(session, group.id, upload.id)),
    )


def waiting_draft(session: Session, group_id: UUID, actor: Actor) -> str:
    """Return the name of the file that the actor has not imported yet, or an empty text."""
    upload = _find(session, group_id, actor, "")
    return upload.file_name if upload and upload.state == UploadState.DRAFT else ""


def can_undo(upload: Upload, now: datetime) -> bool:
    """Say whether the import is done, and for less than a day."""
    done = upload.state == UploadState.DONE and upload.finished_at is not None
    return done and now < upload.finished_at + UNDO_WITHIN  # type: ignore[operator]


def upload_of(session: Session, upload_id: UUID | str, actor: Actor) -> Upload:
    """Return an upload of a group whose people the actor may manage; refuse any other."""
    upload = session.get(Upload, id_of("upload", upload_id))
    if upload is None:
        raise NotFound("upload")
    led_group(session, actor, upload.group_id, May.MANAGE_PEOPLE)
    if upload.by_id != actor.user_id and upload.confirmed_at is None:
        raise NotFound("upload")
    return upload


def _find(session: Session, group_id: UUID, actor: Actor, upload_id: str) -> Upload | None:
    if upload_id:
        upload = upload_of(session, upload_id, actor)
        if upload.group_id != group_id:
            raise NotFound("upload")
        return upload
    return session.exec(
        select(Upload)
        .where(Upload.group_id == group_id, Upload.by_id == actor.user_id)
        .order_by(col(Upload.id).desc())
        .limit(1)
    ).first()


def _understood(upload: Upload) -> Understood:
    columns = {name: int(place) for name, place in upload.columns.items()}
    places = [*columns.values(), *(len(row) - 1 for row in upload.preview)]
    width = max(len(upload.header), 1 + max(places, default=-1))
    names = [*upload.header, *[""] * (width - len(upload.header))]
    return Understood(
        upload.kind,
        upload.encoding,
        upload.separator,
        bool(upload.header),
        tuple(name or f"Column {place}" for place, name in enumerate(names, start=1)),
        columns,
        tuple(upload.ignored),
        tuple(tuple(row) for row in upload.preview),
    )


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


def _count(session: Session, upload_id: UUID, where: ColumnElement[bool]) -> int:
    return session.exec(
        select(func.count())
        .select_from(UploadRow)
        .where(col(UploadRow.upload_id) == upload_id, where)
    ).one()


def _page(session: Session, upload_id: UUID, show: str, page: int) -> list[RowView]:
    query = select(UploadRow).where(UploadRow.upload_id == upload_id)
    if show == "look":
        query = query.where(
            (col(UploadRow.verdict).in_([Verdict.INVALID, Verdict.DUPLICATE]))
            | (col(UploadRow.suggestion) != "")
            | (col(UploadRow.state).in_([RowState.FAILED, RowState.KEPT]))
        )
    rows = session.exec(
        query.order_by(col(UploadRow.line)).offset(max(0, page - 1) * PAGE).limit(PAGE)
    )
    return [_row_view(row) for row in rows]


def _row_view(row: UploadRow) -> RowView:
    return RowView(
        row.id,
        row.line,
        row.first_name,
        row.last_name,
        row.email,
        row.verdict,
        tuple(part for part in (*row.problem.split("; "), row.password_note) if part),
        row.suggestion,
        row.password_secret is not None,
        bool(row.password_note) and row.verdict == Verdict.INVALID,
        row.state,
        row.outcome,
    )


def _earlier(session: Session, group_id: UUID, shown: UUID) -> list[EarlierUpload]:
    rows = session.exec(
        select(Upload)
        .where(
            Upload.group_id == group_id,
            Upload.id != shown,
            col(Upload.confirmed_at).is_not(None),
        )
        .order_by(col(Upload.id).desc())
        .limit(_MOST_EARLIER)
    )
    return [
        EarlierUpload(row.id, row.file_name, row.confirmed_at or row.created_at) for row in rows
    ]

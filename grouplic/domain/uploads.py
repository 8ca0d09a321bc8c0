"""Uploads of people: the rows of a file wait here until they are imported."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from grouplic.domain.base import new_id, one_of


class UploadState(StrEnum):
    """refused: the file could not be read. draft → importing → done → undoing → undone.

    reading: its rows are being written; a file of which some rows are missing is never imported.
    """

    REFUSED = "refused"
    READING = "reading"
    DRAFT = "draft"
    IMPORTING = "importing"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"


class Overflow(StrEnum):
    """What happens to rows for which no seat is left."""

    STOP = "stop"
    WAIT = "wait"


class Upload(SQLModel, table=True):
    """A file that was uploaded for a group, as it was understood. The file itself is not kept.

    ``preview`` holds its first rows; cells of columns that may hold passwords are cut to their
    first letters. ``leased_until`` is how long the worker that works on it may be silent before
    another goes on.
    """

    __tablename__ = "upload"
    __table_args__ = (
        one_of("state", UploadState),
        one_of("overflow", Overflow),
        Index("ix_upload_group_created", "group_id", "created_at"),
        Index("ix_upload_state", "state"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    group_id: UUID = Field(foreign_key="learning_group.id")
    by_id: UUID = Field(foreign_key="user_account.id")
    file_name: str = Field(max_length=200)
    kind: str = Field(default="", max_length=8)
    encoding: str = Field(default="", max_length=24)
    separator: str = Field(default="", max_length=2)
    header: list[str] = Field(default_factory=list, sa_type=JSON)
    columns: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    ignored: list[str] = Field(default_factory=list, sa_type=JSON)
    preview: list[list[str]] = Field(default_factory=list, sa_type=JSON)
    refusal: str = Field(default="", max_length=500)
    state: str = Field(max_length=12)
    overflow: str = Field(default=Overflow.STOP, max_length=8)
    takes_issued: bool = False
    note: str = Field(default="", max_length=1000)
    leased_until: datetime | None = None
    created_at: datetime
    confirmed_at: datetime | None = None
    finished_at: datetime | None = None
    undone_at: datetime | None = None


class Verdict(StrEnum):
    """What the dry run says of a row. Only new and account rows need a seat."""

    NEW = "new"
    ACCOUNT = "account"
    MEMBER = "member"
    DUPLICATE = "duplicate"
    INVALID = "invalid"


class RowState(StrEnum):
    """What became of a row. ``pending`` rows are still to be imported."""

    PENDING = "pending"
    ADDED = "added"
    PRESENT = "present"
    WAITING = "waiting"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNDONE = "undone"
    KEPT = "kept"


class UploadRow(SQLModel, table=True):
    """One row of an uploaded file.

    ``problem`` names every problem but the password's, separated by semicolons.
    ``password_secret`` is a supplied password, encrypted with the server's key, and only until it
    is hashed or a day has passed; ``password_note`` says why it is not used. ``password_judged``
    is false while the rules for passwords have yet to be asked about it.
    """

    __tablename__ = "upload_row"
    __table_args__ = (
        one_of("verdict", Verdict),
        one_of("state", RowState),
        UniqueConstraint("upload_id", "line", name="uq_upload_row_line"),
        Index("ix_upload_row_state", "upload_id", "state", "line"),
        Index("ix_upload_row_verdict", "upload_id", "verdict", "line"),
        Index("ix_upload_row_address", "upload_id", "email_key", "line"),
        CheckConstraint(
            "password_secret IS NULL OR state = 'pending'", name="no_secret_after_import"
        ),
        CheckConstraint(
            "password_judged OR password_secret IS NOT NULL", name="only_a_secret_is_judged"
        ),
        Index(
            "ix_upload_row_unjudged",
            "upload_id",
            sqlite_where=text("NOT password_judged"),
            postgresql_where=text("NOT password_judged"),
        ),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    upload_id: UUID = Field(foreign_key="upload.id")
    line: int
    email: str = Field(max_length=400)
    email_key: str = Field(max_length=400)
    first_name: str = Field(default="", max_length=200)
    last_name: str = Field(default="", max_length=200)
    password_secret: str | None = None
    password_judged: bool = True
    password_note: str = Field(default="", max_length=300)
    verdict: str = Field(max_length=12)
    problem: str = Field(default="", max_length=300)
    suggestion: str = Field(default="", max_length=320)
    state: str = Field(default=RowState.PENDING, max_length=8)
    outcome: str = Field(default="", max_length=300)
    enrollment_id: UUID | None = Field(default=None, foreign_key="enrollment.id", index=True)

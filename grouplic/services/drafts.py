"""Drafts: the rows of a file are corrected cell by cell, and confirmed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from grouplic.domain.addresses import LONGEST_TYPED, judge_address
from grouplic.domain.groups import Group
from grouplic.domain.passwords import check_password
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.domain.uploads import Overflow, RowState, Upload, UploadRow, UploadState, Verdict
from grouplic.services.actors import Actor
from grouplic.services.groups import May, led_group
from grouplic.services.identifiers import id_of
from grouplic.services.judging import judge_people
from grouplic.services.outside import Outside
from grouplic.services.receiving import name_problems
from grouplic.services.recording import record, touch
from grouplic.services.terms import refuse_ended

RESTED_A_DAY = "The password waited for more than a day and is gone: a login goes by mail instead"
_MOST_ALIKE = 1_000


def fix_cell(
    outside: Outside, upload_id: UUID | str, row_id: UUID | str, name: str, typed: str, actor: Actor
) -> None:
    """Change one cell of a draft, and judge anew the row and those that had or get its address.

    ``name`` is user_email, first_name, last_name or user_pass; an empty password means that the
    person gets a login by mail. Refuses a password against the rules.
    """
    if name == "user_pass":
        _fix_password(outside, upload_id, row_id, typed, actor)
        return
    outside.attempts.spend("lookups_per_leader", int(name == "user_email"), str(actor.user_id))
    with outside.database.writing() as session:
        upload, row = _row_of_draft(session, upload_id, row_id, actor)
        before = row.email_key
        if name == "user_email":
            row.email = judge_address(typed).email or typed.strip()[:LONGEST_TYPED]
            row.email_key = row.email.lower()
        elif name in ("first_name", "last_name"):
            setattr(row, name, " ".join(typed.split())[:200])
        row.password_judged = row.password_secret is None
        session.add(row)
        session.flush()
        for email_key in sorted({before, row.email_key}):
            judge_anew(session, upload, email_key)
        touch(session, f"uploads:{upload.group_id}", "imports")


def judge_anew(session: Session, upload: Upload, email_key: str) -> None:
    """Give the draft's rows with this address their verdicts: the first counts, the rest repeat."""
    rows = session.exec(
        select(UploadRow)
        .where(UploadRow.upload_id == upload.id, UploadRow.email_key == email_key)
        .order_by(col(UploadRow.line))
        .limit(_MOST_ALIKE)
    ).all()
    first: UploadRow | None = None
    for row in rows:
        (judged,) = judge_people(session, upload.group_id, [row.email])
        problems = [judged.problem] if judged.problem else []
        if judged.email and first is not None:
            problems, verdict = [f"Same as line {first.line}, skipped"], Verdict.DUPLICATE
        else:
            verdict, first = judged.verdict, row if judged.email else None
        row.email = judged.email or row.email
        row.email_key, row.suggestion = row.email.lower(), judged.suggestion
        if verdict not in (Verdict.ACCOUNT, Verdict.MEMBER):
            problems += name_problems(row.first_name, row.last_name)
        refused = row.password_note not in ("", RESTED_A_DAY)
        if verdict == Verdict.NEW and (problems or refused):
            verdict = Verdict.INVALID
        row.verdict, row.problem = verdict, "; ".join(problems)[:300]
        session.add(row)
    session.flush()


def confirm(
    session: Session,
    upload_id: UUID | str,
    overflow: Overflow,
    takes_issued: bool,
    actor: Actor,
    now: datetime,
) -> None:
    """Start the import; rows that cannot be imported are settled at once.

    Refuses a second time, and a group whose term is over.
    """
    upload = draft_of(session, upload_id, actor)
    refuse_ended(session.get_one(Group, upload.group_id), now)
    upload.state, upload.confirmed_at = UploadState.IMPORTING, now
    upload.overflow, upload.takes_issued = overflow, takes_issued
    upload.preview = []
    session.add(upload)
    for verdict, state in (
        (Verdict.INVALID, RowState.FAILED),
        (Verdict.DUPLICATE, RowState.SKIPPED),
        (Verdict.MEMBER, RowState.PRESENT),
    ):
        session.exec(
            update(UploadRow)
            .where(col(UploadRow.upload_id) == upload.id, col(UploadRow.verdict) == verdict)
            .values(state=state, password_secret=None, password_judged=True)
        )
    record(session, "upload_confirmed", now, actor.user_id, upload.group_id, upload=str(upload.id))
    touch(session, f"uploads:{upload.group_id}", "imports")


def draft_of(session: Session, upload_id: UUID | str, actor: Actor) -> Upload:
    """Return the draft and hold its row; refuse one that is not the actor's to change."""
    upload = session.exec(
        select(Upload)
        .where(Upload.id == id_of("upload", upload_id), Upload.by_id == actor.user_id)
        .with_for_update(key_share=True)
    ).first()
    if upload is None:
        raise NotFound("upload")
    led_group(session, actor, upload.group_id, May.MANAGE_PEOPLE)
    if upload.state != UploadState.DRAFT:
        raise Refusal("This file is being imported already, or was.")
    return upload


def _row_of_draft(
    session: Session, upload_id: UUID | str, row_id: UUID | str, actor: Actor
) -> tuple[Upload, UploadRow]:
    upload = draft_of(session, upload_id, actor)
    row = session.get(UploadRow, id_of("row", row_id))
    if row is None or row.upload_id != upload.id:
        raise NotFound("row")
    return upload, row


def _fix_password(
    outside: Outside, upload_id: UUID | str, row_id: UUID | str, typed: str, actor: Actor
) -> None:
    with outside.database.reading() as session:
        _, row = _row_of_draft(session, upload_id, row_id, actor)
    if typed.strip():
        # Slow, so outside any transaction.
        check_password(typed, (row.email, row.first_name, row.last_name))
    with outside.database.writing() as session:
        upload, row = _row_of_draft(session, upload_id, row_id, actor)
        row.password_secret = outside.vault.lock(typed) if typed.strip() else None
        row.password_judged, row.password_note = True, ""
        session.add(row)
        session.flush()
        judge_anew(session, upload, row.email_key)
        touch(session, f"uploads:{upload.group_id}")

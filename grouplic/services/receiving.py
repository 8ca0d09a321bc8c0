"""Receiving: a file becomes rows with verdicts. Nothing else changes until they are confirmed."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from unicodedata import category
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col, select

from grouplic.domain.addresses import LONGEST_TYPED
from grouplic.domain.base import new_id
from grouplic.domain.passwords import LONGEST, obvious_problem
from grouplic.domain.records import AuditEvent
from grouplic.domain.refusals import Refusal
from grouplic.domain.uploads import RowState, Upload, UploadRow, UploadState, Verdict
from grouplic.services.actors import Actor
from grouplic.services.groups import May, led_group, refuse_sandbox, seat_counts
from grouplic.services.judging import Judged, judge_people
from grouplic.services.many_rows import insert_many
from grouplic.services.outside import Outside
from grouplic.services.ports import Vault
from grouplic.services.recording import record, touch
from grouplic.services.sheets import NoAddresses, Reading, Sheet, SheetRow, read_sheet
from grouplic.services.terms import refuse_ended

_CHUNK = 2_000  # rows in one transaction, so that others get their turn
_LONGEST_NAME = 100


def may_upload(outside: Outside, group_id: str, actor: Actor) -> UUID:
    """Return the group's id; refuse who may not manage its people, before a file is read.

    A sandbox group takes no file either, nor one whose term is over.
    """
    with outside.database.reading() as session:
        group = led_group(session, actor, group_id, May.MANAGE_PEOPLE)
        refuse_sandbox(group)
        refuse_ended(group, outside.clock())
        return group.id


def receive(
    outside: Outside,
    group_id: str,
    data: bytes,
    file_name: str,
    reading: Reading,
    actor: Actor,
) -> UUID:
    """Read a file, judge its rows and keep them as a draft; return the upload's id.

    Drafts of the actor that came before it are dropped. A file that cannot be read is kept as a
    refusal with its reason. Refuses who may not manage the group's people.
    """
    now = outside.clock()
    upload = _new_upload(outside, group_id, file_name, actor, now)
    rows: list[dict[str, Any]] = []
    free = 0
    try:
        sheet = read_sheet(data, reading, outside.upload_limits)
        _describe(upload, sheet)
        free = _spend_lookups(outside, upload, sheet)
        rows = _judge(outside, upload, sheet)
    except Refusal as refusal:
        upload.state, upload.refusal = UploadState.REFUSED, refusal.message[:500]
        if isinstance(refusal, NoAddresses):
            _describe(upload, refusal.sheet)
    _write(outside, upload, rows, now, free)
    return upload.id


def refuse(outside: Outside, group_id: str, file_name: str, reason: str, actor: Actor) -> UUID:
    """Keep a file that was refused unread as its reason, so that the page shows it."""
    upload = _new_upload(outside, group_id, file_name, actor, outside.clock())
    upload.state, upload.refusal = UploadState.REFUSED, reason[:500]
    _write(outside, upload, [], upload.created_at)
    return upload.id


def name_problems(first_name: str, last_name: str) -> list[str]:
    """Return what is wrong with the names of a row; a name may be missing."""
    problems = []
    for label, name in (("first name", first_name), ("last name", last_name)):
        if len(name) > _LONGEST_NAME:
            problems.append(f"The {label} has more than {_LONGEST_NAME} characters")
        if not name.isprintable() and any(category(symbol)[0] == "C" for symbol in name):
            problems.append(f"A hidden character is in the {label}")
    return problems


def _new_upload(
    outside: Outside, group_id: str, file_name: str, actor: Actor, now: datetime
) -> Upload:
    return Upload(
        group_id=may_upload(outside, group_id, actor),
        by_id=actor.user_id,
        file_name="".join(s for s in file_name if s.isprintable())[:200],
        state=UploadState.READING,
        created_at=now,
    )


def _describe(upload: Upload, sheet: Sheet) -> None:
    upload.kind, upload.encoding, upload.separator = sheet.kind, sheet.encoding, sheet.separator
    upload.header = [name[:100] for name in sheet.header]
    upload.columns, upload.ignored = dict(sheet.columns), list(sheet.ignored)
    upload.preview = sheet.preview()


def _spend_lookups(outside: Outside, upload: Upload, sheet: Sheet) -> int:
    """Spend what the file's addresses cost; return how many were free.

    A lookup for each seat that was paid for is no oracle, once an hour; beyond that, and for file
    after file, they are counted. What the draft before it has told already costs nothing.
    """
    place = sheet.columns["user_email"]
    addresses = {row.cell(place)[:LONGEST_TYPED].lower() for row in sheet.rows}
    with outside.database.reading() as session:
        unseen = len(addresses - _addresses_of_draft(session, upload))
        free = min(unseen, _free_lookups(session, upload))
    outside.attempts.spend("lookups_per_leader", unseen - free, str(upload.by_id))
    return free


def _addresses_of_draft(session: Session, upload: Upload) -> set[str]:
    return set(
        session.exec(
            select(UploadRow.email_key)
            .join(Upload, col(Upload.id) == col(UploadRow.upload_id))
            .where(
                Upload.group_id == upload.group_id,
                Upload.by_id == upload.by_id,
                Upload.state == UploadState.DRAFT,
            )
        )
    )


def _free_lookups(session: Session, upload: Upload) -> int:
    spent = session.exec(
        select(AuditEvent.facts).where(
            AuditEvent.group_id == upload.group_id,
            AuditEvent.kind == "uploaded",
            AuditEvent.at > upload.created_at - timedelta(hours=1),
        )
    )
    bought = seat_counts(session, upload.group_id).bought
    return max(0, bought - sum(int(facts.get("free_lookups", 0)) for facts in spent))


def _judge(outside: Outside, upload: Upload, sheet: Sheet) -> list[dict[str, Any]]:
    email = sheet.columns["user_email"]
    with outside.database.reading() as session:
        judged = judge_people(
            session, upload.group_id, [row.cell(email)[:LONGEST_TYPED] for row in sheet.rows]
        )
    return [
        _row(outside.vault, upload.id, sheet, row, one)
        for row, one in zip(sheet.rows, judged, strict=True)
    ]


def _row(vault: Vault, upload_id: UUID, sheet: Sheet, row: SheetRow, one: Judged) -> dict[str, Any]:
    cells = {name: row.cell(place) for name, place in sheet.columns.items()}
    first_name, last_name = cells.get("first_name", ""), cells.get("last_name", "")
    email = one.email or cells["user_email"][:LONGEST_TYPED]
    verdict, problems, note, secret = one.verdict, _problems(one, sheet), "", ""
    # An account that exists is left as it is: names and password of its row say nothing.
    if verdict not in (Verdict.ACCOUNT, Verdict.MEMBER):
        problems += name_problems(first_name, last_name)
        secret = cells.get("user_pass", "")[: LONGEST + 1]
        secret = secret if secret.strip() else ""
        note = obvious_problem(secret, (email, first_name, last_name)) if secret else ""
    if verdict == Verdict.NEW and (problems or note):
        verdict = Verdict.INVALID
    keeps = bool(secret) and not note
    return {
        "id": new_id(),
        "upload_id": upload_id,
        "line": row.line,
        "email": email,
        "email_key": email.lower(),
        "first_name": first_name[:200],
        "last_name": last_name[:200],
        "password_secret": vault.lock(secret) if keeps else None,
        "password_judged": not keeps,
        "password_note": note,
        "verdict": str(verdict),
        "problem": "; ".join(problems)[:300],
        "suggestion": one.suggestion,
        "state": str(RowState.PENDING),
        "outcome": "",
        "enrollment_id": None,
    }


def _problems(one: Judged, sheet: Sheet) -> list[str]:
    if one.same_as:
        return [f"Same as line {sheet.rows[one.same_as - 1].line}, skipped"]
    return [one.problem] if one.problem else []


def _write(
    outside: Outside, upload: Upload, rows: Sequence[dict[str, Any]], now: datetime, free: int = 0
) -> None:
    group_id, draft = upload.group_id, upload.state == UploadState.READING
    with outside.database.writing() as session:
        session.add(upload)
        facts = {"upload": str(upload.id), "free_lookups": free}
        record(session, "uploaded", now, upload.by_id, group_id, **facts)
        if len(rows) > _CHUNK:
            touch(session, f"uploads:{group_id}")
    for start in range(0, len(rows), _CHUNK):
        with outside.database.writing() as session:
            insert_many(session, UploadRow, rows[start : start + _CHUNK])
    with outside.database.writing() as session:
        if draft:
            session.get_one(Upload, upload.id).state = UploadState.DRAFT
        _drop_earlier_drafts(session, upload)
        touch(session, f"uploads:{group_id}", "imports")


def _drop_earlier_drafts(session: Session, upload: Upload) -> None:
    # Held first: a draft that is being confirmed right now is none any more.
    earlier = session.exec(
        select(Upload.id)
        .where(
            Upload.group_id == upload.group_id,
            Upload.by_id == upload.by_id,
            Upload.id < upload.id,
            col(Upload.state).in_([UploadState.DRAFT, UploadState.REFUSED]),
        )
        .with_for_update()
    ).all()
    session.exec(delete(UploadRow).where(col(UploadRow.upload_id).in_(earlier)))
    session.exec(delete(Upload).where(col(Upload.id).in_(earlier)))

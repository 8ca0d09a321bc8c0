"""The background work on uploads: imports, undoing, judging, waiting lists; a chunk of each."""

from datetime import timedelta

from sqlalchemy import update
from sqlmodel import col, select

from grouplic.domain.uploads import Upload, UploadState
from grouplic.services.filling import fill_from_waiting_list, groups_with_room_and_waiting
from grouplic.services.importing import Pools, import_chunk
from grouplic.services.outside import Outside
from grouplic.services.password_judging import forget_old_secrets, judge_chunk
from grouplic.services.recording import touch
from grouplic.services.undoing import undo_chunk

_READING_TAKES = timedelta(minutes=10)


def work_once(outside: Outside, pools: Pools) -> bool:
    """Do the next chunk of whatever is due; return False when there was nothing to do."""
    steps = (import_chunk, undo_chunk, judge_chunk, _fill_waiting_lists)
    done = [step(outside, pools) for step in steps]
    return any(done)


def tidy_up(outside: Outside) -> None:
    """Forget passwords that have rested for a day, and end readings that a crash cut short."""
    forget_old_secrets(outside)
    _end_broken_readings(outside)


def _fill_waiting_lists(outside: Outside, _pools: Pools) -> bool:
    with outside.database.reading() as session:
        groups = groups_with_room_and_waiting(session, outside.clock())
    joined = 0
    for group_id in groups:
        with outside.database.writing() as session:
            joined += fill_from_waiting_list(session, group_id, outside.clock())
    return bool(joined)


def _end_broken_readings(outside: Outside) -> None:
    broken = (
        col(Upload.state) == UploadState.READING,
        col(Upload.created_at) <= outside.clock() - _READING_TAKES,
    )
    with outside.database.reading() as session:
        groups = session.exec(select(Upload.group_id).where(*broken)).all()
    if not groups:
        return
    with outside.database.writing() as session:
        session.exec(
            update(Upload)
            .where(*broken)
            .values(
                state=UploadState.REFUSED,
                refusal="Reading this file was interrupted. Please upload it again.",
            )
        )
        touch(session, *(f"uploads:{group_id}" for group_id in groups))

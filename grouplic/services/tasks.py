"""What happens every so often, once among all workers: the database says whose turn it is."""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from grouplic.domain.records import TaskRun


def is_due(session: Session, name: str, every: timedelta, now: datetime) -> bool:
    """Say whether ``name`` was last done ``every`` ago or never; whose turn it is, is open."""
    last = session.get(TaskRun, name)
    return last is None or last.at <= now - every


def take_turn(session: Session, name: str, every: timedelta, now: datetime) -> bool:
    """Take the turn at ``name`` if the last one was ``every`` ago; say whether it was ours."""
    moved = session.exec(
        update(TaskRun)
        .where(col(TaskRun.name) == name, col(TaskRun.at) <= now - every)
        .values(at=now)
    )
    if moved.rowcount:
        return True
    try:
        with session.begin_nested():
            session.add(TaskRun(name=name, at=now))
    except IntegrityError:
        return False
    return True

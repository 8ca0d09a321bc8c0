"""Summaries of what was learned, brought up to date in the transaction that changes the facts.

They are computed anew from the facts by the same statements for one learner and for all of them,
so that a summary cannot drift from what it summarizes. Callers hold the learners' rows.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Subquery,
    and_,
    case,
    cast,
    func,
    true,
)
from sqlalchemy import select as sql_select
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.types import Integer
from sqlmodel import Session, SQLModel, col, select

from grouplic.domain.catalog import Module
from grouplic.domain.groups import Enrollment, GroupModule
from grouplic.domain.people import User
from grouplic.domain.progress import (
    EnrollmentProgress,
    EnrollmentSummary,
    ModuleProgress,
    ProgressState,
)
from grouplic.domain.quizzes import Certificate
from grouplic.services.facts import facts
from grouplic.services.many_rows import insert_many
from grouplic.services.outlines import has_quiz

Condition = ColumnElement[bool]


def hold_learner(session: Session, user_id: UUID) -> None:
    """Hold a learner's row: what they do in two tabs at once follows one after the other."""
    session.exec(select(User.id).where(User.id == user_id).with_for_update(key_share=True)).one()


def summarize(session: Session, user_id: UUID, module_id: UUID) -> None:
    """Bring the summaries of one learner in one module up to date, in every group of theirs."""
    session.flush()
    _write_module_progress(session, facts(user_id, module_id))
    mine = and_(col(Enrollment.user_id) == user_id, col(ModuleProgress.module_id) == module_id)
    _write_enrollment_progress(session, facts(user_id, module_id), mine)
    _write_enrollment_summaries(session, col(Enrollment.user_id) == user_id)


def summarize_module(session: Session, module_id: UUID) -> None:
    """The same for all learners of a module whose content has changed."""
    session.flush()
    _write_module_progress(session, facts(None, module_id))
    _write_enrollment_progress(
        session, facts(None, module_id), col(ModuleProgress.module_id) == module_id
    )
    groups = select(GroupModule.group_id).where(GroupModule.module_id == module_id)
    _write_enrollment_summaries(session, col(Enrollment.group_id).in_(groups))


def summarize_group(session: Session, group_id: UUID) -> None:
    """The same for a group that has got more modules: some may have learned them elsewhere."""
    session.flush()
    here = col(Enrollment.group_id) == group_id
    session.exec(
        select(User.id)
        .where(col(User.id).in_(_started_learners(here)))
        .order_by(col(User.email_key))
        .with_for_update(key_share=True)
    ).all()
    _write_enrollment_progress(session, facts(), here)
    _write_enrollment_summaries(session, here)


def begin_summaries(session: Session, group_id: UUID, enrollment_ids: Sequence[UUID]) -> None:
    """Give new enrollments of a group their summary, of nothing yet."""
    rows = [{"enrollment_id": one, "group_id": group_id, **NOTHING_YET} for one in enrollment_ids]
    insert_many(session, EnrollmentSummary, rows)


def carry_over(session: Session, enrollment_ids: Sequence[UUID]) -> None:
    """Count what the learners of new enrollments reached before they joined."""
    if not enrollment_ids:
        return
    these = col(Enrollment.id).in_(enrollment_ids)
    learners = session.exec(_started_learners(these)).all()
    for user_id in set(learners):
        mine = and_(these, col(Enrollment.user_id) == user_id)
        _write_enrollment_progress(session, facts(user_id), mine)
    if learners:
        _write_enrollment_summaries(session, these)


NOTHING_YET = {
    "modules_started": 0,
    "modules_done": 0,
    "modules_failed": 0,
    "lessons_done": 0,
    "steps_done": 0,
    "attempts": 0,
    "score": None,
    "seconds": 0,
    "last_activity_at": None,
}


def _started_learners(which: Condition) -> Any:
    return (
        select(ModuleProgress.user_id)
        .join(Enrollment, col(Enrollment.user_id) == col(ModuleProgress.user_id))
        .join(
            GroupModule,
            and_(
                col(GroupModule.group_id) == col(Enrollment.group_id),
                col(GroupModule.module_id) == col(ModuleProgress.module_id),
            ),
        )
        .where(which, col(Enrollment.ended_at).is_(None))
    )


def _write_module_progress(session: Session, fact: Subquery) -> None:
    columns = fact.c
    attempts = func.sum(columns.attempts)
    done = func.max(Certificate.issued_at)
    done_lessons = func.coalesce(func.sum(columns.lessons), 0)
    # Whoever passed a quiz that is gone has no step for it, as nobody has.
    passed = case((and_(columns.passed == 1, has_quiz()), 1), else_=0)
    used_up = and_(
        func.max(columns.passed) == 0,
        func.max(Module.attempts).is_not(None),
        attempts >= func.max(Module.attempts),
    )
    rows: Any = (
        sql_select(
            columns.user_id,
            columns.module_id,
            case(
                (done.is_not(None), ProgressState.DONE),
                (used_up, ProgressState.FAILED),
                else_=ProgressState.STARTED,
            ).label("state"),
            done_lessons.label("lessons_done"),
            (done_lessons + func.max(passed)).label("steps_done"),
            attempts.label("attempts"),
            func.max(columns.score).label("best_score"),
            func.sum(columns.seconds).label("seconds"),
            func.max(columns.at).label("last_activity_at"),
            done.label("completed_at"),
        )
        .select_from(fact)
        .join(Module, col(Module.id) == columns.module_id)
        .outerjoin(
            Certificate,
            and_(
                col(Certificate.user_id) == columns.user_id,
                col(Certificate.module_id) == columns.module_id,
            ),
        )
        .where(true())
        .group_by(columns.user_id, columns.module_id)
    )
    _upsert(session, ModuleProgress, rows, ("user_id", "module_id"))


def _write_enrollment_progress(session: Session, fact: Subquery, which: Condition) -> None:
    columns = fact.c
    since = columns.begun_at >= col(Enrollment.enrolled_at)
    reached_here = case(
        (
            col(ModuleProgress.completed_at) >= col(Enrollment.enrolled_at),
            ModuleProgress.completed_at,
        )
    )
    rows: Any = (
        sql_select(
            col(Enrollment.id).label("enrollment_id"),
            col(ModuleProgress.module_id),
            func.max(ModuleProgress.state).label("state"),
            func.max(ModuleProgress.lessons_done).label("lessons_done"),
            func.max(ModuleProgress.steps_done).label("steps_done"),
            func.coalesce(func.sum(columns.attempts), 0).label("attempts"),
            func.max(columns.score).label("best_score"),
            func.coalesce(func.sum(columns.seconds), 0).label("seconds"),
            func.max(columns.at).label("last_activity_at"),
            func.max(reached_here).label("completed_at"),
        )
        .select_from(_enrolled_and_started())
        .outerjoin(
            fact,
            and_(
                columns.user_id == col(ModuleProgress.user_id),
                columns.module_id == col(ModuleProgress.module_id),
                since,
            ),
        )
        .where(which, col(Enrollment.ended_at).is_(None))
        .group_by(col(Enrollment.id), col(ModuleProgress.module_id))
    )
    _upsert(session, EnrollmentProgress, rows, ("enrollment_id", "module_id"))


def _enrolled_and_started() -> Any:
    enrollment, module = Enrollment.__table__, GroupModule.__table__  # type: ignore[attr-defined]
    progress = ModuleProgress.__table__  # type: ignore[attr-defined]
    return enrollment.join(module, module.c.group_id == enrollment.c.group_id).join(
        progress,
        and_(
            progress.c.user_id == enrollment.c.user_id, progress.c.module_id == module.c.module_id
        ),
    )


def _write_enrollment_summaries(session: Session, which: Condition) -> None:
    progress = EnrollmentProgress
    done = case((col(progress.state) == ProgressState.DONE, 1), else_=0)
    failed = case((col(progress.state) == ProgressState.FAILED, 1), else_=0)
    rows: Any = (
        sql_select(
            col(Enrollment.id).label("enrollment_id"),
            col(Enrollment.group_id).label("group_id"),
            func.count(col(progress.module_id)).label("modules_started"),
            func.coalesce(func.sum(done), 0).label("modules_done"),
            func.coalesce(func.sum(failed), 0).label("modules_failed"),
            func.coalesce(func.sum(progress.lessons_done), 0).label("lessons_done"),
            func.coalesce(func.sum(progress.steps_done), 0).label("steps_done"),
            func.coalesce(func.sum(progress.attempts), 0).label("attempts"),
            cast(func.round(func.avg(progress.best_score)), Integer).label("score"),
            func.coalesce(func.sum(progress.seconds), 0).label("seconds"),
            func.max(progress.last_activity_at).label("last_activity_at"),
        )
        .select_from(Enrollment)
        .outerjoin(progress, col(progress.enrollment_id) == col(Enrollment.id))
        .where(which, col(Enrollment.ended_at).is_(None))
        .group_by(col(Enrollment.id), col(Enrollment.group_id))
    )
    _upsert(session, EnrollmentSummary, rows, ("enrollment_id",))


def _upsert(session: Session, entity: type[SQLModel], rows: Any, key: tuple[str, ...]) -> None:
    connection = session.connection()
    insert = postgres_insert if connection.dialect.name == "postgresql" else sqlite_insert
    names = [column.name for column in rows.selected_columns]
    statement = insert(entity.__table__).from_select(names, rows)  # type: ignore[attr-defined]
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=list(key),
            set_={name: statement.excluded[name] for name in names if name not in key},
        )
    )

"""The matrix of learners and modules: searched, cut, sorted, a page at a time, or streamed whole.

Everything is read from the summaries, with a number of queries that does not grow with the class.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlmodel import Session, col

from grouplic.domain.groups import Enrollment
from grouplic.domain.joins import Invitation
from grouplic.domain.people import User
from grouplic.domain.performance import Stand, percent
from grouplic.domain.progress import EnrollmentProgress, EnrollmentSummary
from grouplic.domain.records import Mail, MailState
from grouplic.services.actors import Actor
from grouplic.services.fitting import fitting, in_order, module_of, with_module
from grouplic.services.groups import May, led_group
from grouplic.services.looking import Looking
from grouplic.services.performance import (
    Class,
    ClassModule,
    Figures,
    figures,
    read_class,
    stand_in,
    stand_of,
)
from grouplic.services.ports import Transactions
from grouplic.services.stuck import places_of

PAGE = 25
_CHUNK = 500


@dataclass(frozen=True)
class Cell:
    """One learner in one module, or in all of them: what a leader may see.

    ``percent`` is of all that completion asks for: the lessons, and the quiz, which counts as one.
    """

    stand: str
    percent: int
    lessons_done: int
    score: int | None
    attempts: int
    seconds: int
    last_activity_at: datetime | None


@dataclass(frozen=True)
class LearnerRow:
    """One learner: the figures asked for, and a cell for each module of the class."""

    enrollment_id: UUID
    name: str
    email: str
    enrolled_at: datetime
    total: Cell
    cells: tuple[Cell, ...]
    overdue: bool
    stuck_at: str = ""
    mail_failed: bool = False


@dataclass(frozen=True)
class Matrix:
    """One page of the class, with the figures of all of it."""

    klass: Class
    figures: Figures
    rows: tuple[LearnerRow, ...]
    found: int
    page: int


def matrix(
    session: Session, group_id: UUID | str, looking: Looking, actor: Actor, now: datetime
) -> Matrix:
    """Return one page of the learners; refuse who does not lead the group."""
    klass = read_class(session, led_group(session, actor, group_id, May.SEE), now)
    shown, found, page = learners_on(session, klass, looking, PAGE)
    return Matrix(klass, figures(session, klass), shown, found, page)


def learners_on(
    session: Session, klass: Class, looking: Looking, size: int
) -> tuple[tuple[LearnerRow, ...], int, int]:
    """Return one page of so many of the learners that fit, how many fit, and which page it is.

    The caller has made sure that the actor may see the class.
    """
    module_id = module_of(klass, looking)
    those = fitting(klass, looking, module_id)
    found = how_many(session, klass, looking)
    page = min(looking.page, max(1, -(-found // size)))
    ids = those.order_by(*in_order(looking, module_id)).limit(size).offset((page - 1) * size)
    return _shown(session, klass, _rows(session, klass, ids, module_id), module_id), found, page


def how_many(session: Session, klass: Class, looking: Looking) -> int:
    """Return how many learners fit; the caller has made sure that the actor may see the class."""
    those = fitting(klass, looking, module_of(klass, looking))
    found = session.execute(select(func.count()).select_from(those.subquery())).scalar_one()
    return int(found)


def every_learner(
    database: Transactions, klass: Class, looking: Looking
) -> Iterator[tuple[LearnerRow, ...]]:
    """Yield all learners that fit in chunks, each read in a short transaction of its own.

    The caller has made sure that the actor may see the class.
    """
    module_id = module_of(klass, looking)
    those = fitting(klass, looking, module_id).order_by(col(EnrollmentSummary.enrollment_id))
    after: UUID | None = None
    while True:
        ids = those.where(col(EnrollmentSummary.enrollment_id) > after) if after else those
        with database.reading() as session:
            rows = _rows(session, klass, ids.limit(_CHUNK), module_id)
            shown = _shown(session, klass, rows, module_id)
        if not shown:
            return
        after = shown[-1].enrollment_id
        yield shown


def _rows(session: Session, klass: Class, ids: Select[Any], module_id: UUID | None) -> list[Any]:
    """Return what there is to show of the learners of ``ids``, in that order."""
    wanted = list(session.execute(ids).scalars())
    entities: list[Any] = [EnrollmentSummary, Enrollment, User]
    rows = session.execute(
        with_module(select(*entities, stand_of(klass, module_id)), module_id)
        .join(Enrollment, col(Enrollment.id) == col(EnrollmentSummary.enrollment_id))
        .join(User, col(User.id) == col(Enrollment.user_id))
        .where(col(EnrollmentSummary.enrollment_id).in_(wanted))
    ).all()
    found = {row[1].id: row for row in rows}
    return [found[one] for one in wanted]


def _shown(
    session: Session, klass: Class, rows: Sequence[Any], module_id: UUID | None
) -> tuple[LearnerRow, ...]:
    ids = [enrollment.id for _, enrollment, _, _ in rows]
    cells = _cells(session, ids)
    stuck = [row[1].id for row in rows if row[3] == Stand.STUCK and not row[1].awaits_claim]
    places = places_of(session, stuck, module_id)
    failed = _failed_mails(session, ids)
    return tuple(
        _row(klass, row, cells.get(row[1].id, {}), places, row[1].id in failed, module_id)
        for row in rows
    )


def _cells(session: Session, ids: Sequence[UUID]) -> dict[UUID, dict[UUID, EnrollmentProgress]]:
    found = session.execute(
        select(EnrollmentProgress).where(col(EnrollmentProgress.enrollment_id).in_(ids))
    ).scalars()
    cells: dict[UUID, dict[UUID, EnrollmentProgress]] = {}
    for cell in found:
        cells.setdefault(cell.enrollment_id, {})[cell.module_id] = cell
    return cells


def _failed_mails(session: Session, ids: Sequence[UUID]) -> set[UUID]:
    found = session.execute(
        select(Invitation.enrollment_id)  # type: ignore[call-overload]
        .join(Mail, col(Mail.id) == col(Invitation.mail_id))
        .where(col(Invitation.enrollment_id).in_(ids), col(Mail.state) == MailState.FAILED)
    ).scalars()
    return set(found)


def _row(
    klass: Class,
    row: Any,
    progress: dict[UUID, EnrollmentProgress],
    places: dict[UUID, str],
    mail_failed: bool,
    module_id: UUID | None,
) -> LearnerRow:
    summary, enrollment, user, stand = row
    if enrollment.awaits_claim:
        # Nothing of somebody who has not agreed to be in this group.
        stand, progress = str(Stand.AWAITS), {}
        summary = EnrollmentSummary(enrollment_id=enrollment.id, group_id=klass.group.id)
    cells = tuple(cell_of(klass, one, progress.get(one.id), enrollment) for one in klass.modules)
    total = _total(klass, summary, stand)
    if module_id:
        (total,) = (
            cell
            for module, cell in zip(klass.modules, cells, strict=True)
            if module.id == module_id
        )
    undone = {
        one.id for one, cell in zip(klass.modules, cells, strict=True) if cell.stand != Stand.DONE
    }
    return LearnerRow(
        enrollment_id=enrollment.id,
        name=user.name,
        email=user.email,
        enrolled_at=enrollment.enrolled_at,
        total=total,
        cells=cells,
        overdue=not enrollment.awaits_claim and bool(undone & set(klass.overdue)),
        stuck_at=places.get(enrollment.id, ""),
        mail_failed=mail_failed and stand in (Stand.NOT_STARTED, Stand.AWAITS),
    )


def cell_of(
    klass: Class,
    module: ClassModule,
    progress: EnrollmentProgress | None,
    enrollment: Enrollment,
) -> Cell:
    """Return what a leader sees of one learner in one module."""
    if progress is None:
        return Cell(Stand.NOT_STARTED, 0, 0, None, 0, 0, None)
    stand = stand_in(klass, progress, enrollment.enrolled_at)
    return Cell(
        stand,
        percent(progress.steps_done, module.steps, stand),
        progress.lessons_done,
        progress.best_score,
        progress.attempts,
        progress.seconds,
        progress.last_activity_at,
    )


def _total(klass: Class, summary: EnrollmentSummary, stand: str) -> Cell:
    return Cell(
        stand,
        percent(summary.steps_done, klass.steps, stand),
        summary.lessons_done,
        summary.score,
        summary.attempts,
        summary.seconds,
        summary.last_activity_at,
    )

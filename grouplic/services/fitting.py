"""Which learners of a class fit what a leader looks for, and in which order: as statements."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlmodel import col

from grouplic.domain.groups import Enrollment
from grouplic.domain.people import User
from grouplic.domain.performance import Order
from grouplic.domain.progress import EnrollmentProgress, EnrollmentSummary
from grouplic.services.looking import Looking
from grouplic.services.performance import Class, counted, fits, still_here


def module_of(klass: Class, looking: Looking) -> UUID | None:
    """Return the module that is looked at; None for all of them."""
    return next((one.id for one in klass.modules if one.slug == looking.module), None)


def fitting(klass: Class, looking: Looking, module_id: UUID | None) -> Select[Any]:
    """Select the enrollments that fit, from the summaries alone as long as nobody is searched."""
    group_id = klass.group.id
    learners: Select[Any] = select(col(EnrollmentSummary.enrollment_id)).where(
        col(EnrollmentSummary.group_id) == group_id,
        counted(group_id) if looking.cut else still_here(group_id),
    )
    learners = with_module(learners, module_id)
    if looking.cut:
        learners = learners.where(fits(klass, looking.cut, module_id))
    if looking.search or looking.order == Order.NAME:
        learners = learners.join(
            Enrollment, col(Enrollment.id) == col(EnrollmentSummary.enrollment_id)
        ).join(User, col(User.id) == col(Enrollment.user_id))
    if looking.search:
        learners = learners.where(_is_called(looking.search.lower()))
    return learners


def with_module(learners: Select[Any], module_id: UUID | None) -> Select[Any]:
    """Join the figures of that module, if it is one."""
    if not module_id:
        return learners
    return learners.outerjoin(
        EnrollmentProgress,
        and_(
            col(EnrollmentProgress.enrollment_id) == col(EnrollmentSummary.enrollment_id),
            col(EnrollmentProgress.module_id) == module_id,
        ),
    )


def _is_called(text: str) -> Any:
    name = func.lower(col(User.first_name) + " " + col(User.last_name))
    return or_(
        name.contains(text, autoescape=True), col(User.email_key).contains(text, autoescape=True)
    )


def in_order(looking: Looking, module_id: UUID | None) -> list[Any]:
    """Return what to order the learners by; who has no figure comes last."""
    if looking.order == Order.NAME:
        names: list[Any] = [func.lower(col(User.first_name)), func.lower(col(User.last_name))]
        names.append(col(User.email_key))
        return [name.desc() if looking.descending else name.asc() for name in names]
    source: Any = EnrollmentProgress if module_id else EnrollmentSummary
    column = {
        Order.PROGRESS: source.steps_done,
        Order.SCORE: source.best_score if module_id else source.score,
        Order.ATTEMPTS: source.attempts,
        Order.TIME: source.seconds,
        Order.ACTIVITY: source.last_activity_at,
    }[looking.order]
    sorted_by = column.desc() if looking.descending else column.asc()
    return [sorted_by.nulls_last(), col(EnrollmentSummary.enrollment_id)]

"""When a module is complete: every lesson done and, where there is a quiz, the quiz passed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from grouplic.domain import keys
from grouplic.domain.catalog import Lesson, Module
from grouplic.domain.people import User
from grouplic.domain.progress import ModuleProgress, ProgressState
from grouplic.domain.quizzes import Certificate, QuizAttempt
from grouplic.services.access import groups_joined_by
from grouplic.services.outlines import question_counts
from grouplic.services.recording import record, touch
from grouplic.services.standing import summarize, summarize_module


def note_progress(session: Session, user_id: UUID, module: Module, now: datetime) -> None:
    """Bring the summaries up to date after a learner did something, and say so to who watches.

    Issues the certificate when this completed the module. The caller holds the learner's row.
    """
    summarize(session, user_id, module.id)
    if user_id in _complete_without_certificate(session, module, user_id):
        _issue(session, user_id, module, now)
        summarize(session, user_id, module.id)
    groups = groups_joined_by(session, user_id)
    touch(session, f"user:{user_id}", *(f"group:{group_id}" for group_id in groups))


def note_changed_module(session: Session, module: Module, now: datetime) -> None:
    """Bring everybody's summaries up to date after the module's content has changed.

    Whoever has done all that is left in it gets the certificate; nobody loses one.
    """
    summarize_module(session, module.id)
    complete = _complete_without_certificate(session, module)
    for user_id in complete:
        _issue(session, user_id, module, now)
    if complete:
        summarize_module(session, module.id)


def _complete_without_certificate(
    session: Session, module: Module, user_id: UUID | None = None
) -> list[UUID]:
    lessons = session.exec(
        select(func.count()).where(
            col(Lesson.module_id) == module.id, col(Lesson.removed).is_(False)
        )
    ).one()
    complete = select(ModuleProgress.user_id).where(
        ModuleProgress.module_id == module.id,
        ModuleProgress.state != ProgressState.DONE,
        ModuleProgress.lessons_done >= max(lessons, 1),
    )
    if user_id:
        complete = complete.where(ModuleProgress.user_id == user_id)
    if question_counts(session, [module.id]):
        passed = select(QuizAttempt.user_id).where(
            QuizAttempt.module_id == module.id, col(QuizAttempt.passed).is_(True)
        )
        complete = complete.where(col(ModuleProgress.user_id).in_(passed))
    return list(session.exec(complete))


def _issue(session: Session, user_id: UUID, module: Module, now: datetime) -> None:
    best = session.get_one(ModuleProgress, (user_id, module.id), populate_existing=True).best_score
    certificate = Certificate(
        user_id=user_id,
        module_id=module.id,
        code=keys.mint(),
        learner_name=session.get_one(User, user_id).name,
        module_title=module.title,
        score=best,
        issued_at=now,
    )
    session.add(certificate)
    session.flush()
    record(session, "module_completed", now, user_id, module=module.slug)

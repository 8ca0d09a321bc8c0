"""All that the site keeps about one person, for themselves (GDPR, Articles 15 and 20)."""

from typing import Any
from uuid import UUID

from sqlmodel import Session, SQLModel, col, select

from grouplic.domain.catalog import Lesson, Module, Question
from grouplic.domain.groups import Enrollment, Group, GroupLeader
from grouplic.domain.joins import Invitation
from grouplic.domain.orders import Order
from grouplic.domain.people import OneTimeLink, User, WebSession
from grouplic.domain.progress import LessonProgress, ModuleProgress, Sitting
from grouplic.domain.quizzes import Certificate, QuizAnswer, QuizAttempt
from grouplic.domain.records import AuditEvent, Mail
from grouplic.domain.reminding import Reminder, Unsubscription, WeeklySummary
from grouplic.services.actors import Actor

# Hashes of credentials are of no use to anybody but an attacker.
_WITHHELD = {"password_hash", "token_hash", "link_hash", "password_digest"}


def own_data(session: Session, actor: Actor) -> dict[str, Any]:
    """Return everything kept about the actor as plain values, by kind; no credential."""
    me = actor.user_id
    return {
        "account": _plain(session.get_one(User, me)),
        "sessions": _rows(session, WebSession, col(WebSession.user_id) == me),
        "links": _rows(session, OneTimeLink, col(OneTimeLink.user_id) == me),
        "enrollments": _with_names(session, Enrollment, me),
        "invitations": _rows(session, Invitation, col(Invitation.user_id) == me),
        "leads": _with_names(session, GroupLeader, me),
        "orders": _rows(session, Order, col(Order.buyer_id) == me),
        "lessons": _lessons(session, me),
        "modules": _modules(session, ModuleProgress, me),
        "sittings": _modules(session, Sitting, me),
        "quiz_attempts": _attempts(session, me),
        "certificates": _rows(session, Certificate, col(Certificate.user_id) == me),
        "reminders": _rows(session, Reminder, col(Reminder.user_id) == me),
        "weekly_summaries": _rows(session, WeeklySummary, col(WeeklySummary.user_id) == me),
        "unsubscribed": _rows(session, Unsubscription, col(Unsubscription.user_id) == me),
        "mails": _rows(session, Mail, col(Mail.user_id) == me),
        "events": _rows(session, AuditEvent, col(AuditEvent.actor_id) == me),
    }


def _rows(session: Session, entity: type[SQLModel], mine: Any) -> list[dict[str, Any]]:
    return [_plain(row) for row in session.exec(select(entity).where(mine))]


def _with_names(
    session: Session, entity: type[Enrollment] | type[GroupLeader], me: UUID
) -> list[dict[str, Any]]:
    rows = session.exec(
        select(entity, Group.name)
        .join(Group, col(Group.id) == col(entity.group_id))
        .where(entity.user_id == me)
    )
    return [{"group": name, **_plain(row)} for row, name in rows]


def _modules(
    session: Session, entity: type[ModuleProgress] | type[Sitting], me: UUID
) -> list[dict[str, Any]]:
    rows = session.exec(
        select(entity, Module.title)
        .join(Module, col(Module.id) == col(entity.module_id))
        .where(entity.user_id == me)
    )
    return [{"module": title, **_plain(row)} for row, title in rows]


def _lessons(session: Session, me: UUID) -> list[dict[str, Any]]:
    rows = session.exec(
        select(LessonProgress, Module.title, Lesson.title)
        .join(Lesson, col(Lesson.id) == col(LessonProgress.lesson_id))
        .join(Module, col(Module.id) == col(Lesson.module_id))
        .where(LessonProgress.user_id == me)
    )
    return [{"module": module, "lesson": lesson, **_plain(row)} for row, module, lesson in rows]


def _attempts(session: Session, me: UUID) -> list[dict[str, Any]]:
    attempts = session.exec(
        select(QuizAttempt, Module.title)
        .join(Module, col(Module.id) == col(QuizAttempt.module_id))
        .where(QuizAttempt.user_id == me)
        .order_by(col(QuizAttempt.started_at))
    ).all()
    return [
        {"module": title, **_plain(attempt), "answers": _answers(session, attempt)}
        for attempt, title in attempts
    ]


def _answers(session: Session, attempt: QuizAttempt) -> list[dict[str, Any]]:
    rows = session.exec(
        select(QuizAnswer, Question.prompt)
        .join(Question, col(Question.id) == col(QuizAnswer.question_id))
        .where(QuizAnswer.attempt_id == attempt.id)
    )
    return [{"question": prompt, **_plain(row)} for row, prompt in rows]


def _plain(row: SQLModel) -> dict[str, Any]:
    return {name: value for name, value in row.model_dump().items() if name not in _WITHHELD}

"""Taking a quiz: answers saved as they are given, scored on the server, shown afterwards.

What is right leaves the server only when the attempts at a quiz are over: passed, or used up.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from grouplic.domain.answers import chosen_options, clean_answer, is_right, score_of
from grouplic.domain.catalog import Module, Question
from grouplic.domain.people import User
from grouplic.domain.quizzes import QuizAnswer, QuizAttempt
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services.access import module_open_to
from grouplic.services.actors import Actor
from grouplic.services.completion import note_progress
from grouplic.services.identifiers import id_of
from grouplic.services.recording import record
from grouplic.services.standing import hold_learner


class AttemptOver(Refusal):
    """The attempt has been submitted, or its time is up; nothing more can be answered in it."""


def start_attempt(session: Session, actor: Actor, module_slug: str, now: datetime) -> QuizAttempt:
    """Begin an attempt and return it; one that is open already goes on.

    Refuses who holds no seat, has passed, or has used up the attempts.
    """
    module = module_open_to(session, actor, module_slug, now)
    hold_learner(session, actor.user_id)
    close_expired_attempt(session, actor.user_id, module, now)
    attempts = attempts_at(session, actor.user_id, module)
    if attempts and attempts[-1].submitted_at is None:
        return attempts[-1]
    _refuse_another(module, attempts)
    limit = timedelta(minutes=module.time_limit) if module.time_limit else None
    attempt = QuizAttempt(
        user_id=actor.user_id,
        module_id=module.id,
        number=len(attempts) + 1,
        questions=[str(question.id) for question in questions_of(session, module)],
        started_at=now,
        expires_at=now + limit if limit else None,
    )
    session.add(attempt)
    note_progress(session, actor.user_id, module, now)
    return attempt


def save_answer(
    session: Session,
    actor: Actor,
    attempt_id: UUID | str,
    question_id: UUID | str,
    given: Any,
    now: datetime,
) -> int:
    """Keep an answer as it is given and return how many there are; an empty one takes it back.

    Refuses who holds no seat anymore, what is no answer to this question, and an attempt that is
    over.
    """
    attempt, _module = _held_attempt(session, actor, attempt_id, now)
    if attempt.submitted_at:
        raise AttemptOver("This attempt has been submitted, maybe in another tab.")
    if attempt.expires_at and attempt.expires_at <= now:
        raise AttemptOver("The time is up. What you had answered by then counts.")
    question = _question_in(session, attempt, question_id)
    cleaned = clean_answer(question.kind, question.body, given)
    answers = answers_in(session, attempt)
    answer = answers.pop(question.id, None)
    if cleaned is None:
        if answer:
            session.delete(answer)
        return len(answers)
    answer = answer or QuizAnswer(
        attempt_id=attempt.id, question_id=question.id, given=cleaned, saved_at=now
    )
    answer.given, answer.saved_at = cleaned, now
    session.add(answer)
    return len(answers) + 1


def tick_option(
    session: Session,
    actor: Actor,
    attempt_id: UUID | str,
    question_id: UUID | str,
    option: str,
    chosen: bool,
    now: datetime,
) -> int:
    """Keep one more option of a multiple choice, or one less; as ``save_answer``."""
    attempt, _module = _held_attempt(session, actor, attempt_id, now)
    question = _question_in(session, attempt, question_id)
    answer = answers_in(session, attempt).get(question.id)
    others = [one for one in chosen_options(answer.given) if one != option] if answer else []
    given = [*others, option] if chosen else others
    return save_answer(session, actor, attempt.id, question.id, given, now)


def submit_attempt(
    session: Session, actor: Actor, attempt_id: UUID | str, now: datetime
) -> QuizAttempt:
    """Score the attempt by what was saved; a second time changes nothing.

    After the time limit it counts as submitted when the time was up.
    """
    attempt, module = _held_attempt(session, actor, attempt_id, now)
    if attempt.submitted_at is None:
        _score(session, attempt, module, now)
    return attempt


def close_expired_attempt(session: Session, user_id: UUID, module: Module, now: datetime) -> None:
    """Score the learner's open attempt if its time is up; the caller holds the learner's row."""
    attempt = session.exec(
        select(QuizAttempt).where(
            QuizAttempt.user_id == user_id,
            QuizAttempt.module_id == module.id,
            col(QuizAttempt.submitted_at).is_(None),
            col(QuizAttempt.expires_at) <= now,
        )
    ).first()
    if attempt:
        _score(session, attempt, module, now)


def close_expired_attempts(session: Session, now: datetime, at_most: int = 100) -> int:
    """Score the attempts whose learners did not come back before their time was up."""
    expired = session.exec(
        select(QuizAttempt.user_id, QuizAttempt.module_id)
        .join(User, col(User.id) == col(QuizAttempt.user_id))
        .where(col(QuizAttempt.submitted_at).is_(None), col(QuizAttempt.expires_at) <= now)
        .order_by(col(User.email_key))
        .limit(at_most)
    ).all()
    for user_id, module_id in expired:
        hold_learner(session, user_id)
        close_expired_attempt(session, user_id, session.get_one(Module, module_id), now)
    return len(expired)


def anything_expired(session: Session, now: datetime) -> bool:
    """Say whether there is an attempt to score, without holding anything."""
    expired = select(QuizAttempt.id).where(
        col(QuizAttempt.submitted_at).is_(None), col(QuizAttempt.expires_at) <= now
    )
    return session.exec(expired.limit(1)).first() is not None


def attempts_at(session: Session, user_id: UUID, module: Module) -> list[QuizAttempt]:
    """Return a learner's attempts at a module's quiz, the first one first."""
    return list(
        session.exec(
            select(QuizAttempt)
            .where(QuizAttempt.user_id == user_id, QuizAttempt.module_id == module.id)
            .order_by(col(QuizAttempt.number))
            .execution_options(populate_existing=True)
        )
    )


def questions_of(session: Session, module: Module) -> list[Question]:
    """Return the questions of a module's quiz, in order; refuse a module without one."""
    questions = session.exec(
        select(Question)
        .where(Question.module_id == module.id, col(Question.removed).is_(False))
        .order_by(col(Question.position))
    ).all()
    if not questions:
        raise NotFound("quiz")
    return list(questions)


def questions_asked(session: Session, attempt: QuizAttempt) -> list[Question]:
    """Return the questions of an attempt, in its order; those removed since are left out."""
    ids = [UUID(one) for one in attempt.questions]
    found = session.exec(
        select(Question).where(col(Question.id).in_(ids), col(Question.removed).is_(False))
    )
    questions = {question.id: question for question in found}
    return [questions[one] for one in ids if one in questions]


def answers_in(session: Session, attempt: QuizAttempt) -> dict[UUID, QuizAnswer]:
    """Return what was answered in an attempt, by question."""
    answers = session.exec(select(QuizAnswer).where(QuizAnswer.attempt_id == attempt.id))
    return {answer.question_id: answer for answer in answers}


def _refuse_another(module: Module, attempts: list[QuizAttempt]) -> None:
    if any(attempt.passed for attempt in attempts):
        raise Refusal("You have passed this quiz already.")
    if module.attempts is not None and len(attempts) >= module.attempts:
        raise Refusal("You have used all your attempts at this quiz.")


def _held_attempt(
    session: Session, actor: Actor, attempt_id: UUID | str, now: datetime
) -> tuple[QuizAttempt, Module]:
    attempt = session.get(QuizAttempt, id_of("attempt", attempt_id))
    if attempt is None or attempt.user_id != actor.user_id:
        raise NotFound("attempt")
    module = session.get_one(Module, attempt.module_id)
    module_open_to(session, actor, module.slug, now)
    hold_learner(session, actor.user_id)
    session.refresh(attempt)  # another tab may have submitted it meanwhile
    return attempt, module


def _question_in(session: Session, attempt: QuizAttempt, question_id: UUID | str) -> Question:
    for question in questions_asked(session, attempt):
        if str(question.id) == str(question_id):
            return question
    raise NotFound("question")


def _score(session: Session, attempt: QuizAttempt, module: Module, now: datetime) -> None:
    answers = answers_in(session, attempt)
    questions = questions_asked(session, attempt)
    right = 0
    for question in questions:
        answer = answers.get(question.id)
        if answer:
            answer.correct = is_right(question.kind, question.body, answer.given)
            right += answer.correct
    attempt.score = score_of(right, len(questions))
    attempt.passed = attempt.score >= module.pass_mark
    attempt.submitted_at = min(now, attempt.expires_at) if attempt.expires_at else now
    record(
        session,
        "quiz_submitted",
        now,
        attempt.user_id,
        module=module.slug,
        attempt=attempt.number,
        score=attempt.score,
    )
    note_progress(session, attempt.user_id, module, now)

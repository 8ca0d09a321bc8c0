"""Time spent, counted honestly: the browser says when a page was seen and used, and the server
believes it no more than the time that has really passed since it last heard of this learner.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from grouplic.domain.catalog import Module
from grouplic.domain.progress import LessonProgress, Sitting
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services.access import module_open_to
from grouplic.services.actors import Actor
from grouplic.services.outlines import lesson_of
from grouplic.services.quizzes import attempts_at
from grouplic.services.standing import hold_learner, summarize

# A page sends a beat every 15 seconds; one that says more has missed some, and counts as this.
LONGEST_BEAT = timedelta(seconds=30)
LONGEST_BREAK = timedelta(minutes=10)
QUIZ = "quiz"


@dataclass(frozen=True)
class Beat:
    """What a page says: where it is, the seconds in use since its last beat, how far down in ‰."""

    module: str
    lesson: str
    seconds: int
    position: int

    @classmethod
    def read(cls, sent: Any) -> "Beat":
        """Return the beat in what a browser sent; refuse anything else."""
        if not isinstance(sent, dict):
            raise Refusal("This is no beat.")
        try:
            seconds, position = int(sent["seconds"]), int(sent["position"])
            return cls(
                str(sent["module"]),
                str(sent["lesson"]),
                max(0, seconds),
                min(1000, max(0, position)),
            )
        except (KeyError, TypeError, ValueError, OverflowError):
            raise Refusal("This is no beat.") from None


def note_beat(session: Session, actor: Actor, beat: Beat, now: datetime) -> int:
    """Count the time and keep the place in the lesson; return the seconds that were believed.

    Refuses who holds no seat anymore, and a lesson or a quiz that was not opened.
    """
    module = module_open_to(session, actor, beat.module, now)
    hold_learner(session, actor.user_id)
    opened_at = _note_place(session, actor, module, beat, now)
    last = session.exec(
        select(Sitting)
        .where(Sitting.user_id == actor.user_id)
        .order_by(col(Sitting.ended_at).desc())
        .limit(1)
    ).first()
    # From whatever came last: opening this page, or a beat of any page of theirs.
    since = max(opened_at, last.ended_at) if last else opened_at
    passed = min(now - since, LONGEST_BEAT)
    believed = max(0, min(beat.seconds, int(passed.total_seconds())))
    if believed:
        _extend(session, actor, module, last, believed, now)
        if beat.lesson != QUIZ:
            _lesson_progress(session, actor, module, beat.lesson).seconds += believed
        summarize(session, actor.user_id, module.id)
    return believed


def _note_place(
    session: Session, actor: Actor, module: Module, beat: Beat, now: datetime
) -> datetime:
    if beat.lesson == QUIZ:
        attempts = attempts_at(session, actor.user_id, module)
        if not attempts or attempts[-1].submitted_at is not None:
            raise NotFound("attempt")
        return attempts[-1].started_at
    progress = _lesson_progress(session, actor, module, beat.lesson)
    progress.position = beat.position
    return progress.last_opened_at


def _lesson_progress(
    session: Session, actor: Actor, module: Module, lesson_slug: str
) -> LessonProgress:
    lesson = lesson_of(session, module, lesson_slug)
    progress = session.get(LessonProgress, (actor.user_id, lesson.id))
    if progress is None:
        raise NotFound("lesson")
    return progress


def _extend(
    session: Session,
    actor: Actor,
    module: Module,
    last: Sitting | None,
    seconds: int,
    now: datetime,
) -> None:
    goes_on = (
        last is not None and last.module_id == module.id and now - last.ended_at <= LONGEST_BREAK
    )
    if last is None or not goes_on:
        started_at = now - timedelta(seconds=seconds)
        last = Sitting(
            user_id=actor.user_id, module_id=module.id, started_at=started_at, ended_at=now
        )
    last.seconds += seconds
    last.ended_at = now
    session.add(last)

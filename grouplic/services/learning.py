"""Learning: whoever holds a seat opens the group's modules; progress belongs to the learner."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from grouplic.domain.catalog import Lesson, Module
from grouplic.domain.groups import Enrollment, Group, GroupModule
from grouplic.domain.progress import LessonProgress
from grouplic.domain.refusals import NotFound
from grouplic.services.actors import Actor
from grouplic.services.recording import touch


@dataclass(frozen=True)
class LessonRow:
    """A lesson in a module's outline."""

    slug: str
    title: str
    minutes: int
    opened: bool
    completed: bool


@dataclass(frozen=True)
class ModuleCard:
    """A module on myLearning; ``next_lesson`` is the first that is not completed."""

    slug: str
    title: str
    summary: str
    group_name: str
    lessons: int
    completed: int
    minutes: int
    next_lesson: str
    next_title: str
    started: bool


@dataclass(frozen=True)
class LessonView:
    """An opened lesson with the outline around it."""

    module_slug: str
    module_title: str
    slug: str
    title: str
    minutes: int
    markdown: str
    completed: bool
    number: int
    outline: tuple[LessonRow, ...]
    previous: str
    next: str


def my_modules(session: Session, actor: Actor, now: datetime) -> list[ModuleCard]:
    """Return the modules the actor's seats open, in the catalog's order, with progress."""
    modules = session.exec(_open_to(actor, now).order_by(col(Module.position), col(Module.slug)))
    group_names: dict[UUID, tuple[Module, str]] = {}
    for module, group_name in modules:
        group_names.setdefault(module.id, (module, group_name))
    outlines = _outlines(session, list(group_names), actor.user_id)
    return [
        _card(module, group_name, outlines[module_id])
        for module_id, (module, group_name) in group_names.items()
        if outlines[module_id]
    ]


def groups_joined_by(session: Session, user_id: UUID) -> list[UUID]:
    """Return the groups in which the person holds a seat."""
    return list(
        session.exec(
            select(Enrollment.group_id).where(
                Enrollment.user_id == user_id, col(Enrollment.ended_at).is_(None)
            )
        )
    )


def open_lesson(
    session: Session, actor: Actor, module_slug: str, lesson_slug: str, now: datetime
) -> LessonView:
    """Return the lesson and note that it was opened; refuse who holds no seat for its module."""
    module = _module_open_to(session, actor, module_slug, now)
    lesson = _lesson(session, module, lesson_slug)
    progress = session.get(LessonProgress, (actor.user_id, lesson.id))
    if progress is None:
        progress = LessonProgress(
            user_id=actor.user_id, lesson_id=lesson.id, opened_at=now, last_opened_at=now
        )
        session.add(progress)
        _tell(session, actor)
    progress.last_opened_at = now
    session.flush()
    outline = _outlines(session, [module.id], actor.user_id)[module.id]
    return _view(module, lesson, outline)


def complete_lesson(
    session: Session, actor: Actor, module_slug: str, lesson_slug: str, now: datetime
) -> None:
    """Note that the actor has finished the lesson; a second time changes nothing.

    Refuses who holds no seat for its module, and a lesson that was never opened.
    """
    module = _module_open_to(session, actor, module_slug, now)
    lesson = _lesson(session, module, lesson_slug)
    progress = session.get(LessonProgress, (actor.user_id, lesson.id))
    if progress is None:
        raise NotFound("lesson")
    if progress.completed_at is None:
        progress.completed_at = now
        _tell(session, actor)


def _open_to(actor: Actor, now: datetime) -> Any:
    return (
        select(Module, Group.name)
        .join(GroupModule, col(GroupModule.module_id) == col(Module.id))
        .join(Group, col(Group.id) == col(GroupModule.group_id))
        .join(Enrollment, col(Enrollment.group_id) == col(Group.id))
        .where(
            Enrollment.user_id == actor.user_id,
            col(Enrollment.ended_at).is_(None),
            col(Enrollment.awaits_claim).is_(False),
            col(Group.ends_at).is_(None) | (col(Group.ends_at) > now),
        )
    )


def _module_open_to(session: Session, actor: Actor, slug: str, now: datetime) -> Module:
    found = session.exec(_open_to(actor, now).where(Module.slug == slug)).first()
    if found is None:
        raise NotFound("module")
    module: Module = found[0]
    return module


def _lesson(session: Session, module: Module, slug: str) -> Lesson:
    lesson = session.exec(
        select(Lesson).where(
            Lesson.module_id == module.id, Lesson.slug == slug, col(Lesson.removed).is_(False)
        )
    ).first()
    if lesson is None:
        raise NotFound("lesson")
    return lesson


def _outlines(
    session: Session, module_ids: list[UUID], user_id: UUID
) -> dict[UUID, tuple[LessonRow, ...]]:
    rows = session.exec(
        select(Lesson, LessonProgress)
        .outerjoin(
            LessonProgress,
            (col(LessonProgress.lesson_id) == col(Lesson.id))
            & (col(LessonProgress.user_id) == user_id),
        )
        .where(col(Lesson.module_id).in_(module_ids), col(Lesson.removed).is_(False))
        .order_by(col(Lesson.position))
    )
    outlines: dict[UUID, list[LessonRow]] = {module_id: [] for module_id in module_ids}
    for lesson, progress in rows:
        outlines[lesson.module_id].append(
            LessonRow(
                lesson.slug,
                lesson.title,
                lesson.minutes,
                opened=progress is not None,
                completed=progress is not None and progress.completed_at is not None,
            )
        )
    return {module_id: tuple(rows) for module_id, rows in outlines.items()}


def _card(module: Module, group_name: str, outline: tuple[LessonRow, ...]) -> ModuleCard:
    next_lesson = next((row for row in outline if not row.completed), outline[0])
    return ModuleCard(
        slug=module.slug,
        title=module.title,
        summary=module.summary,
        group_name=group_name,
        lessons=len(outline),
        completed=sum(row.completed for row in outline),
        minutes=sum(row.minutes for row in outline),
        next_lesson=next_lesson.slug,
        next_title=next_lesson.title,
        started=any(row.opened for row in outline),
    )


def _view(module: Module, lesson: Lesson, outline: tuple[LessonRow, ...]) -> LessonView:
    slugs = [row.slug for row in outline]
    place = slugs.index(lesson.slug)
    return LessonView(
        module_slug=module.slug,
        module_title=module.title,
        slug=lesson.slug,
        title=lesson.title,
        minutes=lesson.minutes,
        markdown=lesson.markdown,
        completed=outline[place].completed,
        number=place + 1,
        outline=outline,
        previous=slugs[place - 1] if place else "",
        next=slugs[place + 1] if place + 1 < len(slugs) else "",
    )


def _tell(session: Session, actor: Actor) -> None:
    groups = groups_joined_by(session, actor.user_id)
    touch(session, f"user:{actor.user_id}", *(f"group:{group_id}" for group_id in groups))

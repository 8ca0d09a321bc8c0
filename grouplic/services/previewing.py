"""A leader reads the lessons of the group's modules, without a seat and without a trace."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from grouplic.domain.catalog import Module
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services.access import why_closed_to_leaders
from grouplic.services.actors import Actor
from grouplic.services.groups import May, led_group, modules_of
from grouplic.services.outlines import (
    LessonRow,
    LessonView,
    lesson_of,
    lesson_view,
    outlines,
    question_counts,
)


@dataclass(frozen=True)
class ModuleToPreview:
    """A module of the group, with what there is to look at."""

    slug: str
    title: str
    summary: str
    lessons: tuple[LessonRow, ...]
    questions: int


def modules_to_preview(
    session: Session, actor: Actor, group_id: UUID | str
) -> tuple[str, list[ModuleToPreview]]:
    """Return the group's name and its modules with their lessons; refuse who does not lead it."""
    group = led_group(session, actor, group_id, May.SEE)
    modules = modules_of(session, group.id)
    ids = [module.id for module in modules]
    lessons, questions = outlines(session, ids, None), question_counts(session, ids)
    return group.name, [
        ModuleToPreview(
            module.slug,
            module.title,
            module.summary,
            lessons[module.id],
            questions.get(module.id, 0),
        )
        for module in modules
    ]


def preview_lesson(
    session: Session,
    actor: Actor,
    group_id: UUID | str,
    module_slug: str,
    lesson_slug: str,
    now: datetime,
) -> LessonView:
    """Return the lesson as a learner would first see it; refuse like ``led_module``."""
    module = led_module(session, actor, group_id, module_slug, now)
    return lesson_view(session, module, lesson_of(session, module, lesson_slug))


def led_module(
    session: Session, actor: Actor, group_id: UUID | str, slug: str, now: datetime
) -> Module:
    """Return the module if it is one of a group that the actor leads; refuse any other.

    Refuses it in a sandbox group, past the end of the term, and where every seat was refunded.
    """
    group = led_group(session, actor, group_id, May.SEE)
    if reason := why_closed_to_leaders(session, group, now):
        raise Refusal(reason)
    for module in modules_of(session, group.id):
        if module.slug == slug:
            return module
    raise NotFound("module")

"""The catalog: modules as they were written, brought into the database."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from grouplic.domain.catalog import Lesson, Module, Question, TierBasis
from grouplic.domain.quotes import Tier
from grouplic.domain.terms import UNLIMITED, Term
from grouplic.services.completion import note_changed_module
from grouplic.services.recording import record, touch


@dataclass(frozen=True)
class LessonText:
    """A lesson as written; ``minutes`` is an estimate of the time it takes."""

    slug: str
    title: str
    minutes: int
    markdown: str


@dataclass(frozen=True)
class QuestionText:
    """A question as written; ``body`` holds its options, answers and explanation."""

    slug: str
    kind: str
    prompt: str
    body: dict[str, Any]


@dataclass(frozen=True)
class ModuleText:
    """A module as written. ``amount`` is in minor units of ``currency``, per seat."""

    slug: str
    title: str
    summary: str
    audience: str
    outcomes: tuple[str, ...]
    position: int
    currency: str
    amount: int
    pass_mark: int
    attempts: int | None
    time_limit: int | None
    lessons: tuple[LessonText, ...]
    questions: tuple[QuestionText, ...]
    content_hash: str
    tiers: tuple[Tier, ...] = ()
    tier_basis: TierBasis = TierBasis.ORDER
    term: Term = UNLIMITED
    prorated: bool = False


def load(session: Session, modules: Iterable[ModuleText], now: datetime) -> list[str]:
    """Bring the modules into the database and return the slugs of those that changed.

    Lessons and questions keep their rows by slug, and so learners keep their progress; what is no
    longer written is marked as removed. A module that is not among ``modules`` is left alone.
    """
    changed = [module for text in modules if (module := _load_module(session, text))]
    for module in changed:
        note_changed_module(session, module, now)
        record(session, "module_loaded", now, module=module.slug)
    if changed:
        touch(session, "catalog")
    return [module.slug for module in changed]


def _load_module(session: Session, text: ModuleText) -> Module | None:
    module = session.exec(select(Module).where(Module.slug == text.slug)).first()
    if module and module.content_hash == text.content_hash:
        return None
    module = module or Module(
        slug=text.slug, title="", price_amount=0, price_currency=text.currency
    )
    module.title, module.summary, module.audience = text.title, text.summary, text.audience
    module.outcomes, module.position = list(text.outcomes), text.position
    module.price_amount, module.price_currency = text.amount, text.currency
    module.price_tiers = [[tier.seats, tier.amount] for tier in text.tiers]
    module.tier_basis, module.license_prorated = text.tier_basis, text.prorated
    module.license_months, module.license_until = text.term.months, text.term.until
    module.pass_mark, module.attempts = text.pass_mark, text.attempts
    module.time_limit, module.content_hash = text.time_limit, text.content_hash
    session.add(module)
    session.flush()
    _load_lessons(session, module, text.lessons)
    _load_questions(session, module, text.questions)
    return module


def _load_lessons(session: Session, module: Module, texts: tuple[LessonText, ...]) -> None:
    known = session.exec(select(Lesson).where(Lesson.module_id == module.id)).all()
    lessons = {lesson.slug: lesson for lesson in known}
    for lesson in known:
        lesson.removed = True
    for position, text in enumerate(texts, start=1):
        lesson = lessons.get(text.slug) or Lesson(
            module_id=module.id, slug=text.slug, position=0, title="", minutes=0, markdown=""
        )
        lesson.position, lesson.title, lesson.removed = position, text.title, False
        lesson.minutes, lesson.markdown = text.minutes, text.markdown
        session.add(lesson)


def _load_questions(session: Session, module: Module, texts: tuple[QuestionText, ...]) -> None:
    known = session.exec(select(Question).where(Question.module_id == module.id)).all()
    questions = {question.slug: question for question in known}
    for question in known:
        question.removed = True
    for position, text in enumerate(texts, start=1):
        question = questions.get(text.slug) or Question(
            module_id=module.id, slug=text.slug, position=0, kind=text.kind, prompt=""
        )
        question.position, question.kind, question.removed = position, text.kind, False
        question.prompt, question.body = text.prompt, text.body
        session.add(question)

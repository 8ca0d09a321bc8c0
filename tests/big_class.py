"""A class of any size that has learned: rows inserted as the services would have written them."""

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from grouplic.adapters.database import Database
from grouplic.domain.base import new_id
from grouplic.domain.catalog import Lesson, Module
from grouplic.domain.groups import Enrollment, Group, Seat
from grouplic.domain.orders import OrderKind, Source
from grouplic.domain.people import User
from grouplic.domain.progress import EnrollmentProgress, EnrollmentSummary, LessonProgress
from grouplic.domain.quotes import MOST_SEATS
from grouplic.services import orders
from grouplic.services.actors import Actor
from grouplic.services.catalog import load
from grouplic.services.many_rows import insert_many
from grouplic.services.shop import Wish
from tests.cast import a_group, a_module

MODULES = tuple(f"module-{number}" for number in range(1, 7))
_LESSONS = 4


@dataclass(frozen=True)
class BigClass:
    """The group, and who leads it."""

    group_id: UUID
    leader: Actor


def fill_class(database: Database, leader: Actor, learners: int, now: datetime) -> BigClass:
    """Create a group of six modules with so many learners, of whom two thirds have begun."""
    with database.writing() as session:
        # At a dollar a seat, ten thousand seats can be paid at once.
        texts = [
            replace(a_module(slug, place, _LESSONS), amount=100)
            for place, slug in enumerate(MODULES, 1)
        ]
        load(session, texts, now)
        group = a_large_group(session, leader, now, learners, MODULES)
    with database.writing() as session:
        seats = session.exec(select(Seat.id).where(Seat.group_id == group.id)).all()
        rows = _Rows(_lessons(session), now)
        for number, seat in enumerate(seats):
            rows.learner(group.id, seat, number)
        rows.write(session)
        session.execute(update(Seat).where(col(Seat.group_id) == group.id).values(state="taken"))
    return BigClass(group.id, leader)


def a_large_group(
    session: Session, leader: Actor, now: datetime, seats: int, modules: tuple[str, ...]
) -> Group:
    """Give ``leader`` a group of any size: in several orders, since one has its limit."""
    group = a_group(session, leader, now, min(seats, MOST_SEATS), modules)
    for bought in range(MOST_SEATS, seats, MOST_SEATS):
        session.flush()
        more = min(MOST_SEATS, seats - bought)
        wish = Wish(OrderKind.ADD_SEATS, group_id=str(group.id), seats=more)
        orders.grant(session, wish, leader, Source.DEMO, now)
    return group


def _lessons(session) -> dict[UUID, list[UUID]]:  # type: ignore[no-untyped-def]
    lessons: dict[UUID, list[UUID]] = {}
    rows = session.exec(
        select(Module.id, Lesson.id)
        .join(Lesson, col(Lesson.module_id) == col(Module.id))
        .where(col(Module.slug).in_(MODULES))
        .order_by(col(Module.position), col(Lesson.position))
    )
    for module_id, lesson_id in rows:
        lessons.setdefault(module_id, []).append(lesson_id)
    return lessons


class _Rows:
    def __init__(self, lessons: dict[UUID, list[UUID]], now: datetime) -> None:
        self._lessons, self._now = lessons, now
        joined, nobody = now - timedelta(days=40), new_id()
        self._user = User(email="", email_key="", created_at=joined).model_dump()
        self._enrollment = Enrollment(
            group_id=nobody, seat_id=nobody, user_id=nobody, way="demo", enrolled_at=joined
        ).model_dump()
        self._random = random.Random(7)
        self._rows: dict[type, list[dict[str, object]]] = {
            entity: []
            for entity in (User, Enrollment, EnrollmentSummary, EnrollmentProgress, LessonProgress)
        }

    def write(self, session) -> None:  # type: ignore[no-untyped-def]
        for entity, rows in self._rows.items():
            insert_many(session, entity, rows)

    def learner(self, group_id: UUID, seat_id: UUID, number: int) -> None:
        user_id, enrollment_id = new_id(), new_id()
        email = f"learner-{number}@{group_id.hex[-12:]}.big.org"
        self._rows[User].append(
            {
                **self._user,
                "id": user_id,
                "email": email,
                "email_key": email,
                "first_name": f"Learner{number % 97}",
                "last_name": f"Number{number}",
            }
        )
        self._rows[Enrollment].append(
            {
                **self._enrollment,
                "id": enrollment_id,
                "group_id": group_id,
                "seat_id": seat_id,
                "user_id": user_id,
            }
        )
        begun = 0 if number % 3 == 0 else 1 + number % len(MODULES)
        cells = [
            self._cell(enrollment_id, user_id, module_id)
            for module_id in list(self._lessons)[:begun]
        ]
        scores = [cell["best_score"] for cell in cells if cell["best_score"] is not None]
        times = [cell["last_activity_at"] for cell in cells]
        self._rows[EnrollmentSummary].append(
            {
                "enrollment_id": enrollment_id,
                "group_id": group_id,
                "modules_started": begun,
                "modules_done": sum(cell["state"] == "done" for cell in cells),
                "modules_failed": 0,
                "lessons_done": sum(cell["lessons_done"] for cell in cells),
                "steps_done": sum(cell["steps_done"] for cell in cells),
                "attempts": sum(cell["attempts"] for cell in cells),
                "score": round(sum(scores) / len(scores)) if scores else None,
                "seconds": sum(cell["seconds"] for cell in cells),
                "last_activity_at": max(times) if times else None,
            }
        )

    def _cell(self, enrollment_id: UUID, user_id: UUID, module_id: UUID):  # type: ignore[no-untyped-def]
        done = self._random.random() < 0.6
        lessons = self._lessons[module_id][: _LESSONS if done else self._random.randrange(_LESSONS)]
        at = self._now - timedelta(minutes=self._random.randrange(30 * 24 * 60))
        self._rows[LessonProgress] += [
            {
                "user_id": user_id,
                "lesson_id": lesson_id,
                "opened_at": at,
                "last_opened_at": at,
                "completed_at": at,
                "seconds": 60,
                "position": 0,
            }
            for lesson_id in lessons
        ]
        cell = {
            "enrollment_id": enrollment_id,
            "module_id": module_id,
            "state": "done" if done else "started",
            "lessons_done": len(lessons),
            "steps_done": len(lessons) + done,
            "attempts": 1 if done else 0,
            "best_score": self._random.randrange(60, 101) if done else None,
            "seconds": 60 * len(lessons),
            "last_activity_at": at,
            "completed_at": at if done else None,
        }
        self._rows[EnrollmentProgress].append(cell)
        return cell

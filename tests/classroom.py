"""A class in which Bob and others learn, for what leaders see of it."""

from datetime import datetime, timedelta

from sqlmodel import select

from grouplic.adapters.database import Database
from grouplic.domain.catalog import Module
from grouplic.domain.groups import Enrollment, Group, GroupLeader, LeaderRole, Way
from grouplic.services import joining, learning, quizzes, study_time
from grouplic.services.actors import Actor
from grouplic.services.study_time import Beat
from tests.cast import Cast, a_group, actor

MODULES = ("writing", "privacy")


def open_class(database: Database, cast: Cast, now: datetime, seats: int = 6) -> Group:
    """Alice's group of two modules."""
    with database.writing() as session:
        return a_group(session, cast.alice, now - timedelta(days=60), seats, MODULES)


def enroll(database: Database, group: Group, learner: Actor, at: datetime) -> Enrollment:
    with database.writing() as session:
        kept = session.get_one(Group, group.id)
        joining.take_open_seat(session, kept, learner.user_id, Way.DEMO, learner.user_id, at)
        return session.exec(
            select(Enrollment).where(
                Enrollment.group_id == group.id,
                Enrollment.user_id == learner.user_id,
                Enrollment.ended_at.is_(None),
            )
        ).one()


def newcomer(database: Database, group: Group, name: str, at: datetime) -> Actor:
    """Somebody new with a seat."""
    with database.writing() as session:
        person = actor(session, name, at)
    enroll(database, group, person, at)
    return person


def read(database: Database, learner: Actor, module: str, lesson: int, at: datetime) -> None:
    with database.writing() as session:
        slug = f"lesson-{lesson}"
        learning.open_lesson(session, learner, module, slug, at)
        soon = at + timedelta(seconds=15)
        study_time.note_beat(session, learner, Beat(module, slug, 15, 0), soon)
        learning.complete_lesson(session, learner, module, slug, soon)


def try_quiz(database: Database, learner: Actor, module: str, answer: bool, at: datetime) -> None:
    with database.writing() as session:
        attempt = quizzes.start_attempt(session, learner, module, at)
        (question,) = quizzes.questions_asked(session, attempt)
        quizzes.save_answer(session, learner, attempt.id, question.id, answer, at)
        quizzes.submit_attempt(session, learner, attempt.id, at + timedelta(minutes=1))


def complete(database: Database, learner: Actor, module: str, at: datetime) -> None:
    """Read both lessons and pass."""
    read(database, learner, module, 1, at)
    read(database, learner, module, 2, at + timedelta(minutes=5))
    try_quiz(database, learner, module, True, at + timedelta(minutes=10))


def module_id(database: Database, slug: str):  # type: ignore[no-untyped-def]
    with database.reading() as session:
        return session.exec(select(Module.id).where(Module.slug == slug)).one()


def lead(database: Database, group: Group, person: Actor, role: LeaderRole, at: datetime) -> None:
    """Make the person a leader of the group."""
    with database.writing() as session:
        session.add(
            GroupLeader(group_id=group.id, user_id=person.user_id, role=str(role), since=at)
        )

"""Summaries say what the facts say, and a leader's summaries say no more than a leader may see."""

import random
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete
from sqlmodel import select

from grouplic.adapters.database import Database
from grouplic.domain.catalog import Module
from grouplic.domain.groups import Enrollment, Group, Way
from grouplic.domain.orders import OrderKind, Source
from grouplic.domain.progress import EnrollmentProgress, EnrollmentSummary, ModuleProgress
from grouplic.domain.refusals import Refusal
from grouplic.services import (
    inviting,
    joining,
    learning,
    leaving,
    orders,
    quizzes,
    study_time,
)
from grouplic.services.catalog import load
from grouplic.services.groups import led_group
from grouplic.services.inviting import Invitee
from grouplic.services.shop import Wish
from grouplic.services.standing import summarize_group, summarize_module
from grouplic.services.study_time import Beat
from tests.cast import Cast, a_group, a_module

SUMMARIES = (ModuleProgress, EnrollmentProgress, EnrollmentSummary)


def enroll(session, cast: Cast, who: str, group_id, now: datetime) -> None:
    group = led_group(session, cast.alice, group_id)
    user_id = getattr(cast, who).user_id
    joining.take_open_seat(session, group, user_id, Way.DEMO, cast.alice.user_id, now)


def try_quiz(session, learner, module: str, answer: bool, now: datetime) -> None:
    attempt = quizzes.start_attempt(session, learner, module, now)
    (question,) = quizzes.questions_asked(session, attempt)
    quizzes.save_answer(session, learner, attempt.id, question.id, answer, now)
    quizzes.submit_attempt(session, learner, attempt.id, now + timedelta(minutes=2))


def read(session, learner, module: str, lesson: str, now: datetime) -> None:
    learning.open_lesson(session, learner, module, lesson, now)
    study_time.note_beat(session, learner, Beat(module, lesson, 15, 0), now + timedelta(seconds=15))
    learning.complete_lesson(session, learner, module, lesson, now + timedelta(seconds=20))


def begun_elsewhere(session, cast: Cast, now: datetime) -> Group:
    """A group of Alice's in which Bob has read the first lesson."""
    group = a_group(session, cast.alice, now)
    enroll(session, cast, "bob", group.id, now)
    read(session, cast.bob, "writing", "lesson-1", now)
    return group


def summaries(session) -> dict[str, list[str]]:
    session.expire_all()
    return {
        entity.__name__: sorted(repr(row.model_dump()) for row in session.exec(select(entity)))
        for entity in SUMMARIES
    }


def progress_in(session, group_id) -> EnrollmentProgress:
    return session.exec(
        select(EnrollmentProgress)
        .join(Enrollment, Enrollment.id == EnrollmentProgress.enrollment_id)
        .where(Enrollment.group_id == group_id)
    ).one()


def test_every_enrollment_has_a_summary_from_its_start(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        enroll(session, cast, "bob", cast.group_id, now)
        (summary,) = session.exec(select(EnrollmentSummary)).all()

    assert (summary.group_id, summary.modules_started, summary.last_activity_at) == (
        cast.group_id,
        0,
        None,
    )


def test_a_leader_sees_the_state_reached_before_and_of_attempts_and_times_only_what_came_since(
    database: Database, cast: Cast, now: datetime
) -> None:
    later = now + timedelta(days=1)
    with database.writing() as session:
        elsewhere = begun_elsewhere(session, cast, now)
        try_quiz(session, cast.bob, "writing", False, now)
        enroll(session, cast, "bob", cast.group_id, later)
        joined_late = progress_in(session, cast.group_id).model_dump()
        there_all_along = progress_in(session, elsewhere.id).model_dump()
        try_quiz(session, cast.bob, "writing", True, later)
        session.expire_all()
        since = progress_in(session, cast.group_id).model_dump()

    before = {
        "state": "started",
        "lessons_done": 1,
        "attempts": 0,
        "best_score": None,
        "seconds": 0,
        "last_activity_at": None,
        "completed_at": None,
    }
    assert {name: joined_late[name] for name in before} == before
    assert (there_all_along["attempts"], there_all_along["seconds"]) == (1, 15)
    assert (since["attempts"], since["best_score"], since["seconds"]) == (1, 100, 0)


def test_what_was_reached_before_counts_for_whoever_is_invited_and_for_nobody_beside_them(
    database: Database, cast: Cast, now: datetime
) -> None:
    later = now + timedelta(days=1)
    with database.writing() as session:
        begun_elsewhere(session, cast, now)
        people = [Invitee("dan@new.org"), Invitee("bob@northlab.org")]
        new, known = inviting.invite(session, cast.group_id, people, cast.alice, later)
        begun = {
            one: session.get_one(EnrollmentSummary, one.enrollment_id).modules_started
            for one in (new, known)
        }

    assert begun == {new: 0, known: 1}


def test_a_module_done_elsewhere_counts_as_done_when_a_group_gets_it(
    database: Database, cast: Cast, now: datetime
) -> None:
    later = now + timedelta(days=1)
    with database.writing() as session:
        elsewhere = a_group(session, cast.alice, now, modules=("privacy",))
        enroll(session, cast, "bob", elsewhere.id, now)
        enroll(session, cast, "bob", cast.group_id, now)
        for lesson in ("lesson-1", "lesson-2"):
            read(session, cast.bob, "privacy", lesson, now)
        try_quiz(session, cast.bob, "privacy", True, now)
        wish = Wish(OrderKind.ADD_MODULES, "", cast.group_id, ("privacy",), 3)
        orders.grant(session, wish, cast.alice, Source.DEMO, later)
        summary = session.exec(
            select(EnrollmentSummary).where(EnrollmentSummary.group_id == cast.group_id)
        ).one()

    assert (summary.modules_started, summary.modules_done) == (1, 1)


def test_attempts_used_up_make_a_module_failed(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        enroll(session, cast, "bob", cast.group_id, now)
        for minute in range(0, 9, 3):
            try_quiz(session, cast.bob, "writing", False, now + timedelta(minutes=minute))

        assert session.exec(select(ModuleProgress.state)).one() == "failed"
        assert session.exec(select(EnrollmentSummary.modules_failed)).one() == 1


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_in_whatever_order_the_summaries_say_what_the_facts_say(
    database: Database, cast: Cast, now: datetime, seed: int
) -> None:
    """Random actions, one by one; then every summary is thrown away and made from the facts."""
    chance = random.Random(seed)
    with database.writing() as session:
        groups = [cast.group_id, a_group(session, cast.alice, now, 3, ("writing", "privacy")).id]
        enroll(session, cast, "bob", groups[0], now)
    for step in range(40):
        at = now + timedelta(minutes=10 * step)
        with suppress(Refusal), database.writing() as session:
            _do_something(session, cast, chance, groups, step, at)
    with database.writing() as session:
        kept = summaries(session)
        live = select(EnrollmentProgress.enrollment_id)
        assert session.exec(live).first() is not None
        for entity in (EnrollmentProgress, EnrollmentSummary, ModuleProgress):
            session.exec(delete(entity))
        for module_id in session.exec(select(Module.id)).all():
            summarize_module(session, module_id)
        for group_id in groups:
            summarize_group(session, group_id)
        made_anew = summaries(session)

    assert made_anew["ModuleProgress"] == kept["ModuleProgress"]
    # Of enrollments that have ended the summaries stay as they were, and are not made anew.
    for name in ("EnrollmentProgress", "EnrollmentSummary"):
        assert made_anew[name]
        assert set(made_anew[name]) <= set(kept[name])


def _do_something(session, cast: Cast, chance, groups, step: int, at: datetime) -> None:
    learner = cast.bob if chance.random() < 0.6 else cast.charlie
    module, lesson = chance.choice(["writing", "privacy"]), f"lesson-{chance.randint(1, 2)}"
    actions = (
        lambda: enroll(session, cast, learner.email.split("@")[0], chance.choice(groups), at),
        lambda: read(session, learner, module, lesson, at),
        lambda: learning.open_lesson(session, learner, module, lesson, at),
        lambda: try_quiz(session, learner, module, chance.random() < 0.4, at),
        lambda: leaving.remove(session, chance.choice(groups), learner.user_id, cast.alice, at),
        lambda: load(
            session,
            [replace(a_module("writing", 1, chance.randint(1, 3)), content_hash=str(step))],
            at,
        ),
    )
    chance.choices(actions, weights=(3, 5, 2, 4, 1, 1))[0]()

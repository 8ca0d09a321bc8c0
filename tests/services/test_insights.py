"""What leaders see of a learner and of a class, and what they never see."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from grouplic.adapters.database import Database
from grouplic.domain.answers import option_id
from grouplic.domain.groups import Enrollment, LeaderRole
from grouplic.domain.people import User
from grouplic.domain.performance import Stand
from grouplic.domain.refusals import NotFound
from grouplic.services import due_dates, leaving, quizzes
from grouplic.services.actors import Actor
from grouplic.services.catalog import QuestionText, load
from grouplic.services.insights import insights
from grouplic.services.learner_record import learner_record
from tests.cast import Cast, a_module
from tests.classroom import (
    complete,
    enroll,
    lead,
    module_id,
    newcomer,
    open_class,
    read,
    try_quiz,
)


def record_of(database: Database, group, enrollment_id, actor, now: datetime):  # type: ignore[no-untyped-def]
    with database.reading() as session:
        return learner_record(session, group.id, enrollment_id, actor, now)


def test_a_leader_sees_the_state_reached_before_and_attempts_answers_times_only_from_then_on(
    database: Database, cast: Cast, now: datetime
) -> None:
    elsewhere = open_class(database, cast, now)
    enroll(database, elsewhere, cast.bob, now - timedelta(days=50))
    read(database, cast.bob, "writing", 1, now - timedelta(days=40))
    try_quiz(database, cast.bob, "writing", False, now - timedelta(days=40))
    group = open_class(database, cast, now)
    enrollment = enroll(database, group, cast.bob, now - timedelta(days=10))
    try_quiz(database, cast.bob, "writing", True, now - timedelta(days=5))

    (writing, privacy) = record_of(database, group, enrollment.id, cast.alice, now).modules
    assert [(lesson.done, lesson.done_at, lesson.seconds) for lesson in writing.lessons] == [
        (True, None, 0),
        (False, None, 0),
    ]
    assert [(one.number, one.score, one.answers[0].given) for one in writing.attempts] == [
        (1, 100, "True")
    ]
    assert (writing.cell.percent, writing.cell.attempts, writing.cell.seconds) == (66, 1, 0)
    assert (writing.quiz_passed, privacy.quiz_passed) == (True, False)
    assert privacy.attempts == ()


def test_a_module_is_overdue_from_its_day_on_until_it_is_complete(
    database: Database, cast: Cast, now: datetime
) -> None:
    group, earlier = open_class(database, cast, now), now - timedelta(days=5)
    enrollment = enroll(database, group, cast.bob, now - timedelta(days=10))
    module, day = module_id(database, "writing"), earlier.date().isoformat()
    with database.writing() as session:
        due_dates.set_due_date(session, group.id, module, day, (), cast.alice, earlier)

    def overdue() -> list[bool]:
        found = record_of(database, group, enrollment.id, cast.alice, now)
        return [one.overdue for one in found.modules]

    assert overdue() == [True, False]
    complete(database, cast.bob, "writing", now - timedelta(days=1))
    assert overdue() == [False, False]


def test_foreign_learners_former_ones_and_nonsense_are_not_found(
    database: Database, cast: Cast, now: datetime
) -> None:
    group, other = open_class(database, cast, now), open_class(database, cast, now)
    foreign = enroll(database, other, cast.bob, now - timedelta(days=10))
    former = newcomer(database, group, "dan", now - timedelta(days=10))
    with database.writing() as session:
        ended = session.exec(select(Enrollment).where(Enrollment.user_id == former.user_id)).one()
        leaving.remove(session, group.id, former.user_id, cast.alice, now)
    for wrong in (foreign.id, ended.id, "x", cast.bob.user_id, "{}"):
        with pytest.raises(NotFound):
            record_of(database, group, wrong, cast.alice, now)


def test_an_outsider_is_refused_and_a_reports_only_leader_is_not(
    database: Database, cast: Cast, now: datetime
) -> None:
    group = open_class(database, cast, now)
    enrollment = enroll(database, group, cast.bob, now)
    for stranger in (cast.charlie, cast.bob):
        with pytest.raises(NotFound):
            record_of(database, group, enrollment.id, stranger, now)
        with database.reading() as session, pytest.raises(NotFound):
            insights(session, group.id, stranger, now)
    lead(database, group, cast.charlie, LeaderRole.REPORTS, now)
    assert record_of(database, group, enrollment.id, cast.charlie, now).name == "Bob Marsh"
    with database.reading() as session:
        assert insights(session, group.id, cast.charlie, now).figures.learners == 1


def test_somebody_who_has_not_confirmed_shows_nothing(
    database: Database, cast: Cast, now: datetime
) -> None:
    group = open_class(database, cast, now)
    enrollment = enroll(database, group, cast.bob, now - timedelta(days=10))
    read(database, cast.bob, "writing", 1, now - timedelta(days=5))
    with database.writing() as session:
        session.get_one(Enrollment, enrollment.id).awaits_claim = True
    assert record_of(database, group, enrollment.id, cast.alice, now).modules == ()


def test_the_hardest_question_tells_how_each_answer_was_chosen_since_they_joined(
    database: Database, cast: Cast, now: datetime
) -> None:
    elsewhere = open_class(database, cast, now)
    enroll(database, elsewhere, cast.bob, now - timedelta(days=50))
    try_quiz(database, cast.bob, "writing", False, now - timedelta(days=45))
    group = open_class(database, cast, now)
    enroll(database, group, cast.bob, now - timedelta(days=10))
    for number, name in enumerate(("dan", "eve", "fay")):
        learner = newcomer(database, group, name, now - timedelta(days=10))
        try_quiz(database, learner, "writing", number == 0, now - timedelta(days=5))

    with database.reading() as session:
        found = insights(session, group.id, cast.alice, now)
    (question,) = found.questions
    assert (question.answers, question.right, question.percent_right) == (3, 1, 33)
    assert [(one.text, one.times, one.right) for one in question.choices] == [
        ("False", 2, False),
        ("True", 1, True),
    ]


def test_one_who_has_started_and_nobody_are_said_in_words(
    database: Database, cast: Cast, now: datetime
) -> None:
    group = open_class(database, cast, now)
    joined = now - timedelta(days=30)
    dan = newcomer(database, group, "dan", joined)
    enroll(database, group, cast.bob, joined)

    def said() -> str:
        with database.reading() as session:
            return insights(session, group.id, cast.alice, now).stands_say

    assert said() == "Nobody has started yet"
    read(database, dan, "writing", 1, joined)
    assert said() == "1 of 2 has started, nobody is done yet"
    complete(database, dan, "writing", joined)
    complete(database, dan, "privacy", joined)
    assert said() == "1 of 2 has started, 1 is done"


def test_the_plots_say_in_words_what_they_show(
    database: Database, cast: Cast, now: datetime
) -> None:
    group = open_class(database, cast, now)
    with database.reading() as session:
        assert insights(session, group.id, cast.alice, now).stands_say == "Nobody holds a seat yet"
    joined = now - timedelta(days=30)
    dan, eve = (newcomer(database, group, name, joined) for name in ("dan", "eve"))
    enroll(database, group, cast.bob, joined)
    for number, learner in enumerate((dan, eve)):
        complete(database, learner, "writing", joined + timedelta(days=3 + number))
        complete(database, learner, "privacy", joined + timedelta(days=12 + number))
    read(database, cast.bob, "writing", 1, joined + timedelta(days=1))

    with database.reading() as session:
        found = insights(session, group.id, cast.alice, now)
    assert found.finishes_say == "Half finished within 13 days"
    assert found.scores_say == "Half score 100% or more"
    assert found.stops_say == "1 learner is stuck at “Lesson 2: Lesson 2” of Writing"
    assert found.stands_say == "3 of 3 have started, 2 are done"
    assert [(one.title, one.begun, one.done) for one in found.modules] == [
        ("Writing", 3, 2),
        ("Privacy", 2, 2),
    ]


def test_who_had_completed_everything_before_joining_is_in_the_plot_of_completions(
    database: Database, cast: Cast, now: datetime
) -> None:
    elsewhere, group = open_class(database, cast, now), open_class(database, cast, now)
    joined = now - timedelta(days=30)
    enroll(database, elsewhere, cast.bob, now - timedelta(days=50))
    dan = newcomer(database, elsewhere, "dan", now - timedelta(days=50))
    for learner, module in ((cast.bob, "writing"), (cast.bob, "privacy"), (dan, "writing")):
        complete(database, learner, module, now - timedelta(days=40))
    for learner in (cast.bob, dan):
        enroll(database, group, learner, joined)
    for name in ("eve", "fay"):
        newcomer(database, group, name, joined)
    complete(database, dan, "privacy", joined + timedelta(days=7))

    with database.reading() as session:
        found = insights(session, group.id, cast.alice, now)
    # Of one who had completed a part, the day of the rest is known.
    assert sorted((one.days, one.before) for one in found.finishes) == [(0, True), (7, False)]
    assert len(found.finishes) == found.figures.stands[Stand.DONE]
    assert found.finishes_say == "Half finished within 7 days"
    assert found.finishes_note.startswith("1 learner had completed all modules before joining")


CHOICE = QuestionText(
    "first",
    "multiple",
    "Which **two**?",
    {
        "option": [
            {"text": "This", "correct": True},
            {"text": "*That*", "correct": True},
            {"text": "Neither"},
        ]
    },
)


def answer_with(database: Database, learner: Actor, options: list[int], at: datetime) -> None:
    with database.writing() as session:
        attempt = quizzes.start_attempt(session, learner, "writing", at)
        (asked,) = quizzes.questions_asked(session, attempt)
        given = [option_id(asked.body["option"][place]) for place in options]
        quizzes.save_answer(session, learner, attempt.id, asked.id, given, at)
        quizzes.submit_attempt(session, learner, attempt.id, at)


def ask(database: Database, question: QuestionText, now: datetime) -> None:
    """Make it the one question of the module Writing."""
    text = replace(a_module("writing", 1), questions=(question,), content_hash=question.kind)
    with database.writing() as session:
        load(session, [text], now)


def test_of_a_question_with_options_each_shows_how_often_it_was_chosen(
    database: Database, cast: Cast, now: datetime
) -> None:
    ask(database, CHOICE, now)
    group, then = open_class(database, cast, now), now - timedelta(days=5)
    for name, options in (("dan", [0]), ("eve", [0, 1]), ("fay", [0, 2])):
        learner = newcomer(database, group, name, now - timedelta(days=10))
        answer_with(database, learner, options, then)

    with database.reading() as session:
        (question,) = insights(session, group.id, cast.alice, now).questions
        fay = session.exec(
            select(Enrollment.id)
            .join(User, User.id == Enrollment.user_id)
            .where(User.email_key == "fay@northlab.org")
        ).one()
    assert (question.prompt, question.percent_right) == ("Which two?", 33)
    assert [(one.text, one.times, one.right) for one in question.choices] == [
        ("This", 3, True),
        ("That", 1, True),
        ("Neither", 1, False),
    ]
    (attempt,) = record_of(database, group, fay, cast.alice, now).modules[0].attempts
    assert [(one.given, one.right) for one in attempt.answers] == [("This; Neither", False)]


def test_answers_to_a_question_that_became_another_kind_break_no_page(
    database: Database, cast: Cast, now: datetime
) -> None:
    group, then = open_class(database, cast, now), now - timedelta(days=5)
    learners = [
        newcomer(database, group, name, now - timedelta(days=10)) for name in ("dan", "eve", "fay")
    ]
    for learner in learners:
        try_quiz(database, learner, "writing", False, then)
    ask(database, CHOICE, now)
    with database.reading() as session:
        (question,) = insights(session, group.id, cast.alice, now).questions
    assert [one.times for one in question.choices] == [0, 0, 0]

    for learner in learners:
        answer_with(database, learner, [2], then + timedelta(days=1))
    ask(database, a_module("writing", 1).questions[0], now)
    with database.reading() as session:
        (question,) = insights(session, group.id, cast.alice, now).questions
    assert [(one.text, one.times) for one in question.choices] == [
        ("False", 3),
        ("an answer that is gone", 3),
    ]

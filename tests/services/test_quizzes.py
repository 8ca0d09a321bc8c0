"""Quizzes: saved as they are given, scored on the server, limited in number and in time."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from grouplic.adapters.database import Database
from grouplic.domain.answers import NotAnAnswer, option_id
from grouplic.domain.catalog import Question
from grouplic.domain.groups import Way
from grouplic.domain.quizzes import Certificate, QuizAnswer, QuizAttempt
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services import joining, leaving, quiz_views, quizzes
from grouplic.services.access import AccessEnded
from grouplic.services.catalog import QuestionText, load
from grouplic.services.groups import led_group
from grouplic.services.quiz_views import Stage
from tests.cast import Cast, a_module
from tests.classroom import read

SINGLE = QuestionText(
    "one",
    "single",
    "Which?",
    {
        "option": [
            {"text": "This", "correct": True, "feedback": "Just so."},
            {"text": "That", "feedback": "Not that."},
        ],
        "explanation": "This is why.",
    },
)
TRUTH = QuestionText("two", "true_false", "Is it so?", {"answer": True, "explanation": "It is."})


@pytest.fixture
def learning(database: Database, cast: Cast, now: datetime) -> Cast:
    """Bob learns in a module with two questions, three attempts, ten minutes."""
    text = replace(
        a_module("writing", 1), questions=(SINGLE, TRUTH), time_limit=10, content_hash="two"
    )
    with database.writing() as session:
        load(session, [text], now)
        group = led_group(session, cast.alice, cast.group_id)
        joining.take_open_seat(session, group, cast.bob.user_id, Way.DEMO, cast.alice.user_id, now)
    return cast


def question(session, slug: str) -> Question:
    return session.exec(
        select(Question).where(Question.slug == slug, Question.removed.is_(False))
    ).one()


def answer(session, cast: Cast, attempt: QuizAttempt, slug: str, given, now: datetime) -> None:
    asked = question(session, slug)
    if isinstance(given, int) and not isinstance(given, bool):
        given = [option_id(asked.body["option"][given])]
    quizzes.save_answer(session, cast.bob, attempt.id, asked.id, given, now)


def attempt_with(session, cast: Cast, now: datetime, one: int, two: bool) -> QuizAttempt:
    attempt = quizzes.start_attempt(session, cast.bob, "writing", now)
    answer(session, cast, attempt, "one", one, now)
    answer(session, cast, attempt, "two", two, now)
    return quizzes.submit_attempt(session, cast.bob, attempt.id, now)


def test_a_right_attempt_passes_and_a_wrong_one_does_not(
    database: Database, learning: Cast, now: datetime
) -> None:
    with database.writing() as session:
        failed = attempt_with(session, learning, now, one=1, two=True)
        passed = attempt_with(session, learning, now, one=0, two=True)

    assert (failed.number, failed.score, failed.passed) == (1, 50, False)
    assert (passed.number, passed.score, passed.passed) == (2, 100, True)


def test_submitting_twice_changes_nothing_the_second_time(
    database: Database, learning: Cast, now: datetime
) -> None:
    with database.writing() as session:
        first = attempt_with(session, learning, now, one=1, two=True)
        again = quizzes.submit_attempt(session, learning.bob, first.id, now + timedelta(minutes=1))

    assert (again.id, again.submitted_at) == (first.id, now)


def test_starting_in_a_second_tab_goes_on_with_the_open_attempt(
    database: Database, learning: Cast, now: datetime
) -> None:
    with database.writing() as session:
        first = quizzes.start_attempt(session, learning.bob, "writing", now)
        second = quizzes.start_attempt(session, learning.bob, "writing", now)

    assert first.id == second.id


def test_a_tab_left_open_on_a_submitted_attempt_saves_nothing_more(
    database: Database, learning: Cast, now: datetime
) -> None:
    with database.writing() as session:
        over = attempt_with(session, learning, now, one=1, two=True)
        quizzes.start_attempt(session, learning.bob, "writing", now)
        with pytest.raises(quizzes.AttemptOver):
            answer(session, learning, over, "one", 0, now)


def test_after_the_time_limit_what_was_saved_in_time_counts(
    database: Database, learning: Cast, now: datetime
) -> None:
    late = now + timedelta(minutes=11)
    with database.writing() as session:
        attempt = quizzes.start_attempt(session, learning.bob, "writing", now)
        answer(session, learning, attempt, "one", 0, now)
        with pytest.raises(quizzes.AttemptOver):
            answer(session, learning, attempt, "two", True, late)
        scored = quizzes.submit_attempt(session, learning.bob, attempt.id, late)

    assert (scored.score, scored.submitted_at) == (50, now + timedelta(minutes=10))


def test_an_attempt_nobody_came_back_to_is_scored_when_its_time_is_up(
    database: Database, learning: Cast, now: datetime
) -> None:
    with database.writing() as session:
        attempt = quizzes.start_attempt(session, learning.bob, "writing", now)
        assert quizzes.close_expired_attempts(session, now + timedelta(minutes=9)) == 0
        assert quizzes.close_expired_attempts(session, now + timedelta(minutes=10)) == 1
        session.refresh(attempt)

    assert (attempt.score, attempt.passed) == (0, False)


def test_when_the_attempts_are_used_up_no_other_starts(
    database: Database, learning: Cast, now: datetime
) -> None:
    with database.writing() as session:
        for _ in range(3):
            attempt_with(session, learning, now, one=1, two=False)
        view = quiz_views.look_at_quiz(session, learning.bob, "writing", now)
        with pytest.raises(Refusal, match="used all your attempts"):
            quizzes.start_attempt(session, learning.bob, "writing", now)

    assert view.stage == Stage.USED_UP


def test_nobody_who_passed_takes_it_again(
    database: Database, learning: Cast, now: datetime
) -> None:
    with database.writing() as session:
        attempt_with(session, learning, now, one=0, two=True)
        with pytest.raises(Refusal, match="passed"):
            quizzes.start_attempt(session, learning.bob, "writing", now)


def test_an_answer_is_kept_as_it_is_given_and_the_last_one_counts(
    database: Database, learning: Cast, now: datetime
) -> None:
    with database.writing() as session:
        attempt = quizzes.start_attempt(session, learning.bob, "writing", now)
        answer(session, learning, attempt, "one", 1, now)
        answer(session, learning, attempt, "one", 0, now)
        answer(session, learning, attempt, "two", True, now)
    with database.reading() as session:
        view_of = {row.question_id: row.given for row in session.exec(select(QuizAnswer))}
        kept = {
            question(session, slug).slug: view_of[question(session, slug).id]
            for slug in ("one", "two")
        }
        right = option_id(question(session, "one").body["option"][0])

    assert kept == {"one": [right], "two": True}


@pytest.mark.parametrize("given", [{"evil": 1}, ["no-such-option"], "text", 5, None])
def test_what_is_no_answer_is_refused_and_nothing_is_kept(
    database: Database, learning: Cast, now: datetime, given: object
) -> None:
    with database.writing() as session:
        attempt = quizzes.start_attempt(session, learning.bob, "writing", now)
        asked = question(session, "one")
        with pytest.raises(Refusal):
            quizzes.save_answer(session, learning.bob, attempt.id, asked.id, given, now)
        session.flush()
        assert session.exec(select(QuizAnswer)).all() == []


@pytest.mark.parametrize("what", ["attempt", "question"])
def test_ids_of_somebody_or_something_else_are_refused(
    database: Database, learning: Cast, now: datetime, what: str
) -> None:
    with database.writing() as session:
        attempt = quizzes.start_attempt(session, learning.bob, "writing", now)
        asked = question(session, "one")
        by = learning.charlie if what == "attempt" else learning.bob
        question_id = "garbage" if what == "question" else asked.id
        with pytest.raises(NotFound):
            quizzes.save_answer(session, by, attempt.id, question_id, [], now)


def test_an_outsider_neither_looks_at_a_quiz_nor_starts_it(
    database: Database, learning: Cast, now: datetime
) -> None:
    with database.writing() as session:
        with pytest.raises(NotFound):
            quiz_views.look_at_quiz(session, learning.charlie, "writing", now)
        with pytest.raises(NotFound):
            quizzes.start_attempt(session, learning.charlie, "writing", now)


def test_an_open_attempt_shows_nothing_of_what_is_right(
    database: Database, learning: Cast, now: datetime
) -> None:
    with database.writing() as session:
        attempt = quizzes.start_attempt(session, learning.bob, "writing", now)
        answer(session, learning, attempt, "one", 0, now)
        shown = repr(quiz_views.look_at_quiz(session, learning.bob, "writing", now))

    assert not [said for said in ("Just so", "Not that", "This is why", "It is") if said in shown]
    assert "right=True" not in shown
    assert "correct=True" not in shown


def test_after_a_failed_attempt_feedback_is_told_and_the_right_answer_is_not(
    database: Database, learning: Cast, now: datetime
) -> None:
    with database.writing() as session:
        attempt_with(session, learning, now, one=1, two=True)
        view = quiz_views.look_at_quiz(session, learning.bob, "writing", now)

    one, two = view.questions
    assert (view.stage, one.correct, two.correct) == (Stage.FAILED, False, True)
    assert [option.feedback for option in one.options] == ["", "Not that."]
    assert "This is why" not in repr(view)
    assert {option.right for option in one.options} == {None}


def test_once_passed_the_explanations_are_told(
    database: Database, learning: Cast, now: datetime
) -> None:
    with database.writing() as session:
        attempt_with(session, learning, now, one=0, two=True)
        view = quiz_views.look_at_quiz(session, learning.bob, "writing", now)

    assert view.questions[0].explanation == "This is why."
    assert [option.right for option in view.questions[0].options] == [True, False]


def test_whoever_loses_the_seat_can_answer_nothing_more(
    database: Database, learning: Cast, now: datetime
) -> None:
    with database.writing() as session:
        attempt = quizzes.start_attempt(session, learning.bob, "writing", now)
    with database.writing() as session:
        leaving.remove(session, learning.group_id, learning.bob.user_id, learning.alice, now)
        with pytest.raises(AccessEnded, match="no seat in Northlab"):
            answer(session, learning, attempt, "one", 0, now)
        with pytest.raises(AccessEnded):
            quizzes.submit_attempt(session, learning.bob, attempt.id, now)


def test_a_question_removed_during_an_attempt_is_not_counted(
    database: Database, learning: Cast, now: datetime
) -> None:
    shorter = replace(a_module("writing", 1), questions=(TRUTH,), content_hash="one")
    with database.writing() as session:
        attempt = quizzes.start_attempt(session, learning.bob, "writing", now)
        answer(session, learning, attempt, "two", True, now)
        load(session, [shorter], now)
        scored = quizzes.submit_attempt(session, learning.bob, attempt.id, now)

    assert scored.score == 100


def test_a_leader_tries_the_quiz_and_nothing_is_stored(
    database: Database, learning: Cast, now: datetime
) -> None:
    with database.writing() as session:
        before = quiz_views.preview_quiz(session, learning.alice, learning.group_id, "writing", now)
        right = option_id(question(session, "one").body["option"][0])
        given = {str(question(session, "one").id): [right], str(question(session, "two").id): True}
        after = quiz_views.judge_preview(
            session, learning.alice, learning.group_id, "writing", given, now
        )
        attempts = session.exec(select(QuizAttempt)).all()

    assert "This is why" not in repr(before)
    assert (after.score, after.stage, attempts) == (100, Stage.PASSED, [])


def test_only_leaders_of_the_group_preview_its_quiz(
    database: Database, learning: Cast, now: datetime
) -> None:
    with database.reading() as session, pytest.raises(NotFound):
        quiz_views.preview_quiz(session, learning.bob, learning.group_id, "writing", now)


@pytest.mark.parametrize("chosen", [True, False])
def test_an_option_of_a_question_without_options_is_refused(
    database: Database, learning: Cast, now: datetime, chosen: bool
) -> None:
    with database.writing() as session:
        attempt = quizzes.start_attempt(session, learning.bob, "writing", now)
        answer(session, learning, attempt, "two", True, now)
        asked = question(session, "two").id
        with pytest.raises(NotAnAnswer):
            quizzes.tick_option(session, learning.bob, attempt.id, asked, "this", chosen, now)


def test_an_answer_to_a_question_that_became_another_kind_counts_as_none(
    database: Database, learning: Cast, now: datetime
) -> None:
    with database.writing() as session:
        attempt = quizzes.start_attempt(session, learning.bob, "writing", now)
        attempt_id = attempt.id
        answer(session, learning, attempt, "one", 0, now)
        answer(session, learning, attempt, "two", True, now)
    swapped = (replace(TRUTH, slug="one"), replace(SINGLE, slug="two"))
    with database.writing() as session:
        text = replace(a_module("writing", 1), questions=swapped, content_hash="swapped")
        load(session, [text], now)

    with database.writing() as session:
        view = quiz_views.look_at_quiz(session, learning.bob, "writing", now)
        assert [one.given for one in view.questions] == ["", "True"]
        assert not any(option.chosen for option in view.questions[1].options)
        submitted = quizzes.submit_attempt(session, learning.bob, attempt_id, now)
        assert (submitted.score, submitted.passed) == (0, False)


def test_whoever_has_completed_the_module_sees_the_certificates_code_at_the_quiz(
    database: Database, learning: Cast, now: datetime
) -> None:
    with database.writing() as session:
        attempt_with(session, learning, now, one=0, two=True)
        look = quiz_views.look_at_quiz(session, learning.bob, "writing", now)
        assert (look.stage, look.certificate) == (Stage.PASSED, "")
    for lesson in (1, 2):
        read(database, learning.bob, "writing", lesson, now)

    with database.writing() as session:
        look = quiz_views.look_at_quiz(session, learning.bob, "writing", now)
        assert look.certificate == session.exec(select(Certificate.code)).one()

"""Learning: progress, where one goes on, time, completion, and what is left when a seat is lost."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlmodel import select

from grouplic.adapters.database import Database
from grouplic.domain.catalog import Module
from grouplic.domain.groups import Group, Way
from grouplic.domain.progress import LessonProgress, ModuleProgress, Sitting
from grouplic.domain.quizzes import Certificate
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.domain.reminding import DueDate
from grouplic.services import (
    certificates,
    joining,
    learning,
    leaving,
    previewing,
    quizzes,
    study_time,
)
from grouplic.services.access import AccessEnded
from grouplic.services.catalog import load
from grouplic.services.groups import led_group, seat_tiles
from grouplic.services.quizzes import questions_of
from grouplic.services.study_time import Beat
from tests.cast import Cast, a_module


@pytest.fixture
def bob_learns(database: Database, cast: Cast, now: datetime) -> Cast:
    with database.writing() as session:
        group = led_group(session, cast.alice, cast.group_id)
        joining.take_open_seat(session, group, cast.bob.user_id, Way.DEMO, cast.alice.user_id, now)
    return cast


def read_lessons(session, cast: Cast, now: datetime) -> None:
    for lesson in ("lesson-1", "lesson-2"):
        learning.open_lesson(session, cast.bob, "writing", lesson, now)
        learning.complete_lesson(session, cast.bob, "writing", lesson, now)


def pass_quiz(session, cast: Cast, now: datetime, answer: bool = True) -> None:
    attempt = quizzes.start_attempt(session, cast.bob, "writing", now)
    (question,) = quizzes.questions_asked(session, attempt)
    quizzes.save_answer(session, cast.bob, attempt.id, question.id, answer, now)
    quizzes.submit_attempt(session, cast.bob, attempt.id, now)


def card(session, cast: Cast, now: datetime) -> learning.ModuleCard:
    (found,) = learning.my_modules(session, cast.bob, now)
    return found


def test_resuming_leads_to_the_lesson_where_one_stopped_then_to_the_quiz(
    database: Database, bob_learns: Cast, now: datetime
) -> None:
    with database.writing() as session:
        at_first = card(session, bob_learns, now)
        learning.open_lesson(session, bob_learns.bob, "writing", "lesson-2", now)
        in_between = card(session, bob_learns, now)
        read_lessons(session, bob_learns, now)
        after_reading = card(session, bob_learns, now)
        pass_quiz(session, bob_learns, now)
        at_last = card(session, bob_learns, now)

    resumes = [one.resume for one in (at_first, in_between, after_reading, at_last)]
    states = [one.state for one in (at_first, in_between, after_reading, at_last)]
    assert resumes == ["lesson-1", "lesson-2", "quiz", "lesson-1"]
    assert [one.percent for one in (at_first, in_between, after_reading, at_last)] == [
        *(0, 0),
        66,  # the quiz is open: all read is not all that is asked
        100,
    ]
    assert [after_reading.quiz_passed, at_last.quiz_passed] == [False, True]
    assert states == ["", "started", "started", "done"]


def test_the_nearest_due_date_is_shown_until_the_module_is_done(
    database: Database, bob_learns: Cast, now: datetime
) -> None:
    yesterday = now.date() - timedelta(days=1)
    with database.writing() as session:
        module = session.exec(select(Module).where(Module.slug == "writing")).one()
        session.add(
            DueDate(
                group_id=bob_learns.group_id,
                module_id=module.id,
                due_on=yesterday,
                set_by_id=bob_learns.alice.user_id,
                set_at=now,
            )
        )
        session.flush()
        late = card(session, bob_learns, now)
        read_lessons(session, bob_learns, now)
        pass_quiz(session, bob_learns, now)
        done = card(session, bob_learns, now)

    assert (late.due_on, late.overdue) == (yesterday, True)
    assert (done.due_on, done.overdue) == (None, False)


def test_lessons_alone_do_not_complete_a_module_that_has_a_quiz(
    database: Database, bob_learns: Cast, now: datetime
) -> None:
    with database.writing() as session:
        read_lessons(session, bob_learns, now)
        before = [tile.completed for tile in seat_tiles(session, bob_learns.group_id)]
        pass_quiz(session, bob_learns, now)
        after = [tile.completed for tile in seat_tiles(session, bob_learns.group_id)]

    assert (before, after) == ([False] * 3, [True, False, False])


def test_a_module_without_a_quiz_is_complete_with_its_last_lesson(
    database: Database, bob_learns: Cast, now: datetime
) -> None:
    with database.writing() as session:
        load(session, [replace(a_module("writing", 1), questions=(), content_hash="none")], now)
        read_lessons(session, bob_learns, now)

        assert card(session, bob_learns, now).state == "done"


def test_completing_issues_one_certificate_that_anyone_can_verify(
    database: Database, bob_learns: Cast, now: datetime
) -> None:
    with database.writing() as session:
        read_lessons(session, bob_learns, now)
        pass_quiz(session, bob_learns, now)
        learning.complete_lesson(session, bob_learns.bob, "writing", "lesson-1", now)
        (mine,) = certificates.my_certificates(session, bob_learns.bob)
        found = certificates.verify_certificate(session, mine.code.lower().replace("-", " "))

    assert found == mine
    assert (found.learner_name, found.module_title) == ("Bob Marsh", "Writing")
    assert found.issued_on == date(2026, 11, 24)


@pytest.mark.parametrize("code", ["", "2222-2222-2222-2222", "nothing", "0" * 500])
def test_a_code_of_no_certificate_is_refused(database: Database, cast: Cast, code: str) -> None:
    with database.reading() as session, pytest.raises(certificates.NoSuchCertificate):
        certificates.verify_certificate(session, code)


def test_a_changed_module_keeps_progress_where_lessons_are_the_same(
    database: Database, bob_learns: Cast, now: datetime
) -> None:
    with database.writing() as session:
        learning.open_lesson(session, bob_learns.bob, "writing", "lesson-1", now)
        learning.complete_lesson(session, bob_learns.bob, "writing", "lesson-1", now)
        longer = replace(a_module("writing", 1, lessons=3), content_hash="longer")
        load(session, [longer], now)
        longer_card = card(session, bob_learns, now)
        load(session, [replace(a_module("writing", 1, lessons=1), content_hash="short")], now)
        shorter_card = card(session, bob_learns, now)

    assert (longer_card.completed, longer_card.lessons) == (1, 3)
    assert (shorter_card.completed, shorter_card.lessons) == (1, 1)


def test_who_had_done_all_that_is_left_gets_the_certificate_and_nobody_loses_one(
    database: Database, bob_learns: Cast, now: datetime
) -> None:
    with database.writing() as session:
        learning.open_lesson(session, bob_learns.bob, "writing", "lesson-1", now)
        learning.complete_lesson(session, bob_learns.bob, "writing", "lesson-1", now)
        pass_quiz(session, bob_learns, now)
        load(session, [replace(a_module("writing", 1, lessons=1), content_hash="short")], now)
        after_less = card(session, bob_learns, now).state
        load(session, [replace(a_module("writing", 1, lessons=5), content_hash="long")], now)
        after_more = card(session, bob_learns, now).state

        assert len(session.exec(select(Certificate)).all()) == 1
    assert (after_less, after_more) == ("done", "done")


def test_losing_the_seat_ends_access_and_keeps_progress_and_certificates(
    database: Database, bob_learns: Cast, now: datetime
) -> None:
    with database.writing() as session:
        read_lessons(session, bob_learns, now)
        pass_quiz(session, bob_learns, now)
        leaving.remove(session, bob_learns.group_id, bob_learns.bob.user_id, bob_learns.alice, now)
        with pytest.raises(AccessEnded, match="You hold no seat in Northlab autumn intake"):
            learning.open_lesson(session, bob_learns.bob, "writing", "lesson-1", now)
        (former,) = learning.former_modules(session, bob_learns.bob, now)
        modules = learning.my_modules(session, bob_learns.bob, now)
        mine = certificates.my_certificates(session, bob_learns.bob)

    assert (former.title, former.state, modules, len(mine)) == ("Writing", "done", [], 1)


def test_the_end_of_the_term_ends_access_and_says_when_it_was(
    database: Database, bob_learns: Cast, now: datetime
) -> None:
    with database.writing() as session:
        session.get_one(Group, bob_learns.group_id).ends_at = now
        session.flush()
        with pytest.raises(AccessEnded, match="ended on November 24, 2026"):
            learning.open_lesson(session, bob_learns.bob, "writing", "lesson-1", now)


def test_an_outsider_opens_nothing_and_learns_nothing_of_it(
    database: Database, bob_learns: Cast, now: datetime
) -> None:
    with database.writing() as session:
        with pytest.raises(NotFound):
            learning.open_lesson(session, bob_learns.charlie, "writing", "lesson-1", now)
        with pytest.raises(NotFound):
            learning.complete_lesson(session, bob_learns.charlie, "writing", "lesson-1", now)
        beat = Beat("writing", "lesson-1", 15, 0)
        with pytest.raises(NotFound):
            study_time.note_beat(session, bob_learns.charlie, beat, now)


def beats(session, cast: Cast, now: datetime, *seconds: tuple[int, int]) -> list[int]:
    """Send beats: at how many seconds from ``now``, claiming how many seconds of use."""
    return [
        study_time.note_beat(
            session,
            cast.bob,
            Beat("writing", "lesson-1", claimed, 250),
            now + timedelta(seconds=at),
        )
        for at, claimed in seconds
    ]


@pytest.mark.parametrize(
    ("sent", "believed"),
    [
        ([(15, 15), (30, 15)], [15, 15]),  # a page in use
        ([(15, 15), (15, 15), (16, 15)], [15, 0, 1]),  # two tabs, or a replay
        ([(15, 900)], [15]),  # a lie
        ([(600, 600)], [30]),  # a gap counts as one beat at most
        ([(15, 4)], [4]),  # visible and used for a part of the time
    ],
)
def test_no_more_time_is_believed_than_has_passed(
    database: Database,
    bob_learns: Cast,
    now: datetime,
    sent: list[tuple[int, int]],
    believed: list[int],
) -> None:
    with database.writing() as session:
        learning.open_lesson(session, bob_learns.bob, "writing", "lesson-1", now)

        assert beats(session, bob_learns, now, *sent) == believed
        progress = session.exec(select(ModuleProgress)).one()
        lesson = session.exec(select(LessonProgress)).one()
        assert (progress.seconds, lesson.seconds) == (sum(believed), sum(believed))


def test_a_long_break_begins_another_sitting(
    database: Database, bob_learns: Cast, now: datetime
) -> None:
    with database.writing() as session:
        learning.open_lesson(session, bob_learns.bob, "writing", "lesson-1", now)
        beats(session, bob_learns, now, (15, 15), (30, 15), (3600, 15))

        sittings = session.exec(select(Sitting.seconds).order_by(Sitting.started_at)).all()
    assert sittings == [30, 15]


def test_the_place_in_a_lesson_is_remembered(
    database: Database, bob_learns: Cast, now: datetime
) -> None:
    with database.writing() as session:
        learning.open_lesson(session, bob_learns.bob, "writing", "lesson-1", now)
        beats(session, bob_learns, now, (15, 15))
        again = learning.open_lesson(session, bob_learns.bob, "writing", "lesson-1", now)

    assert again.position == 250


def test_a_lesson_that_was_not_opened_takes_no_beat(
    database: Database, bob_learns: Cast, now: datetime
) -> None:
    with database.writing() as session, pytest.raises(NotFound):
        beats(session, bob_learns, now, (15, 15))


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        "x",
        {},
        {"module": "a", "lesson": "b", "seconds": {}, "position": 0},
        {"module": "a", "lesson": "b", "seconds": "1e999", "position": 0},
    ],
)
def test_what_is_no_beat_is_refused(sent: object) -> None:
    with pytest.raises(Refusal):
        Beat.read(sent)


def test_a_leader_previews_any_lesson_and_leaves_no_trace(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        view = previewing.preview_lesson(
            session, cast.alice, cast.group_id, "writing", "lesson-2", now
        )
        session.flush()
        traces = [session.exec(select(one)).first() for one in (LessonProgress, ModuleProgress)]

    assert (view.title, view.previous, traces) == ("Lesson 2", "lesson-1", [None, None])


@pytest.mark.parametrize("who", ["bob", "charlie"])
def test_nobody_else_previews_and_no_other_module_is_opened(
    database: Database, cast: Cast, now: datetime, who: str
) -> None:
    with database.reading() as session:
        for actor, module in ((getattr(cast, who), "writing"), (cast.alice, "privacy")):
            with pytest.raises(NotFound):
                previewing.preview_lesson(session, actor, cast.group_id, module, "lesson-1", now)


def test_questions_are_asked_in_their_order(
    database: Database, bob_learns: Cast, now: datetime
) -> None:
    with database.reading() as session:
        module = session.exec(select(Module).where(Module.slug == "writing")).one()
        assert [question.slug for question in questions_of(session, module)] == ["first"]

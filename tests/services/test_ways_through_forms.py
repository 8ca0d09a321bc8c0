"""What a form sets going and what it answers, on the ways that no other test takes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from grouplic.adapters.database import Database
from grouplic.adapters.password_hashing import Argon2Hasher
from grouplic.domain.answers import option_id
from grouplic.domain.catalog import Question
from grouplic.domain.groups import Group, GroupLeader, Seat, SeatState, Way
from grouplic.domain.joins import Invitation
from grouplic.domain.people import User
from grouplic.domain.progress import LessonProgress
from grouplic.domain.records import AuditEvent, Mail, TaskRun
from grouplic.domain.refusals import NotFound, Refusal, SignInNeeded
from grouplic.domain.reminding import Newsletter
from grouplic.services import (
    background,
    group_settings,
    invite_form,
    inviting,
    joining,
    joining_by_link,
    keeping_up,
    leaders,
    people_form,
    quiz_views,
    quizzes,
    redeeming,
    renewals,
    sandbox,
    sent_invitations,
    signing_in,
    study_time,
    uploads,
    waiting,
    weekly_summaries,
    welcome,
)
from grouplic.services.catalog import QuestionText, load
from grouplic.services.credentials import link_token
from grouplic.services.groups import lock_group
from grouplic.services.inviting import Invitee
from grouplic.services.leaving import ReclaimRule
from grouplic.services.outside import Outside
from grouplic.services.quiz_views import Stage
from grouplic.services.sessions import open_session
from grouplic.services.study_time import QUIZ, Beat
from grouplic.services.unsubscribing import Subscription, unsubscribe
from grouplic.services.waiting import ToWait
from tests.cast import Cast, a_group, a_module, key_of_open_seat, seat_states, user_named
from tests.outside import outside_of
from tests.services.payments import Provider
from tests.services.test_admission import BROWSER, PASSWORD, TOKENS, door
from tests.services.test_join_links import make
from tests.services.upload_site import pools, site_of

RULE = ReclaimRule.NOT_STARTED
DAN = Invitee("dan@new.org", "Dan", "Novak")


@pytest.fixture
def outside(database: Database, cast: Cast, now: datetime) -> Outside:
    return outside_of(database, now)


@pytest.fixture
def session(database: Database, cast: Cast) -> Iterator[Session]:
    with database.writing() as session:
        yield session


def take(session: Session, cast: Cast, now: datetime) -> None:
    """Give Bob a seat."""
    group, bob = lock_group(session, cast.group_id), cast.bob.user_id
    joining.take_open_seat(session, group, bob, Way.DEMO, cast.alice.user_id, now)


def invitation(session: Session) -> Invitation:
    return session.exec(select(Invitation).execution_options(populate_existing=True)).one()


def test_people_are_invited_and_the_answer_counts_who_was_there_already(
    database: Database, cast: Cast, outside: Outside, now: datetime
) -> None:
    with database.writing() as session:
        take(session, cast, now)
    group_id, bob = str(cast.group_id), Invitee("bob@northlab.org", "", "")

    def send(*people: Invitee, by_key: bool = False) -> str:
        return invite_form.send(outside, group_id, people, "", by_key, False, cast.alice)

    assert send(bob) == "1 person was in the group already."
    assert send(bob, DAN) == (
        "1 person joined, and a mail is on its way. 1 person was in the group already."
    )
    assert (
        send(replace(DAN, email="don@new.org"), by_key=True) == "1 person will get a key by mail."
    )
    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["taken", "taken", "issued"]


def test_a_mailed_key_that_is_sent_again_or_elsewhere_is_a_new_one(
    session: Session, cast: Cast, now: datetime
) -> None:
    inviting.mail_keys(session, cast.group_id, [DAN], cast.alice, now)
    session.flush()
    first = invitation(session).key_id
    with pytest.raises(NotFound):
        sent_invitations.resend(session, cast.group_id, cast.bob.user_id, cast.alice, now)
    (shown,) = sent_invitations.invitations_of(session, cast.group_id, cast.alice)
    assert shown.correctable
    sent_invitations.correct_address(
        session, cast.group_id, shown.id, "Don@new.org", cast.alice, now
    )
    session.flush()
    sent = invitation(session)
    assert (sent.address, sent.key_id == first) == ("Don@new.org", False)
    assert seat_states(session, cast.group_id) == ["issued", "open", "open"]


def test_a_letter_that_was_answered_is_shown_without_its_secrets(
    session: Session, cast: Cast, now: datetime
) -> None:
    inviting.invite(session, cast.group_id, [DAN], cast.alice, now)
    sent = invitation(session)

    def shown() -> dict[str, str]:
        return sent_invitations.letter_to_show(
            session, cast.group_id, sent.id, cast.alice, TOKENS, "https://l.ex", now
        ).facts

    assert shown()["token"] == link_token(sent, TOKENS)
    sent.used_at = now
    session.flush()
    assert "token" not in shown()


@pytest.mark.parametrize("role", ["", "reports"])
def test_whoever_follows_an_invitation_comes_to_what_they_were_invited_to(
    session: Session, cast: Cast, now: datetime, role: str
) -> None:
    if role:
        leaders.invite_leader(session, cast.group_id, DAN, role, cast.alice, now)
    else:
        inviting.invite(session, cast.group_id, [DAN], cast.alice, now)
    sent_invitations.letter_to_show(
        session, cast.group_id, invitation(session).id, cast.alice, TOKENS, "https://l.ex", now
    )
    session.flush()
    page = welcome.first_page(session, link_token(invitation(session), TOKENS), now)
    assert page == (f"/my-teaching/{cast.group_id}" if role else "/my-learning?joined=1")


def test_a_password_that_a_leader_has_seen_proves_no_mailbox(
    session: Session, cast: Cast, now: datetime
) -> None:
    inviting.invite(session, cast.group_id, [DAN], cast.alice, now)
    sent = invitation(session)
    dan = session.get_one(User, sent.user_id)
    sent_invitations.letter_to_show(
        session, cast.group_id, sent.id, cast.alice, TOKENS, "https://l.ex", now
    )
    welcome.note_first_sign_in(session, dan, sent, now)
    assert (sent.used_at, dan.verified_at) == (now, None)


def test_nobody_joins_with_a_cookie_of_nobody(
    database: Database, cast: Cast, outside: Outside, now: datetime
) -> None:
    with database.writing() as session:
        code = key_of_open_seat(session, cast.group_id)
        token = make(session, cast, now)
        cookie = open_session(session, user_named(session, "bob"), "x", timedelta(days=1), now)
    for stale in ("", "x" * 43):
        with pytest.raises(SignInNeeded):
            redeeming.redeem_as(outside, code, stale, "192.0.2.1")
        with pytest.raises(SignInNeeded):
            joining_by_link.join_as(outside, token, stale, "192.0.2.1")
    assert not redeeming.redeem_as(outside, code, cookie, "192.0.2.1").already_in
    assert joining_by_link.join_as(outside, token, cookie, "192.0.2.1")


def test_a_waiting_list_is_filled_in_the_background(
    database: Database, cast: Cast, now: datetime
) -> None:
    site = site_of(database, cast, now)
    with database.writing() as session:
        people = [ToWait(f"p{number}@new.org", "P", "N") for number in range(4)]
        waiting.put_on_waiting_list(
            session, cast.group_id, people, Way.INVITE, cast.alice.user_id, now
        )
    with pools() as work:
        assert background.work_once(site.outside, work)
        assert not background.work_once(site.outside, work)
    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["taken"] * 3
        rows, total = waiting.waiting_list(session, cast.group_id, cast.alice)
        assert ([row.email for row in rows], total) == (["p3@new.org"], 1)


def test_what_must_happen_without_anybody_asking_happens_once_a_turn(
    database: Database, cast: Cast, outside: Outside, now: datetime
) -> None:
    with database.writing() as session:
        session.get_one(Group, cast.group_id).ends_at = now + timedelta(days=6)
    outside = replace(outside, payments=Provider())
    for _ in range(2):
        keeping_up.keep_up(outside)
    with database.reading() as session:
        assert [row.name for row in session.exec(select(TaskRun).order_by(TaskRun.name))] == [
            "reconciler",
            "reminders",
        ]
        assert len(session.exec(select(Mail)).all()) == 1
    with database.writing() as session:
        endless = a_group(session, cast.charlie, now)
        assert not renewals.remind(session, endless.id, 7, now)


def test_a_sandbox_that_is_over_is_made_anew(session: Session, cast: Cast, now: datetime) -> None:
    first = sandbox.open_sandbox(session, cast.alice, now).id
    session.flush()
    assert sandbox.open_sandbox(session, cast.alice, now).id == first
    later = now + sandbox.LIFETIME
    assert sandbox.open_sandbox(session, cast.alice, later).id != first
    assert session.get(Group, first) is None


def test_an_upload_that_is_not_there_is_not_shown(
    database: Database, cast: Cast, now: datetime
) -> None:
    site = site_of(database, cast, now)
    with database.writing() as session:
        other = a_group(session, cast.alice, now).id
        assert uploads.view_upload(session, cast.group_id, cast.alice, now) is None
    upload_id = site.upload("ann@new.org,,Ann,Lee", "nonsense,,A,B")
    with database.writing() as session:
        named = str(upload_id)
        whole = uploads.view_upload(session, cast.group_id, cast.alice, now, named)
        look = uploads.view_upload(session, cast.group_id, cast.alice, now, named, "look")
        assert whole is not None
        assert look is not None
        assert [len(view.rows) for view in (whole, look)] == [2, 1]
        with pytest.raises(NotFound, match="This upload"):
            uploads.view_upload(session, other, cast.alice, now, named)
        session.add(GroupLeader(group_id=cast.group_id, user_id=cast.bob.user_id, since=now))
        session.flush()
        with pytest.raises(NotFound, match="This upload"):
            uploads.upload_of(session, upload_id, cast.bob)


def test_the_same_name_leaves_no_trace(session: Session, cast: Cast, now: datetime) -> None:
    name = "Northlab  autumn intake "
    group_settings.rename_group(session, cast.group_id, name, cast.alice, now)
    assert session.exec(select(AuditEvent).where(AuditEvent.kind == "group_renamed")).all() == []


def test_whoever_wants_the_weekly_summary_again_gets_it_again(
    session: Session, cast: Cast, now: datetime
) -> None:
    weekly = Subscription(Newsletter.WEEKLY_SUMMARY, cast.group_id, cast.alice.user_id)
    weekly_summaries.set_summary(session, cast.group_id, True, cast.alice, now)
    unsubscribe(session, weekly, now)
    session.flush()
    assert not weekly_summaries.wants_summary(session, cast.group_id, cast.alice)
    weekly_summaries.set_summary(session, cast.group_id, True, cast.alice, now)
    session.flush()
    assert weekly_summaries.wants_summary(session, cast.group_id, cast.alice)


def test_a_hash_of_weaker_parameters_is_replaced_when_its_password_is_typed(
    database: Database, cast: Cast, now: datetime
) -> None:
    weaker = Argon2Hasher(memory_kib=8, passes=1)
    with database.writing() as session:
        user_named(session, "bob").password_hash = before = weaker.hash(PASSWORD)
    stronger = replace(door(database), hasher=Argon2Hasher(memory_kib=16, passes=1))
    signing_in.sign_in(stronger, "bob@northlab.org", PASSWORD, BROWSER, now)
    with database.reading() as session:
        after = user_named(session, "bob").password_hash
    assert after != before
    assert not stronger.hasher.is_outdated(str(after))


@pytest.mark.parametrize(
    ("current", "words"),
    [("wrong", "not your current password"), (PASSWORD, "differs from the current one")],
)
def test_a_password_is_changed_by_who_knows_it_and_to_another(
    database: Database, cast: Cast, now: datetime, current: str, words: str
) -> None:
    with database.writing() as session:
        user_named(session, "bob").password_hash = door(database).hasher.hash(PASSWORD)
    with pytest.raises(Refusal, match=words):
        signing_in.change_password(door(database), cast.bob, current, PASSWORD, BROWSER, now)


@pytest.fixture
def quiz(session: Session, cast: Cast, now: datetime) -> Session:
    """Bob learns in a module whose quiz has a choice of several."""
    options = [{"text": "This", "correct": True}, {"text": "That", "correct": True}]
    several = QuestionText("several", "multiple", "Which?", {"option": options})
    load(session, [replace(a_module("writing", 1), questions=(several,), content_hash="m")], now)
    take(session, cast, now)
    return session


def test_time_at_a_quiz_counts_from_when_it_was_opened_and_for_no_lesson(
    quiz: Session, cast: Cast, now: datetime
) -> None:
    beat, later = Beat("writing", QUIZ, 15, 0), now + timedelta(seconds=15)
    with pytest.raises(NotFound, match="This attempt"):
        study_time.note_beat(quiz, cast.bob, beat, later)
    attempt = quizzes.start_attempt(quiz, cast.bob, "writing", now)
    quiz.flush()
    assert study_time.note_beat(quiz, cast.bob, beat, later) == 15
    assert quiz.exec(select(LessonProgress)).all() == []
    quizzes.submit_attempt(quiz, cast.bob, attempt.id, later)
    quiz.flush()
    with pytest.raises(NotFound, match="This attempt"):
        study_time.note_beat(quiz, cast.bob, beat, later)


def test_an_answer_can_be_taken_back_and_a_quiz_waits_until_it_is_begun(
    quiz: Session, cast: Cast, now: datetime
) -> None:
    ready = quiz_views.look_at_quiz(quiz, cast.bob, "writing", now)
    assert (ready.stage, ready.attempt_id, ready.certificate) == (Stage.READY, "", "")
    attempt = quizzes.start_attempt(quiz, cast.bob, "writing", now)
    asked = quiz.exec(select(Question).where(Question.slug == "several")).one()
    first = option_id(asked.body["option"][0])
    counts = []
    for given in ([], [first], []):
        counts.append(quizzes.save_answer(quiz, cast.bob, attempt.id, asked.id, given, now))
        quiz.flush()
    assert counts == [0, 1, 0]
    assert quizzes.answers_in(quiz, attempt) == {}


def test_a_module_without_questions_has_no_quiz(
    session: Session, cast: Cast, now: datetime
) -> None:
    load(session, [replace(a_module("writing", 1), questions=(), content_hash="none")], now)
    take(session, cast, now)
    with pytest.raises(NotFound, match="This quiz"):
        quizzes.start_attempt(session, cast.bob, "writing", now)


def test_somebody_who_is_put_back_is_told_by_mail(
    database: Database, cast: Cast, outside: Outside, now: datetime
) -> None:
    with database.writing() as session:
        take(session, cast, now)
    for verified, words in ((now, "A mail that says so"), (None, "once they confirm")):
        with database.writing() as session:
            session.get_one(User, cast.bob.user_id).verified_at = verified
            removed = people_form.remove_and_tell(
                session, cast.group_id, cast.bob.user_id, cast.alice, now, RULE
            )
        told = people_form.put_back(
            outside, str(cast.group_id), str(removed.enrollment_id), cast.alice
        )
        assert told.startswith("bob@northlab.org holds seat 1. ")
        assert words in told


def test_a_seat_that_went_to_who_waited_is_told_with_what_is_left(
    session: Session, cast: Cast, now: datetime
) -> None:
    take(session, cast, now)
    others = session.exec(
        select(Seat).where(Seat.group_id == cast.group_id, Seat.state == SeatState.OPEN)
    ).all()
    for seat in others:
        seat.state = SeatState.RETIRED
    session.flush()
    dan = [ToWait("dan@new.org", "Dan", "Novak")]
    waiting.put_on_waiting_list(session, cast.group_id, dan, Way.INVITE, cast.alice.user_id, now)
    session.flush()
    removed = people_form.remove_and_tell(
        session, cast.group_id, cast.bob.user_id, cast.alice, now, RULE
    )
    assert removed.sentence.startswith("Bob Marsh has left. Seat 1 went to Dan Novak")
    assert removed.undo == ""

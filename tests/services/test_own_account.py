"""One's own account: another name, another address, other browsers, one's data, the way out."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from grouplic.adapters.attempt_limits import AttemptLimits
from grouplic.adapters.database import Database
from grouplic.adapters.password_hashing import Argon2Hasher
from grouplic.adapters.secrets import DerivedTokens
from grouplic.domain.groups import Enrollment, Group, GroupLeader, LeaderRole, Way
from grouplic.domain.joins import Invitation, Waiting
from grouplic.domain.people import LinkPurpose, OneTimeLink, User
from grouplic.domain.progress import LessonProgress
from grouplic.domain.quizzes import Certificate
from grouplic.domain.records import AuditEvent, Mail
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services import (
    accounts,
    certificates,
    erasing,
    joining,
    learning,
    own_account,
    quizzes,
    sandbox,
    sessions,
)
from grouplic.services.actors import Actor, actor_of
from grouplic.services.groups import led_group
from grouplic.services.leaving import ReclaimRule
from grouplic.services.links import token_hash
from grouplic.services.own_data import own_data
from grouplic.services.signing_in import SignIn
from grouplic.services.waiting import ToWait, put_on_waiting_list, take_off_waiting_list
from tests.cast import Cast, seat_states, user_named

PASSWORD = "tulip anchor meadow 42"
TOKENS = DerivedTokens("a secret for tests, and only for tests")
_HASHER = Argon2Hasher()
_HASH = _HASHER.hash(PASSWORD)


@pytest.fixture
def outside(database: Database, cast: Cast) -> SignIn:
    """What signing in needs; everybody in the cast has the same password."""
    with database.writing() as session:
        for user in session.exec(select(User)):
            user.password_hash = _HASH
    limits = AttemptLimits(
        {"failed_sign_ins_per_account": "3/hour", "links_per_account": "5/hour"}, ""
    )
    return SignIn(database, _HASHER, limits, TOKENS, timedelta(days=1))


def token_of_newest_link(database: Database) -> str:
    with database.reading() as session:
        link = session.exec(
            select(OneTimeLink)
            .where(OneTimeLink.purpose == LinkPurpose.CHANGE_EMAIL)
            .order_by(OneTimeLink.id.desc())
        ).first()
    return TOKENS.derive(link.purpose, link.id, link.generation)


def test_a_name_is_changed_and_a_certificate_keeps_the_old_one(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        complete_module(session, cast, now)
        own_account.change_name(session, cast.bob, " Robert ", "Marsh-Lee", now)

        assert user_named(session, "bob").name == "Robert Marsh-Lee"
        assert certificates.my_certificates(session, cast.bob)[0].learner_name == "Bob Marsh"


def complete_module(session, cast: Cast, now: datetime) -> None:
    group = led_group(session, cast.alice, cast.group_id)
    joining.take_open_seat(session, group, cast.bob.user_id, Way.DEMO, cast.alice.user_id, now)
    for lesson in ("lesson-1", "lesson-2"):
        learning.open_lesson(session, cast.bob, "writing", lesson, now)
        learning.complete_lesson(session, cast.bob, "writing", lesson, now)
    attempt = quizzes.start_attempt(session, cast.bob, "writing", now)
    (question,) = quizzes.questions_asked(session, attempt)
    quizzes.save_answer(session, cast.bob, attempt.id, question.id, True, now)
    quizzes.submit_attempt(session, cast.bob, attempt.id, now)


def test_an_address_changes_only_once_the_link_mailed_to_it_is_used(
    database: Database, cast: Cast, outside: SignIn, now: datetime
) -> None:
    own_account.ask_for_email_change(outside, cast.bob, "Bob@new.org", PASSWORD, now)
    with database.writing() as session:
        before = user_named(session, "bob").email
        asked = session.exec(select(Mail.address).where(Mail.template == "change_email")).one()
        own_account.confirm_email_change(session, token_of_newest_link(database), cast.bob, now)
        told = session.exec(select(Mail.address).where(Mail.template == "email_changed")).one()
        after = accounts.find_user(session, "bob@NEW.org")

    assert (before, asked, told) == ("bob@northlab.org", "Bob@new.org", "bob@northlab.org")
    assert after is not None
    assert (after.id, after.verified_at is not None) == (cast.bob.user_id, True)


def test_the_link_that_its_owner_opens_twice_changes_nothing_the_second_time(
    database: Database, cast: Cast, outside: SignIn, now: datetime
) -> None:
    own_account.ask_for_email_change(outside, cast.bob, "bob@new.org", PASSWORD, now)
    moved = replace(cast.bob, email="bob@new.org")
    for bob in (cast.bob, moved):
        with database.writing() as session:
            own_account.confirm_email_change(session, token_of_newest_link(database), bob, now)
    with database.reading() as session:
        told = session.exec(select(Mail.address).where(Mail.template == "email_changed")).all()
        assert told == ["bob@northlab.org"]
    # Once it has moved on, the old link does not say that it uses this address.
    elsewhere = replace(cast.bob, email="bob@third.org")
    with database.writing() as session, pytest.raises(Refusal, match="has been used"):
        own_account.confirm_email_change(session, token_of_newest_link(database), elsewhere, now)


@pytest.mark.parametrize("who", [None, "charlie"])
def test_nobody_else_uses_the_link_not_even_who_reads_the_mail(
    database: Database, cast: Cast, outside: SignIn, now: datetime, who: str | None
) -> None:
    own_account.ask_for_email_change(outside, cast.bob, "charlie@mistyped.org", PASSWORD, now)
    with database.writing() as session:
        actor = getattr(cast, who) if who else None
        with pytest.raises(Refusal, match="Sign in to this account first"):
            own_account.confirm_email_change(session, token_of_newest_link(database), actor, now)

        assert user_named(session, "bob").email == "bob@northlab.org"


@pytest.mark.parametrize(
    ("email", "password", "why"),
    [
        ("bob@new.org", "wrong", "not your password"),
        ("not an address", PASSWORD, "not an email address"),
        ("CHARLIE@northlab.org", PASSWORD, "already"),
    ],
)
def test_a_change_of_address_is_refused_and_mails_nothing(
    database: Database,
    cast: Cast,
    outside: SignIn,
    now: datetime,
    email: str,
    password: str,
    why: str,
) -> None:
    with pytest.raises(Refusal, match=why):
        own_account.ask_for_email_change(outside, cast.bob, email, password, now)
    with database.reading() as session:
        assert session.exec(select(Mail)).all() == []


def test_an_address_that_somebody_took_meanwhile_is_refused(
    database: Database, cast: Cast, outside: SignIn, now: datetime
) -> None:
    own_account.ask_for_email_change(outside, cast.bob, "dora@new.org", PASSWORD, now)
    with database.writing() as session:
        new = accounts.NewAccount("dora@new.org", "Dora", "Lind")
        accounts.insert_user(session, new, None, now)
    with (
        pytest.raises(Refusal, match="already"),
        database.writing() as session,
    ):
        own_account.confirm_email_change(session, token_of_newest_link(database), cast.bob, now)
    with database.reading() as session:
        assert user_named(session, "bob").id == cast.bob.user_id


def other_browser(session, cast: Cast, name: str, now: datetime) -> tuple[str, Actor]:
    cookie = sessions.open_session(
        session, user_named(session, name), "Firefox", timedelta(days=1), now
    )
    session.flush()
    found = actor_of(session, token_hash(cookie), now)
    assert found is not None
    return cookie, found


def test_one_other_browser_is_signed_out_or_all_of_them(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        cookie, other = other_browser(session, cast, "bob", now)
        listed = own_account.my_sessions(session, cast.bob, now)
        own_account.end_my_session(session, cast.bob, str(other.session_id), now)
        session.flush()
        gone = actor_of(session, token_hash(cookie), now)
        second, _ = other_browser(session, cast, "bob", now)
        own_account.end_my_other_sessions(session, cast.bob, now)
        left = own_account.my_sessions(session, cast.bob, now)

        assert actor_of(session, token_hash(second), now) is None
    assert ([row.is_this for row in listed], gone) == ([True, False], None)
    assert [row.id for row in left] == [str(cast.bob.session_id)]


@pytest.mark.parametrize("session_id", ["garbage", "somebody else's"])
def test_nobody_signs_out_somebody_elses_browser(
    database: Database, cast: Cast, now: datetime, session_id: str
) -> None:
    wanted = str(cast.bob.session_id) if session_id == "somebody else's" else session_id
    with database.writing() as session, pytest.raises(NotFound):
        own_account.end_my_session(session, cast.charlie, wanted, now)


def test_ones_data_is_whole_and_holds_no_credential(
    database: Database, cast: Cast, outside: SignIn, now: datetime
) -> None:
    with database.writing() as session:
        complete_module(session, cast, now)
    with database.reading() as session:
        data = own_data(session, cast.bob)
        nothing_of_others = own_data(session, cast.charlie)
    text = json.dumps(data, default=str)

    assert data["account"]["email"] == "bob@northlab.org"
    assert len(data["lessons"]) == 2
    assert data["quiz_attempts"][0]["answers"][0]["given"] is True
    assert data["certificates"][0]["module_title"] == "Writing"
    assert data["enrollments"][0]["group"] == "Northlab autumn intake"
    assert "hash" not in text
    assert "bob@" not in json.dumps(nothing_of_others, default=str)


def test_deleting_blanks_the_person_and_keeps_the_rows(
    database: Database, cast: Cast, outside: SignIn, now: datetime
) -> None:
    with database.writing() as session:
        complete_module(session, cast, now)
        code = certificates.my_certificates(session, cast.bob)[0].code
        session.add(
            Invitation(
                group_id=cast.group_id,
                user_id=cast.bob.user_id,
                kind="login",
                address="bob@northlab.org",
                first_name="Bob",
                last_name="Marsh",
                invited_by_id=cast.alice.user_id,
                created_at=now,
            )
        )
    erasing.delete_account(outside, cast.bob, PASSWORD, ReclaimRule.NOT_STARTED, now)
    with database.reading() as session:
        user = session.get_one(User, cast.bob.user_id)
        everything = " ".join(
            repr(row.model_dump())
            for entity in (User, Invitation, Mail, Certificate, Enrollment)
            for row in session.exec(select(entity))
        )

        assert (user.name, user.password_hash, user.erased_at) == ("Deleted account", None, now)
        assert "bob" not in everything.lower()
        assert len(session.exec(select(LessonProgress)).all()) == 2
        assert seat_states(session, cast.group_id) == ["retired", "open", "open"]
        verified = certificates.verify_certificate(session, code)
        assert verified.learner_name == certificates.ERASED_NAME
        assert own_account.my_sessions(session, cast.bob, now) == []


def test_deleting_blanks_ones_address_where_it_was_taken_off_a_waiting_list_and_no_others(
    database: Database, cast: Cast, outside: SignIn, now: datetime
) -> None:
    with database.writing() as session:
        waiting = [ToWait(address, "", "") for address in ("bob@northlab.org", "dan@new.org")]
        put_on_waiting_list(session, cast.group_id, waiting, Way.INVITE, cast.alice.user_id, now)
        for row in session.exec(select(Waiting)).all():
            take_off_waiting_list(session, cast.group_id, row.id, cast.alice, now)
    erasing.delete_account(outside, cast.bob, PASSWORD, ReclaimRule.NOT_STARTED, now)
    with database.reading() as session:
        ended = session.exec(select(AuditEvent).where(AuditEvent.kind == "waiting_ended")).all()
        assert sorted(event.facts.get("email_key", "") for event in ended) == ["", "dan@new.org"]
        assert "bob@" not in "".join(repr(row) for row in session.exec(select(Waiting)))


def test_a_seat_that_was_not_used_comes_back_when_its_learner_deletes_the_account(
    database: Database, cast: Cast, outside: SignIn, now: datetime
) -> None:
    with database.writing() as session:
        group = led_group(session, cast.alice, cast.group_id)
        joining.take_open_seat(session, group, cast.bob.user_id, Way.DEMO, cast.alice.user_id, now)
    erasing.delete_account(outside, cast.bob, PASSWORD, ReclaimRule.NOT_STARTED, now)
    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["open", "open", "open"]


def test_the_only_main_leader_hands_the_group_over_first(
    database: Database, cast: Cast, outside: SignIn, now: datetime
) -> None:
    with database.writing() as session:
        session.add(
            GroupLeader(
                group_id=cast.group_id,
                user_id=cast.charlie.user_id,
                role=LeaderRole.REPORTS,
                since=now,
            )
        )
    with pytest.raises(erasing.LeadsAlone, match="Northlab autumn intake"):
        erasing.delete_account(outside, cast.alice, PASSWORD, ReclaimRule.NOT_STARTED, now)
    with database.writing() as session:
        assert user_named(session, "alice").erased_at is None
        session.exec(
            select(GroupLeader).where(GroupLeader.user_id == cast.charlie.user_id)
        ).one().role = LeaderRole.EVERYTHING
    erasing.delete_account(outside, cast.alice, PASSWORD, ReclaimRule.NOT_STARTED, now)
    with database.reading() as session:
        assert session.get_one(User, cast.alice.user_id).erased_at == now


def test_a_sandbox_group_goes_with_the_account_of_whoever_opened_it(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        group_id = sandbox.open_sandbox(session, cast.charlie, now).id
    with database.writing() as session:
        erasing.erase(session, cast.charlie.user_id, ReclaimRule.NOT_STARTED, now)
    with database.reading() as session:
        assert session.get(Group, group_id) is None
        assert session.get_one(User, cast.charlie.user_id).erased_at == now


def test_the_last_operator_stays(
    database: Database, cast: Cast, outside: SignIn, now: datetime
) -> None:
    with pytest.raises(Refusal, match="only operator"):
        erasing.delete_account(outside, cast.olive, PASSWORD, ReclaimRule.NOT_STARTED, now)


def test_guessing_the_password_of_an_open_session_is_limited(
    database: Database, cast: Cast, outside: SignIn, now: datetime
) -> None:
    for _ in range(3):
        with pytest.raises(Refusal, match="not your password"):
            erasing.delete_account(outside, cast.bob, "wrong", ReclaimRule.NOT_STARTED, now)
    with pytest.raises(Refusal, match="Too many failed attempts"):
        erasing.delete_account(outside, cast.bob, PASSWORD, ReclaimRule.NOT_STARTED, now)

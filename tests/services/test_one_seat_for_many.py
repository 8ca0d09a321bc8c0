"""One paid seat given to many people in turn: every way that a leader could try, in order."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from grouplic.adapters.database import Database
from grouplic.domain.groups import Enrollment, Group, Way
from grouplic.domain.joins import Invitation
from grouplic.domain.people import User
from grouplic.domain.refusals import Refusal
from grouplic.services import (
    inviting,
    joining,
    learning,
    leaving,
    people_form,
    quizzes,
    roster,
    sent_invitations,
    signing_in,
)
from grouplic.services.actors import Actor, actor_of
from grouplic.services.leaving import ReclaimRule
from grouplic.services.links import token_hash
from tests.cast import Cast, a_group, key_of_open_seat, seat_states
from tests.services.test_admission import BROWSER, DAN, PASSWORD, TOKENS, door

HOUR = timedelta(hours=1)


def join(session: Session, cast: Cast, now: datetime) -> None:
    group = session.get_one(Group, cast.group_id)
    joining.take_open_seat(session, group, cast.bob.user_id, Way.DEMO, cast.alice.user_id, now)


def remove(session: Session, cast: Cast, who: Actor, now: datetime) -> None:
    leaving.remove(session, cast.group_id, who.user_id, cast.alice, now)


def put_back(session: Session, cast: Cast, now: datetime) -> None:
    left = session.exec(select(Enrollment.id).where(Enrollment.user_id == cast.bob.user_id)).first()
    assert left is not None
    people_form.take_back(session, cast.group_id, left, cast.alice, now)


def test_a_seat_that_retired_retires_again_when_its_learner_was_back_on_it_for_a_moment(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        join(session, cast, now)
        learning.open_lesson(session, cast.bob, "writing", "lesson-1", now)
        remove(session, cast, cast.bob, now + HOUR)
    with database.writing() as session:
        put_back(session, cast, now + 2 * HOUR)

    with database.reading() as session:
        says = leaving.prospect(
            session, cast.group_id, cast.bob.user_id, cast.alice, ReclaimRule.NOT_STARTED
        )
    with database.writing() as session:
        remove(session, cast, cast.bob, now + 3 * HOUR)

    assert says.sentence.startswith("Bob Marsh has opened 1 of 2 lessons, so seat 1 retires")
    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["retired", "open", "open"]


def test_a_quiz_that_was_begun_uses_a_seat_as_a_lesson_does(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        join(session, cast, now)
        quizzes.start_attempt(session, cast.bob, "writing", now)

    with database.reading() as session:
        says = leaving.prospect(
            session, cast.group_id, cast.bob.user_id, cast.alice, ReclaimRule.NOT_STARTED
        )
    with database.writing() as session:
        remove(session, cast, cast.bob, now + HOUR)

    assert says.sentence.startswith("Bob Marsh has begun a quiz, so seat 1 retires")
    with database.reading() as session:
        assert seat_states(session, cast.group_id)[0] == "retired"


def test_a_quiz_begun_in_another_group_before_uses_no_seat(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        join(session, cast, now)
        quizzes.start_attempt(session, cast.bob, "writing", now)
    with database.writing() as session:
        other = a_group(session, cast.alice, now, seats=1)
        key = key_of_open_seat(session, other.id)
        joining.redeem(session, key, cast.bob, now + HOUR)
    with database.writing() as session:
        leaving.remove(session, other.id, cast.bob.user_id, cast.alice, now + 2 * HOUR)
        assert seat_states(session, other.id) == ["open"]


def test_an_address_is_not_corrected_once_its_owner_has_come_in(
    database: Database, cast: Cast, now: datetime
) -> None:
    # A leader reads Dan's credentials, so that they prove no mailbox, and hands them on.
    with database.writing() as session:
        inviting.invite(session, cast.group_id, [DAN], cast.alice, now)
    with database.writing() as session:
        invitation = session.exec(select(Invitation.id)).one()
        letter = sent_invitations.letter_to_show(
            session, cast.group_id, invitation, cast.alice, TOKENS, "", now
        )
    dan = _accept(database, letter.facts["token"], now)
    with database.writing() as session:
        learning.open_lesson(session, dan, "writing", "lesson-1", now)
    # Sent again, the invitation is new: nobody has used it.
    with database.writing() as session:
        sent_invitations.resend(session, cast.group_id, invitation, cast.alice, now)

    with database.reading() as session:
        (sent,) = sent_invitations.invitations_of(session, cast.group_id, cast.alice)
        (person,) = roster.roster(session, cast.group_id, cast.alice, roster.Look()).people
        assert session.exec(select(User.verified_at).where(User.id == dan.user_id)).one() is None
    assert (sent.correctable, person.correctable) == (False, False)
    with pytest.raises(Refusal, match="signed in already"), database.writing() as session:
        sent_invitations.correct_address(
            session, cast.group_id, invitation, "eve@new.org", cast.alice, now
        )


def _accept(database: Database, token: str, now: datetime) -> Actor:
    cookie = signing_in.accept_invitation(
        door(database), token, ("Dan", "Novak"), PASSWORD, BROWSER, now
    )
    with database.reading() as session:
        actor = actor_of(session, token_hash(cookie), now)
    assert actor is not None
    return actor

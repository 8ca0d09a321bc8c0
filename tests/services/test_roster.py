"""Manage People, as a list: searched, sorted, filtered, paged, with what a leader may see."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import event
from sqlmodel import Session, select

from grouplic.adapters.database import Database
from grouplic.domain.base import new_id
from grouplic.domain.catalog import Lesson, Module
from grouplic.domain.groups import Enrollment, GroupLeader, Seat, SeatState
from grouplic.domain.joins import Invitation
from grouplic.domain.people import User
from grouplic.domain.progress import LessonProgress
from grouplic.domain.quizzes import QuizAttempt
from grouplic.domain.records import Mail
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services import inviting, leaving
from grouplic.services.actors import Actor
from grouplic.services.completion import note_progress
from grouplic.services.groups import seat_counts
from grouplic.services.inviting import Invitee
from grouplic.services.many_rows import insert_many
from grouplic.services.roster import Look, Roster, Sort, Standing, roster
from grouplic.services.standing import begin_summaries, summarize_module
from tests.cast import Cast, a_group, actor, user_named


def look(database: Database, cast: Cast, who: Actor | None = None, **wish: object) -> Roster:
    with database.reading() as session:
        return roster(session, cast.group_id, who or cast.alice, Look(**wish))  # type: ignore[arg-type]


def names(found: Roster) -> list[str]:
    return [person.name for person in found.people]


def invite(database: Database, cast: Cast, now: datetime, *names: str) -> None:
    people = [Invitee(f"{name}@new.org", name.title(), "Novak") for name in names]
    with database.writing() as session:
        inviting.invite(session, cast.group_id, people, cast.alice, now)


def seat_bob(database: Database, cast: Cast, now: datetime) -> None:
    with database.writing() as session:
        inviting.invite(session, cast.group_id, [Invitee(cast.bob.email)], cast.alice, now)


def learn(
    session: Session, user_id: UUID, slug: str, at: datetime, done: int = 1, passed: bool = False
) -> None:
    module = session.exec(select(Module).where(Module.slug == slug)).one()
    lessons = session.exec(select(Lesson.id).where(Lesson.module_id == module.id)).all()
    session.add_all(
        LessonProgress(
            user_id=user_id, lesson_id=lesson, opened_at=at, last_opened_at=at, completed_at=at
        )
        for lesson in lessons[:done]
    )
    if passed:
        session.add(
            QuizAttempt(
                user_id=user_id,
                module_id=module.id,
                number=1,
                started_at=at,
                submitted_at=at,
                score=100,
                passed=True,
            )
        )
    session.flush()
    note_progress(session, user_id, module, at)


@contextmanager
def counting(database: Database) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:  # type: ignore[no-untyped-def]
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield statements
    event.remove(database.engine, "before_cursor_execute", note)


def fill(session: Session, cast: Cast, learners: int, now: datetime) -> UUID:
    """Give Alice a group with this many learners, each with a lesson opened; return its id."""
    group = a_group(session, cast.alice, now, learners, ("writing", "privacy"))
    session.flush()
    seats = session.exec(select(Seat).where(Seat.group_id == group.id)).all()
    lesson = session.exec(
        select(Lesson.id)
        .join(Module, Module.id == Lesson.module_id)
        .where(Module.slug == "writing")
    ).first()
    people, enrollments = [new_id() for _ in seats], [new_id() for _ in seats]
    insert_many(
        session,
        User,
        [
            {
                "id": person,
                "email": f"p{place}-{group.id}@x.org",
                "email_key": f"p{place}-{group.id}@x.org",
                "first_name": f"P{place}",
                "last_name": "Novak",
                "password_hash": None,
                "must_change_password": False,
                "credential_expires_at": None,
                "verified_at": now,
                "role": "member",
                "customer_id": None,
                "created_at": now,
            }
            for place, person in enumerate(people)
        ],
    )
    insert_many(
        session,
        Enrollment,
        [
            {
                "id": enrollment,
                "group_id": group.id,
                "seat_id": seat.id,
                "user_id": person,
                "way": "upload",
                "join_link_id": None,
                "awaits_claim": False,
                "enrolled_at": now,
                "ended_at": None,
            }
            for seat, person, enrollment in zip(seats, people, enrollments, strict=True)
        ],
    )
    insert_many(
        session,
        LessonProgress,
        [
            {
                "user_id": person,
                "lesson_id": lesson,
                "opened_at": now,
                "last_opened_at": now + timedelta(seconds=place),
                "completed_at": None,
            }
            for place, person in enumerate(people)
        ],
    )
    for seat in seats:
        seat.state = SeatState.TAKEN
    session.flush()
    begin_summaries(session, group.id, enrollments)
    module = session.exec(select(Module.id).where(Module.slug == "writing")).one()
    summarize_module(session, module)
    return group.id


def test_a_row_says_who_where_how_and_how_far(
    database: Database, cast: Cast, now: datetime
) -> None:
    seat_bob(database, cast, now)
    with database.writing() as session:
        learn(session, cast.bob.user_id, "writing", now + timedelta(hours=1))

    found = look(database, cast)

    (bob,) = found.people
    assert (bob.name, bob.email, bob.seat_number, bob.way) == (
        "Bob Marsh",
        "bob@northlab.org",
        1,
        "invite",
    )
    assert (bob.percent, bob.standing) == (33, Standing.IN_PROGRESS)
    assert (bob.joined_at, bob.last_activity) == (now, now + timedelta(hours=1))


def test_every_state_is_told_apart_and_can_be_filtered(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        group = a_group(session, cast.alice, now, 9)
    cast = Cast(cast.alice, cast.bob, cast.charlie, cast.olive, group.id)
    with database.writing() as session:
        finished, started = actor(session, "fay", now), actor(session, "sue", now)
        session.add(
            User(email="amy@x.org", email_key="amy@x.org", first_name="Amy", created_at=now)
        )
        learn(session, finished.user_id, "writing", now, 2, passed=True)
        learn(session, started.user_id, "writing", now, 1)
    invite(database, cast, now, "ina", "mia", "lou")
    with database.writing() as session:
        people = [cast.bob.email, finished.email, started.email, "amy@x.org"]
        inviting.invite(session, group.id, [Invitee(email) for email in people], cast.alice, now)
        for mail in session.exec(select(Mail).where(Mail.address == "mia@new.org")):
            mail.state, mail.error = "failed", "550 No such mailbox"
        lou = session.exec(select(User).where(User.email_key == "lou@new.org")).one()
        leaving.remove(session, group.id, lou.id, cast.alice, now)

    by_state = {standing: names(look(database, cast, standing=standing)) for standing in Standing}

    assert by_state == {
        Standing.INVITED: ["Ina Novak"],
        Standing.MAIL_FAILED: ["Mia Novak"],
        Standing.AWAITS: ["Amy"],
        Standing.NOT_STARTED: ["Bob Marsh"],
        Standing.IN_PROGRESS: ["Sue Marsh"],
        Standing.COMPLETED: ["Fay Marsh"],
        Standing.FORMER: ["Lou Novak"],
    }
    assert len(look(database, cast).people) == 6
    (mia,) = look(database, cast, search="mia").people
    assert mia.mail_error == "550 No such mailbox"


def test_a_search_looks_at_names_and_addresses_and_takes_nothing_for_a_pattern(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        people = [
            Invitee("zola@paris.org", "Émile", "Zola"),
            Invitee("100%@new.org", "Ann", "Lee"),
            Invitee("bo@new.org", "Bo", "Chen"),
        ]
        inviting.invite(session, cast.group_id, people, cast.alice, now)

    assert names(look(database, cast, search="émile")) == ["Émile Zola"]
    assert names(look(database, cast, search="EMILE")) == []
    assert names(look(database, cast, search=" bo  CHEN ")) == ["Bo Chen"]
    assert names(look(database, cast, search="NEW.org")) == ["Ann Lee", "Bo Chen"]
    assert names(look(database, cast, search="%")) == ["Ann Lee"]
    assert names(look(database, cast, search="_")) == []


def test_the_list_is_sorted_on_request_with_the_idle_last(
    database: Database, cast: Cast, now: datetime
) -> None:
    invite(database, cast, now, "zoe", "amy", "kim")
    with database.writing() as session:
        for name, hours in (("kim", 1), ("amy", 2)):
            user = session.exec(select(User).where(User.email_key == f"{name}@new.org")).one()
            learn(session, user.id, "writing", now + timedelta(hours=hours))

    def first_names(**wish: object) -> list[str]:
        return [name.split()[0] for name in names(look(database, cast, **wish))]

    assert first_names() == ["Amy", "Kim", "Zoe"]
    assert first_names(descending=True) == ["Zoe", "Kim", "Amy"]
    assert first_names(sort=Sort.SEAT) == ["Zoe", "Amy", "Kim"]
    assert first_names(sort=Sort.ACTIVITY) == ["Kim", "Amy", "Zoe"]
    assert first_names(sort=Sort.ACTIVITY, descending=True) == ["Amy", "Kim", "Zoe"]
    assert len(first_names(sort=Sort.JOINED)) == 3


def test_leaders_see_the_groups_modules_and_no_time_before_the_enrollment(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        learn(session, cast.bob.user_id, "writing", now - timedelta(days=9))
        learn(session, cast.bob.user_id, "security", now + timedelta(hours=1), 2)
    seat_bob(database, cast, now)

    (bob,) = look(database, cast).people

    assert (bob.percent, bob.last_activity) == (33, None)


def test_nothing_is_shown_of_who_left_or_has_not_confirmed(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        amy = User(email="amy@x.org", email_key="amy@x.org", created_at=now)
        session.add(amy)
        session.flush()
        learn(session, amy.id, "writing", now + timedelta(hours=1))
        inviting.invite(session, cast.group_id, [Invitee("amy@x.org")], cast.alice, now)
    seat_bob(database, cast, now)
    with database.writing() as session:
        leaving.remove(session, cast.group_id, cast.bob.user_id, cast.alice, now)
        learn(session, cast.bob.user_id, "writing", now + timedelta(hours=1), 2)

    (unconfirmed,) = look(database, cast).people
    (former,) = look(database, cast, standing=Standing.FORMER).people

    assert (unconfirmed.percent, unconfirmed.last_activity) == (0, None)
    assert (former.percent, former.last_activity) == (0, None)
    assert former.left_at == now


def test_who_came_back_is_a_learner_and_not_a_former_one(
    database: Database, cast: Cast, now: datetime
) -> None:
    seat_bob(database, cast, now)
    with database.writing() as session:
        leaving.remove(session, cast.group_id, cast.bob.user_id, cast.alice, now)
    seat_bob(database, cast, now)

    assert names(look(database, cast)) == ["Bob Marsh"]
    assert look(database, cast, standing=Standing.FORMER).total == 0


@pytest.mark.parametrize("sort", list(Sort))
def test_2000_learners_take_as_many_queries_as_10(
    database: Database, cast: Cast, now: datetime, sort: Sort
) -> None:
    taken = []
    for learners in (10, 2000):
        with database.writing() as session:
            group_id = fill(session, cast, learners, now)
        with database.reading() as session, counting(database) as statements:
            wish = Look(sort=sort, standing=Standing.IN_PROGRESS, search="novak", page=999)
            found = roster(session, group_id, cast.alice, wish)
            assert seat_counts(session, group_id).taken == learners
        taken.append(len(statements))
        assert (found.total, found.page) == (learners, found.pages)
        assert 0 < len(found.people) <= 25

    assert taken == [6, 6]


def test_no_outsider_learner_or_operator_sees_the_list(
    database: Database, cast: Cast, now: datetime
) -> None:
    seat_bob(database, cast, now)
    for who in (cast.bob, cast.charlie, cast.olive):
        with pytest.raises(NotFound):
            look(database, cast, who)


def test_reports_alone_do_not_show_the_list_and_people_only_do(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        for name, role in (("bob", "reports"), ("charlie", "people")):
            user = user_named(session, name)
            session.add(GroupLeader(group_id=cast.group_id, user_id=user.id, role=role, since=now))
    with pytest.raises(Refusal, match="Your role"):
        look(database, cast, cast.bob)
    assert look(database, cast, cast.charlie).total == 0


def test_the_row_leads_to_the_invitation_that_can_be_sent_again(
    database: Database, cast: Cast, now: datetime
) -> None:
    invite(database, cast, now, "dan")
    seat_bob(database, cast, now)
    with database.reading() as session:
        of_dan = session.exec(
            select(Invitation.id).where(Invitation.address == "dan@new.org")
        ).one()

    bob, dan = look(database, cast).people

    assert (dan.invitation_id, dan.correctable) == (of_dan, True)
    assert not bob.correctable

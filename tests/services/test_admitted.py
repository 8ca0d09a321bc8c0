"""What an admission decides about a seat that somebody had before, and what it writes."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, select

from grouplic.adapters.database import Database
from grouplic.domain.groups import Way
from grouplic.domain.progress import EnrollmentSummary
from grouplic.domain.records import AuditEvent
from grouplic.services import learning, leaving
from grouplic.services.admission import Admitted, Newcomer, Outcome, admit
from tests.cast import Cast, a_group
from tests.services.test_learning import pass_quiz, read_lessons
from tests.services.test_standing import enroll


def newcomer(cast: Cast, name: str) -> Newcomer:
    return Newcomer(f"{name}@northlab.org", name.title(), "Marsh", Way.INVITE, cast.alice.user_id)


def admitted(session: Session, cast: Cast, now: datetime, *names: str) -> list[Admitted]:
    return admit(session, cast.group_id, [newcomer(cast, name) for name in names], now)


def seat_numbers(session: Session, cast: Cast, now: datetime, *names: str) -> list[int]:
    return [one.seat_number for one in admitted(session, cast, now, *names)]


def leave(session: Session, cast: Cast, user_id: UUID, now: datetime) -> None:
    leaving.remove(session, cast.group_id, user_id, cast.alice, now)
    session.flush()


def begin(session: Session, cast: Cast, name: str, now: datetime) -> None:
    learning.open_lesson(session, getattr(cast, name), "writing", "lesson-1", now)


def test_whoever_had_not_begun_takes_the_first_open_seat(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        assert seat_numbers(session, cast, now, "bob", "charlie") == [1, 2]
        leave(session, cast, cast.charlie.user_id, now)
        leave(session, cast, cast.bob.user_id, now)
        assert seat_numbers(session, cast, now, "charlie") == [1]


def test_each_comes_back_to_the_seat_that_retired_with_them(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        assert seat_numbers(session, cast, now, "bob", "charlie") == [1, 2]
        for name in ("bob", "charlie"):
            begin(session, cast, name, now)
            leave(session, cast, getattr(cast, name).user_id, now)
        assert seat_numbers(session, cast, now, "charlie") == [2]
        assert seat_numbers(session, cast, now, "bob") == [1]


def test_nobody_comes_back_to_a_seat_that_retired_with_somebody_else(
    database: Database, cast: Cast, now: datetime
) -> None:
    later = now + timedelta(minutes=1)
    with database.writing() as session:
        assert seat_numbers(session, cast, now, "bob") == [1]
        leave(session, cast, cast.bob.user_id, now)
        assert seat_numbers(session, cast, now, "charlie") == [1]
        begin(session, cast, "charlie", now)
        leave(session, cast, cast.charlie.user_id, later)
        assert seat_numbers(session, cast, later, "bob") == [2]


def test_whoever_is_in_already_is_named_and_costs_no_seat(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        admitted(session, cast, now, "bob")
        assert admitted(session, cast, now, "bob") == [
            Admitted("bob@northlab.org", Outcome.MEMBER, cast.bob.user_id)
        ]


def test_the_audit_says_who_came_by_which_way_to_which_seat(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        admitted(session, cast, now, "bob")
    with database.reading() as session:
        told = session.exec(select(AuditEvent).where(AuditEvent.kind == "enrolled")).one()
    assert told.facts == {"seat": 1, "learner": str(cast.bob.user_id), "way": "invite"}
    assert (told.actor_id, told.group_id) == (cast.alice.user_id, cast.group_id)


def test_what_was_completed_elsewhere_counts_at_once(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        group = a_group(session, cast.alice, now)
        enroll(session, cast, "bob", group.id, now)
        read_lessons(session, cast, now)
        pass_quiz(session, cast, now)
        (one,) = admitted(session, cast, now, "bob")
        session.flush()
        summary = session.get_one(EnrollmentSummary, one.enrollment_id)
        assert summary.modules_done == 1

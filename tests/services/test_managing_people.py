"""Removing, putting back, swapping, waiting: what is said first, and what becomes of the seats."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session, select

from grouplic.adapters.database import Database
from grouplic.domain.groups import Enrollment, GroupLeader, Way
from grouplic.domain.joins import Waiting
from grouplic.domain.people import User
from grouplic.domain.records import AuditEvent
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.domain.uploads import Verdict
from grouplic.services import inviting, leaving, people_form, waiting
from grouplic.services.inviting import Invitee
from grouplic.services.leaving import Leaving, ReclaimRule
from grouplic.services.people_form import Removed
from grouplic.services.seats import NoSeatOpen
from grouplic.services.waiting import ToWait, Where
from tests.cast import Cast, seat_states
from tests.services.test_roster import learn, seat_bob


def remove(
    database: Database, cast: Cast, now: datetime, who: UUID, rule: str = "not_started"
) -> Removed:
    with database.writing() as session:
        return people_form.remove_and_tell(
            session, cast.group_id, who, cast.alice, now, ReclaimRule(rule)
        )


def take_back(database: Database, cast: Cast, now: datetime, removed: Removed) -> int:
    with database.writing() as session:
        return people_form.take_back(
            session, cast.group_id, removed.enrollment_id, cast.alice, now
        ).seat_number


def wait(session: Session, cast: Cast, now: datetime, *names: str) -> None:
    people = [ToWait(f"{name}@new.org", name.title(), "Novak") for name in names]
    waiting.put_on_waiting_list(session, cast.group_id, people, Way.INVITE, cast.alice.user_id, now)


def waiters(session: Session, cast: Cast) -> list[str]:
    rows, _ = waiting.waiting_list(session, cast.group_id, cast.alice)
    assert [row.place for row in rows] == list(range(1, len(rows) + 1))
    return [row.email.split("@")[0] for row in rows]


def move(database: Database, cast: Cast, now: datetime, name: str, where: Where) -> list[str]:
    with database.writing() as session:
        row = session.exec(select(Waiting.id).where(Waiting.email == f"{name}@new.org")).one()
        waiting.move_on_waiting_list(session, cast.group_id, row, where, cast.alice, now)
    with database.reading() as session:
        return waiters(session, cast)


def fill_group(database: Database, cast: Cast, now: datetime) -> list[UUID]:
    people = [Invitee(f"p{number}@new.org", f"P{number}", "Novak") for number in (1, 2, 3)]
    with database.writing() as session:
        admitted = inviting.invite(session, cast.group_id, people, cast.alice, now)
    return [one.user_id for one in admitted if one.user_id]


def test_removing_someone_who_has_not_started_opens_the_seat_and_undoing_takes_it_again(
    database: Database, cast: Cast, now: datetime
) -> None:
    seat_bob(database, cast, now)
    with database.reading() as session:
        before = leaving.prospect(
            session, cast.group_id, cast.bob.user_id, cast.alice, ReclaimRule.NOT_STARTED
        )
    assert before.sentence == "Bob Marsh has opened 0 of 2 lessons, the seat is free to move."

    removed = remove(database, cast, now, cast.bob.user_id)

    assert removed.sentence == "Bob Marsh has left. Seat 1 is open again."
    assert removed.undo == "Put Bob Marsh back, which takes seat 1 or another open one"
    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["open", "open", "open"]
    assert take_back(database, cast, now, removed) == 1


def test_a_started_learners_seat_retires_and_putting_them_back_costs_no_other(
    database: Database, cast: Cast, now: datetime
) -> None:
    seat_bob(database, cast, now)
    with database.writing() as session:
        learn(session, cast.bob.user_id, "writing", now)

    removed = remove(database, cast, now + timedelta(hours=1), cast.bob.user_id)

    assert removed.sentence == "Bob Marsh has left. Seat 1 retired with them."
    assert "free of charge" in removed.undo
    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["retired", "open", "open"]
    assert take_back(database, cast, now + timedelta(hours=2), removed) == 1
    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["taken", "open", "open"]


@pytest.mark.parametrize(("rule", "state"), [("always", "open"), ("never", "retired")])
def test_the_site_can_choose_another_rule(
    database: Database, cast: Cast, now: datetime, rule: str, state: str
) -> None:
    seat_bob(database, cast, now)
    remove(database, cast, now, cast.bob.user_id, rule)
    with database.reading() as session:
        assert seat_states(session, cast.group_id)[0] == state


def test_a_seat_that_went_to_the_waiting_list_is_named_and_not_promised_back(
    database: Database, cast: Cast, now: datetime
) -> None:
    first, *_ = fill_group(database, cast, now)
    with database.writing() as session:
        wait(session, cast, now, "wes")

    removed = remove(database, cast, now, first)

    assert removed.sentence == (
        "P1 Novak has left. Seat 1 went to Wes Novak from the waiting list, "
        "so there is no seat to put P1 Novak back on."
    )
    assert removed.undo == ""
    with pytest.raises(NoSeatOpen):
        take_back(database, cast, now, removed)


def test_only_a_learner_of_the_group_who_left_is_put_back(
    database: Database, cast: Cast, now: datetime
) -> None:
    seat_bob(database, cast, now)
    with database.reading() as session:
        current = session.exec(select(Enrollment.id)).one()
    for impossible in (current, uuid4()):
        with pytest.raises(NotFound), database.writing() as session:
            people_form.take_back(session, cast.group_id, impossible, cast.alice, now)
    removed = remove(database, cast, now, cast.bob.user_id)
    take_back(database, cast, now, removed)
    with pytest.raises(Refusal, match="in the group already"):
        take_back(database, cast, now, removed)


@pytest.mark.parametrize("verdict", [Verdict.NEW, Verdict.ACCOUNT])
def test_a_swap_says_first_what_becomes_of_the_seat(verdict: Verdict) -> None:
    idle = Leaving("Ann", 0, 6, 5, seat_comes_back=True, has_begun=False)
    started = Leaving("Ann", 2, 6, 5, seat_comes_back=False, has_begun=True)

    says, possible = people_form.swap_says(verdict, idle, "d@x.org", 0)
    assert (says.startswith("d@x.org takes seat 5 from Ann. They"), possible) == (True, True)
    assert ("login" in says) == (verdict == Verdict.NEW)
    says, possible = people_form.swap_says(verdict, started, "d@x.org", 2)
    assert ("takes one of 2 open seats." in says, possible) == (True, True)
    says, possible = people_form.swap_says(verdict, started, "d@x.org", 0)
    assert ("Add seats first" in says, possible) == (True, False)
    assert not people_form.swap_says(Verdict.MEMBER, idle, "d@x.org", 3)[1]


def test_a_swap_without_a_seat_for_the_newcomer_changes_nothing(
    database: Database, cast: Cast, now: datetime
) -> None:
    first, *_ = fill_group(database, cast, now)
    with database.writing() as session:
        learn(session, first, "writing", now)
    with pytest.raises(NoSeatOpen), database.writing() as session:
        leaving.swap(
            session, cast.group_id, first, ("dan@new.org", "Dan", "Novak"), cast.alice, now
        )
    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["taken", "taken", "taken"]
        assert session.exec(select(User).where(User.email_key == "dan@new.org")).first() is None


def test_the_waiting_list_moves_up_down_and_to_the_front(
    database: Database, cast: Cast, now: datetime
) -> None:
    fill_group(database, cast, now)
    with database.writing() as session:
        wait(session, cast, now, "a", "b")
        wait(session, cast, now, "c", "d")

    assert move(database, cast, now, "c", Where.UP) == ["a", "c", "b", "d"]
    assert move(database, cast, now, "a", Where.DOWN) == ["c", "a", "b", "d"]
    assert move(database, cast, now, "d", Where.FRONT) == ["d", "c", "a", "b"]
    assert move(database, cast, now, "d", Where.FRONT) == ["d", "c", "a", "b"]
    assert move(database, cast, now, "d", Where.UP) == ["d", "c", "a", "b"]
    assert move(database, cast, now, "b", Where.DOWN) == ["d", "c", "a", "b"]
    with database.writing() as session:
        wait(session, cast, now, "e")
        assert waiters(session, cast) == ["d", "c", "a", "b", "e"]


def test_a_seat_that_comes_back_goes_to_whoever_was_moved_to_the_front(
    database: Database, cast: Cast, now: datetime
) -> None:
    first, *_ = fill_group(database, cast, now)
    with database.writing() as session:
        wait(session, cast, now, "a", "b", "c")
    move(database, cast, now, "c", Where.FRONT)

    removed = remove(database, cast, now, first)

    assert "went to C Novak" in removed.sentence
    with database.reading() as session:
        assert waiters(session, cast) == ["a", "b"]


def test_whoever_shares_a_position_with_others_moves_past_them_all(
    database: Database, cast: Cast, now: datetime
) -> None:
    fill_group(database, cast, now)
    with database.writing() as session:
        wait(session, cast, now, "a", "b", "c")
    with database.writing() as session:
        for row in session.exec(select(Waiting)):
            row.position = 0
    assert move(database, cast, now, "c", Where.UP) == ["c", "a", "b"]
    assert move(database, cast, now, "a", Where.DOWN) == ["c", "b", "a"]


def test_somebody_put_on_the_list_by_hand_waits_or_joins_at_once(
    database: Database, cast: Cast, now: datetime
) -> None:
    dan, eve = ToWait("dan@new.org", "Dan", "Novak"), ToWait("eve@new.org", "Eve", "Novak")
    with database.writing() as session:
        says = people_form.put_to_wait(session, cast.group_id, dan, cast.alice, now)
        assert says.startswith("A seat was open, so dan@new.org holds it now")
        assert waiters(session, cast) == []
    with database.writing() as session:
        people = [Invitee("x@new.org"), Invitee("y@new.org")]
        inviting.invite(session, cast.group_id, people, cast.alice, now)
    with database.writing() as session:
        says = people_form.put_to_wait(session, cast.group_id, eve, cast.alice, now)
        assert says == "eve@new.org waits, and gets a mail with the seat."
        assert waiters(session, cast) == ["eve"]
    for again, words in ((eve, "on the waiting list already"), (dan, "in the group already")):
        with pytest.raises(Refusal, match=words), database.writing() as session:
            people_form.put_to_wait(session, cast.group_id, again, cast.alice, now)


def test_the_list_is_read_a_page_at_a_time_with_true_places(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        wait(session, cast, now, *(f"n{number}" for number in range(7)))
        rows, total = waiting.waiting_list(session, cast.group_id, cast.alice, most=3, skip=3)
    assert ([(row.place, row.name) for row in rows], total) == (
        [(4, "N3 Novak"), (5, "N4 Novak"), (6, "N5 Novak")],
        7,
    )


@pytest.mark.parametrize("role", ["outsider", "learner", "operator", "reports"])
def test_nobody_else_manages_the_groups_people(
    database: Database, cast: Cast, now: datetime, role: str
) -> None:
    seat_bob(database, cast, now)
    who = {"operator": cast.olive, "learner": cast.bob}.get(role, cast.charlie)
    with database.writing() as session:
        if role == "reports":
            session.add(
                GroupLeader(group_id=cast.group_id, user_id=who.user_id, role=role, since=now)
            )
        wait(session, cast, now, "wes")
    with database.reading() as session:
        entry = session.exec(select(Waiting.id)).one()
        enrollment = session.exec(select(Enrollment.id)).one()
    group, bob, rule = cast.group_id, cast.bob.user_id, ReclaimRule.NOT_STARTED
    doings: list[Callable] = [  # type: ignore[type-arg]
        lambda session: leaving.prospect(session, group, bob, who, rule),
        lambda session: people_form.remove_and_tell(session, group, bob, who, now, rule),
        lambda session: people_form.take_back(session, group, enrollment, who, now),
        lambda session: people_form.put_to_wait(
            session, group, ToWait("d@x.org", "", ""), who, now
        ),
        lambda session: leaving.swap(session, group, bob, ("d@x.org", "", ""), who, now),
        lambda session: waiting.waiting_list(session, group, who),
        lambda session: waiting.move_on_waiting_list(session, group, entry, Where.FRONT, who, now),
        lambda session: waiting.take_off_waiting_list(session, group, entry, who, now),
    ]
    for do in doings:
        with pytest.raises(Refusal), database.writing() as session:
            do(session)
    with database.reading() as session:
        assert seat_states(session, cast.group_id) == ["taken", "open", "open"]
        assert waiters(session, cast) == ["wes"]


def test_the_trail_says_who_moved_and_put_back_whom(
    database: Database, cast: Cast, now: datetime
) -> None:
    seat_bob(database, cast, now)
    take_back(database, cast, now, remove(database, cast, now, cast.bob.user_id))
    with database.writing() as session:
        wait(session, cast, now, "a", "b")
    move(database, cast, now, "b", Where.FRONT)
    with database.reading() as session:
        kinds = set(
            session.exec(select(AuditEvent.kind).where(AuditEvent.actor_id == cast.alice.user_id))
        )
    assert {"removed", "put_back", "waiting", "waiting_moved"} <= kinds

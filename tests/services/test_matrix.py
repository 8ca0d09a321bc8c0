"""The matrix: what stands in it, how it is cut and sorted, and who may see it."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import select

from grouplic.adapters.database import Database
from grouplic.domain.groups import Enrollment, LeaderRole
from grouplic.domain.performance import Cut, Order, Stand
from grouplic.domain.refusals import NotFound
from grouplic.services import due_dates, leaving
from grouplic.services.looking import Looking
from grouplic.services.matrix import Matrix, matrix
from tests.cast import Cast
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


def look(database: Database, group, actor, now: datetime, **asked) -> Matrix:
    with database.reading() as session:
        return matrix(session, group.id, Looking(**asked), actor, now)


def names(found: Matrix) -> list[str]:
    return [row.name.split()[0] for row in found.rows]


@pytest.fixture
def a_class(database: Database, cast: Cast, now: datetime):
    """Dan is done, Eve fails, Fay is stuck, Gil goes on, Bob has not started."""
    group = open_class(database, cast, now)
    joined = now - timedelta(days=30)
    dan, eve, fay, gil = (
        newcomer(database, group, n, joined) for n in ("dan", "eve", "fay", "gil")
    )
    enroll(database, group, cast.bob, joined)
    complete(database, dan, "writing", now - timedelta(days=11))
    complete(database, dan, "privacy", now - timedelta(days=10))
    read(database, eve, "writing", 1, now - timedelta(days=3))
    for attempt in range(3):
        try_quiz(
            database, eve, "writing", False, now - timedelta(days=3) + timedelta(hours=attempt)
        )
    read(database, fay, "privacy", 1, now - timedelta(days=9))
    read(database, gil, "writing", 1, now - timedelta(hours=2))
    return group


def test_every_learner_stands_in_the_matrix_with_figures_of_each_module(
    database: Database, cast: Cast, a_class, now: datetime
) -> None:
    found = look(database, a_class, cast.alice, now, order=Order.NAME, descending=False)

    assert [(row.name.split()[0], row.total.stand) for row in found.rows] == [
        ("Bob", Stand.NOT_STARTED),
        ("Dan", Stand.DONE),
        ("Eve", Stand.FAILED),
        ("Fay", Stand.STUCK),
        ("Gil", Stand.IN_PROGRESS),
    ]
    assert (found.figures.learners, found.figures.median_score) == (5, 0)
    dan, eve, fay = found.rows[1], found.rows[2], found.rows[3]
    assert [(cell.percent, cell.score, cell.attempts, cell.seconds) for cell in dan.cells] == [
        (100, 100, 1, 30),
        (100, 100, 1, 30),
    ]
    assert [(cell.stand, cell.percent, cell.attempts) for cell in eve.cells] == [
        (Stand.FAILED, 33, 3),
        (Stand.NOT_STARTED, 0, 0),
    ]
    assert fay.stuck_at == "lesson 2"


@pytest.mark.parametrize(
    ("cut", "expected"),
    [
        (Cut.NOT_STARTED, ["Bob"]),
        (Cut.IN_PROGRESS, ["Gil"]),
        (Cut.STUCK, ["Fay"]),
        (Cut.DONE, ["Dan"]),
        (Cut.FAILED, ["Eve"]),
        (Cut.OVERDUE, ["Bob", "Eve", "Fay", "Gil"]),
    ],
)
def test_the_list_is_cut(
    database: Database, cast: Cast, a_class, now: datetime, cut: Cut, expected: list[str]
) -> None:
    earlier = now - timedelta(days=5)
    with database.writing() as session:
        due_dates.set_due_date(
            session,
            a_class.id,
            module_id(database, "writing"),
            earlier.date().isoformat(),
            (),
            cast.alice,
            earlier,
        )
    found = look(database, a_class, cast.alice, now, cut=cut, order=Order.NAME, descending=False)

    assert (names(found), found.found) == (expected, len(expected))
    late = {row.name for row in look(database, a_class, cast.alice, now).rows if row.overdue}
    assert {name.split()[0] for name in late} == {"Bob", "Eve", "Fay", "Gil"}


def test_whoever_has_read_it_all_and_not_passed_yet_is_overdue(
    database: Database, cast: Cast, now: datetime
) -> None:
    group, earlier = open_class(database, cast, now), now - timedelta(days=5)
    hal = newcomer(database, group, "hal", now - timedelta(days=30))
    read(database, hal, "writing", 1, now - timedelta(days=3))
    read(database, hal, "writing", 2, now - timedelta(days=3))
    module, day = module_id(database, "writing"), earlier.date().isoformat()
    with database.writing() as session:
        due_dates.set_due_date(session, group.id, module, day, (), cast.alice, earlier)

    def overdue() -> tuple[list[str], list[bool]]:
        every, late = (
            look(database, group, cast.alice, now, cut=cut) for cut in (None, Cut.OVERDUE)
        )
        return names(late), [row.overdue for row in every.rows]

    assert overdue() == (["Hal"], [True])
    try_quiz(database, hal, "writing", True, now - timedelta(days=1))
    assert overdue() == ([], [False])


def test_all_lessons_read_are_not_a_hundred_percent_while_the_quiz_is_open(
    database: Database, cast: Cast, now: datetime
) -> None:
    elsewhere, group = open_class(database, cast, now), open_class(database, cast, now)
    reader = newcomer(database, group, "hal", now - timedelta(days=30))
    enroll(database, elsewhere, cast.bob, now - timedelta(days=30))
    try_quiz(database, cast.bob, "writing", True, now - timedelta(days=20))
    enroll(database, group, cast.bob, now - timedelta(days=10))
    for lesson in (1, 2):
        read(database, reader, "writing", lesson, now - timedelta(days=3))
    read(database, cast.bob, "writing", 1, now - timedelta(days=3))

    def progress() -> list[tuple[str, int, int]]:
        found = look(database, group, cast.alice, now, order=Order.PROGRESS)
        return [
            (row.name.split()[0], row.cells[0].percent, row.total.percent) for row in found.rows
        ]

    # Two lessons and a quiz: a quiz that was passed before joining is as good as a lesson.
    assert sorted(progress()) == [("Bob", 66, 33), ("Hal", 66, 33)]
    try_quiz(database, reader, "writing", False, now - timedelta(days=2))
    assert ("Hal", 66, 33) in progress()
    try_quiz(database, reader, "writing", True, now - timedelta(days=1))
    assert progress() == [("Hal", 100, 50), ("Bob", 66, 33)]


def test_one_module_has_figures_and_cuts_of_its_own(
    database: Database, cast: Cast, a_class, now: datetime
) -> None:
    found = look(database, a_class, cast.alice, now, module="privacy", order=Order.PROGRESS)
    assert names(found)[:2] == ["Dan", "Fay"]
    cut = look(database, a_class, cast.alice, now, module="privacy", cut=Cut.NOT_STARTED)
    assert sorted(names(cut)) == ["Bob", "Eve", "Gil"]


@pytest.mark.parametrize(
    ("order", "first"),
    [
        (Order.PROGRESS, "Dan"),
        (Order.SCORE, "Dan"),
        (Order.ATTEMPTS, "Eve"),
        (Order.TIME, "Dan"),
        (Order.ACTIVITY, "Gil"),
        (Order.NAME, "Gil"),
    ],
)
def test_the_list_is_sorted_and_what_has_no_value_comes_last(
    database: Database, cast: Cast, a_class, now: datetime, order: Order, first: str
) -> None:
    assert names(look(database, a_class, cast.alice, now, order=order))[0] == first
    turned = names(look(database, a_class, cast.alice, now, order=order, descending=False))
    if order in (Order.SCORE, Order.ACTIVITY):
        assert turned[-1] in ("Bob", "Fay", "Gil")


def test_a_search_finds_names_and_addresses_and_takes_wildcards_as_they_are(
    database: Database, cast: Cast, a_class, now: datetime
) -> None:
    assert names(look(database, a_class, cast.alice, now, search="DAN MA")) == ["Dan"]
    assert names(look(database, a_class, cast.alice, now, search="fay@north")) == ["Fay"]
    assert names(look(database, a_class, cast.alice, now, search="%")) == []


def test_who_has_left_is_gone_and_who_awaits_confirmation_shows_nothing(
    database: Database, cast: Cast, a_class, now: datetime
) -> None:
    with database.writing() as session:
        dan = session.exec(
            select(Enrollment).where(Enrollment.group_id == a_class.id).order_by(Enrollment.id)
        ).all()
        leaving.remove(session, a_class.id, dan[0].user_id, cast.alice, now)
        gil = session.get_one(Enrollment, dan[3].id)
        gil.awaits_claim = True
    found = look(database, a_class, cast.alice, now, order=Order.NAME, descending=False)

    assert names(found) == ["Bob", "Eve", "Fay", "Gil"]
    assert found.rows[-1].total.stand == Stand.AWAITS
    assert found.rows[-1].total.last_activity_at is None
    assert {cell.percent for cell in found.rows[-1].cells} == {0}
    assert found.figures.learners == 3
    assert names(look(database, a_class, cast.alice, now, cut=Cut.IN_PROGRESS)) == []


def test_outsiders_and_learners_see_nothing_and_a_reports_only_leader_sees_it(
    database: Database, cast: Cast, a_class, now: datetime
) -> None:
    for stranger in (cast.charlie, cast.bob):
        with pytest.raises(NotFound):
            look(database, a_class, stranger, now)
    lead(database, a_class, cast.charlie, LeaderRole.REPORTS, now)
    assert look(database, a_class, cast.charlie, now).found == 5


@pytest.mark.parametrize(
    "sent",
    [
        {"cut": {"evil": 1}, "order": "x; drop", "page": "-1", "search": None},
        {"page": "999999999", "module": ["a"], "descending": 5},
        {},
    ],
)
def test_whatever_a_client_asks_for_is_a_question_or_is_left_out(
    database: Database, cast: Cast, a_class, now: datetime, sent: dict
) -> None:
    with database.reading() as session:
        found = matrix(session, a_class.id, Looking.read(sent), cast.alice, now)
    assert found.page == 1

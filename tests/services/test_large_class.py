"""10,000 learners in six modules: as many queries as for a hundred, and each by an index."""

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from tempfile import TemporaryFile

import pytest
from openpyxl import load_workbook
from sqlalchemy import event, text

from grouplic.adapters.database import Database
from grouplic.domain.performance import Cut, Order
from grouplic.services.looking import Looking
from grouplic.services.matrix import matrix
from grouplic.services.reports import as_csv, as_xlsx, class_to_report, part_to_report
from grouplic.services.seat_map import seat_map
from tests.big_class import BigClass, fill_class
from tests.cast import invite_the_cast
from tests.conftest import NOW

LEARNERS = 10_000
LOOKS = (
    Looking(),
    Looking(order=Order.SCORE, page=200),
    Looking(order=Order.PROGRESS, page=200),
    Looking(order=Order.NAME, descending=False),
    Looking(cut=Cut.STUCK),
    Looking(search="number77"),
    Looking(module="module-2", order=Order.TIME),
)


@pytest.fixture(scope="module")
def classes(module_database: Database) -> tuple[Database, BigClass, BigClass]:
    """A class of a hundred and one of ten thousand, in one database."""
    database = module_database
    cast = invite_the_cast(database, NOW)
    small = fill_class(database, cast.alice, 100, NOW)
    large = fill_class(database, cast.alice, LEARNERS, NOW)
    with database.engine.connect() as connection:
        # As the server does by itself after a while: what it knows decides how it looks.
        connection.execute(text("ANALYZE"))
        connection.commit()
    return database, small, large


@contextmanager
def statements(database: Database) -> Iterator[list[tuple[str, object]]]:
    heard: list[tuple[str, object]] = []

    def hear(_connection, _cursor, statement, parameters, _context, _many) -> None:  # type: ignore[no-untyped-def]
        if statement != "BEGIN":
            heard.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", hear)
    yield heard
    event.remove(database.engine, "before_cursor_execute", hear)


def look(database: Database, one: BigClass, looking: Looking, now: datetime = NOW):  # type: ignore[no-untyped-def]
    with database.reading() as session:
        return matrix(session, one.group_id, looking, one.leader, now)


@pytest.mark.parametrize("looking", LOOKS, ids=repr)
def test_the_number_of_queries_does_not_depend_on_the_size_of_the_class(classes, looking) -> None:
    database, small, large = classes
    with statements(database) as few:
        look(database, small, looking)
    with statements(database) as many:
        found = look(database, large, looking)

    assert len(many) == len(few) == 9
    assert len(found.rows) == 25
    assert found.figures.learners == LEARNERS


@pytest.mark.parametrize("looking", LOOKS, ids=repr)
def test_every_query_goes_by_an_index(classes, looking) -> None:
    database, _, large = classes
    if not database.is_sqlite:
        # PostgreSQL reads a table whole where most of it is wanted, and rightly so.
        pytest.skip("The plan is chosen by costs there")
    with statements(database) as heard:
        look(database, large, looking)
    connection = database.engine.raw_connection()
    plans = [
        str(step[3])
        for statement, parameters in heard
        for step in connection.cursor().execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
    ]
    connection.close()

    large_tables = ("enrollment", "enrollment_progress", "enrollment_summary", "lesson_progress")
    scanned = [
        plan for plan in plans if plan.split()[:2] in [["SCAN", one] for one in large_tables]
    ]
    assert scanned == []
    assert any("ix_enrollment_summary_score" in plan for plan in plans)


def test_the_picture_of_many_seats_is_counted_and_not_loaded(classes) -> None:
    database, small, large = classes
    with statements(database) as few, database.reading() as session:
        tiles = seat_map(session, small.group_id, small.leader)
    with statements(database) as many, database.reading() as session:
        bar = seat_map(session, large.group_id, large.leader)

    assert (bar.bought, bar.taken, bar.seats) == (LEARNERS, LEARNERS, "")
    assert bar.completed > 0
    assert tiles.seats.count("|") == 99
    assert len(many) <= len(few)


def test_a_file_of_ten_thousand_learners_is_written_as_it_is_read(classes) -> None:
    database, _, large = classes
    with database.reading() as session:
        klass = class_to_report(session, large.group_id, large.leader, NOW)
    lines = as_csv(database, klass, Looking())
    with statements(database) as heard:
        for _ in range(100):
            next(lines)

    assert len(heard) == 5  # those of the first 500 learners
    assert 100 + sum(1 for _ in lines) == LEARNERS + 2  # the mark of UTF-8, the header


def test_a_report_lists_the_first_of_those_who_fit_on_whatever_page_the_table_is(classes) -> None:
    database, _, large = classes
    looking = Looking(search="number77", order=Order.NAME, descending=False, page=2)
    with database.reading() as session:
        klass = class_to_report(session, large.group_id, large.leader, NOW)
        part = part_to_report(session, klass, looking, 40)

    assert part.how_many == "the first 40 of 111 who fit, of 10,000 in all"
    names = [row.name.lower() for row in part.learners]
    assert names == sorted(names)
    assert part.learners[0].name == "Learner0 Number776"


@pytest.mark.short_form_on("sqlite")
def test_a_workbook_of_ten_thousand_learners_is_whole_and_does_not_fill_memory(classes) -> None:
    database, _, large = classes
    with database.reading() as session:
        klass = class_to_report(session, large.group_id, large.leader, NOW)
    with TemporaryFile() as file:
        tracemalloc.start()
        file.writelines(as_xlsx(database, klass, Looking()))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        sheet = load_workbook(file, read_only=True).active
        header, *rows = sheet.iter_rows(max_col=5, values_only=True)

    assert header == ("name", "email", "joined", "overdue", "state")
    assert {row[1] for row in rows} == {
        f"learner-{number}@{large.group_id.hex[-12:]}.big.org" for number in range(LEARNERS)
    }
    assert len(rows) == LEARNERS
    assert peak < 12_000_000


@pytest.mark.parametrize("write", [as_csv, as_xlsx])
def test_a_file_of_thousands_does_not_fill_memory(classes, write) -> None:
    database, _, large = classes
    with database.reading() as session:
        klass = class_to_report(session, large.group_id, large.leader, NOW)
    tracemalloc.start()
    sent = sum(len(chunk) for chunk in write(database, klass, Looking(cut=Cut.STUCK)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert sent > 200_000
    assert peak < 12_000_000

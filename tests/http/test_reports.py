"""Reports over HTTP, and unsubscribing by one click."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email import policy
from email.parser import BytesParser

import pypdfium2
import pytest
from openpyxl import load_workbook
from sqlmodel import select
from starlette.applications import Starlette
from starlette.testclient import TestClient

from grouplic.adapters.database import Database
from grouplic.adapters.mail.rendering import render
from grouplic.adapters.secrets import DerivedTokens
from grouplic.domain.groups import LeaderRole
from grouplic.domain.people import User
from grouplic.domain.records import Mail
from grouplic.domain.reminding import Unsubscription
from grouplic.http.cookies import HashedSessionCookie
from grouplic.http.reports import report_routes
from grouplic.http.security import Gate
from grouplic.http.unsubscribing import unsubscribe_routes
from grouplic.services import outbox, reminders, sessions
from grouplic.services.actors import Actor
from grouplic.services.reminder_needs import Need
from grouplic.wiring import outside
from tests.cast import Cast
from tests.classroom import complete, enroll, lead, newcomer, open_class

SITE = "https://learn.example"


@pytest.fixture
def browser(database: Database, now: datetime) -> Iterator[TestClient]:
    world = replace(
        outside(), database=database, clock=lambda: now, public_url=SITE, tokens=DerivedTokens("x")
    )
    routes = [*report_routes(world), *unsubscribe_routes(world)]
    app = HashedSessionCookie(Gate(Starlette(routes=routes)), world.cookie_name)
    with TestClient(app, base_url="http://localhost", follow_redirects=False) as client:
        yield client


def sign_in(browser: TestClient, database: Database, who: Actor, now: datetime) -> None:
    with database.writing() as session:
        user = session.get_one(User, who.user_id)
        cookie = sessions.open_session(session, user, "a test", timedelta(days=1), now)
    browser.cookies.set("grouplic", cookie)


@pytest.fixture
def a_class(database: Database, cast: Cast, now: datetime):  # type: ignore[no-untyped-def]
    group = open_class(database, cast, now)
    enroll(database, group, cast.bob, now - timedelta(days=20))
    dan = newcomer(database, group, "dan", now - timedelta(days=20))
    complete(database, dan, "writing", now - timedelta(days=2))
    with database.writing() as session:
        session.get_one(User, dan.user_id).first_name = "=HYPERLINK(1)"
        session.get_one(User, cast.bob.user_id).first_name = "Боб 明"
    return group


@pytest.mark.parametrize("file", ["learners.csv", "learners.xlsx", "report.pdf"])
def test_nobody_is_asked_to_sign_in_and_an_outsider_finds_nothing(
    browser: TestClient, database: Database, cast: Cast, a_class, now: datetime, file: str
) -> None:
    path = f"/reports/{a_class.id}/{file}"
    assert browser.get(path).status_code == 401
    sign_in(browser, database, cast.charlie, now)
    assert browser.get(path).status_code == 404
    assert browser.get(f"/reports/x/{file}").status_code == 404
    lead(database, a_class, cast.charlie, LeaderRole.REPORTS, now)
    assert browser.get(path).status_code == 200


def test_a_csv_holds_what_is_filtered_and_no_formula(
    browser: TestClient, database: Database, cast: Cast, a_class, now: datetime
) -> None:
    sign_in(browser, database, cast.alice, now)
    path = f"/reports/{a_class.id}/learners.csv"
    rows = list(csv.DictReader(io.StringIO(browser.get(path).text.lstrip("\ufeff"))))
    assert [row["name"] for row in rows] == ["Боб 明 Marsh", "'=HYPERLINK(1) Marsh"]
    assert (rows[1]["Writing: progress %"], rows[1]["Writing: score %"]) == ("100", "100")
    filtered = browser.get(path, params={"cut": "not_started"}).text.lstrip("\ufeff")
    assert [row["email"] for row in csv.DictReader(io.StringIO(filtered))] == ["bob@northlab.org"]


def test_a_search_with_what_no_database_holds_is_read_without_it(
    browser: TestClient, database: Database, cast: Cast, a_class, now: datetime
) -> None:
    sign_in(browser, database, cast.alice, now)
    answer = browser.get(f"/reports/{a_class.id}/learners.csv", params={"search": "b\x00ob"})
    rows = csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff")))
    assert [row["email"] for row in rows] == ["bob@northlab.org"]


def test_a_workbook_holds_the_same_as_text(
    browser: TestClient, database: Database, cast: Cast, a_class, now: datetime
) -> None:
    sign_in(browser, database, cast.alice, now)
    data = browser.get(f"/reports/{a_class.id}/learners.xlsx").content
    sheet = load_workbook(io.BytesIO(data)).active
    cells = next(iter(sheet.iter_rows(min_row=3, max_row=3)))
    assert (cells[0].value, cells[0].data_type) == ("=HYPERLINK(1) Marsh", "s")


def test_the_report_is_a_pdf_with_its_fonts_inside(
    browser: TestClient, database: Database, cast: Cast, a_class, now: datetime
) -> None:
    sign_in(browser, database, cast.alice, now)
    answer = browser.get(f"/reports/{a_class.id}/report.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")
    assert answer.content.count(b"/FontFile2") >= 2


def text_of(data: bytes) -> str:
    pages = (page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data))
    return " ".join(" ".join(pages).split())


@pytest.fixture
def report(browser: TestClient, database: Database, cast: Cast, a_class, now: datetime):  # type: ignore[no-untyped-def]
    """The text of the report for what Alice asked for in the table: before its learners, and on."""
    for name in ("eve", "fay"):
        newcomer(database, a_class, name, now - timedelta(days=20))
    sign_in(browser, database, cast.alice, now)

    def read_report(**asked: str) -> tuple[str, str]:
        answer = browser.get(f"/reports/{a_class.id}/report.pdf", params=asked)
        assert answer.status_code == 200
        head, _, learners = text_of(answer.content).rpartition(" Learners ")
        return head, learners

    return read_report


def test_a_report_lists_who_fits_and_says_who_that_is(report) -> None:
    head, learners = report(cut="not_started", search="E", module="writing", page="7")
    said = "Not started · “E” in name or email · figures of Writing"
    assert f"Learners listed: 1 of 4 · {said}" in head
    assert "All other figures are of the whole class." in head
    assert learners.startswith(f"(1 of 4) {said}")
    assert [name for name in ("Eve", "Fay", "Боб", "HYPERLINK") if name in learners] == ["Eve"]

    head, learners = report(search="no\x00body")
    assert "Learners listed: 0 of 4 · “nobody” in name or email" in head
    assert "Marsh" not in learners


def test_a_report_keeps_the_order_of_the_table_and_goes_by_name_without_one(report) -> None:
    def names(**asked: str) -> list[str]:
        _, learners = report(**asked)
        return sorted(("Eve", "Fay", "Боб", "=HYPER"), key=learners.index)

    assert names(order="name", descending="True") == ["Боб", "Fay", "Eve", "=HYPER"]
    assert names(order="progress", descending="True")[0] == "=HYPER"
    assert names(order="progress", descending="False")[-1] == "=HYPER"
    assert names() == ["=HYPER", "Eve", "Fay", "Боб"]
    head, _ = report()
    assert "Learners listed: 4 of 4" in head
    assert "All other figures" not in head


def test_a_report_says_who_had_completed_everything_before_joining(
    report, database: Database, cast: Cast, a_class, now: datetime
) -> None:
    note = "1 learner had completed all modules before joining"
    assert note not in report()[0]
    elsewhere = open_class(database, cast, now)
    gil = newcomer(database, elsewhere, "gil", now - timedelta(days=50))
    for module in ("writing", "privacy"):
        complete(database, gil, module, now - timedelta(days=40))
    enroll(database, a_class, gil, now - timedelta(days=20))
    assert note in report()[0]


@pytest.fixture
def reminder(database: Database, cast: Cast, a_class, now: datetime):  # type: ignore[no-untyped-def]
    """The reminder that Bob gets, as a mail server would see it."""
    with database.writing() as session:
        reminders.remind(session, a_class.id, Need.NOT_STARTED, cast.alice, now)
        mail_id = session.exec(select(Mail.id).where(Mail.template == "reminder")).one()

    def rendered() -> bytes:
        with database.reading() as session:
            letter = outbox.letter(session, mail_id, DerivedTokens("x"), SITE)
        assert letter is not None
        return render(letter, "Grouplic <hello@grouplic.example>").as_bytes(policy=policy.SMTP)

    return rendered


def link_in(data: bytes) -> str:
    address = str(BytesParser(policy=policy.default).parsebytes(data)["List-Unsubscribe"])
    return address.strip("<>").removeprefix(SITE)


def test_a_reminder_carries_both_headers_and_is_the_same_bytes_again(reminder) -> None:
    data = reminder()
    assert data == reminder()
    lines = data.decode().split("\r\n")
    (address,) = [line for line in lines if line.startswith("List-Unsubscribe:")]
    assert address.startswith(f"List-Unsubscribe: <{SITE}/unsubscribe/reminders/")
    assert address.endswith(">")
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines


def test_one_click_unsubscribes_without_a_cookie_and_a_second_changes_nothing(
    browser: TestClient, database: Database, cast: Cast, reminder
) -> None:
    path = link_in(reminder())
    assert browser.get(path).headers["location"].startswith("/unsubscribe?kind=reminders")
    with database.reading() as session:
        assert session.exec(select(Unsubscription)).all() == []
    for _ in range(2):
        answer = browser.post(path, data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    with database.reading() as session:
        (one,) = session.exec(select(Unsubscription)).all()
        assert one.user_id == cast.bob.user_id
    assert browser.post(path, data={"again": "1"}).status_code == 303
    with database.reading() as session:
        assert session.exec(select(Unsubscription)).all() == []


def test_a_link_that_was_changed_unsubscribes_nobody(
    browser: TestClient, database: Database, cast: Cast, reminder
) -> None:
    path = link_in(reminder())
    kind, group, user, token = path.split("/")[2:]
    for wrong in (
        f"/unsubscribe/{kind}/{group}/{cast.alice.user_id}/{token}",
        f"/unsubscribe/weekly_summary/{group}/{user}/{token}",
        f"/unsubscribe/{kind}/{group}/{user}/{token[:-1]}",
        "/unsubscribe/a/b/c/é",
    ):
        answer = browser.post(wrong, data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 404
    with database.reading() as session:
        assert session.exec(select(Unsubscription)).all() == []

"""Upload a CSV File: chosen, shown as a dry run, fixed, imported while the page watches."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import openpyxl
import pytest
from playwright.sync_api import FilePayload, Page, Route, expect

from grouplic.demo import PASSWORD
from scripts.demo_site import settled
from tests.e2e.conftest import Postman
from tests.e2e.own_group import buy_group

pytestmark = pytest.mark.e2e

SUPPLIED = "copper lantern meadow"


@pytest.fixture
def alice(person: Callable[..., Page]) -> Page:
    page = person()
    page.goto("/sign-in?next=/my-teaching")
    page.get_by_label("Email").fill("alice@northlab.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name=re.compile("Northlab autumn intake")).click()
    page.get_by_text("Users", exact=True).click()
    page.locator(".menu.users").get_by_role("link", name="Upload a CSV File").click()
    return page


def choose(page: Page, text: str, encoding: str = "cp1252") -> None:
    file: FilePayload = {
        "name": "staff.csv",
        "mimeType": "text/csv",
        "buffer": text.encode(encoding),
    }
    page.locator("input[name=file]").set_input_files(file)


def choose_workbook(page: Page, *rows: tuple[str, str]) -> None:
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in (("user_email", "first_name"), *rows):
        book.active.append(row)
    book.save(file)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    workbook: FilePayload = {"name": "staff.xlsx", "mimeType": kind, "buffer": file.getvalue()}
    page.locator("input[name=file]").set_input_files(workbook)


def test_a_file_becomes_learners_and_one_signs_in_with_the_supplied_password(
    alice: Page, person: Callable[..., Page], post: Postman
) -> None:
    tag = uuid4().hex[:6]
    zola = f"emile-{tag}@upload.org"
    choose(
        alice,
        "Last name;E-Mail;user_pass;First name;username\r\n"
        f"Zola;{zola};{SUPPLIED};Émile;ez\r\n"
        "Lee;ann@northlab.example;;Ann;\r\n"
        f"Ak;deniz-{tag}@upload;;Deniz;\r\n",
    )
    expect(alice.get_by_role("heading", name="3 rows read, 2 ready.")).to_be_visible()
    expect(alice.get_by_text("Émile Zola")).to_be_visible()
    expect(alice.get_by_text("semicolons, windows-1252")).to_be_visible()
    expect(alice.get_by_text("ignored: username")).to_be_visible()
    expect(alice.get_by_text("The part after @ has no dot")).to_be_visible()

    field = alice.get_by_label("Email on line 4")
    field.fill(f"deniz-{tag}@upload.org")
    field.blur()
    expect(alice.get_by_role("heading", name="3 rows read, 3 ready.")).to_be_visible()
    alice.get_by_role("button", name="Import", exact=True).click()
    expect(alice.get_by_role("heading", name="2 people joined.")).to_be_visible()

    # The mail never carries the password that the leader supplied.
    assert SUPPLIED not in post.text_for(zola)
    emile = person()
    emile.goto("/sign-in")
    emile.get_by_label("Email").fill(zola)
    emile.get_by_label("Password").fill(SUPPLIED)
    emile.get_by_role("button", name="Sign in").click()
    expect(emile.get_by_text("Please choose your own password")).to_be_visible()


def test_a_file_that_is_none_is_refused_in_words(alice: Page) -> None:
    choose(alice, "%PDF-1.7 nothing to see")
    expect(alice.get_by_text("This is a PDF.")).to_be_visible()


def test_how_it_was_read_is_shown_and_can_be_changed_columns_too(alice: Page) -> None:
    address = f"emile-{uuid4().hex[:6]}@upload.org"
    choose(alice, f"contact;given\r\n{address};Émile\r\n", "mac_roman")
    # No column is recognized: what was understood is open to be changed, and asks for no file.
    expect(alice.get_by_text("No column is called user_email.")).to_be_visible()
    alice.get_by_label("Email", exact=True).select_option("contact")
    expect(alice.get_by_role("heading", name="1 row read, 1 ready.")).to_be_visible()
    alice.get_by_label("First name", exact=True).select_option("given")
    rows = alice.get_by_role("table", name="Rows of the file")
    expect(rows.get_by_text("Émile", exact=True)).to_have_count(0)
    alice.get_by_label("Encoding").select_option("mac-roman")
    expect(rows.get_by_text("Émile", exact=True)).to_be_visible()
    preview = alice.get_by_role("region", name="Preview")
    expect(preview.get_by_role("cell", name="Émile")).to_be_visible()


def test_a_file_dropped_anywhere_on_the_page_is_read(alice: Page) -> None:
    alice.wait_for_selector("form[data-send-file]")
    drop = """async (text) => {
        const data = new DataTransfer()
        data.items.add(new File([text], "dropped.csv", {type: "text/csv"}))
        for (const type of ["dragover", "drop"])
            document.body.dispatchEvent(
                new DragEvent(type, {dataTransfer: data, bubbles: true, cancelable: true}))
    }"""
    alice.evaluate(drop, f"email\nx-{uuid4().hex[:6]}@upload.org\n")
    expect(alice.get_by_role("heading", name="1 row read, 1 ready.")).to_be_visible()
    expect(alice.get_by_text("dropped.csv")).to_be_visible()


def test_names_and_a_refused_password_are_fixed_on_the_page(alice: Page) -> None:
    tag = uuid4().hex[:6]
    choose(
        alice,
        "user_email,user_pass,first_name\r\n"
        f"gus-{tag}@upload.org,password123456,Gus\r\n"
        f"ann-{tag}@gmial.com,,Ann\r\n",
    )
    # It is judged after the dry run has appeared, by the rules for passwords.
    expect(alice.get_by_text("Three or four unrelated words work well.")).to_be_visible()
    expect(alice.get_by_role("heading", name="2 rows read, 1 ready.")).to_be_visible()
    alice.get_by_label("New password on line 2").fill(SUPPLIED)
    alice.get_by_label("New password on line 2").press("Enter")
    expect(alice.get_by_role("heading", name="2 rows read, 2 ready.")).to_be_visible()
    alice.get_by_label("Last name on line 2").fill("Berg")
    alice.get_by_label("Last name on line 2").press("Enter")
    alice.get_by_role("button", name="Done line 2").click()
    expect(alice.get_by_text("Gus Berg")).to_be_visible()
    alice.get_by_role("button", name=f"Use it ann-{tag}@gmail.com").click()
    expect(alice.get_by_text(f"ann-{tag}@gmail.com")).to_be_visible()


def test_a_file_chosen_before_the_script_came_is_read(alice: Page) -> None:
    late: list[Route] = []
    alice.route("**/uploads.js", lambda route: late.append(route))
    alice.wait_for_url("**/upload")
    alice.reload(wait_until="commit")
    settled(alice)
    choose(alice, f"email\r\nearly-{uuid4().hex[:6]}@upload.org\r\n")

    late.pop().continue_()

    expect(alice.get_by_role("heading", name="1 row read, 1 ready.")).to_be_visible()


def test_too_large_a_file_is_refused_in_words_before_it_is_sent(
    alice: Page, tmp_path: Path
) -> None:
    file = tmp_path / "large.csv"
    file.write_bytes(b"email\n" + b"a@x.org\n" * 3_200_000)
    alice.locator("input[name=file]").set_input_files(file)
    expect(alice.get_by_role("alert").get_by_text("larger than 25 MB")).to_be_visible()


def test_missing_seats_are_bought_and_the_file_waits(alice: Page) -> None:
    lines = "".join(f"p{number}-{uuid4().hex[:6]}@upload.org\r\n" for number in range(40))
    choose(alice, "email\r\n" + lines)
    expect(alice.get_by_text("40 people need a seat")).to_be_visible()
    alice.get_by_role("link", name=re.compile(r"Add \d+ seats, \$")).click()
    expect(alice.get_by_role("heading", name=re.compile("More seats for"))).to_be_visible()
    missing = int(alice.get_by_label("Number of seats").input_value())
    assert 40 - 30 <= missing <= 40
    alice.get_by_role("button", name="Continue to payment").click()
    alice.get_by_role("button", name="Pay", exact=True).click()
    alice.get_by_role("link", name="Go on with staff.csv").click()
    expect(alice.get_by_role("heading", name="40 rows read, 40 ready.")).to_be_visible()
    alice.get_by_role("button", name="Import", exact=True).click()
    expect(alice.get_by_role("heading", name="40 people joined.")).to_be_visible()
    with alice.expect_download() as download:
        alice.get_by_role("link", name="Download the receipt").click()
    receipt = download.value.path().read_text("utf-8-sig")
    assert receipt.count("Account made, seat taken") == 40

    alice.get_by_role("button", name="Undo this import …").click()
    expect(alice.get_by_text("40 people leave the group")).to_be_visible()
    alice.get_by_role("button", name="Undo the import").click()
    expect(alice.get_by_role("heading", name="The import was taken back.")).to_be_visible()


def test_a_workbook_with_too_many_people_leaves_some_out_or_lets_them_wait(
    person: Callable[..., Page],
) -> None:
    page, tag = person(), uuid4().hex[:6]
    group = buy_group(page, f"Section {tag}", 2)
    page.goto(f"{group}/upload")
    people = [(f"{name}-{tag}@upload.org", name.title()) for name in ("ann", "bo", "cleo")]
    choose_workbook(page, *people, (f"dan-{tag}@upload", "Dan"))
    expect(page.get_by_role("heading", name="4 rows read, 3 ready.")).to_be_visible()
    expect(page.get_by_text("Excel workbook")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the rows with their reasons").click()
    header, *bad = download.value.path().read_text("utf-8-sig").splitlines()
    assert header.endswith("line,reason")
    assert bad == [f"dan-{tag}@upload,,Dan,,5,The part after @ has no dot"]

    rows = page.get_by_role("table", name="Rows of the file")
    page.get_by_role("button", name="Import 2, leave out 1").click()
    expect(page.get_by_role("heading", name="2 people joined.")).to_be_visible()
    expect(rows.get_by_role("row", name="Cleo")).to_contain_text("No seat was left")
    page.get_by_role("button", name="Undo this import …").click()
    page.get_by_role("button", name="Undo the import").click()
    expect(page.get_by_role("heading", name="The import was taken back.")).to_be_visible()

    choose_workbook(page, *people)
    page.get_by_role("button", name="Import 2, 1 wait").click()
    expect(page.get_by_role("heading", name="2 people joined.")).to_be_visible()
    expect(rows.get_by_role("row", name="Cleo")).to_contain_text("On the waiting list")
    page.goto(f"{group}/people")
    expect(page.locator(".waiters li b:not(.place)")).to_have_text(["Cleo"])


def test_a_sample_file_can_be_downloaded(alice: Page) -> None:
    with alice.expect_download() as download:
        alice.get_by_role("link", name="Download a sample file").click()
    content = download.value.path().read_bytes().decode("utf-8-sig")
    assert content.startswith("user_email,user_pass,first_name,last_name\r\n")

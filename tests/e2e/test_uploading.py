"""Upload a CSV File: chosen, shown as a dry run, fixed, imported while the page watches."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import FilePayload, Page, expect

from grouplic.demo import PASSWORD
from tests.e2e.conftest import Postman

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

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
    page.get_by_role("link", name="Upload a CSV File").click()
    return page


def choose(page: Page, text: str, encoding: str = "cp1252") -> None:
    file: FilePayload = {
        "name": "staff.csv",
        "mimeType": "text/csv",
        "buffer": text.encode(encoding),
    }
    page.get_by_label("Drop a CSV or Excel file here").set_input_files(file)


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
    expect(alice.get_by_role("heading", name="3 rows read, 2 are ready.")).to_be_visible()
    expect(alice.get_by_text("Émile Zola")).to_be_visible()
    expect(alice.get_by_text("windows-1252, semicolons")).to_be_visible()
    expect(alice.get_by_text("ignored: username")).to_be_visible()
    expect(alice.get_by_text("The part after @ has no dot")).to_be_visible()

    field = alice.get_by_label("Email on line 4")
    field.fill(f"deniz-{tag}@upload.org")
    field.blur()
    expect(alice.get_by_role("heading", name="3 rows read, 3 are ready.")).to_be_visible()
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


def test_a_file_that_is_none_is_refused_in_words_and_the_reading_can_be_changed(
    alice: Page,
) -> None:
    choose(alice, "%PDF-1.7 nothing to see")
    expect(alice.get_by_text("This is a PDF.")).to_be_visible()

    choose(alice, f"email;first_name\nemile-{uuid4().hex[:6]}@upload.org;Émile\n", "mac_roman")
    expect(alice.get_by_role("heading", name="1 rows read, 1 are ready.")).to_be_visible()
    expect(alice.get_by_text("Émile", exact=True)).to_have_count(0)
    alice.get_by_label("Encoding").select_option("mac-roman")
    expect(alice.get_by_text("Émile", exact=True)).to_be_visible()


def test_a_sample_file_can_be_downloaded(alice: Page) -> None:
    with alice.expect_download() as download:
        alice.get_by_role("link", name="Download a sample file").click()
    content = download.value.path().read_bytes().decode("utf-8-sig")
    assert content.startswith("user_email,user_pass,first_name,last_name\r\n")

"""Enrollment Key Codes: handed out with a label, downloaded, printed, copied, found, voided."""

import csv
import io
import re
from collections.abc import Callable

import openpyxl
import pypdfium2
import pytest
import zxingcpp
from playwright.sync_api import Page, expect

from tests.e2e.own_group import an_address, buy_group, fill_new_account

pytestmark = pytest.mark.e2e


@pytest.fixture
def ada(person: Callable[..., Page]) -> Page:
    """A leader on the keys page of a group of eight seats."""
    page = person(permissions=["clipboard-read", "clipboard-write"])
    page.goto(buy_group(page, "Evening class", 8) + "/keys")
    expect(page.get_by_role("heading", name="Key ledger")).to_be_visible()
    return page


def hand_out(page: Page, quantity: int, label: str) -> None:
    page.get_by_label("How many").fill(str(quantity))
    page.get_by_label("Label (optional)").fill(label)
    page.get_by_role("button", name="Hand out").click()


def download(page: Page, link: str) -> tuple[str, bytes]:
    with page.expect_download() as download:
        page.locator(".batches").get_by_role("link", name=link, exact=True).click()
    return download.value.suggested_filename, download.value.path().read_bytes()


def test_a_batch_is_handed_out_with_a_label_and_served_in_every_form(ada: Page, site: str) -> None:
    hand_out(ada, 3, "Section B")
    expect(ada.get_by_text("3 keys are handed out.")).to_be_visible()
    expect(ada.get_by_text("3 of 3 unused")).to_be_visible()
    rows = ada.locator(".ledger tbody tr", has_text="Section B")
    expect(rows).to_have_count(3)
    keys = rows.locator("code.key").all_text_contents()

    name, data = download(ada, "CSV")
    assert re.fullmatch(r"Evening-class-keys-\d{4}-\d\d-\d\d\.csv", name)
    table = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert [(row["seat"], row["key"]) for row in table] == list(zip("123", keys, strict=True))
    assert table[0]["address"] == f"{site}/redeem?key={keys[0]}"

    _, data = download(ada, "XLSX")
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert sheet is not None
    assert [row[1] for row in sheet.iter_rows(min_row=2, values_only=True)] == keys

    name, data = download(ada, "Cards, Letter")
    assert name.endswith(".pdf")
    page = pypdfium2.PdfDocument(data)[0]
    text = page.get_textpage().get_text_range()
    assert all(words in text for words in (*keys, "Evening class", "Personal data at work"))
    codes = zxingcpp.read_barcodes(page.render(scale=2).to_pil())
    assert sorted(c.text for c in codes) == sorted(f"{site}/redeem?key={key}" for key in keys)

    ada.locator(".batches").get_by_role("button", name="Copy all").click()
    expect(ada.get_by_text("3 copied")).to_be_visible()
    assert ada.evaluate("navigator.clipboard.readText()").split() == keys


def test_more_keys_than_seats_are_refused_at_the_field(ada: Page) -> None:
    hand_out(ada, 9, "")
    expect(ada.get_by_text("You need 9 seats, and 8 are open.")).to_be_visible()
    expect(ada.get_by_text("No batch yet")).to_be_visible()


def test_many_keys_are_voided_after_a_word_of_what_will_happen(
    ada: Page, person: Callable[..., Page]
) -> None:
    hand_out(ada, 4, "Section B")
    rows = ada.locator(".ledger tbody tr", has_text="Section B")
    expect(rows).to_have_count(4)
    used, stale = rows.locator("code.key").all_text_contents()[:2]

    # One of them is redeemed while the page is open, and the ledger follows.
    bob = person()
    bob.goto(f"/redeem?key={used}")
    fill_new_account(bob, "Bob", an_address("bob"))
    bob.get_by_role("button", name="Create my account and start").click()
    expect(bob.get_by_role("heading", name="Personal data at work")).to_be_visible()
    expect(ada.locator(".ledger tbody tr", has_text="Bob Marsh")).to_contain_text("Used")

    ada.get_by_label("Label", exact=True).select_option("Section B")
    expect(ada.locator(".ledger tbody tr")).to_have_count(4)
    ada.get_by_label("Choose every key on this page").click()
    ada.get_by_role("button", name="Void …").click()
    expect(ada.get_by_text("3 keys will stop working; their seats are open again")).to_be_visible()
    expect(ada.get_by_text("1 used or voided already stay as they are")).to_be_visible()
    ada.get_by_role("button", name="Void these keys").click()
    expect(ada.get_by_text("3 keys voided.")).to_be_visible()
    expect(ada.locator(".ledger .chip", has_text="Voided")).to_have_count(3)
    expect(ada.get_by_text("7 seats open, 0 keys handed out.")).to_be_visible()

    late = person()
    late.goto(f"/redeem?key={stale}")
    expect(late.get_by_text("This key no longer works")).to_be_visible()


def test_keys_are_labeled_and_found_again(ada: Page) -> None:
    boxes = ada.locator(".ledger tbody input[type=checkbox]")
    expect(boxes).to_have_count(8)
    boxes.nth(0).click()
    boxes.nth(2).click()
    ada.get_by_label("Label to give").fill("Night shift")
    ada.get_by_role("button", name="Label", exact=True).click()
    expect(ada.get_by_text("2 keys labeled.")).to_be_visible()
    ada.get_by_label("Search keys").fill("night")
    expect(ada.locator(".ledger tbody tr")).to_have_count(2)
    ada.get_by_label("Search keys").fill("nobody at all")
    expect(ada.get_by_text("No key matches")).to_be_visible()

"""Texts that would break a PDF, or write their own objects into it: they are words on the page."""

import re
from datetime import UTC, date, datetime
from uuid import uuid4

import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from fpdf import FPDF

from grouplic.adapters.certificate_pdf import certificate_pdf
from grouplic.domain.quotes import Quote
from grouplic.domain.terms import Term
from grouplic.services import key_cards
from grouplic.services.certificates import CertificateView
from grouplic.services.key_files import KeySheet
from grouplic.services.key_ledger import HandedKey
from grouplic.services.outside import Outside
from grouplic.services.quote_pdf import Seller, quote_pdf
from grouplic.services.saved_quotes import QuoteView
from grouplic.services.shop import Answer
from tests.attack.stage import browser
from tests.attack.tenants import Tenants
from tests.attack.test_hostile_texts import fill

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
MARK = "zqx"
WORDS = {
    "operators": f"{MARK}) Tj ET BT (more",
    "objects": f"{MARK})>> endobj 9 0 obj <</S /JavaScript /JS (app.alert(1))>> endobj",
    "end of file": f"{MARK}\nendstream endobj trailer %%EOF",
    "escapes": f"{MARK}\\) \\( \\\\ \\000 \\",
    "controls": f"{MARK}\x00\x07\x08\x1b[31m\x7f\x85",
    "lines": f"{MARK}\r\n\r\n\t\u2028\u2029 next",
    "directions": f"{MARK}\u202e\u2066 gpj.exe \u200b\ufeff",
    "markup": f"{MARK} **bold** --under-- <b>x</b> {{nb}} [a](https://evil.example)",
    "a long word": MARK + "W" * 97,
    "marks on marks": MARK + "a" + "\u0301" * 90,
    "no letters of ours": f"{MARK} \U0001f600 \U00012000 \ue000 \ufffe",
}
_ACTIONS = (
    rb"/JavaScript",
    rb"/JS\b",
    rb"/OpenAction(?! \[)",
    rb"/Launch",
    rb"/EmbeddedFile",
    rb"/AA\b",
)
_SITE = "https://learn.example"


def pages(data: bytes) -> pypdfium2.PdfDocument:
    """Open the PDF; refuse one that does anything, leads elsewhere, or runs over its edge."""
    outside_texts = re.sub(rb"stream\r?\n.*?endstream|\((?:\\.|[^\\)])*\)", b"", data, flags=re.S)
    assert [action for action in _ACTIONS if re.search(action, outside_texts)] == []
    links = re.findall(rb"/URI \(([^)]*)\)", data)
    assert all(link.startswith(_SITE.encode()) for link in links)
    document = pypdfium2.PdfDocument(data)
    for page in document:
        width, height = page.get_size()
        for thing in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT]):
            left, bottom, right, top = thing.get_bounds()
            assert left >= -1, "over the left edge"
            assert right <= width + 1, "over the right edge"
            assert bottom >= -1, "over the lower edge"
            assert top <= height + 1, "over the upper edge"
    return document


def text_of(document: pypdfium2.PdfDocument) -> str:
    return "\n".join(page.get_textpage().get_text_range() for page in document)


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS.keys())
def test_a_certificate_is_one_page_whatever_the_name(words: str) -> None:
    view = CertificateView("ABCD-EFGH-JKMN-PQRS", words, words, date(2026, 11, 24), True)
    document = pages(certificate_pdf(view, f"{_SITE}/certificates/ABCD-EFGH-JKMN-PQRS"))

    assert len(document) == 1
    assert MARK in text_of(document)
    assert "Anyone can verify it" in text_of(document)


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS.keys())
def test_cards_stay_ten_a_page_whatever_group_module_and_label_are_called(words: str) -> None:
    handed = [HandedKey(seat, "ABCD-EFGH-JKMN-PQRS", words, NOW) for seat in range(1, 12)]
    sheet = KeySheet(words, (words, words, words, words), f"{_SITE}/redeem", handed)
    document = pages(key_cards.as_pdf(sheet))

    assert len(document) == 2
    assert text_of(document).count("ABCD-EFGH-JKMN-PQRS") == 11
    assert MARK in text_of(document)


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS.keys())
def test_a_quote_says_its_total_whatever_group_and_buyer_are_called(words: str) -> None:
    answer = Answer(None, words, Quote("usd", 5, ()), Term())
    view = QuoteView(uuid4(), "Q-1", "new_group", "", words, words, words, answer, NOW, NOW)
    document = pages(quote_pdf(view, Seller("Grouplic", _SITE)))

    assert "Total" in text_of(document)
    assert text_of(document).count(MARK) >= 3


@pytest.mark.parametrize("kind", ["operators", "objects", "markup", "escapes"])
def test_a_report_stays_whole_whatever_group_and_learners_are_called(
    site: Outside, tenants: Tenants, kind: str
) -> None:
    fill(site, tenants, WORDS[kind][:60])
    alice = browser(site, tenants.cookie("alice"))
    for path in ("reports/{}/report.pdf", "keys/{}/unused.pdf"):
        answer = alice.get("/" + path.format(tenants.group_id))
        assert answer.status_code == 200
        assert MARK in text_of(pages(answer.content))


def test_a_report_stays_whole_whatever_was_searched(site: Outside, tenants: Tenants) -> None:
    alice = browser(site, tenants.cookie("alice"))
    for words in WORDS.values():
        answer = alice.get(f"/reports/{tenants.group_id}/report.pdf", params={"search": words})
        assert answer.status_code == 200
        assert MARK in text_of(pages(answer.content))


@pytest.mark.parametrize("kind", ["over the edge", "leads elsewhere", "does something"])
def test_a_pdf_that_does_what_these_must_not_is_noticed(kind: str) -> None:
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("helvetica", size=20)
    pdf.set_xy(150, 20)
    long, link = kind == "over the edge", "https://evil.example" if "elsewhere" in kind else ""
    pdf.cell(10, 10, "W" * 30 if long else "W", link=link)
    data = bytes(pdf.output())
    if kind == "does something":
        data = data.replace(b"/Type /Catalog", b"/Type /Catalog /AA << >>", 1)

    with pytest.raises(AssertionError):
        pages(data)

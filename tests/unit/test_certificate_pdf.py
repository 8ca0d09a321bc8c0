"""A certificate is one page with its fonts inside, whatever somebody's name is written with."""

from datetime import date

import pypdfium2
import pytest
import zxingcpp

from grouplic.adapters.certificate_pdf import certificate_pdf
from grouplic.services.certificates import CertificateView
from grouplic.ui.browsers import browser_name


@pytest.mark.parametrize(
    "name", ["Bo Chen", "Łukasz Żółć", "Зоя Иванова", "Ελένη", "Nguyễn", "王小明", "שרה", "x" * 99]
)
def test_a_certificate_is_one_page_with_its_fonts_inside(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    view = CertificateView("ABCD-EFGH-JKMN-PQRS", name, "Writing", date(2026, 11, 24), True)
    address = "https://grouplic.example/certificates/ABCD-EFGH-JKMN-PQRS"
    pdf = certificate_pdf(view, address)

    assert pdf.startswith(b"%PDF-")
    assert pdf.count(b"/Type /Page\n") == 1
    assert pdf.count(b"/FontFile2") >= 2
    page = pypdfium2.PdfDocument(pdf)[0].render(scale=2).to_pil()
    assert [code.text for code in zxingcpp.read_barcodes(page)] == [address]
    assert "missing" not in caplog.text  # the library's words for a letter that no font has


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/156.0 Safari/537.36 Edg/156.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) Version/19 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Firefox/150.0", "Firefox on Linux"),
        ("curl/8", "A browser"),
        ("", "A browser"),
    ],
)
def test_browsers_are_called_what_people_call_them(agent: str, name: str) -> None:
    assert browser_name(agent) == name

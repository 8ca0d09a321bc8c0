"""A certificate as a PDF: A4 landscape, with the fonts of the site inside."""

import io

import segno
from fpdf import FPDF

from grouplic.services.certificates import CertificateView
from grouplic.services.pdf_fonts import SANS, SERIF, add_fonts

_INK = (28, 27, 25)
_SOFT = (107, 102, 93)
_LINE = (228, 224, 216)
_ACCENT = (11, 107, 99)
_PAPER = (250, 249, 246)
_WIDTH, _HEIGHT, _MARGIN = 297.0, 210.0, 30.0  # millimeters


def certificate_pdf(certificate: CertificateView, address: str, extra_font: str = "") -> bytes:
    """Return the certificate; ``address`` is where anyone verifies it.

    Names are printed with the fonts inside; ``extra_font`` is the file of one for further scripts.
    """
    pdf = FPDF(orientation="landscape", format="A4")
    pdf.set_auto_page_break(False)
    pdf.set_title(f"Certificate: {certificate.module_title}")
    pdf.set_author("Grouplic")
    pdf.set_lang("en-US")
    names = [certificate.learner_name, certificate.module_title]
    add_fonts(pdf, [SERIF, SANS], names, extra_font)
    pdf.add_page()
    _frame(pdf)
    _mark(pdf, _MARGIN, 32)
    _statement(pdf, certificate)
    _foot(pdf, certificate, address)
    return bytes(pdf.output())


def _frame(pdf: FPDF) -> None:
    pdf.set_fill_color(*_PAPER)
    pdf.rect(0, 0, _WIDTH, _HEIGHT, style="F")
    pdf.set_draw_color(*_ACCENT)
    pdf.set_line_width(0.5)
    pdf.rect(12, 12, _WIDTH - 24, _HEIGHT - 24)
    pdf.set_draw_color(*_LINE)
    pdf.set_line_width(0.3)
    pdf.rect(14.5, 14.5, _WIDTH - 29, _HEIGHT - 29)


def _mark(pdf: FPDF, x: float, y: float) -> None:
    """Draw the brand: nine seats of which six are taken, and the name."""
    side, gap = 2.6, 0.9
    pdf.set_line_width(0.35)
    pdf.set_draw_color(*_SOFT)
    pdf.set_fill_color(*_ACCENT)
    for place in range(9):
        taken = place not in (5, 7, 8)
        left = x + place % 3 * (side + gap)
        top = y + place // 3 * (side + gap)
        pdf.rect(
            left,
            top,
            side,
            side,
            style="F" if taken else "D",
            round_corners=True,
            corner_radius=0.6,
        )
    pdf.set_font(SERIF, "B", 20)
    pdf.set_text_color(*_INK)
    pdf.text(x + 14, y + 7.4, "Grouplic")


def _statement(pdf: FPDF, certificate: CertificateView) -> None:
    width = _WIDTH - 2 * _MARGIN
    pdf.set_text_color(*_SOFT)
    _line(pdf, 68, width, "Certificate of completion", SANS, "B", 12)
    pdf.set_text_color(*_INK)
    _line(pdf, 80, width, certificate.learner_name, SERIF, "B", 44)
    pdf.set_text_color(*_SOFT)
    _line(
        pdf,
        106,
        width,
        "has completed every lesson and passed the quiz of"
        if certificate.has_quiz
        else "has completed every lesson of",
        SANS,
        "",
        13,
    )
    pdf.set_text_color(*_ACCENT)
    _line(pdf, 116, width, certificate.module_title, SERIF, "", 30)


def _line(
    pdf: FPDF, y: float, width: float, text: str, family: str, style: str, size: float
) -> None:
    # A long name or title is set smaller, never cut off.
    pdf.set_font(family, style, size)
    while pdf.get_string_width(text) > width and size > 12:
        size -= 1
        pdf.set_font(family, style, size)
    pdf.set_xy(_MARGIN, y)
    pdf.multi_cell(width, size * 0.45, text, align="L")


def _foot(pdf: FPDF, certificate: CertificateView, address: str) -> None:
    y = 158.0
    pdf.set_draw_color(*_LINE)
    pdf.line(_MARGIN, y - 8, _WIDTH - _MARGIN, y - 8)
    _labeled(pdf, _MARGIN, y, "Date", f"{certificate.issued_on:%B %-d, %Y}")
    _labeled(pdf, _MARGIN + 70, y, "Code", certificate.code)
    pdf.set_xy(_MARGIN, y + 15)
    pdf.set_font(SANS, "", 9.5)
    pdf.set_text_color(*_SOFT)
    pdf.cell(0, 5, f"Anyone can verify it at {address}", link=address)
    _qr(pdf, address, _WIDTH - _MARGIN - 26, y - 3, 26)


def _labeled(pdf: FPDF, x: float, y: float, label: str, value: str) -> None:
    pdf.set_xy(x, y)
    pdf.set_font(SANS, "", 9.5)
    pdf.set_text_color(*_SOFT)
    pdf.cell(60, 5, label)
    pdf.set_xy(x, y + 5)
    pdf.set_font(SANS, "B", 13)
    pdf.set_text_color(*_INK)
    pdf.cell(60, 7, value)


def _qr(pdf: FPDF, address: str, x: float, y: float, side: float) -> None:
    picture = io.BytesIO()
    segno.make(address, error="m").save(picture, kind="png", scale=8, border=0, light=None)
    pdf.image(picture, x, y, side, side, alt_text="The address to verify it, as a QR code")

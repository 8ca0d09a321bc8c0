"""A quote as a PDF for a finance department. Rendered outside any transaction."""

from dataclasses import dataclass

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from grouplic.services.pdf_fonts import SANS, SERIF, add_fonts
from grouplic.services.saved_quotes import QuoteView
from grouplic.services.wording import show_date, show_money, show_seats, show_term

_INK, _SOFT, _LINE, _ACCENT = (28, 27, 25), (107, 102, 93), (228, 224, 216), (11, 107, 99)
_WIDTH = 170


@dataclass(frozen=True)
class Seller:
    """Who makes the quote, and where it is opened."""

    name: str
    address: str


def quote_pdf(view: QuoteView, seller: Seller) -> bytes:
    """Return the quote on a page: its lines, its total, how long it holds, where to buy."""
    pdf = _page(view, seller)
    _head(pdf, view, seller)
    _lines(pdf, view)
    _foot(pdf, view, seller)
    return bytes(pdf.output())


def _page(view: QuoteView, seller: Seller) -> FPDF:
    pdf = FPDF(format="A4")
    pdf.set_margins(20, 20)
    pdf.set_title(f"Quote {view.number}")
    pdf.set_author(seller.name)
    pdf.set_creation_date(view.created_at)
    titles = (line.module.title for line in view.answer.quote.lines)
    texts = [seller.name, view.made_by, view.made_for, view.group_name, *titles]
    add_fonts(pdf, [SANS, SERIF], texts)
    pdf.add_page()
    return pdf


def _head(pdf: FPDF, view: QuoteView, seller: Seller) -> None:
    _text(pdf, seller.name, 11, _SOFT)
    _text(pdf, f"Quote {view.number}", 26, _INK, SERIF, 14)
    pdf.ln(4)
    for label, value in (
        ("For", f"{view.made_by}, {view.made_for}"),
        ("Group", view.group_name),
        ("Made on", show_date(view.created_at)),
        ("Valid until", show_date(view.valid_until)),
    ):
        _pair(pdf, label, value)
    pdf.ln(6)


def _lines(pdf: FPDF, view: QuoteView) -> None:
    quote = view.answer.quote
    _rule(pdf)
    for line in quote.lines:
        each = show_money(line.unit_amount, quote.currency)
        amount = show_money(line.amount, quote.currency)
        _row(pdf, line.module.title, amount)
        _text(pdf, f"{show_seats(line.quantity)} × {each}", 9, _SOFT, height=5)
        pdf.ln(2)
        _rule(pdf)
    pdf.ln(2)
    _row(pdf, "Total", show_money(quote.total, quote.currency), 15)
    _text(pdf, f"{quote.currency.upper()}, without taxes that may apply.", 9, _SOFT)
    if view.kind in ("new_group", "renewal"):
        _text(pdf, f"{show_term(view.answer.term).capitalize()}.", 9, _SOFT)
    else:
        _text(pdf, "Access ends with the group's own.", 9, _SOFT)


def _foot(pdf: FPDF, view: QuoteView, seller: Seller) -> None:
    pdf.ln(10)
    _text(pdf, "Buy this at this price, by card or by invoice:", 11)
    address = f"{seller.address}/buy?quote={view.id}"
    pdf.set_font(SANS, size=10)
    pdf.set_text_color(*_ACCENT)
    pdf.multi_cell(_WIDTH, 6, address, link=address, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _text(
    pdf: FPDF,
    text: str,
    size: int,
    color: tuple[int, int, int] = _INK,
    font: str = SANS,
    height: int = 6,
) -> None:
    pdf.set_font(font, size=size)
    pdf.set_text_color(*color)
    pdf.multi_cell(_WIDTH, height, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _pair(pdf: FPDF, label: str, value: str) -> None:
    pdf.set_font(SANS, size=10)
    pdf.set_text_color(*_SOFT)
    pdf.cell(30, 6, label)
    pdf.set_text_color(*_INK)
    pdf.multi_cell(_WIDTH - 30, 6, value, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _row(pdf: FPDF, text: str, amount: str, size: int = 11) -> None:
    pdf.ln(2)
    pdf.set_font(SANS, size=size)
    pdf.set_text_color(*_INK)
    top = pdf.get_y()
    pdf.multi_cell(_WIDTH - 45, 7, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    bottom = pdf.get_y()
    pdf.set_xy(20 + _WIDTH - 45, top)
    pdf.cell(45, 7, amount, align="R")
    pdf.set_xy(20, bottom)


def _rule(pdf: FPDF) -> None:
    pdf.set_draw_color(*_LINE)
    pdf.line(20, pdf.get_y(), 20 + _WIDTH, pdf.get_y())

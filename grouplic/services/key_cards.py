"""Enrollment keys as cards to print and cut: ten a page, on A4 or Letter."""

import io
from collections.abc import Iterator

import segno
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from grouplic.domain.refusals import Refusal
from grouplic.services.key_files import KeySheet
from grouplic.services.key_ledger import HandedKey
from grouplic.services.pdf_fonts import SANS, add_fonts

PAPERS = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}
MOST_CARDS = 2_000
_COLUMNS, _ROWS = 2, 5
_WIDTH, _HEIGHT = 92.0, 50.0  # millimeters; ten fit on either paper
_INSIDE = 5.0
_CODE = 23.0
_DOTS = 4  # pixels a module of the QR code, so that print stays sharp
_MASK = 2
_POINT = 0.3528  # millimeters


def as_pdf(sheet: KeySheet, paper: str = "a4") -> bytes:
    """Return the cards; refuses no keys at all, and more than a printer's night's work."""
    if not sheet.keys:
        raise Refusal("There is no unused key to print. Hand some out first.")
    if len(sheet.keys) > MOST_CARDS:
        raise Refusal(f"Print at most {MOST_CARDS:,} cards at once: choose a batch or a label.")
    return bytes(_Cards(sheet, PAPERS.get(paper, PAPERS["a4"])).draw())


class _Cards:
    def __init__(self, sheet: KeySheet, size: tuple[float, float]) -> None:
        self._sheet, self._size = sheet, size
        self._left = (size[0] - _COLUMNS * _WIDTH) / 2
        self._top = (size[1] - _ROWS * _HEIGHT) / 2
        self._pdf = self._document()
        self._group = self._fitted(sheet.group_name, 12, "B", _WIDTH - 2 * _INSIDE)
        self._modules = list(self._module_lines())
        self._place = self._fitted(sheet.redeem_at.split("://", 1)[-1], 8, "", self._text_width)

    @property
    def _text_width(self) -> float:
        return _WIDTH - 2 * _INSIDE - _CODE - 3

    def draw(self) -> bytearray:
        for number, key in enumerate(self._sheet.keys):
            place = number % (_COLUMNS * _ROWS)
            if place == 0:
                self._pdf.add_page()
            left = self._left + (place % _COLUMNS) * _WIDTH
            top = self._top + (place // _COLUMNS) * _HEIGHT
            self._card(key, left, top)
        return self._pdf.output()

    def _document(self) -> FPDF:
        pdf = FPDF(format=self._size)
        pdf.set_title(f"Enrollment keys of {self._sheet.group_name}")
        pdf.set_auto_page_break(False)
        pdf.set_margin(0)
        labels = (key.label for key in self._sheet.keys)
        add_fonts(pdf, [SANS], [self._sheet.group_name, *self._sheet.modules, *labels])
        pdf.set_draw_color(205, 200, 190)
        pdf.set_line_width(0.15)
        return pdf

    def _card(self, key: HandedKey, left: float, top: float) -> None:
        self._pdf.rect(left, top, _WIDTH, _HEIGHT)
        # Looking for the best of the eight masks costs most of the time, and any can be read.
        code = segno.make(self._sheet.address_of(key), error="m", mask=_MASK)
        picture = io.BytesIO()
        code.save(picture, kind="png", scale=_DOTS, border=0)
        self._pdf.image(picture, left + _WIDTH - _INSIDE - _CODE, top + 11, _CODE, _CODE)
        x = left + _INSIDE
        self._line(x, top + _INSIDE, self._group, 12, "B")
        for number, title in enumerate(self._modules):
            self._line(x, top + 12 + 4.2 * number, title, 8, "", gray=80)
        self._line(x, top + 27, "Enter the key, or scan the code:", 7.5, "", gray=100)
        self._line(x, top + 31, self._place, 8, "")
        self._line(x, top + 38, key.text, 15, "B")
        foot = f"Seat {key.seat_number}" + (f" · {key.label}" if key.label else "")
        fitted = self._fitted(foot, 7, "", _WIDTH - 2 * _INSIDE)
        self._line(x, top + 44.5, fitted, 7, "", gray=100)

    def _line(self, x: float, y: float, text: str, size: float, style: str, gray: int = 25) -> None:
        pdf = self._pdf
        pdf.set_font(SANS, style, size)
        pdf.set_text_color(gray)
        pdf.set_xy(x, y)
        pdf.cell(None, size * _POINT, text, new_x=XPos.RIGHT, new_y=YPos.TOP)

    def _module_lines(self) -> Iterator[str]:
        titles = self._sheet.modules
        shown = titles if len(titles) <= 3 else titles[:2]
        for title in shown:
            yield self._fitted(title, 8, "", self._text_width)
        if len(titles) > len(shown):
            yield f"and {len(titles) - len(shown)} more modules"

    def _fitted(self, text: str, size: float, style: str, width: float) -> str:
        self._pdf.set_font(SANS, style, size)
        if self._pdf.get_string_width(text) <= width:
            return text
        while text and self._pdf.get_string_width(text + "…") > width:
            text = text[:-1]
        return text.rstrip() + "…"

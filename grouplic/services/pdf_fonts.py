"""The fonts inside every PDF: the site's own, and larger ones where a name is in another script."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from fpdf import FPDF
from fpdf.fonts import TTFFont

SANS, SERIF = "sans", "serif"
_FOLDER = Path(__file__).parent.parent / "fonts"
_STYLES = {
    SANS: {"": "hanken-grotesk-400", "B": "hanken-grotesk-700"},
    SERIF: {"": "newsreader-400", "B": "newsreader-500"},
}
_OTHER_SCRIPTS = {
    SANS: ("dejavu-sans", "droid-sans-fallback"),
    SERIF: ("noto-serif", "dejavu-sans", "droid-sans-fallback"),
}


def add_fonts(pdf: FPDF, families: Iterable[str], texts: Iterable[str], extra: str = "") -> None:
    """Give the document these families, the one of its names first, in regular and bold.

    The fonts of other scripts are large, and read only as far as ``texts`` have letters that need
    one. ``extra`` is the file of a font for scripts beyond those, if the operator has one.
    """
    names, *others = families
    letters = {letter for text in texts for letter in text if letter.isprintable()}
    missing: set[str] = set()
    for family in (names, *others):
        for style, file in _STYLES[family].items():
            pdf.add_font(family, style, _FOLDER / f"{file}.ttf")
        missing |= letters - _letters_of(pdf, family)
    pdf.set_fallback_fonts(list(_fallbacks(pdf, names, missing, extra)), exact_match=False)


def _fallbacks(pdf: FPDF, family: str, missing: set[str], extra: str) -> Iterator[str]:
    files = [_FOLDER / f"{name}.ttf" for name in _OTHER_SCRIPTS[family]]
    for file in [*files, *([Path(extra)] if extra else [])]:
        if not missing:
            return
        pdf.add_font(file.stem, "", file)
        missing = missing - _letters_of(pdf, file.stem)
        yield file.stem


def _letters_of(pdf: FPDF, family: str) -> set[str]:
    font = pdf.fonts[family.lower()]
    return {chr(code) for code in font.cmap} if isinstance(font, TTFFont) else set()

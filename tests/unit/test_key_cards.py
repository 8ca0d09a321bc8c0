"""Cards of keys: what is too long to print is cut where it can be seen, and no night's work."""

from datetime import UTC, datetime

import pypdfium2
import pytest

from grouplic.domain.refusals import Refusal
from grouplic.services import key_cards
from grouplic.services.key_files import KeySheet
from grouplic.services.key_ledger import HandedKey

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
KEY = HandedKey(7, "ABCD-EFGH-JKMN-PQRS", "", NOW)


def sheet(
    group_name: str = "Northlab",
    modules: tuple[str, ...] = ("Writing",),
    keys: tuple[HandedKey, ...] = (KEY,),
) -> KeySheet:
    return KeySheet(group_name, modules, "https://learn.example/redeem", list(keys))


def lines_of(data: bytes) -> list[str]:
    (page,) = pypdfium2.PdfDocument(data)
    return page.get_textpage().get_text_range().splitlines()


@pytest.mark.parametrize(
    ("modules", "listed"),
    [
        (("Writing", "Privacy", "Security"), ["Writing", "Privacy", "Security"]),
        (
            ("Writing", "Privacy", "Security", "Safety"),
            ["Writing", "Privacy", "and 2 more modules"],
        ),
    ],
)
def test_a_card_lists_three_modules_or_two_and_how_many_more(
    modules: tuple[str, ...], listed: list[str]
) -> None:
    assert lines_of(key_cards.as_pdf(sheet(modules=modules)))[1:4] == listed


def test_what_is_longer_than_the_card_ends_in_an_ellipsis() -> None:
    label = HandedKey(7, KEY.text, "Section B " * 20, NOW)
    data = key_cards.as_pdf(sheet("Northlab " * 20, ("Writing " * 20,), (label,)))
    group, module, *_, foot = lines_of(data)
    for text, begins in ((group, "Northlab N"), (module, "Writing W"), (foot, "Seat 7 ·")):
        assert text.startswith(begins)
        assert text.endswith("…")
        assert not text.endswith(" …")
        assert len(text) < 90  # of 160 and more


def test_a_paper_that_nobody_sells_is_a4() -> None:
    document = pypdfium2.PdfDocument(key_cards.as_pdf(sheet(), "papyrus"))
    assert tuple(round(side) for side in document[0].get_size()) == (595, 842)


def test_more_cards_than_a_printer_should_print_are_refused() -> None:
    with pytest.raises(Refusal, match="at most 2,000 cards at once"):
        key_cards.as_pdf(sheet(keys=(KEY,) * 2_001))

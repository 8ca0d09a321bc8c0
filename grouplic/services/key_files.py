"""Unused keys as files: CSV, XLSX, plain text."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import xlsxwriter
from sqlmodel import Session

from grouplic.services.actors import Actor
from grouplic.services.groups import May, led_group, modules_of
from grouplic.services.key_filter import KeyFilter
from grouplic.services.key_ledger import HandedKey, handed_out
from grouplic.services.tables import csv_bytes

_COLUMNS = ("seat", "key", "label", "handed out", "address")
_WIDTHS = (8, 26, 24, 14, 64)


@dataclass(frozen=True)
class KeySheet:
    """Everything a file of keys says. ``redeem_at`` is where keys are redeemed."""

    group_name: str
    modules: tuple[str, ...]
    redeem_at: str
    keys: list[HandedKey]

    def address_of(self, key: HandedKey) -> str:
        """Return the address that opens the redemption page with the key filled in."""
        return f"{self.redeem_at}?key={key.text}"


def read_sheet(
    session: Session, group_id: UUID | str, wanted: KeyFilter, actor: Actor, public_url: str
) -> KeySheet:
    """Return the unused keys that are out and match; refuses who may not manage people."""
    group = led_group(session, actor, group_id, May.MANAGE_PEOPLE)
    return KeySheet(
        group.name,
        tuple(module.title for module in modules_of(session, group.id)),
        f"{public_url}/redeem",
        handed_out(session, group.id, actor, wanted),
    )


def as_csv(sheet: KeySheet) -> bytes:
    """Return the keys as CSV, one a row."""
    return b"".join(csv_bytes(_COLUMNS, _rows(sheet)))


def as_text(sheet: KeySheet) -> bytes:
    """Return the keys alone, one a line, to paste elsewhere."""
    return "\n".join(key.text for key in sheet.keys).encode()


def as_xlsx(sheet: KeySheet) -> bytes:
    """Return the keys as a workbook that is written row by row, in constant memory."""
    data = io.BytesIO()
    options = {
        "constant_memory": True,
        # What people typed is data: no formula, no link, whatever it begins with.
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(data, options) as book:
        table = book.add_worksheet("Keys")
        bold = book.add_format({"bold": True})
        for place, width in enumerate(_WIDTHS):
            table.set_column(place, place, width)
        table.freeze_panes(1, 0)
        table.write_row(0, 0, _COLUMNS, bold)
        for number, row in enumerate(_rows(sheet), start=1):
            table.write_row(number, 0, row)
    return data.getvalue()


def file_name(sheet: KeySheet, now: datetime, ending: str) -> str:
    """Return a name that says the group and the day."""
    kept = (symbol if symbol.isalnum() else " " for symbol in sheet.group_name)
    words = "-".join("".join(kept).split())[:60] or "group"
    return f"{words}-keys-{now:%Y-%m-%d}.{ending}"


def _rows(sheet: KeySheet) -> Iterator[tuple[object, ...]]:
    for key in sheet.keys:
        day = f"{key.issued_at:%Y-%m-%d}"
        yield key.seat_number, key.text, key.label, day, sheet.address_of(key)

"""Files of people, read in whatever form spreadsheets write them: CSV in its dialects, XLSX."""

import csv
import io
import unicodedata
from dataclasses import dataclass, field
from typing import NoReturn

from grouplic.domain.refusals import Refusal
from grouplic.services.dialects import decode, separate
from grouplic.services.tables import as_read
from grouplic.services.workbooks import read_workbook

FIELDS = ("user_email", "user_pass", "first_name", "last_name")
_MOST_COLUMNS = 200
_LONGEST_LINE = 100_000  # characters
_LONGEST_CELL = 2_000
_NAMES = {
    "useremail": "user_email",
    "email": "user_email",
    "emailaddress": "user_email",
    "mail": "user_email",
    "emailadresse": "user_email",
    "userpass": "user_pass",
    "password": "user_pass",
    "passwort": "user_pass",
    "kennwort": "user_pass",
    "firstname": "first_name",
    "givenname": "first_name",
    "vorname": "first_name",
    "lastname": "last_name",
    "surname": "last_name",
    "familyname": "last_name",
    "nachname": "last_name",
}
_BINARY = {
    b"%PDF": "This is a PDF.",
    b"\x89PNG": "This is a picture.",
    b"\xff\xd8\xff": "This is a picture.",
    b"\xd0\xcf\x11\xe0": "This is an old Excel file.",
}
_SHOWN_ROWS, _SHOWN_COLUMNS, _SHOWN_LETTERS = 5, 12, 40
_HINTED_LETTERS = 2


@dataclass(frozen=True)
class Limits:
    """How large a file may be."""

    most_bytes: int = 25_000_000
    most_rows: int = 100_000


@dataclass(frozen=True)
class Reading:
    """What a person chose; what is empty is detected.

    ``header`` is yes or no. ``columns`` says for a field in which column it stands, counted from 0,
    or None where it stands in none.
    """

    encoding: str = ""
    separator: str = ""
    header: str = ""
    columns: tuple[tuple[str, int | None], ...] = ()


@dataclass(frozen=True)
class SheetRow:
    """One row, with the line of the file on which it begins."""

    line: int
    cells: tuple[str, ...]

    def cell(self, place: int | None) -> str:
        """Return a cell, empty where the row is short or there is no such column."""
        return self.cells[place] if place is not None and place < len(self.cells) else ""


@dataclass(frozen=True)
class Sheet:
    """A file as it was understood. ``header`` names its columns, if the file does."""

    kind: str
    encoding: str
    separator: str
    header: tuple[str, ...]
    columns: dict[str, int]
    ignored: tuple[str, ...]
    rows: list[SheetRow] = field(default_factory=list)

    def preview(self) -> list[list[str]]:
        """Return the start of the first rows.

        Cells of columns that are neither address nor name, and so may hold passwords, are cut to
        their first letters.
        """
        plain = {place for name, place in self.columns.items() if name != "user_pass"}

        def shown(place: int, cell: str) -> str:
            most = _SHOWN_LETTERS if place in plain else _HINTED_LETTERS
            return cell if len(cell) <= most and place in plain else cell[:most] + "…" * bool(cell)

        return [
            [shown(place, cell) for place, cell in enumerate(row.cells[:_SHOWN_COLUMNS])]
            for row in self.rows[:_SHOWN_ROWS]
        ]


class NoAddresses(Refusal):
    """No column is known to hold addresses; ``sheet`` is what was understood besides."""

    def __init__(self, message: str, sheet: Sheet) -> None:
        super().__init__(message, "user_email")
        self.sheet = sheet


def read_sheet(data: bytes, reading: Reading = Reading(), limits: Limits = Limits()) -> Sheet:
    """Return the file's rows and how it was understood.

    Refuses, with words about the file, what is too large, no table, or has no column of addresses.
    """
    if len(data) > limits.most_bytes:
        _refuse(f"The file is larger than {limits.most_bytes // 1_000_000} MB.")
    if not data.strip(b" \r\n\t\x00\xef\xbb\xbf\xff\xfe"):
        _refuse("The file is empty.")
    if data.startswith(b"PK\x03\x04"):
        found = read_workbook(data, limits.most_rows, _MOST_COLUMNS)
        rows = [SheetRow(number, tuple(cells)) for number, cells in found]
        return _understood(("xlsx", "", ""), rows, reading)
    for start, words in _BINARY.items():
        if data.startswith(start):
            _refuse(f"{words} Save the sheet as CSV or .xlsx and upload that.")
    encoding, text = decode(data, reading.encoding)
    separator, skipped = separate(text, reading.separator)
    rows = _rows(text, separator, skipped, limits.most_rows)
    return _understood(("csv", encoding, separator), rows, reading)


def sample_csv() -> bytes:
    """Return the file that can be downloaded as an example, as Excel opens it: UTF-8 with BOM."""
    lines = [
        ",".join(FIELDS),
        "ann.lee@example.org,,Ann,Lee",
        "bo.chen@example.org,copper lantern meadow,Bo,Chen",
        "emile.zola@example.org,,Émile,Zola",
    ]
    return ("\r\n".join(lines) + "\r\n").encode("utf-8-sig")


def _refuse(message: str) -> NoReturn:
    raise Refusal(message, "file")


def _rows(text: str, separator: str, skipped: int, most: int) -> list[SheetRow]:
    lines = io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n"), newline="\n")
    if any(len(line) > _LONGEST_LINE for line in lines):
        _refuse("The file has a line without end, so it is no table of people.")
    lines.seek(0)
    for _ in range(skipped):
        next(lines)
    reader = csv.reader(lines, delimiter=separator, strict=False)
    rows: list[SheetRow] = []
    line = 1 + skipped
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(SheetRow(line, tuple(cells)))
            line = reader.line_num + 1 + skipped
            if len(rows) > most + 1:
                _refuse(f"The file has more than {most:,} rows. Split it.")
            if len(cells) > _MOST_COLUMNS:
                _refuse(f"Line {line - 1} has more than {_MOST_COLUMNS} columns.")
    except csv.Error:
        _refuse(f"Line {line} cannot be read. Is a quotation mark missing there?")
    return rows


def _understood(how: tuple[str, str, str], rows: list[SheetRow], reading: Reading) -> Sheet:
    if not rows:
        _refuse("The file has no rows.")
    first = rows[0].cells
    named = reading.header == "yes" or (
        reading.header != "no" and not any("@" in cell for cell in first)
    )
    header = tuple(_clean(cell) for cell in first) if named else ()
    body = rows[1:] if named else rows
    if not body:
        _refuse("The file has a header and no rows below it.")
    columns = _columns(header, first, reading)
    ignored = tuple(
        name[:60] for place, name in enumerate(header) if name and place not in columns.values()
    )
    secret = columns.get("user_pass")
    cleaned = [SheetRow(row.line, _cells(row, secret)) for row in body]
    sheet = Sheet(*how, header, columns, ignored, cleaned)
    if "user_email" not in columns:
        found = ", ".join(name[:30] for name in header[:8] if name) or "none"
        raise NoAddresses(f"No column is called user_email. Columns found: {found}.", sheet)
    return sheet


def _columns(header: tuple[str, ...], first: tuple[str, ...], reading: Reading) -> dict[str, int]:
    chosen = {name: place for name, place in reading.columns if name in FIELDS}
    taken = {place for place in chosen.values() if place is not None}
    detected = _named(header) if header else _guessed(first)
    columns = {
        name: place for name, place in detected.items() if name not in chosen and place not in taken
    }
    return columns | {
        name: place for name, place in chosen.items() if place is not None and place < len(first)
    }


def _named(header: tuple[str, ...]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for place, name in enumerate(header):
        plain = "".join(symbol for symbol in name.casefold() if symbol.isalnum())
        if plain in _NAMES:
            columns.setdefault(_NAMES[plain], place)
    return columns


def _guessed(cells: tuple[str, ...]) -> dict[str, int]:
    if len(cells) == len(FIELDS) and "@" in cells[0]:
        return {name: place for place, name in enumerate(FIELDS)}
    first = next((place for place, cell in enumerate(cells) if "@" in cell), None)
    return {} if first is None else {"user_email": first}


def _cells(row: SheetRow, secret: int | None) -> tuple[str, ...]:
    if max((len(cell) for cell in row.cells), default=0) > _LONGEST_CELL:
        _refuse(f"Line {row.line} has a cell without end. Is a quotation mark missing?")
    # A password is not trimmed; its letters are composed as a keyboard would type them.
    return tuple(
        unicodedata.normalize("NFC", cell) if place == secret else _clean(cell)
        for place, cell in enumerate(row.cells)
    )


def _clean(cell: str) -> str:
    if cell.isascii():
        return as_read(cell.strip())
    text = unicodedata.normalize("NFC", cell).strip(" \t\n\u00a0\u200b\u200c\u200d\ufeff\u2060")
    return as_read(text)

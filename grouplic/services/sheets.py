"""Files of people, read in whatever form spreadsheets write them: CSV in its dialects, XLSX."""

import csv
import io
import unicodedata
from dataclasses import dataclass, field

from grouplic.domain.refusals import Refusal
from grouplic.services.workbooks import read_workbook

LARGEST = 25_000_000  # bytes
MOST_ROWS = 100_000
_MOST_COLUMNS = 200
_LONGEST_LINE = 100_000  # characters
_LONGEST_CELL = 2_000
_SEPARATORS = (",", ";", "\t", "|")
_ENCODINGS = {
    "utf-8": "utf-8-sig",
    "utf-16": "utf-16",
    "windows-1252": "cp1252",
    "mac-roman": "mac_roman",
}
FIELDS = ("user_email", "user_pass", "first_name", "last_name")
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


@dataclass(frozen=True)
class Reading:
    """What a person chose; what is empty is detected."""

    encoding: str = ""
    separator: str = ""


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
    """A file as it was understood."""

    kind: str
    encoding: str
    separator: str
    header: tuple[str, ...]
    columns: dict[str, int]
    ignored: tuple[str, ...]
    rows: list[SheetRow] = field(default_factory=list)


def read_sheet(data: bytes, reading: Reading = Reading()) -> Sheet:
    """Return the file's rows and how it was understood.

    Refuses, with words about the file, what is too large, no table, or has no column of addresses.
    """
    if len(data) > LARGEST:
        raise _refuse(f"The file is larger than {LARGEST // 1_000_000} MB.")
    if not data.strip(b" \r\n\t\x00\xef\xbb\xbf\xff\xfe"):
        raise _refuse("The file is empty.")
    if data.startswith(b"PK\x03\x04"):
        return _understood("xlsx", "", "", read_workbook(data, MOST_ROWS, _MOST_COLUMNS))
    for start, words in _BINARY.items():
        if data.startswith(start):
            raise _refuse(f"{words} Save the sheet as CSV or .xlsx and upload that.")
    encoding = _encoding(data, reading.encoding)
    text = _decode(data, encoding)
    separator, skipped = _separator(text, reading.separator)
    return _understood("csv", encoding, separator, _rows(text, separator, skipped))


def sample_csv() -> bytes:
    """Return the file that can be downloaded as an example, as Excel opens it: UTF-8 with BOM."""
    lines = [
        ",".join(FIELDS),
        "ann.lee@example.org,,Ann,Lee",
        "bo.chen@example.org,copper lantern meadow,Bo,Chen",
        "emile.zola@example.org,,Émile,Zola",
    ]
    return ("\r\n".join(lines) + "\r\n").encode("utf-8-sig")


def _refuse(message: str) -> Refusal:
    return Refusal(message, "file")


def _encoding(data: bytes, chosen: str) -> str:
    if chosen in _ENCODINGS:
        return chosen
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or _looks_like_utf16(data):
        return "utf-16"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        # Classic Mac files end their lines with CR alone; Windows leaves five bytes undefined.
        mac = b"\r" in data and b"\n" not in data
        undefined = any(byte in data for byte in b"\x81\x8d\x8f\x90\x9d")
        return "mac-roman" if mac or undefined else "windows-1252"
    return "utf-8"


def _looks_like_utf16(data: bytes) -> bool:
    start = data[:2000]
    return len(start) >= 4 and max(start[::2].count(0), start[1::2].count(0)) > len(start) // 4


def _decode(data: bytes, encoding: str) -> str:
    codec = _ENCODINGS[encoding]
    if encoding == "utf-16" and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        codec = "utf-16-le" if data[1:2000:2].count(0) >= data[0:2000:2].count(0) else "utf-16-be"
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        raise _refuse(f"The file cannot be read as {encoding}. Choose another encoding.") from None
    if "\x00" in text:
        raise _refuse("The file has null bytes, so it is no table. Save it again as CSV.")
    return text


def _separator(text: str, chosen: str) -> tuple[str, int]:
    first = text[:8].replace(" ", "").lower()
    told = first.startswith("sep=")  # Excel's own hint
    if chosen in _SEPARATORS:
        return chosen, int(told)
    if told and first[4:5] in _SEPARATORS:
        return first[4], 1
    sample = text[:20_000]
    outside_quotes = "".join(sample.split('"')[::2])
    lines = [line for line in outside_quotes.splitlines()[:50] if line.strip()]

    def fits(separator: str) -> tuple[int, int]:
        counts = [line.count(separator) for line in lines]
        common = max(set(counts), key=counts.count) if counts else 0
        return (counts.count(common) if common else 0, common)

    best = max(_SEPARATORS, key=fits)
    return (best if fits(best)[1] else ","), 0


def _rows(text: str, separator: str, skipped: int) -> list[SheetRow]:
    lines = io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n"), newline="\n")
    if any(len(line) > _LONGEST_LINE for line in lines):
        raise _refuse("The file has a line without end, so it is no table of people.")
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
            if len(rows) > MOST_ROWS + 1:
                raise _refuse(f"The file has more than {MOST_ROWS:,} rows. Split it.")
            if len(cells) > _MOST_COLUMNS:
                raise _refuse(f"Line {line - 1} has more than {_MOST_COLUMNS} columns.")
    except csv.Error:
        raise _refuse(f"Line {line} cannot be read. Is a quotation mark missing there?") from None
    return rows


def _understood(
    kind: str, encoding: str, separator: str, rows: list[SheetRow] | list[tuple[int, list[str]]]
) -> Sheet:
    read = [row if isinstance(row, SheetRow) else SheetRow(row[0], tuple(row[1])) for row in rows]
    if not read:
        raise _refuse("The file has no rows.")
    first = read[0].cells
    header: tuple[str, ...]
    if any("@" in cell for cell in first):
        header, columns, body = (), _guessed(first), read
    else:
        header = tuple(_clean(cell) for cell in first)[:_MOST_COLUMNS]
        columns, body = _columns(header), read[1:]
    if "user_email" not in columns:
        found = ", ".join(name[:30] for name in header[:8] if name) or "none"
        raise _refuse(f"No column is called user_email. Columns found: {found}.")
    if not body:
        raise _refuse("The file has a header and no rows below it.")
    ignored = tuple(
        name[:60] for place, name in enumerate(header) if name and place not in columns.values()
    )
    password = columns.get("user_pass")
    cleaned = [SheetRow(row.line, _cells(row, password)) for row in body]
    return Sheet(kind, encoding, separator, header, columns, ignored, cleaned)


def _cells(row: SheetRow, password: int | None) -> tuple[str, ...]:
    longest = max((len(cell) for cell in row.cells), default=0)
    if longest > _LONGEST_CELL:
        raise _refuse(f"Line {row.line} has a cell without end. Is a quotation mark missing?")
    return tuple(
        cell if place == password else _clean(cell) for place, cell in enumerate(row.cells)
    )


def _columns(header: tuple[str, ...]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for place, name in enumerate(header):
        plain = "".join(symbol for symbol in name.casefold() if symbol.isalnum())
        if plain in _NAMES:
            columns.setdefault(_NAMES[plain], place)
    return columns


def _guessed(cells: tuple[str, ...]) -> dict[str, int]:
    if len(cells) == len(FIELDS) and "@" in cells[0]:
        return {name: place for place, name in enumerate(FIELDS)}
    return {"user_email": next(place for place, cell in enumerate(cells) if "@" in cell)}


def _clean(cell: str) -> str:
    if cell.isascii():
        return cell.strip()
    return unicodedata.normalize("NFC", cell).strip(" \t\n\u00a0\u200b\u200c\u200d\ufeff\u2060")

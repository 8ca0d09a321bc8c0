"""XLSX files: small zips that may hold large surprises, so what is unpacked is counted."""

import io
import time
import zipfile
from collections.abc import Iterable
from typing import Any
from xml.etree.ElementTree import fromstring
from xml.parsers.expat import ParserCreate

from openpyxl.packaging.manifest import Manifest
from openpyxl.reader.excel import load_workbook
from openpyxl.xml.constants import SHEET_MAIN_NS, WORKSHEET_TYPE

from grouplic.domain.refusals import Refusal

_MOST_UNPACKED = 200_000_000  # bytes
_MOST_TEXTS = 40_000_000  # bytes; they are all held at once
_MOST_OTHER = 2_000_000  # bytes of styles and the like, which are read as a whole, and slowly
_TEXTS = "xl/sharedstrings.xml"
_TYPES = "[Content_Types].xml"
_SHEETS = "xl/worksheets/"  # read row by row
_ROW = f"{SHEET_MAIN_NS} row"
_MOST_IN_A_ROW = 20_000  # elements
_MOST_OUTSIDE_ROWS = 500_000  # elements; every address may be a link
_MOST_ENTRIES = 1_000
_STEP = 1_000_000
_LONGEST_DECLARATION = 16  # bytes that may stand on both sides of a step
_MOST_SECONDS = 30.0


def read_workbook(data: bytes, most_rows: int, most_columns: int) -> list[tuple[int, list[str]]]:
    """Return the first sheet's rows with their numbers; blank ones are left out.

    Formulas are never evaluated. Refuses what is no workbook, and what unpacks beyond measure.
    """
    broken = Refusal("This .xlsx file cannot be read. Save it again, or as CSV.", "file")
    try:
        _check_size(data)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        # The size a sheet says it has may be a lie, or that of a formatted column.
        sheet.reset_dimensions()
        rows = list(_rows(sheet.iter_rows(values_only=True), most_rows, most_columns))
        book.close()
    except Refusal:
        raise
    except Exception:
        # The library raises whatever the parts of a broken file make it stumble over.
        raise broken from None
    return rows


def _check_size(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if len(archive.infolist()) > _MOST_ENTRIES:
            raise Refusal("This .xlsx file has too many parts.", "file")
        _check_names(archive)
        unpacked = 0
        for entry in archive.infolist():
            size = _check_part(archive, entry, _MOST_UNPACKED - unpacked)
            unpacked += size
            _check_kind(entry.filename.lower(), size)


def _check_names(archive: zipfile.ZipFile) -> None:
    # A part that the file calls a sheet by its name, and something else by its type, is read whole.
    _check_part(archive, archive.getinfo(_TYPES), _MOST_OTHER)
    types = fromstring(archive.read(_TYPES))  # noqa: S314  (it defines no entities)
    for part in Manifest.from_tree(types).Override:
        if part.PartName.lower().startswith(f"/{_SHEETS}") and part.ContentType != WORKSHEET_TYPE:
            raise Refusal("This .xlsx file calls its parts by wrong names.", "file")


def _check_kind(name: str, size: int) -> None:
    if _is_sheet(name):
        return
    if size > _MOST_TEXTS or (size > _MOST_OTHER and name != _TEXTS):
        raise Refusal("This .xlsx file has more in it than a list of people.", "file")


def _is_sheet(name: str) -> bool:
    return name.startswith(_SHEETS) and "/_rels/" not in name


def _check_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> int:
    size, end, elements = 0, b"", _Elements()
    with archive.open(entry) as part:
        # What the directory says of sizes may be a lie: only what comes out counts.
        while chunk := part.read(_STEP):
            size += len(chunk)
            if size > most:
                raise Refusal("This .xlsx file unpacks to more than 200 MB.", "file")
            # In UTF-16, a null stands beside each letter.
            letters = (end + chunk).replace(b"\x00", b"")
            if b"<!DOCTYPE" in letters or b"<!ENTITY" in letters:
                raise Refusal("This .xlsx file defines entities of its own.", "file")
            end = letters[-_LONGEST_DECLARATION:]
            if _is_sheet(entry.filename.lower()):
                elements.count(chunk)
    return size


class _Elements:
    # The library keeps what it reads of a sheet until a row ends, a hundred times its size.

    def __init__(self) -> None:
        self._parser = ParserCreate(namespace_separator=" ")
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end
        self._in_row = False
        self._here = self._outside = 0
        self._until = time.monotonic() + _MOST_SECONDS

    def count(self, chunk: bytes) -> None:
        self._parser.Parse(chunk)
        if time.monotonic() > self._until:
            raise Refusal("This .xlsx file takes too long to read. Save it as CSV.", "file")

    def _begin(self, name: str, _attributes: dict[str, str]) -> None:
        if name == _ROW and not self._in_row:
            self._in_row, self._here = True, 0
        self._here += self._in_row
        self._outside += not self._in_row
        if self._here > _MOST_IN_A_ROW or self._outside > _MOST_OUTSIDE_ROWS:
            raise Refusal("This .xlsx file has more in it than a list of people.", "file")

    def _end(self, name: str) -> None:
        if name == _ROW:
            self._in_row = False


def _rows(
    rows: Iterable[tuple[Any, ...]], most_rows: int, most_columns: int
) -> Iterable[tuple[int, list[str]]]:
    found, end = 0, time.monotonic() + _MOST_SECONDS
    for number, values in enumerate(rows, start=1):
        if time.monotonic() > end:
            raise Refusal("This .xlsx file takes too long to read. Save it as CSV.", "file")
        if any(value is not None for value in values[most_columns:]):
            raise Refusal(f"The sheet has more than {most_columns} columns.", "file")
        cells = [_text(value) for value in values[:most_columns]]
        if number > most_rows * 2:
            raise Refusal(f"The sheet has more than {most_rows * 2:,} lines.", "file")
        if any(cells):
            found += 1
            if found > most_rows + 1:
                raise Refusal(f"The file has more than {most_rows:,} rows. Split it.", "file")
            yield number, cells


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace("\x00", "")

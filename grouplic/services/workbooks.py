"""XLSX files: small zips that may hold large surprises, so what is unpacked is counted."""

import io
import time
import zipfile
from collections.abc import Iterable
from typing import Any

from openpyxl.reader.excel import load_workbook

from grouplic.domain.refusals import Refusal

_MOST_UNPACKED = 200_000_000  # bytes
_MOST_TEXTS = 40_000_000  # bytes; they are all held at once
_TEXTS = "xl/sharedstrings.xml"
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
        unpacked = 0
        for entry in archive.infolist():
            size = _check_part(archive, entry, _MOST_UNPACKED - unpacked)
            unpacked += size
            if entry.filename.lower() == _TEXTS and size > _MOST_TEXTS:
                raise Refusal("This .xlsx file has more text than a list of people.", "file")


def _check_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> int:
    size, end = 0, b""
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
    return size


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

"""XLSX files: small zips that may hold large surprises, so what is unpacked is counted."""

import io
import zipfile
from collections.abc import Iterable
from typing import Any

from openpyxl.reader.excel import load_workbook

from grouplic.domain.refusals import Refusal

_MOST_UNPACKED = 200_000_000  # bytes
_MOST_ENTRIES = 1_000
_STEP = 1_000_000


def read_workbook(data: bytes, most_rows: int, most_columns: int) -> list[tuple[int, list[str]]]:
    """Return the first sheet's rows with their numbers; blank ones are left out.

    Formulas are never evaluated. Refuses what is no workbook, and what unpacks beyond measure.
    """
    broken = Refusal("This .xlsx file cannot be read. Save it again, or as CSV.", "file")
    try:
        _check_size(data)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        rows = list(_rows(book.worksheets[0].iter_rows(values_only=True), most_rows, most_columns))
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
            with archive.open(entry) as part:
                # What the directory says of sizes may be a lie: only what comes out counts.
                start = b""
                while chunk := part.read(_STEP):
                    start = start or chunk
                    unpacked += len(chunk)
                    if unpacked > _MOST_UNPACKED:
                        raise Refusal("This .xlsx file unpacks to more than 200 MB.", "file")
                    if b"<!DOCTYPE" in chunk or b"<!ENTITY" in chunk:
                        raise Refusal("This .xlsx file defines entities of its own.", "file")


def _rows(
    rows: Iterable[tuple[Any, ...]], most_rows: int, most_columns: int
) -> Iterable[tuple[int, list[str]]]:
    found = 0
    for number, values in enumerate(rows, start=1):
        if len(values) > most_columns:
            raise Refusal(f"The sheet has more than {most_columns} columns.", "file")
        cells = [_text(value) for value in values]
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
    return str(value)

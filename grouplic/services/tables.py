"""Tables to download: cells that a spreadsheet would run as formulas are data."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """Yield a CSV in UTF-8 with BOM, as Excel reads it, with formulas escaped (OWASP)."""
    yield "\ufeff".encode()
    yield _line(header)
    for row in rows:
        yield _line([cell if isinstance(cell, int) else as_data(str(cell)) for cell in row])


def as_data(cell: str) -> str:
    """Return the cell with an apostrophe before what a spreadsheet takes for a formula."""
    return f"'{cell}" if cell.lstrip(" \n\"'").startswith(_FORMULA_STARTS) else cell


def as_read(cell: str) -> str:
    """Return the cell as it was before ``as_data``, so that a download can be uploaded again."""
    return cell[1:] if cell.startswith("'") and as_data(cell[1:]) == cell else cell


def _line(cells: Sequence[object]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue().encode()

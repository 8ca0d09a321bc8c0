"""Downloads: what a spreadsheet would run as a formula is data."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grouplic.services.tables import as_data, csv_bytes


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", '"=1']
)
def test_a_formula_is_escaped(cell: str) -> None:
    assert as_data(cell) == "'" + cell


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40))
def test_any_cell_comes_back_as_it_was_or_escaped(cell: str) -> None:
    data = b"".join(csv_bytes(["head"], [[cell]])).decode("utf-8-sig")
    ((read,),) = list(csv.reader(io.StringIO(data, newline="")))[1:] or [[""]]
    assert read in {cell, "'" + cell}
    assert not read.lstrip().startswith(("=", "+", "-", "@"))

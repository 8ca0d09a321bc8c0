"""Files as spreadsheets write them, and files that are none."""

import codecs
import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from grouplic.domain.refusals import Refusal
from grouplic.services.sheets import Reading, Sheet, read_sheet, sample_csv

HEADER = ["user_email", "user_pass", "first_name", "last_name"]
PEOPLE = [
    ["emile@x.org", "", "Émile", "Zola"],
    ["juergen@x.org", "copper lantern meadow", "Jürgen", "Groß"],
    ["pat@x.org", "", "Pat", "O'Brien, Jr."],
]


def written(separator: str = ",", end: str = "\r\n", quote_all: bool = False) -> str:
    def cell(text: str) -> str:
        return f'"{text}"' if quote_all or separator in text else text

    return "".join(separator.join(map(cell, row)) + end for row in [HEADER, *PEOPLE])


# What each program writes, byte by byte, as its "Save as" does.
FILES = {
    "Excel for Windows, English": written().encode("cp1252"),
    "Excel for Windows, German": written(";").encode("cp1252"),
    "Excel, CSV UTF-8": codecs.BOM_UTF8 + written().encode(),
    "Excel, Unicode text": codecs.BOM_UTF16_LE + written("\t").encode("utf-16-le"),
    "Excel for Mac, CSV": written(end="\r").encode("mac_roman"),
    "Excel for Mac, German": written(";", end="\r").encode("mac_roman"),
    "LibreOffice": written(end="\n", quote_all=True).encode(),
    "Google Sheets": written().encode(),
    "a Mac text editor, decomposed": written(end="\n").rstrip("\n").encode(),
    "UTF-16 without a mark": written().encode("utf-16-be"),
    "with Excel's hint": ("sep=;\r\n" + written(";")).encode("cp1252"),
}


def people(sheet: Sheet) -> list[list[str]]:
    return [[row.cell(sheet.columns.get(name)) for name in HEADER] for row in sheet.rows]


@pytest.mark.parametrize("program", FILES)
def test_every_programs_file_gives_the_same_people(program: str) -> None:
    assert people(read_sheet(FILES[program])) == PEOPLE


def test_a_workbook_gives_the_same_people() -> None:
    assert people(read_sheet(workbook([HEADER, *PEOPLE]))) == PEOPLE


def workbook(rows: list[list[str]]) -> bytes:
    book, out = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def test_columns_in_any_order_with_any_case_and_unknown_ones_named() -> None:
    sheet = read_sheet(b" Last Name ;USERNAME; E-Mail ;Shoe size\nLee;ann;ann@x.org;38\n\n")
    assert people(sheet) == [["ann@x.org", "", "", "Lee"]]
    assert sheet.ignored == ("USERNAME", "Shoe size")


def test_lines_are_counted_through_quoted_breaks_and_blanks() -> None:
    sheet = read_sheet(b'email,first_name\n\na@x.org,"An\nn"\nb@x.org,Bo\n')
    assert [row.line for row in sheet.rows] == [3, 5]


def test_a_file_without_a_header_is_understood_by_its_addresses() -> None:
    assert people(read_sheet(b"ann@x.org,,Ann,Lee\n")) == [["ann@x.org", "", "Ann", "Lee"]]


def test_what_was_understood_can_be_changed() -> None:
    data = "email;first_name\nemile@x.org;Émile\n".encode("mac_roman")
    assert people(read_sheet(data, Reading(encoding="mac-roman")))[0][2] == "Émile"


def test_the_sample_is_read() -> None:
    assert len(read_sheet(sample_csv()).rows) == 3


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 201_000_000)
    return out.getvalue()


def entities() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", '<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>')
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\r\n", "is empty"),
        (b"%PDF-1.7 x", "PDF"),
        (b"\xd0\xcf\x11\xe0 x", "old Excel"),
        (b"PK\x03\x04 and nonsense", "cannot be read"),
        (b"name,age\nAnn,3\n", "No column is called user_email. Columns found: name, age"),
        (b"email,first_name\n", "no rows below"),
        (b"email\n" + b"x" * 200_000, "without end"),
        (b"a\x00b\x00,email\nfoo,x@y.org\n" * 3 + b"abcdefghijklmnop" * 20, "null bytes"),
        (b"email\n" + b"a@x.org" + b"," * 300, "columns"),
        (b"x" * 25_000_001, "larger than 25 MB"),
        (b"email\n" + b"a@x.org\n" * 100_001, "more than 100,000 rows"),
        (bomb(), "unpacks to more"),
        (entities(), "entities"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_table_is_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(Refusal, match=words):
        read_sheet(data)


def outcome(data: bytes, reading: Reading) -> object:
    try:
        return read_sheet(data, reading).rows
    except Refusal as refusal:
        return refusal.message


@given(
    st.binary(max_size=3000)
    | st.tuples(
        st.sampled_from(list(FILES.values())), st.binary(max_size=9), st.integers(0, 99)
    ).map(lambda made: made[0][: made[2]] + made[1] + made[0][made[2] :]),
    st.sampled_from(["", "utf-8", "utf-16", "windows-1252", "mac-roman"]),
    st.sampled_from(["", ",", ";", "\t"]),
)
@settings(deadline=None, max_examples=300)
def test_any_bytes_whatever_give_rows_or_a_refusal(data: bytes, encoding: str, by: str) -> None:
    assert outcome(data, Reading(encoding, by))


@given(st.binary(max_size=30), st.integers(0, 5000))
@settings(deadline=None, max_examples=60)
def test_a_damaged_workbook_gives_rows_or_a_refusal(noise: bytes, place: int) -> None:
    data = workbook([HEADER, *PEOPLE])
    assert outcome(data[:place] + noise + data[place:], Reading())

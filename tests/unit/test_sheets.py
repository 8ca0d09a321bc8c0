"""Files as spreadsheets write them, and files that are none."""

import codecs
import io
import unicodedata
import zipfile
from collections.abc import Sequence
from datetime import timedelta

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.xml.constants import SHARED_STRINGS

from grouplic.domain.refusals import Refusal
from grouplic.services.sheets import Limits, NoAddresses, Reading, Sheet, read_sheet, sample_csv

HEADER = ["user_email", "user_pass", "first_name", "last_name"]
PEOPLE = [
    ["emile@x.org", "", "Émile", "Zoë"],
    ["juergen@x.org", "copper lantern meadow", "Jürgen", "Groß"],
    ["pat@x.org", "", "Pat", "O'Brien, Jr."],
    ["quote@x.org", "", 'Ann "Annie"', "Lee"],
]


def written(separator: str = ",", end: str = "\r\n", quote_all: bool = False) -> str:
    """Write the table as spreadsheets do: quotes only where they are needed, and doubled inside."""

    def cell(text: str) -> str:
        needed = quote_all or any(symbol in text for symbol in (separator, '"', "\n"))
        return '"' + text.replace('"', '""') + '"' if needed else text

    return "".join(separator.join(map(cell, row)) + end for row in [HEADER, *PEOPLE])


# What each program writes by its own "Save as" or "Export", byte by byte.
FILES = {
    # "CSV (Comma delimited)": the system's ANSI code page, CRLF, no mark.
    "Excel for Windows, English": written().encode("cp1252"),
    # The same command where the list separator of the region is a semicolon.
    "Excel for Windows, German": written(";").encode("cp1252"),
    # "CSV UTF-8 (Comma delimited)": with a mark, also on the Mac.
    "Excel for Windows, CSV UTF-8, English": codecs.BOM_UTF8 + written().encode(),
    "Excel for Windows, CSV UTF-8, German": codecs.BOM_UTF8 + written(";").encode(),
    # "Unicode Text": UTF-16 little-endian with a mark, tabs.
    "Excel for Windows, Unicode text": codecs.BOM_UTF16_LE + written("\t").encode("utf-16-le"),
    # "Text (Tab delimited)": the ANSI code page, tabs.
    "Excel for Windows, text": written("\t").encode("cp1252"),
    # "CSV (Macintosh)": Mac Roman, lines end with CR alone.
    "Excel for Mac, CSV (Macintosh), English": written(end="\r").encode("mac_roman"),
    "Excel for Mac, CSV (Macintosh), German": written(";", end="\r").encode("mac_roman"),
    # "Windows Comma Separated": as on Windows.
    "Excel for Mac, Windows CSV, German": written(";").encode("cp1252"),
    # LibreOffice asks; its defaults are UTF-8 without a mark, LF, quotes where needed.
    "LibreOffice": written(end="\n").encode(),
    "LibreOffice, all text quoted": written(end="\n", quote_all=True).encode(),
    "LibreOffice, semicolons, Windows-1252": written(";", end="\n").encode("cp1252"),
    # "Comma Separated Values": UTF-8 without a mark, CRLF, no line end after the last row.
    "Google Sheets": written().removesuffix("\r\n").encode(),
    # "Tab Separated Values": tabs, and never quotes: a quotation mark stands as it is.
    "Google Sheets, tabs": "\r\n".join("\t".join(row) for row in [HEADER, *PEOPLE]).encode(),
    # TextEdit, UTF-8: LF, no mark; names pasted from the Finder are decomposed.
    "TextEdit": written(end="\n").removesuffix("\n").encode(),
    "TextEdit, decomposed": unicodedata.normalize("NFD", written(end="\n")).encode(),
    # TextEdit, "Western (Mac OS Roman)".
    "TextEdit, Mac Roman": written(end="\n").encode("mac_roman"),
    # TextEdit, "Unicode (UTF-16)": with a mark, big-endian on old Macs.
    "TextEdit, UTF-16": codecs.BOM_UTF16_BE + written(end="\n").encode("utf-16-be"),
    "UTF-16 without a mark": written().encode("utf-16-be"),
    "with Excel's hint": ("sep=;\r\n" + written(";")).encode("cp1252"),
}


def people(sheet: Sheet) -> list[list[str]]:
    return [[row.cell(sheet.columns.get(name)) for name in HEADER] for row in sheet.rows]


@pytest.mark.parametrize("program", FILES)
def test_every_programs_file_gives_the_same_people(program: str) -> None:
    assert people(read_sheet(FILES[program])) == PEOPLE


def by_openpyxl(rows: Sequence[Sequence[object]]) -> bytes:
    book, out = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def by_xlsxwriter(rows: list[list[str]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                sheet.write_string(number, place, cell)
    return out.getvalue()


WRITERS = {"openpyxl": by_openpyxl, "xlsxwriter": by_xlsxwriter}


@pytest.mark.parametrize("writer", WRITERS)
def test_a_workbook_gives_the_same_people(writer: str) -> None:
    assert people(read_sheet(WRITERS[writer]([HEADER, *PEOPLE]))) == PEOPLE


def test_a_formula_is_data_and_never_runs() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ["a@x.org", ""])
        sheet.write_formula(1, 2, "=1+1", None, "what was last shown")
        sheet.write_string(1, 3, "=1+1")
    ((_, _, shown, typed),) = people(read_sheet(out.getvalue()))
    assert (shown, typed) == ("what was last shown", "=1+1")


def test_a_workbook_of_empty_columns_without_end_is_read_by_what_is_in_it() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        sheet.write_row(1, 0, ["a@x.org", "", "Ann", "Lee"])
        sheet.write_blank(1, 16_000, None, book.add_format({"bold": True}))
    assert people(read_sheet(out.getvalue())) == [["a@x.org", "", "Ann", "Lee"]]


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
    data = "email;first_name\r\nemile@x.org;Émile\r\n".encode("mac_roman")
    assert people(read_sheet(data))[0][2] == "ƒmile"
    assert people(read_sheet(data, Reading(encoding="mac-roman")))[0][2] == "Émile"


def test_columns_and_header_can_be_chosen() -> None:
    data = b"a@x.org;b@x.org;Ann\nc@x.org;d@x.org;Bo\n"
    assert people(read_sheet(data)) == [["a@x.org", "", "", ""], ["c@x.org", "", "", ""]]
    chosen = Reading(header="yes", columns=(("user_email", 1), ("last_name", 2)))
    assert people(read_sheet(data, chosen)) == [["d@x.org", "", "", "Bo"]]
    swapped = Reading(columns=(("first_name", 0), ("user_email", 1), ("last_name", None)))
    assert people(read_sheet(data, swapped))[0] == ["b@x.org", "", "a@x.org", ""]


def test_a_column_that_the_file_does_not_have_is_none() -> None:
    with pytest.raises(NoAddresses):
        read_sheet(b"email\na@x.org\n", Reading(columns=(("user_email", 99),)))


def test_the_preview_shows_no_password() -> None:
    sheet = read_sheet(b"email,user_pass,kind\na@x.org,copper lantern,meadow river\n")
    assert sheet.preview() == [["a@x.org", "co…", "me…"]]


def test_the_limits_are_the_callers() -> None:
    with pytest.raises(Refusal, match="more than 1 rows"):
        read_sheet(b"email\na@x.org\nb@x.org\nc@x.org\n", limits=Limits(most_rows=1))
    with pytest.raises(Refusal, match="larger than 1 MB"):
        read_sheet(b"x" * 1_000_001, limits=Limits(most_bytes=1_000_000))


def test_the_limits_hold_for_a_workbook_and_so_they_do_for_its_blank_lines() -> None:
    three = by_openpyxl([["email"], ["a@x.org"], ["b@x.org"], ["c@x.org"]])
    with pytest.raises(Refusal, match="more than 2 rows"):
        read_sheet(three, limits=Limits(most_rows=2))
    assert len(read_sheet(three, limits=Limits(most_rows=3)).rows) == 3
    apart = by_openpyxl([["email"], [""], [""], ["a@x.org"], ["b@x.org"]])
    with pytest.raises(Refusal, match="The sheet has more than 4 lines"):
        read_sheet(apart, limits=Limits(most_rows=2))
    assert len(read_sheet(apart, limits=Limits(most_rows=3)).rows) == 2


def test_a_number_in_a_workbook_reads_as_it_is_shown() -> None:
    rows = [["email", "first_name", "last_name"], ["a@x.org", 7.0, 7.5], ["b@x.org", 7e3, 8]]
    assert [row.cells for row in read_sheet(with_floats(rows)).rows] == [
        ("a@x.org", "7", "7.5"),
        ("b@x.org", "7000", "8"),
    ]


def test_the_sample_is_read() -> None:
    assert len(read_sheet(sample_csv()).rows) == 3


TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{}</Types>'


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES.format(""))
        archive.writestr("xl/theme/theme1.xml", b" " * 201_000_000)
    return out.getvalue()


def stuffed(part: str, before: bytes, stuffing: bytes) -> bytes:
    """Return a workbook one of whose parts holds 3 MB of what takes the library long."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(by_openpyxl([HEADER, PEOPLE[0]]))) as plain,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name in plain.namelist():
            data, more = plain.read(name), stuffing * (3_000_000 // len(stuffing))
            archive.writestr(name, data.replace(before, before + more, 1) if name == part else data)
    return out.getvalue()


def with_floats(rows: Sequence[Sequence[object]]) -> bytes:
    """Return a workbook whose whole numbers are written as some programs do: 7.0, and not 7."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(by_openpyxl(rows))) as plain,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name in plain.namelist():
            data = plain.read(name)
            archive.writestr(name, data.replace(b"<v>7</v>", b"<v>7.0</v>"))
    return out.getvalue()


def of_many_parts() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(1_001):
            archive.writestr(f"xl/media/{number}.png", b"")
    return out.getvalue()


def links_of_a_sheet() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES.format(""))
        links = "<Relationships>" + "<Relationship/>" * 140_000 + "</Relationships>"
        archive.writestr("xl/worksheets/_rels/sheet1.xml.rels", links)
    return out.getvalue()


def misnamed() -> bytes:
    part = '<Override PartName="/xl/worksheets/x.xml" ContentType="{}"/>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", TYPES.format(part.format(SHARED_STRINGS)))
        archive.writestr("xl/worksheets/x.xml", "<sst/>")
    return out.getvalue()


def entities(encoding: str = "utf-8", before: int = 0) -> bytes:
    out = io.BytesIO()
    text = " " * before + '<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", TYPES.format(""))
        archive.writestr("xl/workbook.xml", text.encode(encoding))
    return out.getvalue()


def texts() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES.format(""))
        archive.writestr("xl/sharedStrings.xml", b"<si><t/></si>" * 4_000_000)
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
        (entities("utf-16"), "entities"),
        (entities(before=999_995), "entities"),
        (texts(), "more in it than"),
        (stuffed("xl/styles.xml", b'<cellXfs count="1">', b"<xf/>"), "more in it than"),
        (stuffed("xl/worksheets/sheet1.xml", b'<row r="1">', b"<c/>"), "more in it than"),
        (stuffed("xl/worksheets/sheet1.xml", b"<sheetData>", b"<x/>"), "more in it than"),
        (links_of_a_sheet(), "more in it than"),
        (misnamed(), "wrong names"),
        (of_many_parts(), "too many parts"),
        (by_xlsxwriter([HEADER, ["x"] * 300]), "more than 200 columns"),
        (b"email" + b"," * 1_000_000 + b"\na@x.org\n", "without end"),
        (b"email\n" + b",\n" * 50_000 + b'"' + b"a@x.org\n" * 50_000, "cannot be read|without end"),
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
@settings(deadline=timedelta(seconds=5), max_examples=300)
def test_any_bytes_whatever_give_rows_or_a_refusal(data: bytes, encoding: str, by: str) -> None:
    assert outcome(data, Reading(encoding, by))


@given(st.binary(max_size=30), st.integers(0, 5000))
@settings(deadline=timedelta(seconds=5), max_examples=60)
def test_a_damaged_workbook_gives_rows_or_a_refusal(noise: bytes, place: int) -> None:
    data = by_openpyxl([HEADER, *PEOPLE])
    assert outcome(data[:place] + noise + data[place:], Reading())

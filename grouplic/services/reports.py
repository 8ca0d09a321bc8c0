"""The matrix to download: CSV in lines, XLSX in a temporary file, both in chunks; a part of it."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import IO
from uuid import UUID

from sqlmodel import Session
from xlsxwriter import Workbook

from grouplic.domain.performance import Cut, Stand
from grouplic.services.actors import Actor
from grouplic.services.groups import May, led_group
from grouplic.services.looking import Looking
from grouplic.services.matrix import (
    Cell,
    LearnerRow,
    every_learner,
    how_many,
    learners_on,
)
from grouplic.services.performance import Class, read_class
from grouplic.services.ports import Transactions
from grouplic.services.tables import csv_bytes
from grouplic.services.wording import show_number

STAND_WORDS = {
    Stand.NOT_STARTED: "Not started",
    Stand.IN_PROGRESS: "In progress",
    Stand.STUCK: "Stuck",
    Stand.DONE: "Completed",
    Stand.FAILED: "Failed",
    Stand.AWAITS: "Awaits confirmation",
}
CUT_WORDS = {
    Cut.NOT_STARTED: "Not started",
    Cut.IN_PROGRESS: "In progress",
    Cut.STUCK: "Stuck for a week",
    Cut.DONE: "Completed",
    Cut.FAILED: "Failed",
    Cut.OVERDUE: "Overdue",
}
_FIGURES = ("state", "progress %", "score %", "attempts", "minutes", "last activity")
_WHO = ("name", "email", "joined", "overdue")
_CHUNK = 64 * 1024


@dataclass(frozen=True)
class Part:
    """The learners of a report: the first of the ``found`` that fit, of ``in_all`` in the class.

    ``asked`` says in words what was asked for; it is empty for the figures of everyone.
    """

    learners: tuple[LearnerRow, ...]
    found: int
    in_all: int
    asked: str = ""

    @property
    def how_many(self) -> str:
        """How many of how many are there, in words."""
        shown, in_all = len(self.learners), show_number(self.in_all)
        if shown < self.found < self.in_all:
            found = show_number(self.found)
            return f"the first {show_number(shown)} of {found} who fit, of {in_all} in all"
        first = "the first " if shown < self.found else ""
        return f"{first}{show_number(shown)} of {in_all}"


def part_to_report(session: Session, klass: Class, looking: Looking, most: int) -> Part:
    """Return the first ``most`` learners that fit, in the order asked for.

    The caller has made sure that the actor may see the class.
    """
    learners, found, _ = learners_on(session, klass, replace(looking, page=1), most)
    in_all = how_many(session, klass, Looking())
    return Part(learners, found, in_all, _say_what_is_asked(klass, looking))


def _say_what_is_asked(klass: Class, looking: Looking) -> str:
    words = [CUT_WORDS[looking.cut]] if looking.cut else []
    if looking.search:
        words.append(f"“{looking.search}” in name or email")
    words += [f"figures of {one.title}" for one in klass.modules if one.slug == looking.module]
    return " · ".join(words)


def class_to_report(session: Session, group_id: UUID | str, actor: Actor, now: datetime) -> Class:
    """Return the class; refuse who does not lead the group."""
    return read_class(session, led_group(session, actor, group_id, May.SEE), now)


def as_csv(database: Transactions, klass: Class, looking: Looking) -> Iterator[bytes]:
    """Yield the learners that fit as CSV, each line as it is read."""
    yield from csv_bytes(_header(klass), _lines(database, klass, looking))


def as_xlsx(database: Transactions, klass: Class, looking: Looking) -> Iterator[bytes]:
    """Yield the same as a workbook, in pieces of 64 KiB.

    A workbook can be sent when its last line is written: each line goes to a temporary file as it
    is read (XlsxWriter's ``constant_memory``), so that a class of any size takes as much memory.
    """
    with tempfile.TemporaryFile() as file:
        _write_workbook(file, _header(klass), _lines(database, klass, looking))
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk


def _write_workbook(file: IO[bytes], header: list[str], lines: Iterator[list[str | int]]) -> None:
    book = Workbook(file, {"constant_memory": True})
    sheet = book.add_worksheet("Learners")
    sheet.freeze_panes(1, 1)
    bold = book.add_format({"bold": True})
    for place, name in enumerate(header):
        sheet.write_string(0, place, name, bold)
    for number, line in enumerate(lines, start=1):
        for place, cell in enumerate(line):
            # Text stays text: nothing that somebody is called becomes a formula.
            if isinstance(cell, int):
                sheet.write_number(number, place, cell)
            elif cell:
                sheet.write_string(number, place, cell)
    book.close()


def _header(klass: Class) -> list[str]:
    modules = [f"{module.title}: {name}" for module in klass.modules for name in _FIGURES]
    return [*_WHO, *_FIGURES, *modules]


def _lines(database: Transactions, klass: Class, looking: Looking) -> Iterator[list[str | int]]:
    for chunk in every_learner(database, klass, looking):
        for row in chunk:
            yield _line(row)


def _line(row: LearnerRow) -> list[str | int]:
    overdue = "yes" if row.overdue else ""
    line: list[str | int] = [row.name, row.email, f"{row.enrolled_at:%Y-%m-%d}", overdue]
    for cell in (row.total, *row.cells):
        line += _figures(cell)
    return line


def _figures(cell: Cell) -> list[str | int]:
    last = f"{cell.last_activity_at:%Y-%m-%d %H:%M}" if cell.last_activity_at else ""
    return [
        STAND_WORDS[Stand(cell.stand)],
        cell.percent,
        "" if cell.score is None else cell.score,
        cell.attempts,
        round(cell.seconds / 60),
        last,
    ]

"""TOML with line numbers: what a catalog's author wrote, and what is wrong with it and where."""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")


@dataclass(frozen=True)
class CatalogProblem:
    """Something wrong in a file of the catalog, at a line counted from one."""

    file: Path
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


@dataclass
class SheetReader:
    """Reads files and collects what is wrong in them."""

    problems: list[CatalogProblem] = field(default_factory=list)

    def report(self, file: Path, line: int, reason: str) -> None:
        """Note something that is wrong."""
        self.problems.append(CatalogProblem(file, line, reason))

    def text(self, file: Path) -> str | None:
        """Return the file's text; None, with the reason noted, for one that cannot be read."""
        try:
            return file.read_text(encoding="utf-8")
        except OSError as problem:
            self.report(file, 1, problem.strerror or "it cannot be read")
        except UnicodeDecodeError as problem:
            line = problem.object[: problem.start].count(b"\n") + 1
            self.report(file, line, "this is no UTF-8; save the file with that encoding")
        return None

    def toml(self, file: Path) -> "Sheet | None":
        """Return the file as a sheet; None, with the reason noted, for one that is no TOML."""
        text = self.text(file)
        return None if text is None else self.toml_text(file, text, 1)

    def toml_text(self, file: Path, text: str, first_line: int) -> "Sheet | None":
        """Return TOML that begins at ``first_line`` of the file."""
        try:
            values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as problem:
            found = _AT_LINE.search(str(problem))
            line = int(found[1]) if found else text.count("\n") + 1
            reason = _AT_LINE.sub("", str(problem)).replace("(at end of document)", "").strip()
            self.report(file, first_line + line - 1, f"this is no TOML: {reason}")
            return None
        return Sheet(self, file, values, text.split("\n"), first_line)


@dataclass
class Sheet:
    """A table of a TOML file, with the lines that it was read from."""

    reader: SheetReader
    file: Path
    values: dict[str, Any]
    lines: list[str]
    first_line: int = 1
    name: str = ""
    missing: bool = False

    def only(self, known: set[str]) -> None:
        """Report keys that the format does not have; mostly they are misspelled."""
        for key in self.values.keys() - known:
            self.wrong(key, f"is not known here; known are {', '.join(sorted(known))}")

    def text(self, key: str, longest: int, needed: bool = True) -> str:
        """Return a text of at most so many characters."""
        value = self._value(key, str, "is a text in quotes", needed)
        if value is not None and len(value) > longest:
            self.wrong(key, f"has at most {longest} characters, and this has {len(value)}")
        if needed and value is not None and not value.strip():
            self.wrong(key, "is empty")
        return value or ""

    def texts(self, key: str, longest: int, needed: bool = False) -> list[str]:
        """Return a list of texts."""
        value: list[str] | None = self._value(key, list, "is a list of texts", needed)
        if value is None:
            return []
        if not all(isinstance(one, str) and 0 < len(one) <= longest for one in value):
            self.wrong(key, f"is a list of texts of at most {longest} characters")
            return []
        return value

    def number(self, key: str, least: int, most: int, default: int | None = None) -> int:
        """Return a whole number between two."""
        if default is not None and key not in self.values:
            return default
        value = self._value(key, int, f"is a whole number from {least} to {most}", True)
        if value is not None and not least <= value <= most:
            self.wrong(key, f"is a whole number from {least} to {most}")
        return value if value is not None else least

    def optional_number(self, key: str, least: int, most: int) -> int | None:
        """Return a whole number between two, or None where it is left out."""
        return self.number(key, least, most) if key in self.values else None

    def table(self, key: str, known: set[str], needed: bool = True) -> "Sheet":
        """Return a table within this one, empty where it is missing."""
        value = self._value(key, dict, f"is a table: write [{key}]", needed)
        line = self.line_of(rf"\[{key}\]")
        inner = Sheet(self.reader, self.file, value or {}, self._from(line), line, f"{key}.")
        if value is not None:
            inner.only(known)
        inner.missing = value is None
        return inner

    def tables(self, key: str, header: str = "") -> list["Sheet"]:
        """Return the tables of an array, each with its own lines.

        ``header`` is how their headers are written where that is more than ``[[key]]``.
        """
        header = header or key
        value = self._value(key, list, f"is a list of tables: write [[{header}]]", False) or []
        starts = [
            number
            for number, line in enumerate(self.lines, start=self.first_line)
            if re.match(rf"\s*\[\[{re.escape(header)}\]\]", line)
        ]
        sheets = []
        for place, one in enumerate(value):
            line = starts[place] if place < len(starts) else self.first_line
            end = starts[place + 1] if place + 1 < len(starts) else None
            lines = self.lines[line - self.first_line : end and end - self.first_line]
            table = one if isinstance(one, dict) else {}
            sheets.append(Sheet(self.reader, self.file, table, lines, line, f"{key}."))
        return sheets

    def wrong(self, key: str, reason: str) -> None:
        """Report what is wrong with a key, at its line."""
        line = self.line_of(rf"{re.escape(key)}\s*=")
        self.reader.report(self.file, line, f"{self.name}{key} {reason}")

    def line_of(self, pattern: str) -> int:
        """Return the first line that begins with the pattern, or the first of this table."""
        for number, line in enumerate(self.lines, start=self.first_line):
            if re.match(rf"\s*{pattern}", line):
                return number
        return self.first_line

    def _value(self, key: str, kind: type, reason: str, needed: bool) -> Any:
        if key not in self.values:
            if needed and not self.missing:
                self.wrong(key, "is missing")
            return None
        value = self.values[key]
        # In Python a truth value is a whole number as well; in TOML it is none.
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.wrong(key, reason)
            return None
        return value

    def _from(self, line: int) -> list[str]:
        return self.lines[line - self.first_line :]

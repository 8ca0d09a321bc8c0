"""Lists of people in whatever form they are pasted: sheets, address lines, one a line."""

import re
import unicodedata
from dataclasses import dataclass

_HIDDEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\ufeff\u2060\r"))
_TYPOGRAPHY = str.maketrans("“”„‟‘’‚＠；，\u00a0\u202f", '""""\'\'\'@;,  ')
_ADDRESS = re.compile(r"[^\s<>,;:\"'()\[\]]{1,100}@[^\s<>,;\"'()\[\]]{1,255}")
_BULLET = re.compile(r"^\s*(?:\d{1,4}[.)]|[-*•‣·])\s+")
_HEADER = re.compile(r"e-?mail|name|address|adresse|vorname|surname", re.IGNORECASE)
_MEANT = re.compile(r"@|\S\.[a-z]{2,6}\b", re.IGNORECASE)
_LONGEST_LINE = 2_000


@dataclass(frozen=True)
class TypedPerson:
    """Someone as found in a paste; the address is not judged yet."""

    email: str
    first_name: str = ""
    last_name: str = ""


def read_people(pasted: str, most: int = 2000) -> list[TypedPerson]:
    """Return the people of a paste in their order, at most ``most``. Never refuses.

    What looks like a broken address is kept as it is, so that it can be corrected.
    """
    people: list[TypedPerson] = []
    if most <= 0:
        return people
    for line in _lines(pasted):
        for entry in _entries(line):
            if person := _read_entry(entry):
                people.append(person)
                if len(people) >= most:
                    return people
    return people


def lines_without_address(pasted: str) -> list[str]:
    """Return the lines that name nobody who can be invited, but for the heads of columns."""
    return [
        line.strip()
        for line in _lines(pasted)
        if line.strip()
        and not _HEADER.search(line)
        and not any(_read_entry(entry) for entry in _entries(line))
    ]


def split_name(name: str) -> tuple[str, str]:
    """Return first and last name; "Lee, Ann" is turned around."""
    cleaned = " ".join(name.strip(" \t\"',;:<>()").split())
    if "," in cleaned:
        last, _, first = cleaned.partition(",")
        return first.strip(), last.strip()
    first, _, last = cleaned.partition(" ")
    return first, last


def _lines(pasted: str) -> list[str]:
    text = unicodedata.normalize("NFC", pasted).translate(_HIDDEN).translate(_TYPOGRAPHY)
    return text.split("\n")


def _entries(line: str) -> list[str]:
    line = _BULLET.sub("", line[: _LONGEST_LINE * 50]).strip()
    if line.count("@") > 1 or ";" in line:
        # Each address ends an entry: what stands between two of them names the second.
        return _split_by_address(line)
    return [line]


def _split_by_address(line: str) -> list[str]:
    if ";" in line:
        return [entry for part in line.split(";") for entry in _split_commas(part)]
    return _split_commas(line)


def _split_commas(part: str) -> list[str]:
    if part.count("@") < 2:
        return [part]
    if "<" in part:
        return [entry for piece in part.split(">") for entry in _split_named(piece)]
    return re.split(r"[,\s]+", part)


def _split_named(piece: str) -> list[str]:
    # "bo@y.org, Lee, Ann <ann@x.org": what follows the last plain address is the name. By hand,
    # since a pattern would try every start of a long line against every end.
    before, named, address = piece.partition("<")
    cells = before.split(",")
    plain = max((place for place, cell in enumerate(cells, 1) if "@" in cell), default=0)
    entries = [cell for cell in cells[:plain] if "@" in cell]
    name = ",".join(cells[plain:]).strip(" ,")
    return [*entries, f"{name} <{address}>"] if named else entries


def _read_entry(entry: str) -> TypedPerson | None:
    entry = entry.strip()[:_LONGEST_LINE]
    found = _ADDRESS.search(entry)
    if not found:
        return _without_address(entry)
    email = found[0].removeprefix("mailto:").rstrip(".")
    rest = f"{entry[: found.start()]} {entry[found.end() :]}".replace("mailto:", " ")
    return TypedPerson(email, *_name(rest))


def _name(rest: str) -> tuple[str, str]:
    cells = [cell.strip(" \"'<>()[]") for cell in re.split(r"\t", rest)]
    cells = [cell for cell in cells if cell and "@" not in cell]
    if len(cells) >= 2:
        return cells[0][:100], cells[1][:100]
    text = re.sub(r"[<>()\[\]\"]", " ", cells[0] if cells else "").strip(" ,'")
    text = re.sub(r"\s+", " ", text)
    if rest.lstrip().startswith(",") and text.count(",") == 1:
        first, _, last = text.partition(",")  # ann@x.org, Ann, Lee
        return first.strip()[:100], last.strip()[:100]
    first, last = split_name(text)
    return first[:100], last[:100]


def _without_address(entry: str) -> TypedPerson | None:
    if not _MEANT.search(entry) and " at " not in entry:
        return None
    if _HEADER.search(entry) and "@" not in entry:
        return None
    return TypedPerson(entry[:320])

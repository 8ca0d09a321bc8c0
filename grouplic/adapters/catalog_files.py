"""Modules as folders of readable text, in the format of docs/catalog-format.md.

Everything that is wrong is found in one go, each with its file, its line and the reason.
"""

import hashlib
import re
from pathlib import Path

from grouplic.adapters.catalog_lessons import read_lessons
from grouplic.adapters.catalog_quiz import read_questions
from grouplic.adapters.catalog_text import CatalogProblem, Sheet, SheetReader
from grouplic.services.catalog import ModuleText

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_KEYS = {"title", "summary", "position", "outcomes", "audience", "price", "license", "quiz"}


class InvalidCatalog(Exception):
    """The catalog has problems; ``problems`` are all of them."""

    def __init__(self, problems: list[CatalogProblem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def read_catalog(folder: Path) -> list[ModuleText]:
    """Return every module below ``folder``; raises ``InvalidCatalog`` with all that is wrong."""
    reader = SheetReader()
    files = sorted(folder.glob("*/module.toml"))
    if not files:
        reader.report(folder, 1, "there is no module here: a module is a folder with a module.toml")
    modules = [_read_module(reader, file) for file in files]
    if reader.problems:
        raise InvalidCatalog(reader.problems)
    return [module for module in modules if module]


def _read_module(reader: SheetReader, file: Path) -> ModuleText | None:
    folder = file.parent
    if not _SLUG.fullmatch(folder.name) or len(folder.name) > 80:
        reader.report(folder, 1, "a module's folder is named in small letters, digits and dashes")
    lessons = read_lessons(reader, folder)
    questions = read_questions(reader, folder / "quiz.toml")
    sheet = reader.toml(file)
    if sheet is None:
        return None
    sheet.only(_KEYS)
    price, quiz = sheet.table("price", {"currency", "amount"}), _rules(sheet, bool(questions))
    sheet.table("license", {"term"}, needed=False)
    outcomes = sheet.texts("outcomes", 300)
    module = ModuleText(
        slug=folder.name,
        title=sheet.text("title", 160),
        summary=sheet.text("summary", 1000),
        audience=sheet.text("audience", 500, needed=False),
        outcomes=tuple(outcomes),
        position=sheet.number("position", 0, 1_000_000),
        currency=price.text("currency", 3),
        amount=price.number("amount", 0, 100_000_000),
        pass_mark=quiz.number("pass_mark", 1, 100, 80 if not questions else None),
        attempts=quiz.optional_number("attempts", 1, 1000),
        time_limit=quiz.optional_number("time_limit", 1, 24 * 60),
        lessons=tuple(lessons),
        questions=tuple(questions),
        content_hash=_content_hash(folder),
    )
    if module.currency and not re.fullmatch(r"[a-z]{3}", module.currency):
        price.wrong("currency", 'is a currency code in small letters, such as "usd"')
    return module


def _rules(sheet: Sheet, has_quiz: bool) -> Sheet:
    return sheet.table("quiz", {"pass_mark", "attempts", "time_limit"}, needed=has_quiz)


def _content_hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            digest.update(file.relative_to(folder).as_posix().encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()

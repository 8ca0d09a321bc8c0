"""Modules as folders of readable text, read into plain values.

The format: ``module.toml``, ``lessons/NN-slug.md`` with a TOML head between ``+++`` lines, and
``quiz.toml``.
"""

import hashlib
import re
import tomllib
from pathlib import Path
from typing import Any

from grouplic.services.catalog import LessonText, ModuleText, QuestionText

_LESSON_FILE = re.compile(r"^(?P<position>\d{2})-(?P<slug>[a-z0-9-]+)\.md$")
_ANSWERS = ("option", "answer", "tolerance", "unit", "accepted", "explanation")


class CatalogProblem(Exception):
    """A file of the catalog cannot be read; the message names the file and the reason."""


def read_catalog(folder: Path) -> list[ModuleText]:
    """Return every module below ``folder``; raises ``CatalogProblem`` for the first bad file."""
    files = sorted(folder.glob("*/module.toml"))
    if not files:
        raise CatalogProblem(f"{folder}: there is no module here")
    return [_read_module(file.parent) for file in files]


def _read_module(folder: Path) -> ModuleText:
    head = _toml(folder / "module.toml")
    lessons = [_read_lesson(file) for file in sorted((folder / "lessons").glob("*.md"))]
    questions = _toml(folder / "quiz.toml").get("question", [])
    try:
        return ModuleText(
            slug=folder.name,
            title=head["title"],
            summary=head["summary"],
            audience=head.get("audience", ""),
            outcomes=tuple(head.get("outcomes", ())),
            position=head["position"],
            currency=head["price"]["currency"],
            amount=head["price"]["amount"],
            pass_mark=head["quiz"]["pass_mark"],
            attempts=head["quiz"].get("attempts"),
            time_limit=head["quiz"].get("time_limit"),
            lessons=tuple(lessons),
            questions=tuple(_question(question) for question in questions),
            content_hash=_content_hash(folder),
        )
    except KeyError as missing:
        raise CatalogProblem(f"{folder}: {missing} is missing") from None


def _read_lesson(file: Path) -> LessonText:
    name = _LESSON_FILE.match(file.name)
    if name is None:
        raise CatalogProblem(f"{file}: a lesson is called NN-some-words.md")
    text = file.read_text(encoding="utf-8")
    parts = text.split("+++\n", 2)
    if len(parts) != 3 or parts[0]:
        raise CatalogProblem(f"{file}: the lesson does not start with a head between +++ lines")
    try:
        head = tomllib.loads(parts[1])
        return LessonText(name["slug"], head["title"], head["minutes"], parts[2].strip())
    except (tomllib.TOMLDecodeError, KeyError) as problem:
        raise CatalogProblem(f"{file}: {problem}") from None


def _question(question: dict[str, Any]) -> QuestionText:
    body = {name: question[name] for name in _ANSWERS if name in question}
    return QuestionText(question["id"], question["kind"], question["prompt"], body)


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise CatalogProblem(f"{file}: {problem}") from None


def _content_hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            digest.update(file.relative_to(folder).as_posix().encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()

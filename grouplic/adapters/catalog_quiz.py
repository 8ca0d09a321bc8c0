"""The questions of a module: ``quiz.toml``. A module without the file has no quiz."""

import re
from pathlib import Path

from grouplic.adapters.catalog_text import Sheet, SheetReader
from grouplic.domain.answers import option_id
from grouplic.domain.quizzes import QuestionKind
from grouplic.services.catalog import QuestionText

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_COMMON = {"id", "kind", "prompt", "explanation"}
_ANSWERS = {
    QuestionKind.SINGLE: {"option"},
    QuestionKind.MULTIPLE: {"option"},
    QuestionKind.TRUE_FALSE: {"answer"},
    QuestionKind.NUMERIC: {"answer", "tolerance", "unit"},
    QuestionKind.SHORT: {"accepted"},
}


def read_questions(reader: SheetReader, file: Path) -> list[QuestionText]:
    """Return the questions in order; what is wrong in them is noted with the reader."""
    if not file.exists():
        return []
    sheet = reader.toml(file)
    if sheet is None:
        return []
    sheet.only({"question"})
    questions = sheet.tables("question")
    if not questions:
        reader.report(file, 1, "there is no [[question]]; leave the file out for no quiz")
    seen: set[str] = set()
    texts = [text for question in questions if (text := _read_question(question))]
    for text, question in zip(texts, questions, strict=False):
        if text.slug in seen:
            question.wrong("id", f"is used twice: “{text.slug}”")
        seen.add(text.slug)
    return texts


def _read_question(sheet: Sheet) -> QuestionText | None:
    slug, kind = sheet.text("id", 80), sheet.text("kind", 16)
    prompt = sheet.text("prompt", 2000)
    if slug and not _ID.fullmatch(slug):
        sheet.wrong("id", "is written in small letters, digits and dashes")
    if kind not in set(QuestionKind):
        if kind:
            sheet.wrong("kind", f"is one of {', '.join(QuestionKind)}")
        return None
    known = _ANSWERS[QuestionKind(kind)]
    sheet.only(_COMMON | known)
    sheet.text("explanation", 2000, needed=False)
    _CHECKS[QuestionKind(kind)](sheet)
    body = {name: sheet.values[name] for name in (*known, "explanation") if name in sheet.values}
    return QuestionText(slug, kind, prompt, body)


def _check_options(sheet: Sheet, least: int, most: int | None) -> None:
    rows = sheet.tables("option", header="question.option")
    if len(rows) < 2:
        sheet.reader.report(sheet.file, sheet.first_line, "a choice has at least two options")
    names: set[str] = set()
    for row in rows:
        row.only({"id", "text", "correct", "feedback"})
        text = row.text("text", 500)
        row.text("feedback", 1000, needed=False)
        row.text("id", 80, needed=False)
        if not isinstance(row.values.get("correct", False), bool):
            row.wrong("correct", "is true or false")
        name = option_id(row.values) if text else ""
        if name and name in names:
            row.wrong("text", "is the same as of another option")
        names.add(name)
    right = sum(row.values.get("correct") is True for row in rows)
    if rows and (right < least or (most is not None and right > most)):
        wanted = "exactly one option is" if most == 1 else f"at least {least} options are"
        sheet.reader.report(
            sheet.file, sheet.first_line, f"{wanted} correct in this kind, and here are {right}"
        )


def _check_truth(sheet: Sheet) -> None:
    if not isinstance(sheet.values.get("answer"), bool):
        sheet.wrong("answer", "is true or false")


def _check_number(sheet: Sheet) -> None:
    sheet.text("unit", 40, needed=False)
    for name in ("answer", "tolerance"):
        value = sheet.values.get(name, 0 if name == "tolerance" else None)
        if isinstance(value, bool) or not isinstance(value, int | float):
            sheet.wrong(name, "is a number")
        elif name == "tolerance" and value < 0:
            sheet.wrong(name, "is not below zero")


def _check_accepted(sheet: Sheet) -> None:
    if not sheet.texts("accepted", 200, needed=True) and "accepted" in sheet.values:
        sheet.wrong("accepted", "has at least one form")


_CHECKS = {
    QuestionKind.SINGLE: lambda sheet: _check_options(sheet, 1, 1),
    QuestionKind.MULTIPLE: lambda sheet: _check_options(sheet, 2, None),
    QuestionKind.TRUE_FALSE: _check_truth,
    QuestionKind.NUMERIC: _check_number,
    QuestionKind.SHORT: _check_accepted,
}

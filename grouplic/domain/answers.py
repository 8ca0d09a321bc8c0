"""Answers to the questions of a quiz: what can be one, and what is right. No clock, no database.

A question's body is what its author wrote: ``option`` with ``text``, ``correct`` and ``feedback``;
``answer``, ``tolerance`` and ``unit``; ``accepted``; ``explanation``.
"""

import hashlib
import re
import unicodedata
from decimal import Decimal, InvalidOperation
from typing import Any

from grouplic.domain.quizzes import QuestionKind
from grouplic.domain.refusals import Refusal

Body = dict[str, Any]
Given = list[str] | bool | str

_LONGEST_TEXT = 200
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")


class NotAnAnswer(Refusal):
    """What came is no answer to this question."""

    def __init__(self) -> None:
        super().__init__("This is no answer to the question. Load the page again, and try again.")


def option_id(option: Body) -> str:
    """Return what an answer calls an option: its ``id``, or a digest of its text.

    So options may be moved about, and answers that were given still name the same ones.
    """
    named = option.get("id")
    return str(named) if named else hashlib.sha256(option["text"].encode()).hexdigest()[:12]


def clean_answer(kind: str, body: Body, given: Any) -> Given | None:
    """Return the answer as it is stored, None where it was taken back; refuse what is none."""
    if kind in (QuestionKind.SINGLE, QuestionKind.MULTIPLE):
        return _clean_choice(kind, body, given)
    if kind == QuestionKind.TRUE_FALSE:
        if not isinstance(given, bool):
            raise NotAnAnswer
        return given
    if not isinstance(given, str) or len(given) > _LONGEST_TEXT:
        raise NotAnAnswer
    return given.strip() or None


def is_right(kind: str, body: Body, given: Given | None) -> bool:
    """Return whether the answer is right as a whole; there are no halves."""
    if given is None:
        return False
    if kind in (QuestionKind.SINGLE, QuestionKind.MULTIPLE):
        return isinstance(given, list) and set(given) == right_options(body)
    if kind == QuestionKind.TRUE_FALSE:
        return given is body["answer"]
    if kind == QuestionKind.NUMERIC:
        return _is_near(body, given)
    accepted = {_plain(form) for form in body["accepted"]}
    return isinstance(given, str) and _plain(given) in accepted


def right_options(body: Body) -> set[str]:
    """Return the ids of the options that are right."""
    return {option_id(option) for option in body["option"] if option.get("correct")}


def right_answer(kind: str, body: Body) -> str:
    """Return the right answer of a question without options, in words."""
    if kind == QuestionKind.TRUE_FALSE:
        return "True" if body["answer"] else "False"
    if kind == QuestionKind.NUMERIC:
        tolerance = f" (± {body['tolerance']})" if body.get("tolerance") else ""
        return f"{body['answer']:,} {body.get('unit', '')}".strip() + tolerance
    return str(body["accepted"][0]) if kind == QuestionKind.SHORT else ""


def read_number(typed: str) -> Decimal | None:
    """Return the number in what a person typed, with a comma or a point; None for no number."""
    text = "".join(unicodedata.normalize("NFKC", typed).split()).replace("−", "-").replace("'", "")
    match = re.match(r"[+-]?[\d.,]+", text)
    if match is None:
        return None
    number = match[0]
    if _THOUSANDS.fullmatch(number):
        number = number.replace(",", "")
    elif "," in number and "." in number and number.rindex(",") > number.rindex("."):
        number = number.replace(".", "").replace(",", ".")
    else:
        number = number.replace(",", ".")
    try:
        return Decimal(number)
    except InvalidOperation:
        return None


def score_of(right: int, questions: int) -> int:
    """Return the score in whole percent, never rounded up: 79.9 % does not pass a mark of 80."""
    return 100 * right // questions if questions else 100


def _clean_choice(kind: str, body: Body, given: Any) -> list[str] | None:
    known = [option_id(option) for option in body["option"]]
    if not isinstance(given, list) or any(one not in known for one in given):
        raise NotAnAnswer
    if kind == QuestionKind.SINGLE and len(given) > 1:
        raise NotAnAnswer
    return [one for one in known if one in given] or None


def _is_near(body: Body, given: Given) -> bool:
    number = read_number(given) if isinstance(given, str) else None
    if number is None:
        return False
    tolerance = Decimal(str(body.get("tolerance", 0)))
    return abs(number - Decimal(str(body["answer"]))) <= tolerance


def _plain(text: str) -> str:
    words = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").split()
    return " ".join(words).strip(" .,;:!?\"'“”")


def chosen_options(given: Any) -> list[str]:
    """Return the ids of the options that an answer chose.

    None, if it was given while the question was of another kind: authors may change that.
    """
    return given if isinstance(given, list) else []


def in_words(body: Body, given: Any) -> str:
    """Return what was answered as a leader reads it."""
    if isinstance(given, list):
        texts = {option_id(option): str(option["text"]) for option in body.get("option", ())}
        return "; ".join(texts.get(one, "an answer that is gone") for one in given)
    if isinstance(given, bool):
        return "True" if given else "False"
    return str(given)

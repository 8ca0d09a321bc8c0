"""Modules as folders of readable text, in the format of docs/catalog-format.md.

Everything that is wrong is found in one go, each with its file, its line and the reason.
"""

import hashlib
import re
from pathlib import Path

from grouplic.adapters.catalog_lessons import read_lessons
from grouplic.adapters.catalog_prices import read_term, read_tiers
from grouplic.adapters.catalog_quiz import read_questions
from grouplic.adapters.catalog_text import CatalogProblem, Sheet, SheetReader
from grouplic.domain.catalog import TierBasis
from grouplic.domain.quotes import Tier
from grouplic.domain.terms import UNLIMITED, Term
from grouplic.services.catalog import ModuleText

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_PRICE = {"currency", "amount", "tier_basis", "tiers"}
_LICENSE = {"term", "months", "until", "prorated"}
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
    price, quiz = sheet.table("price", _PRICE), _rules(sheet, bool(questions))
    license_ = sheet.table("license", _LICENSE, needed=False)
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
        tiers=_tiers(price),
        tier_basis=_tier_basis(price),
        term=_term(license_),
        prorated=license_.values.get("prorated") is True,
    )
    if module.currency and not re.fullmatch(r"[a-z]{3}", module.currency):
        price.wrong("currency", 'is a currency code in small letters, such as "usd"')
    return module


def _tiers(price: Sheet) -> tuple[Tier, ...]:
    try:
        return read_tiers(price.values)
    except KeyError as missing:
        # The price itself has been reported; only a tier can miss something else.
        if missing.args[0] in ("seats", "amount") and "amount" in price.values:
            price.wrong("tiers", "is a list of { seats = …, amount = … }")
    except (TypeError, ValueError) as problem:
        price.wrong("tiers" if price.values.get("tiers") else "amount", f"is not right: {problem}")
    return ()


def _tier_basis(price: Sheet) -> TierBasis:
    basis = price.values.get("tier_basis", TierBasis.ORDER)
    if basis not in list(TierBasis):
        price.wrong("tier_basis", f"is one of {', '.join(TierBasis)}")
        return TierBasis.ORDER
    return TierBasis(basis)


def _term(license_: Sheet) -> Term:
    if "prorated" in license_.values and not isinstance(license_.values["prorated"], bool):
        license_.wrong("prorated", "is true or false")
    try:
        return read_term(license_.values)
    except ValueError as problem:
        license_.wrong("term", f"is not right: {problem}")
        return UNLIMITED


def _rules(sheet: Sheet, has_quiz: bool) -> Sheet:
    return sheet.table("quiz", {"pass_mark", "attempts", "time_limit"}, needed=has_quiz)


def _content_hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            digest.update(file.relative_to(folder).as_posix().encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()

"""The help articles: Markdown files with a TOML head between ``+++`` lines, like lessons."""

import tomllib
from pathlib import Path

from grouplic.domain.help import Article

FOLDER = Path(__file__).parent.parent.parent / "help"
# The order in which categories are shown; an article of another one is a mistake in its file.
CATEGORIES = (
    "Group licenses",
    "Buying",
    "Filling seats",
    "Learning",
    "Progress",
    "Your account",
)


class ArticleProblem(Exception):
    """A help file cannot be read; the message names the file and the reason."""


def read_articles(folder: Path = FOLDER) -> tuple[Article, ...]:
    """Return every article, by category and order; raises ``ArticleProblem`` for a bad file."""
    articles = [_read(file) for file in folder.glob("*.md")]
    return tuple(
        sorted(articles, key=lambda one: (CATEGORIES.index(one.category), one.order, one.slug))
    )


def _read(file: Path) -> Article:
    parts = file.read_text(encoding="utf-8").split("+++\n", 2)
    if len(parts) != 3 or parts[0]:
        raise ArticleProblem(f"{file}: it does not start with a head between +++ lines")
    try:
        head = tomllib.loads(parts[1])
        article = Article(
            file.stem,
            head["title"],
            head["category"],
            head["order"],
            head["summary"],
            parts[2].strip(),
        )
    except (tomllib.TOMLDecodeError, KeyError) as problem:
        raise ArticleProblem(f"{file}: {problem}") from None
    if article.category not in CATEGORIES:
        raise ArticleProblem(f"{file}: there is no category {article.category}")
    return article

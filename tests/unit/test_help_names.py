"""What the help articles tell people to press is on a page."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ARTICLES = sorted((ROOT / "help").glob("*.md"))


@pytest.fixture(scope="module")
def words() -> set[str]:
    """Every text that the pages are made of."""
    trees = [ast.parse(file.read_text()) for file in (ROOT / "grouplic" / "ui").rglob("*.py")]
    return {
        node.value
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article.stem)
def test_what_an_article_names_is_on_a_page(article: Path, words: set[str]) -> None:
    # What ends with a full stop begins a paragraph, and is no name.
    named = [name for name in re.findall(r"\*\*(.+?)\*\*", article.read_text()) if name[-1] != "."]
    assert [name for name in named if not any(name in each for each in words)] == []

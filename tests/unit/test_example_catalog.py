"""The modules that are shipped can be read, and are whole."""

from pathlib import Path

import pytest

from grouplic.adapters.catalog_files import InvalidCatalog, read_catalog
from grouplic.services.catalog import ModuleText

CATALOG = Path(__file__).parent.parent.parent / "catalog"


@pytest.mark.parametrize("module", read_catalog(CATALOG), ids=lambda module: module.slug)
def test_a_module_has_lessons_and_a_quiz_of_every_kind(module: ModuleText) -> None:
    assert 4 <= len(module.lessons) <= 6
    assert len(module.questions) >= 8
    assert {question.kind for question in module.questions} == {
        "single",
        "multiple",
        "true_false",
        "numeric",
        "short",
    }
    assert len({question.slug for question in module.questions}) == len(module.questions)


@pytest.mark.parametrize("module", read_catalog(CATALOG), ids=lambda module: module.slug)
def test_every_choice_has_as_many_right_options_as_its_kind_says(module: ModuleText) -> None:
    for question in module.questions:
        right = sum(option.get("correct", False) for option in question.body.get("option", []))
        if question.kind == "single":
            assert right == 1, question.slug
        if question.kind == "multiple":
            assert right >= 2, question.slug


def test_four_modules_are_shipped() -> None:
    assert len(read_catalog(CATALOG)) == 4


def test_a_broken_file_is_named_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "module.toml").write_text("title = ")
    with pytest.raises(InvalidCatalog, match=r"module\.toml.*Invalid value"):
        read_catalog(tmp_path)

"""The checker finds everything that is wrong at once, and says where."""

from collections.abc import Callable
from pathlib import Path

import pytest

from grouplic.adapters.catalog_files import InvalidCatalog, read_catalog

MODULE = """title = "A"
summary = "B"
position = 1
[price]
currency = "usd"
amount = 100
[quiz]
pass_mark = 80
"""
LESSON = """+++
title = "One"
minutes = 5
+++
Read this.
"""
QUESTION = """[[question]]
id = "one"
kind = "true_false"
prompt = "Is it so?"
answer = true
"""
OPTIONS = """[[question]]
id = "one"
kind = "single"
prompt = "Which?"
  [[question.option]]
  text = "This"
  correct = true
  [[question.option]]
  text = "That"
"""

Write = Callable[[str, str], None]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file of the module ``m``; a whole module is there already."""

    def write(name: str, text: str) -> None:
        file = tmp_path / "m" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    write("module.toml", MODULE)
    write("lessons/01-one.md", LESSON)
    write("quiz.toml", QUESTION)
    return write


def problems(folder: Path) -> list[str]:
    with pytest.raises(InvalidCatalog) as found:
        read_catalog(folder)
    return [str(problem).removeprefix(f"{folder}/m/") for problem in found.value.problems]


def test_a_whole_module_has_no_problem(tmp_path: Path, write: Write) -> None:
    (module,) = read_catalog(tmp_path)

    assert (module.slug, len(module.lessons), len(module.questions)) == ("m", 1, 1)


def test_a_module_may_have_no_quiz(tmp_path: Path, write: Write) -> None:
    (tmp_path / "m" / "quiz.toml").unlink()
    write("module.toml", MODULE.split("[quiz]")[0])

    assert read_catalog(tmp_path)[0].questions == ()


def test_all_problems_are_told_at_once(tmp_path: Path, write: Write) -> None:
    write("module.toml", MODULE.replace('title = "A"\n', "").replace("80", "180"))
    write("lessons/02-two.md", LESSON.replace("minutes = 5", 'minutes = "five"'))
    write("quiz.toml", QUESTION.replace("answer = true", 'answer = "yes"'))

    assert sorted(line.split(": ", 1)[0] for line in problems(tmp_path)) == [
        "lessons/02-two.md:3",
        "module.toml:1",
        "module.toml:7",
        "quiz.toml:5",
    ]


@pytest.mark.parametrize(
    ("file", "text", "problem"),
    [
        ("module.toml", "title = ", "module.toml:1: this is no TOML: Invalid value"),
        ("module.toml", MODULE.replace("usd", "USD"), "module.toml:5: price.currency is a"),
        ("module.toml", "tilte = 1\n" + MODULE, "module.toml:1: tilte is not known here"),
        (
            "module.toml",
            MODULE.replace("= 100", "= true"),
            "module.toml:6: price.amount is a whole",
        ),
        ("lessons/01-one.md", "Read this.", "lessons/01-one.md:1: a lesson starts with a head"),
        ("lessons/One.md", LESSON, "lessons/One.md:1: a lesson is called NN-some-words.md"),
        ("lessons/02-quiz.md", LESSON, "lessons/02-quiz.md:1: a lesson cannot be called “quiz”"),
        ("lessons/02-one.md", LESSON, "lessons/02-one.md:1: “one” is taken by 01-one.md"),
        ("lessons/01-two.md", LESSON, "lessons/01-two.md:1: “01” is taken by 01-one.md"),
        (
            "lessons/01-one.md",
            LESSON + "\n<b>x</b>\n",
            "lessons/01-one.md:7: HTML is shown as text",
        ),
        ("lessons/01-one.md", LESSON + "Why?[^a]\n", "lessons/01-one.md:6: the footnote [^a] is"),
        (
            "lessons/01-one.md",
            LESSON + "\n![A map](media/map.svg)\n",
            "lessons/01-one.md:7: media/map.svg does not exist",
        ),
        (
            "lessons/01-one.md",
            LESSON + "\n![A map](https://example.org/map.svg)\n",
            "lessons/01-one.md:7: https://example.org/map.svg is not in the module's folder",
        ),
        ("media/tool.js", "x", "media/tool.js:1: media are files of these kinds"),
        ("quiz.toml", OPTIONS.replace("  correct = true\n", ""), "quiz.toml:1: exactly one option"),
        ("quiz.toml", OPTIONS.replace('"That"', '"This"'), "quiz.toml:9: option.text is the same"),
        ("quiz.toml", OPTIONS + "  corect = true\n", "quiz.toml:10: option.corect is not known"),
        ("quiz.toml", QUESTION + QUESTION, "quiz.toml:7: question.id is used twice"),
        ("quiz.toml", QUESTION.replace("true_false", "essay"), "quiz.toml:3: question.kind is one"),
    ],
)
def test_each_problem_names_file_line_and_reason(
    tmp_path: Path, write: Write, file: str, text: str, problem: str
) -> None:
    write(file, text)

    assert any(line.startswith(problem) for line in problems(tmp_path)), problems(tmp_path)


def test_a_picture_needs_a_description_and_a_video_its_captions(
    tmp_path: Path, write: Write
) -> None:
    write("media/map.svg", "<svg/>")
    write("media/talk.mp4", "x")
    write("lessons/01-one.md", LESSON + "\n![](media/map.svg)\n\n![A talk](media/talk.mp4)\n")

    assert [line.split(": ", 1)[1] for line in problems(tmp_path)] == [
        "media/map.svg has no description: ![What it shows](…)",
        "media/talk.mp4 has no captions: add talk.vtt beside it",
    ]


def test_a_file_that_is_no_utf_8_is_named_with_the_line(tmp_path: Path, write: Write) -> None:
    (tmp_path / "m" / "lessons" / "01-one.md").write_bytes(LESSON.encode() + b"caf\xe9\n")

    assert problems(tmp_path)[0].startswith("lessons/01-one.md:6: this is no UTF-8")

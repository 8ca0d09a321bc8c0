"""The lessons of a module: ``lessons/NN-slug.md``, with a TOML head between ``+++`` lines."""

import re
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

from grouplic.adapters.catalog_text import SheetReader
from grouplic.services.catalog import LessonText

_FILE = re.compile(r"(?P<position>\d{2})-(?P<slug>[a-z0-9]+(-[a-z0-9]+)*)\.md")
_MEDIA_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PICTURES = (".svg", ".png", ".jpg", ".webp")
_VIDEOS = (".mp4", ".webm")
_FOOTNOTE = re.compile(r"\[\^([^\]\s]+)\](?!:)")
_RESERVED = {"quiz"}  # the quiz has this address


def read_lessons(reader: SheetReader, folder: Path) -> list[LessonText]:
    """Return the module's lessons in order; what is wrong in them is noted with the reader."""
    files = sorted((folder / "lessons").glob("*"))
    if not files:
        reader.report(folder / "lessons", 1, "there is no lesson here: write lessons/01-….md")
    lessons = [lesson for file in files if (lesson := _read_lesson(reader, folder, file))]
    seen: dict[str, str] = {}
    for file in files:
        name = _FILE.fullmatch(file.name)
        for what in (name["position"], name["slug"]) if name else ():
            if what in seen:
                reader.report(file, 1, f"“{what}” is taken by {seen[what]}; each is used once")
            seen.setdefault(what, file.name)
    _check_media(reader, folder / "media")
    return lessons


def _read_lesson(reader: SheetReader, folder: Path, file: Path) -> LessonText | None:
    name = _FILE.fullmatch(file.name)
    if name is None or len(name["slug"]) > 80:
        reader.report(file, 1, "a lesson is called NN-some-words.md, in small letters and digits")
        return None
    if name["slug"] in _RESERVED:
        reader.report(file, 1, f"a lesson cannot be called “{name['slug']}”: the quiz is")
    text = reader.text(file)
    if text is None:
        return None
    parts = text.split("+++\n", 2)
    if len(parts) != 3 or parts[0]:
        reader.report(file, 1, "a lesson starts with a head between two lines of +++")
        return None
    head = reader.toml_text(file, parts[1], 2)
    body_line = 3 + parts[1].count("\n")
    _check_body(reader, folder, file, parts[2], body_line)
    if head is None:
        return None
    head.only({"title", "minutes"})
    return LessonText(
        name["slug"], head.text("title", 160), head.number("minutes", 1, 600), parts[2].strip()
    )


def _check_body(reader: SheetReader, folder: Path, file: Path, body: str, first_line: int) -> None:
    if not body.strip():
        reader.report(file, first_line, "the lesson has no text")
    parser = MarkdownIt("commonmark").enable("table").use(footnote_plugin)
    line = first_line
    for token in parser.parse(body):
        line = first_line + token.map[0] if token.map else line
        if token.type == "html_block":
            reader.report(file, line, "HTML is shown as text; write Markdown")
        for inner in token.children or ():
            if inner.type == "html_inline":
                reader.report(file, line, f"HTML is shown as text ({inner.content}); use Markdown")
            if inner.type == "image":
                _check_image(reader, folder, file, inner, line)
    _check_footnotes(reader, file, body, first_line)


def _check_image(reader: SheetReader, folder: Path, file: Path, image: Token, line: int) -> None:
    source = str(image.attrs.get("src", ""))
    if not image.content.strip():
        reader.report(file, line, f"{source} has no description: ![What it shows](…)")
    place, _, name = source.partition("/")
    if place != "media" or not _MEDIA_FILE.fullmatch(name):
        reader.report(file, line, f"{source} is not in the module's folder: write media/name.svg")
        return
    target = folder / "media" / name
    if target.suffix not in _PICTURES + _VIDEOS:
        reader.report(file, line, f"{source} is no {', '.join(_PICTURES + _VIDEOS)}")
    elif not target.is_file():
        reader.report(file, line, f"{source} does not exist")
    elif target.suffix in _VIDEOS and not target.with_suffix(".vtt").is_file():
        reader.report(file, line, f"{source} has no captions: add {target.stem}.vtt beside it")


def _check_footnotes(reader: SheetReader, file: Path, body: str, first_line: int) -> None:
    code_free = re.sub(r"`[^`\n]*`", "", body)
    defined = set(re.findall(r"^\[\^([^\]\s]+)\]:", code_free, re.MULTILINE))
    for number, line in enumerate(code_free.split("\n"), start=first_line):
        for label in _FOOTNOTE.findall(line):
            if label not in defined:
                reader.report(file, number, f"the footnote [^{label}] is nowhere explained")


def _check_media(reader: SheetReader, folder: Path) -> None:
    known = (*_PICTURES, *_VIDEOS, ".vtt")
    for file in sorted(folder.glob("*")):
        if file.suffix not in known or not _MEDIA_FILE.fullmatch(file.name):
            kinds = ", ".join(known)
            reader.report(file, 1, f"media are files of these kinds, named plainly: {kinds}")

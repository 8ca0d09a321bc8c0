"""Lessons as HTML: what authors may write, and what nobody can."""

from html.parser import HTMLParser

import pytest

from grouplic.ui.prose import to_html, to_inline_html


class Tags(HTMLParser):
    """The names and the attributes that a browser finds."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name: value or "" for name, value in attrs}


def test_a_picture_comes_from_the_modules_folder_with_its_caption() -> None:
    html = to_html('![A map](media/map.svg "Where we are")', "m")

    assert '<img src="/media/m/map.svg" alt="A map" loading="lazy">' in html
    assert "<figcaption>Where we are</figcaption>" in html


def test_a_video_has_controls_and_captions() -> None:
    html = to_html("![A talk](media/talk.mp4)", "m")

    assert '<source src="/media/m/talk.mp4" type="video/mp4">' in html
    assert 'src="/media/m/talk.vtt"' in html
    assert "controls" in html


@pytest.mark.parametrize(
    "source",
    ["https://example.org/spy.png", "media/../../secret.png", "/etc/passwd", "data:image/png,x"],
)
def test_a_picture_from_anywhere_else_is_left_as_its_text(source: str) -> None:
    html = to_html(f"![A map]({source})", "m")

    assert "<img" not in html
    assert "A map" in html


@pytest.mark.parametrize(
    "markdown",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "[x](javascript:alert(1))",
        '![x" onload="alert(1)](media/a.svg)',
        '![x](media/a.svg "</figcaption><script>alert(1)</script>")',
    ],
)
def test_nothing_in_a_lesson_or_a_question_runs(markdown: str) -> None:
    for html in (to_html(markdown, "m"), to_inline_html(markdown)):
        tags = Tags(html)
        assert "script" not in tags.names
        assert not [name for name in tags.attributes if name.startswith("on")]
        assert not [text for text in tags.attributes.values() if "javascript:" in text]


def test_tables_callouts_footnotes_and_code_are_shown() -> None:
    html = to_html("> [!TIP]\n> Look.\n\n|a|b|\n|-|-|\n|1|2|\n\n`x`[^1]\n\n[^1]: Why.", "m")

    for piece in ("callout-tip", "<table>", "<code>x</code>", "footnotes", "Why."):
        assert piece in html

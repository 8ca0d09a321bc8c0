"""Lessons from Markdown to HTML that is safe to show."""

import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.anchors import anchors_plugin
from mdit_py_plugins.footnote import footnote_plugin

_CALLOUT = re.compile(r"<blockquote>\s*<p>\[!(NOTE|TIP|WARNING)\]\s*(?:<br />)?")
_MEDIA = re.compile(r"media/(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)")
_VIDEOS = {"mp4": "video/mp4", "webm": "video/webm"}
_TAGS = nh3.ALLOWED_TAGS | {"section", "figure", "figcaption", "video", "source", "track"}
_ATTRIBUTES = {
    **nh3.ALLOWED_ATTRIBUTES,
    "blockquote": {"class"},
    "h2": {"id"},
    "section": {"class"},
    "li": {"id", "class"},
    "a": {"href", "id", "class"},
    "sup": {"class"},
    "ol": {"class", "start"},
    "th": {"style"},
    "td": {"style"},
    "code": {"class"},
    "img": {"src", "alt", "loading"},
    "video": {"controls", "preload", "aria-label", "playsinline"},
    "source": {"src", "type"},
    "track": {"src", "kind", "srclang", "label"},
}


@lru_cache(maxsize=512)
def to_html(markdown: str, module: str = "", anchors: bool = False) -> str:
    """Return sanitized HTML for a lesson: CommonMark, tables, footnotes, callouts, media.

    ``module`` is the slug in whose folder its pictures and videos are. With ``anchors``, headings
    can be linked to, as ``headings`` lists them.
    """
    html = _CALLOUT.sub(_callout, _parser(anchors).render(markdown, {"module": module}))
    return nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, link_rel=None)


@lru_cache(maxsize=2048)
def to_inline_html(markdown: str) -> str:
    """Return sanitized HTML for a line: the prompt of a question, an option, a feedback."""
    return nh3.clean(_parser().renderInline(markdown, {"module": ""}), link_rel=None)


@lru_cache(maxsize=2)
def _parser(anchors: bool = False) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").use(footnote_plugin)
    parser.add_render_rule("image", _media)
    if anchors:
        parser.use(anchors_plugin, max_level=2)
    return parser


def _media(
    _renderer: Any, tokens: Sequence[Token], index: int, _options: Any, env: dict[str, Any]
) -> str:
    """Draw a picture or a video of the module's folder; anything else is left as its text."""
    token = tokens[index]
    text = escape(token.content)
    found = _MEDIA.fullmatch(str(token.attrs.get("src", "")))
    if found is None or not env["module"]:
        return text
    path = f"/media/{env['module']}/{found['name']}"
    stem, _, ending = path.rpartition(".")
    caption = escape(str(token.attrs.get("title", "")))
    caption = f"<figcaption>{caption}</figcaption>" if caption else ""
    if ending not in _VIDEOS:
        return f'<figure><img src="{path}" alt="{text}" loading="lazy">{caption}</figure>'
    return (
        f'<figure><video controls playsinline preload="metadata" aria-label="{text}">'
        f'<source src="{path}" type="{_VIDEOS[ending]}">'
        f'<track src="{stem}.vtt" kind="captions" srclang="en" label="English">'
        f"</video>{caption}</figure>"
    )


def headings(markdown: str) -> list[tuple[str, str]]:
    """Return the anchor and the text of each second-level heading."""
    tokens = MarkdownIt("commonmark").use(anchors_plugin, max_level=2).parse(markdown)
    return [
        (str(token.attrs["id"]), tokens[place + 1].content)
        for place, token in enumerate(tokens)
        if token.type == "heading_open" and token.tag == "h2"
    ]


def _callout(match: re.Match[str]) -> str:
    kind = match[1]
    return f'<blockquote class="callout callout-{kind.lower()}"><p><b>{kind.title()}.</b> '

"""Lessons from Markdown to HTML that is safe to show."""

import re
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from mdit_py_plugins.footnote import footnote_plugin

_CALLOUT = re.compile(r"<blockquote>\s*<p>\[!(NOTE|TIP|WARNING)\]\s*(?:<br />)?")
_ATTRIBUTES = {
    **nh3.ALLOWED_ATTRIBUTES,
    "blockquote": {"class"},
    "section": {"class"},
    "li": {"id", "class"},
    "a": {"href", "id", "class"},
    "sup": {"class"},
    "ol": {"class", "start"},
    "th": {"style"},
    "td": {"style"},
}


@lru_cache(maxsize=512)
def to_html(markdown: str) -> str:
    """Return sanitized HTML for a lesson: CommonMark, tables, footnotes and callouts."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").use(footnote_plugin)
    html = _CALLOUT.sub(_callout, parser.render(markdown))
    return nh3.clean(
        html, tags=nh3.ALLOWED_TAGS | {"section"}, attributes=_ATTRIBUTES, link_rel=None
    )


def _callout(match: re.Match[str]) -> str:
    kind = match[1]
    return f'<blockquote class="callout callout-{kind.lower()}"><p><b>{kind.title()}.</b> '

"""Markdown without its marks, where a text is shown as it is: in tables, mails and reports."""

from markdown_it import MarkdownIt

_PARSER = MarkdownIt()


def plain_text(markdown: str) -> str:
    """Return the words of a line of Markdown."""
    (line,) = _PARSER.parseInline(markdown)
    breaks = ("softbreak", "hardbreak")
    return "".join(
        " " if token.type in breaks else token.content for token in line.children or []
    ).strip()

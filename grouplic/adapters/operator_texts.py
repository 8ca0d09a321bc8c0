"""Texts that the operator provides as Markdown files in a folder."""

from pathlib import Path

NAMES = ("terms", "privacy", "contact")


class OperatorTexts:
    """Reads a text anew whenever it is asked for, so that a changed file needs no restart."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, name: str) -> str:
        """Return the Markdown of ``name``; a file that is missing is said to be."""
        if name not in NAMES:
            raise LookupError(name)
        try:
            return (self._folder / f"{name}.md").read_text(encoding="utf-8")
        except FileNotFoundError:
            return f"# {name.title()}\n\nThe operator of this site has not written this text yet.\n"

"""RESULTS.md: each command writes its own section, and leaves the others as they are."""

import re
from pathlib import Path

FILE = Path(__file__).parent / "RESULTS.md"
_HEAD = """# Results

Written by `make bench`, `make growth` and `make load`, each its own section. Every figure is the
median of its runs, with the least and the most beside it.
"""
_SECTIONS = ("Figures", "Growth", "Load")


def write_section(title: str, text: str) -> None:
    """Put the text under its heading; sections that were never written are left out."""
    old = FILE.read_text(encoding="utf-8") if FILE.exists() else ""
    found = re.split(r"^## (.+)\n", old, flags=re.MULTILINE)[1:]
    sections = dict(zip(found[::2], found[1::2], strict=True)) | {title: f"\n{text.strip()}\n\n"}
    parts = [f"## {name}\n{sections[name]}" for name in _SECTIONS if name in sections]
    FILE.write_text("\n".join([_HEAD, *(part.rstrip() + "\n" for part in parts)]), encoding="utf-8")

"""Prints the settings as the README's table, or says that the README's is out of date."""

import sys
from pathlib import Path

from pydantic import SecretStr

from grouplic.settings import Settings

_START, _END = "<!-- settings -->\n", "<!-- /settings -->"


def table() -> str:
    """Return a row for every setting: its name in the environment, its default, what it is for."""
    rows = ["| setting | default | what it is for |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.default
        if isinstance(default, SecretStr):
            default = "(development only)" if default.get_secret_value() else ""
        shown = f"`{default}`" if default not in ("", None) else ""
        rows.append(f"| `{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(rows) + "\n"


def main() -> int:
    """Write the table into the README; with --check, only compare."""
    readme = Path("README.md")
    text = readme.read_text(encoding="utf-8")
    before, rest = text.split(_START, 1)
    after = rest.split(_END, 1)[1]
    fresh = f"{before}{_START}{table()}{_END}{after}"
    if "--check" in sys.argv:
        if fresh != text:
            print("The README's settings are out of date: python -m scripts.settings_table")
        return int(fresh != text)
    readme.write_text(fresh, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

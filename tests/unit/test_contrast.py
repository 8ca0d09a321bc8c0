"""Every pair of tokens that meet as text and ground can be read, in both themes (WCAG 2.2, AA)."""

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).parent.parent.parent / "assets" / "grouplic.css").read_text()
TEXT, EDGE = 4.5, 3.0
# Text on what it stands on, as the parts use them.
TEXT_ON = [
    *[(ink, ground) for ink in ("ink", "ink-2", "ink-3") for ground in ("paper", "card")],
    *[("ink", f"{soft}-soft") for soft in ("accent", "amber", "red")],
    *[(color, f"{color}-soft") for color in ("accent", "amber", "red")],
    *[(color, ground) for color in ("accent", "amber", "red") for ground in ("paper", "card")],
    ("ink-2", "accent-soft"),
    ("ink-3", "amber-soft"),
    ("accent-ink", "accent"),
    ("paper", "done"),
]
# The edge of a field, a button or a tile, and of the focus ring.
EDGE_ON = [(edge, ground) for edge in ("line-2", "accent") for ground in ("paper", "card")]


def tokens(selector: str) -> dict[str, str]:
    block = re.search(re.escape(selector) + r"\{(.*?)\n\}", CSS, re.DOTALL)
    assert block
    return dict(re.findall(r"--([a-z0-9-]+):(#[0-9a-f]{3,6})\b", block[1]))


LIGHT = tokens("\n:root")
DARK = {**LIGHT, **tokens("\n:root.dark")}


def luminance(color: str) -> float:
    digits = color[1:] if len(color) == 7 else "".join(one * 2 for one in color[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_is_the_one_of_the_guidelines() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT_ON)
def test_text_can_be_read(theme: dict[str, str], ink: str, ground: str) -> None:
    assert contrast(theme[ink], theme[ground]) >= TEXT


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("edge", "ground"), EDGE_ON)
def test_edges_can_be_seen(theme: dict[str, str], edge: str, ground: str) -> None:
    assert contrast(theme[edge], theme[ground]) >= EDGE

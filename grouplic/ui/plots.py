"""Plots, drawn as SVG by ourselves: a sentence as title, a picture, the same figures as a table."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

el = rx.el

_WIDTH, _HEIGHT, _FLOOR = 640, 220, 180


@dataclass(frozen=True)
class Bar:
    """One bar with its number above and its label below."""

    label: str
    number: int
    x: int
    y: int
    width: int
    height: int
    middle: int


@dataclass(frozen=True)
class Line:
    """A line that rises in steps, the area below it, and the labels of its axis."""

    path: str
    area: str
    start: str
    end: str
    half_y: int


@dataclass(frozen=True)
class Point:
    """One step of the line, for the table."""

    label: str
    value: str


def bars_of(counts: list[tuple[str, int]]) -> list[Bar]:
    """Return the bars for numbers with labels."""
    most, each = max((number for _, number in counts), default=0) or 1, _WIDTH / len(counts)
    return [
        Bar(
            label,
            number,
            x=round(place * each + each * 0.12),
            y=round(_FLOOR - 150 * number / most),
            width=round(each * 0.76),
            height=round(150 * number / most),
            middle=round(place * each + each / 2),
        )
        for place, (label, number) in enumerate(counts)
    ]


def line_of(points: list[tuple[int, float]]) -> Line:
    """Return the line through (day, share of all) in steps."""
    if not points:
        return Line("", "", "", "", _FLOOR - 75)
    last = max(1, points[-1][0])
    path, height = f"M0 {_FLOOR}", _FLOOR
    for day, share in points:
        x = round(_WIDTH * day / last)
        path += f" L{x} {height}"
        height = round(_FLOOR - 150 * share)
        path += f" L{x} {height}"
    days = "1 day" if last == 1 else f"{last} days"
    return Line(path, f"{path} L{_WIDTH} {_FLOOR} Z", "joined", f"{days} later", _FLOOR - 75)


def plot(
    sentence: Any,
    picture: rx.Component,
    table: rx.Component,
    name: str,
    note: rx.Component | None = None,
) -> rx.Component:
    """Compose a plot: what it says, the picture with a note, and the figures behind a click."""
    return el.section(
        el.h2(sentence, id=f"{name}-title"),
        picture,
        note,
        el.details(el.summary("Show as a table"), table, class_name="more"),
        class_name="card plot",
        id=name,
        aria_labelledby=f"{name}-title",
    )


def bar_picture(bars: rx.Var[list[Bar]], sentence: Any) -> rx.Component:
    """Draw the bars."""

    def draw(bar: rx.Var[Bar]) -> rx.Component:
        return el.g(
            el.rect(
                x=bar.x, y=bar.y, width=bar.width, height=bar.height, rx="3", class_name="fill"
            ),
            rx.cond(
                bar.number > 0,
                el.text(bar.number, x=bar.middle, y=bar.y - 6, class_name="number"),
            ),
            el.text(bar.label, x=bar.middle, y=str(_FLOOR + 20), class_name="label"),
        )

    return _svg(sentence, _floor(), rx.foreach(bars, draw))


def line_picture(line: rx.Var[Line], sentence: Any) -> rx.Component:
    """Draw the line, with half of all as a mark."""
    return _svg(
        sentence,
        el.line(x1="0", x2=str(_WIDTH), y1=line.half_y, y2=line.half_y, class_name="half"),
        el.text("half", x="0", y=line.half_y - 5, class_name="label left"),
        el.path(d=line.area, class_name="area"),
        el.path(d=line.path, class_name="stroke"),
        _floor(),
        el.text(line.start, x="0", y=str(_FLOOR + 20), class_name="label left"),
        el.text(line.end, x=str(_WIDTH), y=str(_FLOOR + 20), class_name="label right"),
    )


def share(percent: Any, look: Any = "fill") -> rx.Component:
    """Draw a share of a whole as one bar, for the rows of a list."""
    return el.svg(
        el.rect(x="0", y="0", width="100", height="10", class_name="whole"),
        el.rect(x="0", y="0", width=percent, height="10", class_name=look),
        view_box="0 0 100 10",
        custom_attrs={"preserveAspectRatio": "none"},
        class_name="share",
        aria_hidden="true",
    )


def _floor() -> rx.Component:
    return el.line(x1="0", x2=str(_WIDTH), y1=str(_FLOOR), y2=str(_FLOOR), class_name="floor")


def _svg(sentence: Any, *content: Any) -> rx.Component:
    return el.svg(
        *content,
        view_box=f"0 0 {_WIDTH} {_HEIGHT}",
        class_name="picture",
        role="img",
        aria_label=sentence,
    )

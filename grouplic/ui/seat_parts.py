"""The picture of a group's seats: tiles, or a bar past a few hundred, and what they mean."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from grouplic.services.seat_map import MOST_TILES
from grouplic.ui.numbers import written

el = rx.el

Counts = Sequence[tuple[str, str, Any]]  # of each state: its look, its name, how many there are

# More tiles than these are too small for letters.
_MOST_LETTERED = 60

_SEAT_CLASS = (
    ("c", "seat done"),
    ("l", "seat taken"),
    ("i", "seat issued"),
    ("r", "seat retired"),
    ("-", "seat withdrawn"),
)
_SEAT_WORD = (
    ("c", "completed"),
    ("l", "learning"),
    ("i", "key handed out"),
    ("r", "retired"),
    ("-", "withdrawn"),
)


def picture(
    seats: rx.Var[str], sentence: Any, counts: Counts, bought: Any, latest: Any = 0
) -> rx.Component:
    """The seats of a group of ``bought`` seats, as tiles or as a bar, above their legend."""
    return rx.fragment(
        rx.cond(
            bought <= MOST_TILES,
            seat_map(seats, sentence, rx.Var.create(latest)),
            seat_bar(counts, sentence),
        ),
        legend(counts),
    )


def seat_map(seats: rx.Var[str], sentence: rx.Var[str], latest: rx.Var[int]) -> rx.Component:
    """Every seat as a tile. ``seats`` holds one entry a seat, as ``services.seat_map`` writes it.

    ``latest`` is the number of the seat that was taken last, and gets a ring. The map is one stop
    of the keyboard; ``assets/seats.js`` says who holds the seat that is pointed at.
    """
    entries = seats.split("|")
    return el.div(
        el.div(
            rx.foreach(entries, lambda entry, index: _tile(entry, index, latest)),
            class_name=rx.cond(entries.length() > _MOST_LETTERED, "seats dense", "seats"),
            role="listbox",
            aria_label=sentence,
            tab_index=0,
            custom_attrs={"data-seats": "true"},
        ),
        el.p(
            "Choose a seat to see who holds it.",
            class_name="hint seat-says",
            aria_hidden="true",
            custom_attrs={"data-seat-says": "true"},
        ),
    )


def _tile(entry: rx.Var[str], index: rx.Var[int], latest: rx.Var[int]) -> rx.Component:
    number = (index + 1).to(int)
    look = rx.match(entry[0], *_SEAT_CLASS, "seat open").to(str)
    word = rx.match(entry[0], *_SEAT_WORD, "open").to(str)
    taken = entry.length() > 1
    learner = entry.split("~")
    who = rx.cond(taken, ": " + learner[1].to(str) + ", ", ": ").to(str)
    return el.span(
        rx.cond(taken, learner[0].to(str)[1:], number.to_string()),
        id="seat-" + number.to_string(),
        class_name=rx.cond(number == latest, look + " now", look),
        role="option",
        aria_label="Seat " + number.to_string() + who + word,
    )


def seat_bar(counts: Counts, sentence: Any) -> rx.Component:
    """Past a few hundred seats: one bar with a share for each state that there is."""
    return el.div(
        *[
            rx.cond(number > 0, el.i(class_name=look, style={"flexGrow": number}))
            for look, _, number in counts
        ],
        class_name="seat-bar",
        role="img",
        aria_label=sentence,
    )


def legend(counts: Counts) -> rx.Component:
    """What the tiles mean, with how many there are."""
    return el.div(
        *[
            el.span(
                el.span(class_name=f"seat {look}", aria_hidden="true"),
                f"{word} ",
                el.b(written(number), data_count=look),
            )
            for look, word, number in counts
        ],
        class_name="legend",
    )

"""Outside production: every part in every state, to look at and to check."""

import reflex as rx

from grouplic.ui import parts, seat_parts
from grouplic.ui.shell import page, page_head

el = rx.el

_SENTENCE = "4 of 10 seats taken, 2 keys handed out, 3 open, 1 retired"
_COUNTS = [
    ("done", "Completed", 3),
    ("taken", "Learning", 5),
    ("issued", "Key handed out", 4),
    ("open", "Open", 6),
    ("retired", "Retired", 1),
]
_MANY = [
    ("done", "Completed", 1_200),
    ("taken", "Learning", 7_300),
    ("issued", "Key handed out", 500),
    ("open", "Open", 1_000),
    ("retired", "Retired", 0),
]
# As services.seat_map writes it: state and initials, then the name.
_SEATS = "|".join(
    ["cAL~Ann Lee", "cBC~Bo Chen", "lCD~Carla Diaz", "lDA~Deniz Ak", "i", "i", "r", "o", "o", "o"]
)
_LONG = (
    "A sentence that goes on for a good while, as a name, a note or a reason sometimes does, so "
    "that it must wrap without breaking anything around it, even a word of its own such as "
    "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetzesbegründung."
)


def every_part() -> rx.Component:
    """The page."""
    return page(
        page_head(
            "Outside production only",
            "Parts",
            parts.how_it_works("group-license-faq", "Group licenses"),
            parts.link_button("A link", "#buttons"),
            parts.primary("The primary one"),
        ),
        _buttons(),
        _notices(),
        _fields(),
        _numbers(),
        _seats(),
        _waiting(),
    )


def _part(title: str, *states: rx.Component, anchor: str = "") -> rx.Component:
    return el.section(
        el.h2(title, id=anchor or title.lower()), *states, class_name="card stack part"
    )


def _buttons() -> rx.Component:
    return _part(
        "Buttons",
        el.div(
            parts.primary("Primary"),
            parts.primary("Primary, disabled", disabled=True),
            parts.button("Plain"),
            parts.button("Plain, disabled", disabled=True),
            parts.button("Pressed", aria_pressed="true"),
            el.button("Destructive", type="button", class_name="btn danger"),
            class_name="row wrap",
        ),
        el.div(
            parts.link_button("A link", "#buttons"),
            parts.link_button("A primary link", "#buttons", "primary"),
            parts.download_link("A file", "/uploads/sample.csv"),
            parts.copy_button("copied text"),
            parts.copy_button("copied text", "Copy the key"),
            parts.how_it_works("redeem-a-key", "Redeeming a key"),
            class_name="row wrap",
        ),
    )


def _notices() -> rx.Component:
    return _part(
        "Notices",
        *[
            parts.notice(kind, f"A notice of kind {kind}. {_LONG}")
            for kind in ("info", "good", "warn", "bad")
        ],
        parts.refusal(rx.Var.create("What was refused, and what to do about it.")),
        parts.refusal(rx.Var.create("")),
        el.div(
            *[
                el.span(f"Chip {look}".strip(), class_name=f"chip {look}".strip())
                for look in ("", "warn", "bad", "plain")
            ],
            class_name="row wrap",
        ),
    )


def _fields() -> rx.Component:
    return _part(
        "Fields",
        parts.field("Empty", "part-empty", type="text"),
        parts.field(
            "With a hint", "part-hint", hint=_LONG, type="text", default_value="Something typed"
        ),
        parts.field(
            "Refused",
            "part-refused",
            hint="The hint stays.",
            error="What is wrong with it, and what would be right.",
            type="text",
            default_value="wrong",
        ),
        parts.field("Read only", "part-read", type="text", read_only=True, default_value="Fixed"),
        parts.field("Disabled", "part-off", type="text", disabled=True, default_value="Off"),
        parts.password_field("Password", "part-password", "new-password", hint="It has a hint."),
    )


def _numbers() -> rx.Component:
    return _part(
        "Numbers and progress",
        el.div(
            parts.stat("Not started", 4),
            parts.stat("Many", "10,000", el.a("See them", href="#numbers")),
            class_name="row wrap",
        ),
        *[
            parts.progress(rx.Var.create(done), rx.Var.create(total), f"{done} of {total} done")
            for done, total in ((0, 6), (3, 6), (6, 6), (0, 0))
        ],
        parts.steps(("First", "What comes first."), ("Second", _LONG), ("Third", "The end.")),
        anchor="numbers",
    )


def _seats() -> rx.Component:
    return _part(
        "Seats",
        seat_parts.seat_map(
            rx.Var.create(_SEATS),
            rx.Var.create(_SENTENCE),
            rx.Var.create(4),
        ),
        seat_parts.legend(_COUNTS),
        seat_parts.seat_bar(_MANY, "8,500 of 10,000 seats taken"),
        seat_parts.legend(_MANY),
    )


def _waiting() -> rx.Component:
    return _part(
        "Empty, loading",
        parts.empty_state(
            _LONG.split()[-1],
            "One sentence that says what to do, and the button that does it.",
            parts.link_button("Do it", "#waiting", "primary"),
        ),
        parts.skeleton(3),
        parts.when_loaded(rx.Var.create(False), el.p("Loaded"), 2),
        parts.when_loaded(rx.Var.create(True), el.p("Loaded")),
        anchor="waiting",
    )

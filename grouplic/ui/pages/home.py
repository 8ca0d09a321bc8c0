"""The start page: who a group license is for, how it works, what it costs, and the modules."""

from collections.abc import Sequence

import reflex as rx

from grouplic.services.catalog import ModuleText
from grouplic.ui import parts, seat_parts
from grouplic.ui.pages import catalog
from grouplic.ui.shell import page

el = rx.el

_PICTURED = [
    *(("done", name) for name in ("AL", "BC", "CD", "DA", "ER")),
    *(("taken", name) for name in ("FS", "GB", "HI", "IP", "JP", "KL", "LM", "MR", "NW", "OS")),
    ("taken", "PH"),
    ("taken now", "RS"),
    ("retired", "18"),
    *(("issued", str(number)) for number in range(19, 23)),
    *(("open", str(number)) for number in range(23, 31)),
]
_LEGEND = [
    ("done", "Completed", 5),
    ("taken", "Learning", 12),
    ("issued", "Key handed out", 4),
    ("open", "Open", 8),
]
_FOR = (
    (
        "Teams at work",
        "Privacy, phishing, clear writing: everybody on the same footing, and a report that says "
        "who has done what.",
    ),
    (
        "Classes and courses",
        "Hand out keys on paper, or one join link in a chat. Nobody needs an account beforehand.",
    ),
    (
        "Research groups",
        "The rules of good conduct on realistic cases, with a certificate that anyone can verify.",
    ),
)
_COST = (
    (
        "Seats times modules",
        "Each module has one price a seat. Twelve seats in three modules cost twelve times the "
        "sum of the three, and every seat opens all of them.",
    ),
    (
        "Paid once, by card or invoice",
        "You see the whole price while you choose. A quote as a PDF keeps it for 30 days, for "
        "whoever has to approve it.",
    ),
    (
        "Seats are not lost",
        "Remove somebody who has not started, and the seat is free for the next person. Add "
        "seats and modules whenever you need them.",
    ),
)
_ASKED = (
    (
        "Do my learners need an account first?",
        "No. They create one when they redeem their key or follow your invitation, and whoever "
        "has an account keeps it as it is.",
    ),
    (
        "How do I hand out the seats?",
        "In three ways: invite people by email, hand out enrollment keys (as a file, as printed "
        "cards or by mail), or upload a CSV file with names and addresses.",
    ),
    (
        "What do I see of my learners?",
        "In the modules of your group: lessons done, scores, attempts and times. Nothing else, "
        "and they are told so before they join.",
    ),
    (
        "What if somebody leaves?",
        "You remove them, or swap them for somebody else. If they had opened no lesson, their "
        "seat is open again, with a new key. Otherwise it retires, and stays theirs to come back "
        "to.",
    ),
    (
        "When does a group license end?",
        "The purchase page says it for each module: never, on a date, or after some months. At "
        "the end access pauses and nothing is deleted.",
    ),
)


def home(written: Sequence[ModuleText]) -> rx.Component:
    """The page; ``written`` are the modules as they are when the site is built."""
    return page(
        _hero(),
        _section("Made for people who learn together", _texts(_FOR), "for-whom"),
        _section("How it works", _way(), "how"),
        _section("Modules and prices", catalog.modules(written), "modules"),
        _section("What it costs", _texts(_COST), "cost"),
        _section("Questions", _questions(), "questions", "split"),
        _try_it(),
        current="Modules",
    )


def _section(title: str, content: rx.Component, anchor: str, look: str = "") -> rx.Component:
    return el.section(el.h2(title, id=anchor), content, class_name=f"home-part {look}".strip())


def _hero() -> rx.Component:
    return el.section(
        el.div(
            el.p("Group licenses of online modules", class_name="eyebrow"),
            el.h1("Buy seats once. Fill them in minutes. Watch people learn."),
            el.p(
                "Choose modules for your team or class, pay for the seats together, and hand out "
                "one key a person. You see every seat fill, live.",
                class_name="lead",
            ),
            el.div(
                parts.link_button("Buy a group license", "/buy", "primary large"),
                parts.link_button("I have an enrollment key", "/redeem", "large"),
                class_name="row wrap",
            ),
        ),
        _board(),
        class_name="hero-home",
    )


def _board() -> rx.Component:
    """A dashboard in small: the seat map of an invented group."""
    return el.div(
        el.div(
            el.p(el.b("17"), el.span(" of 30"), class_name="count"),
            el.p("seats taken", class_name="grow"),
            el.p("Northlab autumn intake", class_name="hint hide-phone"),
            class_name="row",
        ),
        el.div(
            *[el.span(words, class_name=f"seat {look}") for look, words in _PICTURED],
            class_name="seats",
        ),
        seat_parts.legend(_LEGEND),
        el.p(el.i(), "Live. Rosa Silva took seat 17 just now", class_name="live"),
        class_name="card board",
        role="img",
        aria_label="The seat map of a group: 17 of 30 seats taken, 4 keys handed out, 8 open, "
        "1 retired",
    )


def _way() -> rx.Component:
    return parts.steps(
        (
            "Choose and pay",
            "Pick modules and a number of seats. Your group is ready once it is paid.",
        ),
        (
            "Fill the seats",
            "By email, by enrollment keys or from a CSV file. Each person takes one seat.",
        ),
        (
            "Watch people learn",
            "Seats fill on your dashboard as it happens. You see who has not started, and where "
            "somebody is stuck.",
        ),
    )


def _texts(texts: Sequence[tuple[str, str]]) -> rx.Component:
    return el.div(*[el.div(el.h3(title), el.p(text)) for title, text in texts], class_name="thirds")


def _questions() -> rx.Component:
    return el.div(
        *[
            el.details(el.summary(question), el.p(answer), class_name="asked-often")
            for question, answer in _ASKED
        ],
        el.p(el.a("All questions about group licenses", href="/help/group-license-faq")),
        class_name="questions",
    )


def _try_it() -> rx.Component:
    return el.section(
        el.div(
            el.h2("Look around before you buy"),
            el.p(
                "A sandbox group is full of invented people. Hand out keys, read the reports, "
                "throw it away. Nobody is mailed and nothing is paid."
            ),
            class_name="grow",
        ),
        parts.link_button("Open a sandbox group", "/my-teaching"),
        class_name="card try-it",
    )

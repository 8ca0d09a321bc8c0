"""The page Manage People: the list, and under a person what is about to be done."""

import reflex as rx

from grouplic.ui import parts
from grouplic.ui.numbers import percentage, written
from grouplic.ui.pages.group_page import group_page
from grouplic.ui.pages.people import STANDINGS, PeopleState, PersonRow
from grouplic.ui.pages.person import PersonState, about_to
from grouplic.ui.pages.waiting import waiting_list

el = rx.el

_COLUMNS = (
    ("Learner", "name"),
    ("Seat", "seat"),
    ("Joined", "joined"),
    ("Progress", ""),
    ("Last activity", "activity"),
    ("State", ""),
)
_SORTED = [(label, sort) for label, sort in _COLUMNS if sort]


def people() -> rx.Component:
    """The page."""
    path = "/my-teaching/" + PeopleState.group_id
    return group_page(
        PeopleState,
        "Manage People",
        el.div(
            # Refused before there was a panel under the person to say so.
            rx.cond(PersonState.person == "", parts.refusal(PersonState.refusal)),
            _outcome(),
            _list(),
            waiting_list(),
            class_name="stack-wide",
        ),
        parts.how_it_works("manage-people", "Managing people"),
        rx.cond(PeopleState.leads_all, parts.link_button("Leaders", path + "/leaders")),
        parts.link_button("Invite via Email", path + "/invite", "primary"),
        lines=10,
    )


def _outcome() -> rx.Component:
    undo = el.button(
        PeopleState.undo,
        type="button",
        class_name="link",
        on_click=PeopleState.put_back(""),
    )
    return el.div(
        rx.cond(
            PeopleState.outcome != "",
            parts.notice(
                "good",
                el.span(PeopleState.outcome, id="outcome"),
                rx.cond(PeopleState.undo != "", undo),
            ),
        ),
        role="status",
        class_name="refusal told",
    )


def _list() -> rx.Component:
    return el.section(
        _looking(),
        rx.cond(
            PeopleState.rows.length() > 0,
            el.table(
                el.thead(el.tr(*[_column(*one) for one in _COLUMNS])),
                el.tbody(rx.foreach(PeopleState.rows, _row)),
                class_name="table people",
            ),
            _nobody(),
        ),
        _pager(),
        class_name="card sheet",
        aria_label="People",
    )


def _pager() -> rx.Component:
    here, several = PeopleState.page_number, PeopleState.pages > 1
    back = parts.button("Previous", on_click=PeopleState.turn(-1), disabled=here <= 1)
    on = parts.button("Next", on_click=PeopleState.turn(1), disabled=here >= PeopleState.pages)
    return el.div(
        el.span(
            written(PeopleState.total),
            rx.cond(PeopleState.total == 1, " person", " people"),
            rx.cond(several, el.span(", page ", written(here), " of ", written(PeopleState.pages))),
            role="status",
            id="people-count",
            class_name="grow",
        ),
        rx.cond(several, back),
        rx.cond(several, on),
        class_name="row wrap people-foot",
    )


def _looking() -> rx.Component:
    return el.div(
        el.div(
            el.label("Search name or email", html_for="find", class_name="visually-hidden"),
            el.input(
                id="find",
                type="search",
                placeholder="Search name or email",
                default_value=PeopleState.search,
                key=PeopleState.group_id,
                on_change=PeopleState.find.debounce(250),
            ),
            class_name="field grow",
        ),
        el.div(
            el.label("Show", html_for="standing", class_name="visually-hidden"),
            el.select(
                el.option("Everyone with a seat", value=""),
                *[el.option(words, value=str(one)) for one, (words, _) in STANDINGS.items()],
                id="standing",
                value=PeopleState.standing,
                on_change=PeopleState.filter_by,
            ),
            class_name="field",
        ),
        # On a phone the columns have no heads to press.
        el.div(
            el.label("Sort by", html_for="sort", class_name="visually-hidden"),
            el.select(
                *[el.option(f"By {label.lower()}", value=sort) for label, sort in _SORTED],
                id="sort",
                value=PeopleState.sort,
                on_change=PeopleState.order_by,
            ),
            class_name="field on-phone",
        ),
        class_name="row wrap people-head",
    )


def _column(label: str, sort: str) -> rx.Component:
    if not sort:
        return el.th(label)
    turned = rx.cond(PeopleState.descending, "descending", "ascending")
    here = PeopleState.sort == sort
    return el.th(
        el.button(
            label,
            el.span(
                rx.cond(here, rx.cond(PeopleState.descending, " ↓", " ↑"), ""),
                aria_hidden="true",
            ),
            type="button",
            on_click=PeopleState.order_by(sort),
        ),
        aria_sort=rx.cond(here, turned, "none"),
    )


def _nobody() -> rx.Component:
    return rx.cond(
        (PeopleState.search == "") & (PeopleState.standing == ""),
        parts.empty_state(
            "Nobody holds a seat yet",
            "Invite people by email, hand out keys, or upload a file of them.",
        ),
        parts.empty_state("Nobody fits", "Try fewer letters, or show everyone with a seat."),
    )


def _row(row: rx.Var[PersonRow]) -> rx.Component:
    return rx.fragment(
        el.tr(
            el.td(
                el.b(row.name),
                rx.cond(row.name != row.email, el.span(row.email, class_name="hint")),
                class_name="person",
            ),
            el.td(el.span("Seat ", class_name="on-phone"), written(row.seat), class_name="seat-no"),
            el.td(
                row.joined,
                el.span(row.way, class_name="hint"),
                rx.cond(row.left != "", el.span("left ", row.left, class_name="hint")),
                class_name="joined",
            ),
            el.td(
                rx.cond(
                    row.left == "",
                    el.span(
                        parts.progress(row.percent, 100, "Progress of " + row.name.to(str)),
                        el.span(percentage(row.percent)),
                        class_name="so-far",
                    ),
                ),
            ),
            el.td(rx.cond(row.left == "", row.activity, ""), class_name="activity"),
            el.td(
                el.div(
                    el.span(row.state, class_name="chip " + row.look.to(str), data_state=row.email),
                    _doings(row),
                    class_name="state-and-doings",
                ),
                rx.cond(row.error != "", el.span(row.error, class_name="error")),
                class_name="doing",
            ),
            class_name=rx.cond(PersonState.person == row.id, "chosen", ""),
        ),
        rx.cond(
            (PersonState.person == row.id) & (row.left == ""),
            el.tr(el.td(about_to(), col_span=6), class_name="about"),
        ),
        key=row.enrollment,
    )


def _doings(row: rx.Var[PersonRow]) -> rx.Component:
    invited = row.invitation != ""
    return rx.cond(
        row.left != "",
        el.div(
            parts.doing("Give a seat again", PeopleState.put_back(row.enrollment), row.email),
            class_name="doings",
        ),
        el.div(
            parts.doing("Swap", PersonState.start(row.id, "swap", ""), row.email),
            parts.doing("Remove", PersonState.start(row.id, "remove", ""), row.email),
            rx.cond(
                invited & row.correctable,
                parts.doing(
                    "Correct", PersonState.start(row.id, "correct", row.invitation), row.email
                ),
            ),
            rx.cond(
                invited,
                parts.doing("Send again", PeopleState.send_again(row.invitation), row.email),
            ),
            class_name="doings",
        ),
    )

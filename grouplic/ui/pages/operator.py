"""The operator's lists of the whole site: searched, paged, exported."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import reflex as rx

from grouplic.domain.refusals import NotFound
from grouplic.services.listing import PAGE, Cell, Day, Money, Prices
from grouplic.services.site_lists import SITE_LISTS
from grouplic.ui import parts, seam
from grouplic.ui.money import show_date, show_moment, show_money, show_number
from grouplic.ui.numbers import written
from grouplic.ui.returning import has_returned
from grouplic.ui.shell import page, page_head

el = rx.el


@dataclass(frozen=True)
class CellRow:
    """A row as texts, and the page that shows more of it."""

    id: str
    first: str
    rest: list[str]
    path: str


class OperatorState(seam.Refusable, rx.State):
    """One list of the whole site."""

    name: str = ""
    title: str = ""
    columns: list[str] = []
    filters: list[str] = []
    rows: list[CellRow] = []
    search: str = ""
    only: str = ""
    number: int = 1
    last: int = 1
    total: int = 0
    file: str = ""
    loaded: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Read the list that the address names."""
        self.name, self.loaded = str(self.site_list) or "orders", False
        if not await has_returned(self):
            self.search, self.only = seam.parameter(self, "search")[:200], ""
            self.number = 1
        await self._read()
        self.loaded = True

    @rx.event
    @seam.shows_refusals
    async def look_for(self, form: dict):
        """Search, and filter."""
        self.search, self.only = str(form.get("search", ""))[:200], str(form.get("only", ""))[:40]
        self.number = 1
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def turn(self, by: int):
        """Turn the page."""
        self.number = min(self.last, max(1, self.number + (1 if by == 1 else -1)))
        await self._read()

    async def _read(self):
        listed = SITE_LISTS.get(self.name)
        if listed is None:
            raise NotFound("list")
        search, only, number = self.search, self.only, self.number
        listing = await seam.read(
            self,
            lambda session, actor, _now: listed.page(session, actor, search, only, number),
        )
        self.title, self.total = listed.title, listing.total
        self.last = max(1, -(-listing.total // PAGE))
        self.columns, self.filters = list(listing.columns), list(listing.filters)
        self.rows = [
            CellRow(row.id, _text(row.cells[0]), [_text(c) for c in row.cells[1:]], row.path)
            for row in listing.rows
        ]
        asked = urlencode({"search": self.search, "only": self.only})
        self.file = f"/operator-files/{self.name}.csv?{asked}"


def operator() -> rx.Component:
    """The page."""
    return page(
        rx.cond(
            OperatorState.refusal == "",
            el.div(
                page_head(
                    "Operator", rx.cond(OperatorState.title != "", OperatorState.title, "Lists")
                ),
                site_lists(OperatorState.name),
                class_name="stack",
            ),
        ),
        parts.closed(OperatorState.refusal, parts.link_button("Back to the start", "/")),
        rx.cond(
            OperatorState.refusal == "",
            parts.when_loaded(
                OperatorState.loaded,
                el.div(_search(), _table(), _pages(), class_name="stack"),
            ),
        ),
        current="Operator",
    )


def head_of_one(state: Any, eyebrow: str, title: rx.Var[str], among: str) -> rx.Component:
    """The head of the page of one thing: its title and the lists, or only why it is closed."""
    return rx.cond(
        state.loaded | (state.refusal == ""),
        el.div(page_head(eyebrow, title), site_lists(among), class_name="stack"),
        parts.closed(state.refusal, parts.link_button("Back to the start", "/")),
    )


def site_lists(current: rx.Var[str] | str = "") -> rx.Component:
    """Links to the lists; the current one is marked."""
    return el.nav(
        *[
            el.a(
                listed.title,
                href=f"/operator/{name}",
                aria_current=rx.cond(current == name, "page", "false"),
            )
            for name, listed in SITE_LISTS.items()
        ],
        aria_label="Lists",
        class_name="tabs",
    )


def _search() -> rx.Component:
    return el.form(
        el.label("Search", html_for="search", class_name="visually-hidden"),
        el.input(
            id="search",
            name="search",
            type="search",
            placeholder="Search",
            default_value=OperatorState.search,
            key=OperatorState.name,
        ),
        rx.cond(
            OperatorState.filters.length() > 0,
            el.label(
                el.span("Only", class_name="visually-hidden"),
                el.select(
                    el.option("All", value=""),
                    rx.foreach(OperatorState.filters, lambda value: el.option(value, value=value)),
                    name="only",
                    default_value="",
                    key=OperatorState.name,
                ),
            ),
        ),
        el.button("Search", type="submit", class_name="btn primary"),
        parts.download_link("Download CSV", OperatorState.file, class_name="btn"),
        on_submit=OperatorState.look_for,
        role="search",
        class_name="row wrap search",
    )


def _table() -> rx.Component:
    return rx.cond(
        OperatorState.rows.length() > 0,
        el.div(
            el.table(
                el.thead(
                    el.tr(rx.foreach(OperatorState.columns, lambda name: el.th(name, scope="col")))
                ),
                el.tbody(rx.foreach(OperatorState.rows, _row)),
                class_name="table",
            ),
            class_name="card wide-table",
            tab_index=0,
            role="region",
            aria_label=OperatorState.title,
        ),
        rx.cond(
            (OperatorState.search == "") & (OperatorState.only == ""),
            parts.empty_state("Nothing here yet", "What happens on the site is listed here."),
            parts.empty_state(
                "Nothing found", "Search for something else, or show all.", _show_all()
            ),
        ),
    )


def _show_all() -> rx.Component:
    return parts.button("Show all", on_click=OperatorState.look_for({}))


def _row(row: rx.Var[CellRow]) -> rx.Component:
    return el.tr(
        el.td(rx.cond(row.path != "", el.a(row.first, href=row.path), row.first)),
        rx.foreach(row.rest, lambda text: el.td(text)),
        key=row.id,
    )


def _pages() -> rx.Component:
    several = OperatorState.last > 1
    return el.div(
        el.p(
            rx.cond(OperatorState.total > 0, written(OperatorState.total) + " in all", ""),
            rx.cond(
                several,
                ", page " + written(OperatorState.number) + " of " + written(OperatorState.last),
                "",
            ),
            role="status",
        ),
        rx.cond(
            several,
            el.div(
                parts.button(
                    "Previous", on_click=OperatorState.turn(-1), disabled=OperatorState.number <= 1
                ),
                parts.button(
                    "Next",
                    on_click=OperatorState.turn(1),
                    disabled=OperatorState.number >= OperatorState.last,
                ),
                class_name="row",
            ),
        ),
        class_name="row wrap between",
    )


def shown_prices(prices: Prices) -> str:
    """Return the price of a seat and its volume prices, such as $24, from 10 $22."""
    tiers = [f"from {show_number(seats)} {_text(money)}" for seats, money in prices.tiers]
    return ", ".join([_text(prices.one), *tiers])


def typed_number(typed: object) -> int:
    """Return the whole number that somebody typed, or 0."""
    text = str(typed).strip()
    return int(text) if text.isdecimal() and len(text) < 6 else 0


def _text(cell: Cell) -> str:
    if isinstance(cell, Money):
        return show_money(cell.amount, cell.currency)
    if isinstance(cell, Prices):
        return shown_prices(cell)
    if isinstance(cell, Day):
        return show_date(cell.at)
    if isinstance(cell, datetime):
        return show_moment(cell)
    return "" if cell is None else str(cell)

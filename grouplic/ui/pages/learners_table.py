"""The dashboard's table of learners: what narrows it, its rows, the way to its files."""

import reflex as rx

from grouplic.domain.performance import Order
from grouplic.services.reports import CUT_WORDS
from grouplic.ui import parts
from grouplic.ui.address import in_address
from grouplic.ui.numbers import percentage, written
from grouplic.ui.pages.progress import CellView, ProgressState, RowView

el = rx.el

_COLUMNS = (
    ("Progress", Order.PROGRESS),
    ("Score", Order.SCORE),
    ("Attempts", Order.ATTEMPTS),
    ("Time", Order.TIME),
    ("Last activity", Order.ACTIVITY),
)


def learners() -> rx.Component:
    """The table of learners, with what narrows it."""
    # What narrows a table is of no use while it is empty.
    anybody = ProgressState.learners > 0
    here = ProgressState.loaded & (ProgressState.group_id == in_address("group"))
    return el.section(
        el.div(
            el.h2("Learners", class_name="grow"),
            rx.cond(anybody, _narrowing()),
            class_name="row wrap sheet-head",
        ),
        parts.refusal(ProgressState.refusal),
        parts.when_loaded(here, rx.cond(ProgressState.rows.length() > 0, _table(), _nobody()), 8),
        rx.cond(anybody, _foot()),
        class_name="card sheet learners",
        aria_label="Learners",
    )


def _narrowing() -> rx.Component:
    return rx.fragment(
        _search(),
        _choice("cut", "Show", "Everyone", ProgressState.cut, ProgressState.cut_to, _cuts()),
        _choice(
            "module",
            "Figures of",
            "All modules",
            ProgressState.module,
            ProgressState.narrow_to,
            [rx.foreach(ProgressState.modules, _module_option)],
        ),
        _downloads(),
    )


def _cuts() -> list[rx.Component]:
    return [el.option(words, value=str(cut)) for cut, words in CUT_WORDS.items()]


def _search() -> rx.Component:
    return el.div(
        el.label("Search name or email", html_for="search-learners", class_name="visually-hidden"),
        el.input(
            id="search-learners",
            type="search",
            placeholder="Search name or email",
            default_value=ProgressState.search,
            key=ProgressState.group_id,
            on_change=ProgressState.find.debounce(250),
        ),
        class_name="field",
    )


def _choice(name: str, label: str, everything: str, value, on_change, options) -> rx.Component:
    return el.div(
        el.label(label, html_for=name, class_name="visually-hidden"),
        el.select(
            el.option(everything, value=""), *options, id=name, value=value, on_change=on_change
        ),
        class_name="field",
    )


def _module_option(module) -> rx.Component:
    return el.option(module.title, value=module.slug)


def _downloads() -> rx.Component:
    base = "/reports/" + ProgressState.group_id
    query = "?" + ProgressState.query
    return el.details(
        el.summary("Download", class_name="btn"),
        el.div(
            parts.download_link("These learners (CSV)", base + "/learners.csv" + query),
            parts.download_link("These learners (Excel)", base + "/learners.xlsx" + query),
            parts.download_link("Report to hand on (PDF)", base + "/report.pdf" + query),
            class_name="panel",
        ),
        class_name="menu drop",
    )


def _table() -> rx.Component:
    return el.div(
        el.table(
            el.thead(
                el.tr(
                    _column("Learner", Order.NAME),
                    rx.cond(
                        ProgressState.by_module,
                        rx.foreach(ProgressState.modules, lambda one: el.th(one.title)),
                        rx.fragment(*[_column(*column) for column in _COLUMNS]),
                    ),
                    el.th("State"),
                )
            ),
            el.tbody(rx.foreach(ProgressState.rows, _row)),
            class_name=rx.cond(ProgressState.by_module, "table matrix", "table totals"),
        ),
        class_name="scroll",
        tab_index=0,
        role="region",
        aria_label="Table of learners",
    )


def _column(label: str, order: Order) -> rx.Component:
    here = ProgressState.order == str(order)
    turned = rx.cond(ProgressState.descending, "descending", "ascending")
    arrow = rx.cond(here, rx.cond(ProgressState.descending, " ↓", " ↑"), "")
    return el.th(
        el.button(
            label,
            el.span(arrow, aria_hidden="true"),
            type="button",
            on_click=ProgressState.sort_by(str(order)),
        ),
        aria_sort=rx.cond(here, turned, "none"),
    )


def _row(row: rx.Var[RowView]) -> rx.Component:
    return el.tr(
        el.td(
            el.a(row.name, href=row.path),
            rx.cond(row.email != "", el.span(row.email, class_name="hint")),
            class_name="person",
        ),
        rx.cond(
            ProgressState.by_module,
            rx.foreach(row.cells, _module_cell),
            rx.fragment(
                el.td(
                    el.span(
                        parts.progress(row.percent, 100, "Progress of " + row.name.to(str)),
                        el.span(percentage(row.percent)),
                        class_name="measure",
                    ),
                    el.span(rx.foreach(row.cells, _dot), class_name="dots", aria_hidden="true"),
                    class_name="done",
                ),
                el.td(row.score, data_label="Score"),
                el.td(row.attempts, data_label="Attempts"),
                el.td(row.time, data_label="Time"),
                el.td(row.activity, data_label="Last activity"),
            ),
        ),
        el.td(
            el.span(row.state, class_name="chip " + row.look.to(str), data_state=row.name),
            rx.cond(row.overdue, el.span("Overdue", class_name="chip bad")),
            class_name="stand",
        ),
        key=row.path,
    )


def _dot(cell: rx.Var[CellView]) -> rx.Component:
    return el.i(
        class_name="dot " + cell.stand.to(str),
        title=cell.module.to(str) + ": " + cell.words.to(str),
    )


def _module_cell(cell: rx.Var[CellView]) -> rx.Component:
    return el.td(
        el.span(
            el.i(class_name="dot " + cell.stand.to(str), aria_hidden="true"),
            el.b(percentage(cell.percent)),
            rx.cond(cell.score != "", el.span(" · score ", cell.score)),
            el.span(", " + cell.words.to(str), class_name="visually-hidden"),
            class_name="line-up",
        ),
        el.span(cell.more, class_name="hint"),
        data_label=cell.module,
    )


def _nobody() -> rx.Component:
    return rx.cond(
        (ProgressState.search == "") & (ProgressState.cut == ""),
        parts.empty_state(
            "Nobody holds a seat yet",
            "Invite people, hand out keys, or upload a file under Users. Their progress appears "
            "here as they learn.",
        ),
        parts.empty_state("Nobody fits", "Search for something else, or show everyone."),
    )


def _foot() -> rx.Component:
    return el.div(
        el.label(
            el.input(
                type="checkbox",
                checked=ProgressState.by_module,
                on_change=ProgressState.show_modules,
            ),
            " A column for each module",
            class_name="row",
        ),
        el.span(
            written(ProgressState.found),
            rx.cond(ProgressState.found == 1, " learner", " learners"),
            rx.cond(
                ProgressState.pages > 1,
                el.span(
                    ", page ",
                    written(ProgressState.page_number),
                    " of ",
                    written(ProgressState.pages),
                ),
            ),
            role="status",
            id="learners-count",
        ),
        rx.cond(
            ProgressState.pages > 1,
            el.span(
                parts.button(
                    "Previous",
                    on_click=ProgressState.turn(-1),
                    disabled=ProgressState.page_number <= 1,
                ),
                parts.button(
                    "Next",
                    on_click=ProgressState.turn(1),
                    disabled=ProgressState.page_number >= ProgressState.pages,
                ),
                class_name="row",
            ),
        ),
        class_name="row wrap between sheet-foot",
    )

"""The panels of the dashboard that answer: who has not started, who is stuck, how good they are."""

import reflex as rx

from grouplic.domain.performance import Cut, Order
from grouplic.ui import parts
from grouplic.ui.pages.progress import CellView, ProgressState, RowView

el = rx.el

_COLUMNS = (
    ("Progress", Order.PROGRESS),
    ("Score", Order.SCORE),
    ("Attempts", Order.ATTEMPTS),
    ("Time", Order.TIME),
    ("Last activity", Order.ACTIVITY),
)
_CUTS = (
    (Cut.NOT_STARTED, "Not started"),
    (Cut.IN_PROGRESS, "In progress"),
    (Cut.STUCK, "Stuck for a week"),
    (Cut.DONE, "Completed"),
    (Cut.FAILED, "Failed"),
    (Cut.OVERDUE, "Overdue"),
)


def answers() -> rx.Component:
    """The three answers, each with what to do about it."""
    path = "/my-teaching/" + ProgressState.group_id
    remind = el.a("Send a reminder", href=path + "/reminders?who=not_started")
    who = el.button(
        "See who", type="button", class_name="link", on_click=ProgressState.cut_to("not_started")
    )
    return el.div(
        parts.stat(
            "Not started",
            el.span(ProgressState.not_started, id="not-started"),
            rx.cond(ProgressState.manages, remind, who),
        ),
        parts.stat(
            "Stuck for a week",
            el.span(ProgressState.stuck, id="stuck"),
            el.a("See where", href=path + "/insights#stuck"),
        ),
        parts.stat(
            "Median score",
            el.span(ProgressState.median, id="median"),
            el.a("Hardest questions", href=path + "/insights#questions"),
        ),
        class_name="answers",
    )


def learners() -> rx.Component:
    """The table of learners, with what narrows it."""
    return el.section(
        el.div(
            el.h2("Learners", class_name="grow"),
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
            class_name="row wrap sheet-head",
        ),
        parts.refusal(ProgressState.refusal),
        parts.when_loaded(
            ProgressState.loaded,
            rx.cond(ProgressState.rows.length() > 0, _table(), _nobody()),
            6,
        ),
        _foot(),
        class_name="card sheet learners",
        aria_label="Learners",
    )


def summary_wish() -> rx.Component:
    """Whether one wants the weekly summary, and the way to due dates."""
    path = "/my-teaching/" + ProgressState.group_id
    return el.section(
        el.h2("Keep up"),
        rx.cond(ProgressState.leads, _weekly()),
        el.p(
            rx.cond(
                ProgressState.manages,
                el.a("Due dates and reminders", href=path + "/reminders"),
            ),
            el.a("Insights", href=path + "/insights"),
            parts.download_link(
                "Report to hand on (PDF)", "/reports/" + ProgressState.group_id + "/report.pdf"
            ),
            class_name="row wrap links",
        ),
        class_name="card",
    )


def _weekly() -> rx.Component:
    return el.label(
        el.input(
            type="checkbox",
            checked=ProgressState.weekly,
            on_change=ProgressState.want_summary,
        ),
        el.span(
            "Mail me a summary every Monday",
            el.span("Who joined, who finished, who is stuck.", class_name="hint"),
            class_name="choice",
        ),
        class_name="check-card",
    )


def _cuts() -> list[rx.Component]:
    return [el.option(words, value=str(cut)) for cut, words in _CUTS]


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
            parts.download_link("Report to hand on (PDF)", base + "/report.pdf"),
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
                        el.span(row.percent, " %"),
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
            el.b(cell.percent, " %"),
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
            "Invite people by email, hand out keys, or upload a file of them. Their progress "
            "appears here as they learn.",
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
            ProgressState.found,
            rx.cond(ProgressState.found == 1, " learner", " learners"),
            rx.cond(
                ProgressState.pages > 1,
                el.span(", page ", ProgressState.page_number, " of ", ProgressState.pages),
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

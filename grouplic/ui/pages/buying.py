"""The group license purchase page: modules × seats, and the quote."""

import reflex as rx

from grouplic.services import shop
from grouplic.ui import parts
from grouplic.ui.pages.buy import BuyState
from grouplic.ui.pages.buy_rows import Choice
from grouplic.ui.pages.buy_ways import sign_in_to_pay, ways_to_pay
from grouplic.ui.shell import page
from grouplic.ui.who import WhoState

el = rx.el


def buy() -> rx.Component:
    """The page."""
    return page(
        _head(),
        rx.cond(BuyState.quote_note != "", parts.notice("info", BuyState.quote_note)),
        rx.cond(
            # Not the choice of an earlier visit: what is typed into it would be lost.
            BuyState.loaded & rx.State.is_hydrated,
            el.div(
                el.div(
                    rx.cond(BuyState.quote_id == "", _choosing(), _as_quoted()),
                    _name(),
                    class_name="stack-wide",
                ),
                _summary(),
                _total_in_reach(),
                custom_attrs={"data-choice": BuyState.chosen},
                class_name="buy",
            ),
            rx.cond(
                BuyState.refusal != "",
                el.div(
                    parts.refusal(BuyState.refusal),
                    el.div(parts.link_button("Choose again", BuyState.choose_anew, "primary")),
                    class_name="stack",
                ),
                parts.skeleton(10),
            ),
        ),
        current="Modules",
    )


def _head() -> rx.Component:
    of_group = rx.cond(BuyState.group_name != "", " for " + BuyState.group_name, "")
    return el.div(
        el.p(
            rx.cond(
                BuyState.loaded & (BuyState.group_id != ""),
                rx.fragment(
                    el.a(BuyState.group_name, href="/my-teaching/" + BuyState.group_id), " · "
                ),
            ),
            rx.match(
                BuyState.adding,
                ("seats", "Add Seats"),
                ("modules", "Add Modules"),
                ("renewal", "Renewal"),
                "Group license",
            ),
            class_name="eyebrow",
        ),
        el.h1(
            rx.match(
                BuyState.adding,
                ("seats", "More seats" + of_group),
                ("modules", "More modules" + of_group),
                ("renewal", "More time" + of_group),
                "Buy a group license",
            )
        ),
        parts.how_it_works("buy-a-group-license", "Buying a group license"),
        class_name="page-head-plain",
    )


def _choosing() -> rx.Component:
    return el.div(_modules(), _seats(), _renewal(), class_name="stack-wide")


def _as_quoted() -> rx.Component:
    return el.div(
        el.h2("As it was quoted"),
        el.p("The same modules and seats, at the price of the quote."),
        el.p(el.a("Choose something else", href=BuyState.choose_anew), class_name="hint"),
        class_name="card stack",
    )


def _modules() -> rx.Component:
    return rx.cond(
        (BuyState.adding != "seats") & (BuyState.adding != "renewal"),
        el.fieldset(
            el.legend("Modules"),
            el.p(
                "Every seat opens every module of its group.",
                rx.cond(
                    BuyState.adding == "modules",
                    " So a module is paid for all of them: also for those whose payment is on its "
                    "way, and not for those that have retired.",
                    "",
                ),
                class_name="hint",
            ),
            rx.foreach(BuyState.choices, _choice),
            class_name="card",
        ),
    )


def _choice(choice: rx.Var[Choice]) -> rx.Component:
    return el.label(
        el.input(
            type="checkbox",
            checked=choice.chosen | choice.owned,
            disabled=choice.owned,
            on_change=BuyState.choose(choice.slug).stop_propagation,
        ),
        el.span(
            el.b(choice.title),
            el.span(choice.size, class_name="hint"),
            rx.cond(choice.volume != "", el.span(choice.volume, class_name="hint")),
            rx.cond(choice.owned, el.span("Your group has it", class_name="chip")),
            class_name="grow choice",
        ),
        rx.cond(choice.owned, el.span(), el.span(choice.price, " a seat", class_name="price")),
        class_name=rx.cond(choice.owned, "check-card owned", "check-card"),
    )


def _seats() -> rx.Component:
    return rx.cond(
        (BuyState.adding != "modules") & (BuyState.adding != "renewal"),
        el.div(
            el.label("Number of seats", html_for="seats"),
            el.div(
                parts.button("−", on_click=BuyState.change_number(-1), aria_label="One seat fewer"),
                el.input(
                    id="seats",
                    name="seats",
                    type="text",
                    input_mode="numeric",
                    value=BuyState.seats.to_string(),
                    on_change=BuyState.set_number.debounce(200),
                    aria_describedby="next-price",
                ),
                parts.button("+", on_click=BuyState.change_number(1), aria_label="One seat more"),
                class_name="stepper",
            ),
            el.p(BuyState.next_price, id="next-price", class_name="hint", role="status"),
            class_name="card field",
        ),
    )


def _renewal() -> rx.Component:
    return rx.cond(
        BuyState.adding == "renewal",
        el.div(
            el.h2("Everything stays as it is"),
            el.p(
                "The same people, modules and progress, for longer. Seats that have retired are "
                "not charged."
            ),
            class_name="card stack",
        ),
    )


def _name() -> rx.Component:
    return rx.cond(
        BuyState.group_id == "",
        el.div(
            parts.field(
                "Group name",
                "group_name",
                hint="Your learners see it. You can tell your groups apart by it.",
                placeholder="Autumn intake",
                max_length=shop.LONGEST_GROUP_NAME,
                default_value=BuyState.group_name,
                on_change=BuyState.name_group.debounce(200),
                # So that what was typed last is known to whatever is pressed next.
                on_blur=BuyState.name_group,
            ),
            class_name="card",
        ),
    )


def _summary() -> rx.Component:
    return el.aside(
        el.h2("Your quote"),
        rx.foreach(
            BuyState.lines,
            lambda line: el.div(
                el.span(line.title, el.span(line.count, class_name="hint")),
                el.span(line.amount),
                class_name="line",
            ),
        ),
        rx.cond(
            BuyState.total != "",
            el.div(el.span("Total"), el.b(BuyState.total, id="total"), class_name="line total"),
            el.p(BuyState.hint, class_name="hint", id="quote-hint"),
        ),
        rx.cond(BuyState.until != "", el.p(BuyState.until, class_name="hint", id="until")),
        parts.refusal(BuyState.refusal),
        rx.cond(WhoState.signed_in, ways_to_pay(), sign_in_to_pay()),
        class_name="card quote",
        id="your-quote",
        aria_live="polite",
    )


def _total_in_reach() -> rx.Component:
    """On a phone, where the quote stands below a long choice: its total, and the way to it."""
    return rx.cond(
        BuyState.total != "",
        el.div(
            el.span("Total ", el.b(BuyState.total)),
            parts.link_button("See your quote", "#your-quote", "primary"),
            class_name="strip",
        ),
    )

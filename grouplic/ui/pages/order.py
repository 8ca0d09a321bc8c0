"""An order's page, which turns into "your group is ready" by itself."""

import reflex as rx

from grouplic.services import checkout, orders
from grouplic.services.uploads import waiting_draft
from grouplic.ui import parts, seam
from grouplic.ui.live import watch
from grouplic.ui.money import show_money
from grouplic.ui.shell import page

el = rx.el


class OrderState(seam.Refusable, rx.State):
    """One order, as its buyer or a leader of its group sees it."""

    order_id: str = ""
    status: str = ""
    kind: str = ""
    group_id: str = ""
    group_name: str = ""
    seats: int = 0
    modules: list[str] = []
    total: str = ""
    receipt_url: str = ""
    checkout_url: str = ""
    waiting_file: str = ""

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Ask the payment provider how the order stands, and watch it."""
        self.status, self.order_id = "", str(self.order)
        order_id = self.order_id
        await seam.read(
            self, lambda session, actor, _now: orders.order_of(session, order_id, actor)
        )
        watch(self, f"order:{order_id}", on=OrderState.load)
        view = await seam.flow(
            self,
            lambda outside, actor, now: checkout.resume_checkout(
                outside.database, outside.payments, self.order_id, actor, now
            ),
        )
        self.status, self.kind = view.status, view.kind
        self.group_id = str(view.group_id or "")
        self.group_name, self.seats = view.group_name, view.seats
        self.modules = list(view.modules)
        self.total = show_money(view.amount_total, view.currency)
        self.receipt_url, self.checkout_url = view.receipt_url, view.checkout_url
        self.waiting_file = await seam.read(
            self,
            lambda session, actor, _now: (
                waiting_draft(session, view.group_id, actor) if view.group_id else ""
            ),
        )


def order() -> rx.Component:
    """The page."""
    return page(
        parts.refusal(OrderState.refusal),
        rx.cond(
            OrderState.refusal == "",
            parts.when_loaded(OrderState.status != "", _order()),
        ),
        current="myTeaching",
        narrow=True,
    )


def _order() -> rx.Component:
    return el.section(
        el.p(OrderState.group_name, class_name="eyebrow"),
        el.div(
            rx.match(
                OrderState.status,
                ("fulfilled", _ready()),
                ("pending", _pending()),
                ("processing", _processing()),
                ("expired", _ended("This purchase was not finished, and nothing was charged.")),
                _ended("The payment failed, and nothing was charged."),
            ),
            aria_live="polite",
        ),
        el.dl(
            el.dt("Modules"),
            el.dd(rx.foreach(OrderState.modules, lambda title: el.div(title))),
            el.dt("Seats"),
            el.dd(OrderState.seats.to_string()),
            el.dt("Total"),
            el.dd(OrderState.total),
        ),
        class_name="card order",
    )


def _ready() -> rx.Component:
    group = "/my-teaching/" + OrderState.group_id
    return el.div(
        el.h1(
            rx.match(
                OrderState.kind,
                ("add_seats", "Your seats are there."),
                ("add_modules", "Your modules are open."),
                "Your group is ready.",
            )
        ),
        el.div(
            rx.cond(
                OrderState.waiting_file != "",
                rx.fragment(
                    parts.link_button(
                        "Go on with " + OrderState.waiting_file, group + "/upload", "primary"
                    ),
                    parts.link_button("Go to the dashboard", group),
                ),
                parts.link_button("Go to the dashboard", group, "primary"),
            ),
            rx.cond(
                OrderState.receipt_url != "",
                el.a("Receipt", href=OrderState.receipt_url, class_name="btn", target="_blank"),
            ),
            class_name="row wrap",
        ),
        class_name="stack",
    )


def _pending() -> rx.Component:
    return el.div(
        el.h1("Waiting for the payment."),
        el.p("This page changes by itself as soon as it is paid."),
        rx.cond(
            OrderState.checkout_url != "",
            el.a("Go on paying", href=OrderState.checkout_url, class_name="btn primary"),
        ),
        class_name="stack",
    )


def _processing() -> rx.Component:
    return el.div(
        el.h1("Your payment is on its way."),
        el.p(
            "The bank takes some time. The seats appear, and you get a mail, once it has arrived."
        ),
        class_name="stack",
    )


def _ended(text: str) -> rx.Component:
    return el.div(
        el.h1("Not paid."),
        el.p(text),
        parts.link_button("Choose again", "/buy", "primary"),
        class_name="stack",
    )

"""An order's page, which turns into "your group is ready" by itself."""

import reflex as rx

from grouplic.ui import parts
from grouplic.ui.address import in_address
from grouplic.ui.numbers import written
from grouplic.ui.pages.group_page import to_my_teaching
from grouplic.ui.pages.order import OrderState
from grouplic.ui.shell import page

el = rx.el


def order() -> rx.Component:
    """The page."""
    here = (OrderState.status != "") & (OrderState.order_id == in_address("order"))
    return page(
        parts.closed(OrderState.refusal, to_my_teaching()),
        rx.cond(
            OrderState.refusal == "",
            parts.when_loaded(here, _order(), 6),
        ),
        current="myTeaching",
        narrow=True,
    )


def _order() -> rx.Component:
    return el.section(
        el.p(
            rx.cond(
                OrderState.group_id != "",
                el.a(
                    OrderState.group_name,
                    href="/my-teaching/" + OrderState.group_id + "/orders",
                ),
                OrderState.group_name,
            ),
            class_name="eyebrow",
        ),
        el.div(
            rx.match(
                OrderState.status,
                ("fulfilled", _ready()),
                ("pending", rx.cond(OrderState.by_invoice, _unsent(), _pending())),
                ("processing", rx.cond(OrderState.by_invoice, _invoiced(), _processing())),
                ("expired", _expired()),
                _failed(),
            ),
            aria_live="polite",
        ),
        _news(),
        el.dl(
            el.dt("Modules"),
            el.dd(rx.foreach(OrderState.modules, lambda title: el.div(title))),
            el.dt("Seats"),
            el.dd(written(OrderState.seats)),
            _fact("Discount", OrderState.discount, "−"),
            _fact("Tax", OrderState.tax),
            el.dt("Total"),
            el.dd(OrderState.total, id="total"),
            _fact("Refunded", OrderState.refunded),
            _fact("Ordered", OrderState.ordered),
            _fact("Paid", OrderState.paid),
            _fact("Purchase order", OrderState.purchase_number),
            _fact("Invoice", OrderState.invoice_number),
            _fact("Due", OrderState.due),
        ),
        class_name="card order",
    )


def _fact(label: str, value: rx.Var[str], sign: str = "") -> rx.Component:
    return rx.cond(value != "", rx.fragment(el.dt(label), el.dd(sign, value)))


def _news() -> rx.Component:
    return el.div(
        rx.cond(
            OrderState.dispute == "lost",
            parts.notice(
                "warn", "The bank has taken the payment back. Please get in touch with us."
            ),
            rx.cond(
                OrderState.dispute != "",
                parts.notice(
                    "warn",
                    "The bank has questions about this payment. Your seats stay as they are "
                    "while it decides.",
                ),
            ),
        ),
        rx.cond(
            OrderState.overcharged != "",
            parts.notice(
                "warn",
                OrderState.overcharged,
                " of this price is for seats or modules that another order was to bring, and whose "
                "payment failed. We know of it, and decide with you: the money back, or what it "
                "was for.",
            ),
        ),
        rx.cond(
            OrderState.owed_seats > 0,
            parts.notice(
                "info",
                written(OrderState.owed_seats),
                " refunded seats are taken at the moment. Their learners stay; each seat is "
                "withdrawn when it comes free.",
            ),
        ),
        class_name="stack",
    )


def _ready() -> rx.Component:
    group = "/my-teaching/" + OrderState.group_id
    return el.div(
        el.h1(
            rx.cond(
                OrderState.is_refunded,
                "This purchase was refunded.",
                rx.match(
                    OrderState.kind,
                    ("add_seats", "Your seats are there."),
                    ("add_modules", "Your modules are open."),
                    ("renewal", "Your group goes on."),
                    "Your group is ready.",
                ),
            )
        ),
        rx.cond(
            OrderState.approved, el.p("Approved before the payment; the invoice is still open.")
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
            _link("Receipt", OrderState.receipt_url),
            rx.cond(OrderState.by_invoice, _link("Invoice (PDF)", OrderState.invoice_pdf)),
            class_name="row wrap",
        ),
        class_name="stack",
    )


def _pending() -> rx.Component:
    return el.div(
        el.h1("Waiting for the payment."),
        el.p("This page changes by itself as soon as it is paid."),
        el.div(
            rx.cond(
                OrderState.checkout_url != "",
                el.a("Go on paying", href=OrderState.checkout_url, class_name="btn primary"),
            ),
            parts.button("Cancel this purchase", on_click=OrderState.cancel),
            class_name="row wrap",
        ),
        el.p(
            "If you cancel, its payment page closes and nothing is charged. Your choice is kept, "
            "so that you can start again.",
            class_name="hint",
        ),
        class_name="stack",
    )


def _unsent() -> rx.Component:
    return el.div(
        el.h1("Your invoice is not sent yet."),
        el.p(
            "The payment provider has not answered, so nothing is owed. Send it again; you get one "
            "invoice, even if the first one comes after all."
        ),
        el.div(
            parts.link_button("Send it again", OrderState.again, "primary"),
            parts.button("Cancel this purchase", on_click=OrderState.cancel),
            class_name="row wrap",
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


def _invoiced() -> rx.Component:
    return el.div(
        el.h1("Your invoice is on its way."),
        el.p(
            "It was mailed to you, and is due on ",
            OrderState.due,
            ". The seats appear, and you get a mail, once it is paid.",
        ),
        el.div(
            _link("Open the invoice", OrderState.invoice_url, "primary"),
            _link("Invoice (PDF)", OrderState.invoice_pdf),
            class_name="row wrap",
        ),
        class_name="stack",
    )


def _expired() -> rx.Component:
    return _ended(
        "Not paid.",
        rx.cond(
            OrderState.by_invoice,
            "The invoice was voided, and nothing is owed.",
            "This purchase was not finished, and nothing was charged.",
        ),
    )


def _failed() -> rx.Component:
    return _ended(
        "The payment failed.",
        rx.cond(
            OrderState.by_invoice,
            "The invoice was given up as unpaid. If it is paid after all, the seats appear.",
            "The bank did not send the money, so nothing was charged and no seat was made. "
            "You can try again, or pay in another way.",
        ),
    )


def _ended(title: str, text: rx.Var[str]) -> rx.Component:
    return el.div(
        el.h1(title),
        el.p(text),
        el.div(
            parts.link_button("Pick up where you left off", OrderState.again, "primary"),
            class_name="row wrap",
        ),
        class_name="stack",
    )


def _link(text: str, address: rx.Var[str], kind: str = "") -> rx.Component:
    return rx.cond(
        address != "",
        el.a(text, href=address, class_name=f"btn {kind}".strip(), target="_blank"),
    )

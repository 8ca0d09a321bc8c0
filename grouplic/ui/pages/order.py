"""An order's page, which turns into "your group is ready" by itself."""

from urllib.parse import urlencode

import reflex as rx

from grouplic.domain.orders import OrderKind
from grouplic.services import checkout, order_history, orders
from grouplic.services.uploads import waiting_draft
from grouplic.ui import parts, seam
from grouplic.ui.live import watch
from grouplic.ui.money import show_date, show_money
from grouplic.ui.pages.buy import KINDS
from grouplic.ui.shell import page

el = rx.el

_NO_DISPUTE = ("", "won", "warning_closed", "prevented")


class OrderState(seam.Refusable, rx.State):
    """One order, as its buyer or a leader of its group sees it."""

    order_id: str = ""
    status: str = ""
    kind: str = ""
    by_invoice: bool = False
    approved: bool = False
    group_id: str = ""
    group_name: str = ""
    seats: int = 0
    modules: list[str] = []
    total: str = ""
    discount: str = ""
    tax: str = ""
    refunded: str = ""
    owed_seats: int = 0
    dispute: str = ""
    answer_by: str = ""
    due: str = ""
    invoice_number: str = ""
    invoice_url: str = ""
    invoice_pdf: str = ""
    receipt_url: str = ""
    checkout_url: str = ""
    waiting_file: str = ""
    again: str = ""

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Ask the payment provider how the order stands, and watch it."""
        if self.order_id != str(self.order):
            self.status = ""
        self.order_id = str(self.order)
        order_id = self.order_id
        await seam.read(
            self, lambda session, actor, _now: orders.order_of(session, order_id, actor)
        )
        watch(self, f"order:{order_id}", on=OrderState.load)
        view = await seam.flow(
            self,
            lambda outside, actor, now: checkout.resume_checkout(
                outside.database, outside.payments, order_id, actor, now
            ),
        )
        after = await seam.read(
            self, lambda session, actor, _now: order_history.after_sale_of(session, view.id, actor)
        )
        self._show(view)
        self._show_after(view, after)
        self.waiting_file = await seam.read(
            self,
            lambda session, actor, _now: (
                waiting_draft(session, view.group_id, actor) if view.group_id else ""
            ),
        )

    @rx.event
    @seam.shows_refusals
    async def cancel(self):
        """End the checkout that waits for a payment."""
        order_id = self.order_id
        view = await seam.flow(
            self,
            lambda outside, actor, now: checkout.cancel_checkout(
                outside.database, outside.payments, order_id, actor, now
            ),
        )
        self._show(view)

    def _show(self, view: orders.OrderView):
        self.status, self.kind = view.status, view.kind
        self.by_invoice = view.pay_by == "invoice"
        self.approved = view.status == "fulfilled" and self.by_invoice and view.paid_at is None
        self.group_id = str(view.group_id or "")
        self.group_name, self.seats = view.group_name, view.seats
        self.modules = list(view.modules)
        self.total = show_money(view.amount_total, view.currency)
        self.discount = _some_money(view.discount_amount, view.currency)
        self.tax = _some_money(view.tax_amount, view.currency)
        self.receipt_url, self.checkout_url = view.receipt_url, view.checkout_url
        self.invoice_url, self.invoice_pdf = view.invoice_url, view.invoice_pdf
        self.invoice_number = view.invoice_number
        self.due = show_date(view.due_at) if view.due_at else ""
        self.again = _same_choice(view)

    def _show_after(self, view: orders.OrderView, after: order_history.AfterSale):
        self.refunded = _some_money(view.refunded_amount, view.currency)
        self.owed_seats = after.owed_seats
        self.dispute = "" if after.dispute in _NO_DISPUTE else after.dispute
        self.answer_by = show_date(after.answer_by) if after.answer_by else ""


def order() -> rx.Component:
    """The page."""
    return page(
        parts.closed(OrderState.refusal),
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
            el.dd(OrderState.seats.to_string()),
            _fact("Discount", OrderState.discount, "−"),
            _fact("Tax", OrderState.tax),
            el.dt("Total"),
            el.dd(OrderState.total, id="total"),
            _fact("Refunded", OrderState.refunded),
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
            OrderState.owed_seats > 0,
            parts.notice(
                "info",
                OrderState.owed_seats,
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
            rx.match(
                OrderState.kind,
                ("add_seats", "Your seats are there."),
                ("add_modules", "Your modules are open."),
                ("renewal", "Your group goes on."),
                "Your group is ready.",
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
        parts.link_button("Pick up where you left", OrderState.again, "primary"),
        class_name="stack",
    )


def _link(text: str, address: rx.Var[str], kind: str = "") -> rx.Component:
    return rx.cond(
        address != "",
        el.a(text, href=address, class_name=f"btn {kind}".strip(), target="_blank"),
    )


def _some_money(amount: int, currency: str) -> str:
    return show_money(amount, currency) if amount else ""


def _same_choice(view: orders.OrderView) -> str:
    chosen = {"modules": ",".join(view.slugs), "seats": view.seats}
    adding = {kind: name for name, kind in KINDS.items()}.get(OrderKind(view.kind))
    if adding:
        chosen |= {"group": view.group_id, "add": adding}
    else:
        chosen["name"] = view.group_name
    return f"/buy?{urlencode(chosen)}"

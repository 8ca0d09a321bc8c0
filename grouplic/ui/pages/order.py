"""One order, and whatever becomes of it."""

from urllib.parse import urlencode

import reflex as rx

from grouplic.services import checkout, order_history, orders
from grouplic.services.uploads import waiting_draft
from grouplic.ui import seam
from grouplic.ui.live import watch
from grouplic.ui.money import show_date, show_money
from grouplic.ui.pages.buy_paths import adding_of

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
    is_refunded: bool = False
    ordered: str = ""
    paid: str = ""
    owed_seats: int = 0
    overcharged: str = ""
    dispute: str = ""
    answer_by: str = ""
    due: str = ""
    invoice_number: str = ""
    purchase_number: str = ""
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
        self.invoice_number, self.purchase_number = view.invoice_number, view.purchase_number
        self.ordered = show_date(view.created_at)
        self.paid = show_date(view.paid_at) if view.paid_at else ""
        self.due = show_date(view.due_at) if view.due_at else ""
        self.again = _same_choice(view)

    def _show_after(self, view: orders.OrderView, after: order_history.AfterSale):
        self.refunded = _some_money(view.refunded_amount, view.currency)
        self.is_refunded = 0 < view.amount_total <= view.refunded_amount
        self.owed_seats = after.owed_seats
        self.overcharged = _some_money(after.overcharged, view.currency)
        self.dispute = "" if after.dispute in _NO_DISPUTE else after.dispute
        self.answer_by = show_date(after.answer_by) if after.answer_by else ""


def _some_money(amount: int, currency: str) -> str:
    return show_money(amount, currency) if amount else ""


def _same_choice(view: orders.OrderView) -> str:
    chosen = {"modules": ",".join(view.slugs), "seats": view.seats}
    if adding := adding_of(view.kind):
        chosen |= {"group": view.group_id, "add": adding}
    else:
        chosen["name"] = view.group_name
    if view.purchase_number:
        chosen["po"] = view.purchase_number
    return f"/buy?{urlencode(chosen)}"

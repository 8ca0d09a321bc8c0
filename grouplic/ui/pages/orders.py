"""The orders of a group: what was bought, receipts, invoices, refunds."""

from dataclasses import dataclass

import reflex as rx

from grouplic.services import order_history
from grouplic.ui import parts, seam
from grouplic.ui.leading import led
from grouplic.ui.live import watch
from grouplic.ui.money import show_date, show_money, show_seats
from grouplic.ui.pages.group_page import group_page
from grouplic.ui.returning import has_returned

el = rx.el

_BOUGHT = {
    "new_group": "New group",
    "add_seats": "Add Seats",
    "add_modules": "Add Modules",
    "renewal": "Renewal",
}
_STATUS = {
    "pending": "Not paid yet",
    "processing": "Payment on its way",
    "fulfilled": "Paid",
    "failed": "Payment failed",
}


@dataclass(frozen=True)
class Row:
    """One order."""

    path: str
    bought: str
    seats: str
    day: str
    amount: str
    status: str
    look: str
    more: str
    receipt: str
    invoice: str


class OrdersState(seam.Refusable, rx.State):
    """A page of a group's orders."""

    group_id: str = ""
    group_name: str = ""
    rows: list[Row] = []
    shown_page: int = 1
    pages: int = 1
    loaded: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Read the first page, and watch the orders."""
        self.loaded = self.loaded and self.group_id == str(self.group)
        if not await has_returned(self):
            self.shown_page = 1
        self.group_id = str(self.group)
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def refresh(self):
        """Read the page again, since an order has changed."""
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def turn(self, by: int):
        """Show older orders, or newer ones."""
        step = 1 if by == 1 else -1
        self.shown_page = min(max(self.shown_page + step, 1), self.pages)
        await self._read()

    async def _read(self):
        group_id, shown = self.group_id, self.shown_page
        group = await led(self, group_id)
        watch(self, f"orders:{group.id}", on=OrdersState.refresh)
        found, total = await seam.read(
            self,
            lambda session, actor, _now: order_history.orders_of_group(
                session, group_id, actor, shown
            ),
        )
        self.group_name, self.pages = group.name, max(1, -(-total // order_history.PAGE))
        self.rows = [_row(order) for order in found]
        self.loaded = True


def orders() -> rx.Component:
    """The page."""
    return group_page(
        OrdersState,
        "Orders",
        rx.cond(
            OrdersState.rows.length() > 0,
            el.div(
                el.ul(rx.foreach(OrdersState.rows, _order), class_name="card orders"),
                _turning(),
                class_name="stack",
            ),
            parts.empty_state("No order yet", "What you buy for this group is listed here."),
        ),
        parts.link_button("Add Seats", "/buy?group=" + OrdersState.group_id + "&add=seats"),
    )


def _order(row: rx.Var[Row]) -> rx.Component:
    return el.li(
        el.div(
            el.a(el.b(row.bought), href=row.path),
            el.span(row.seats, " · ", row.day, class_name="hint"),
            class_name="grow choice",
        ),
        el.div(
            el.b(row.amount),
            rx.cond(row.more != "", el.span(row.more, class_name="hint")),
            class_name="choice number",
        ),
        el.span(row.status, class_name="chip " + row.look),
        el.div(
            rx.cond(row.receipt != "", el.a("Receipt", href=row.receipt, target="_blank")),
            rx.cond(row.invoice != "", el.a("Invoice", href=row.invoice, target="_blank")),
            class_name="row papers",
        ),
    )


def _turning() -> rx.Component:
    return rx.cond(
        OrdersState.pages > 1,
        el.div(
            parts.button(
                "Newer", on_click=OrdersState.turn(-1), disabled=OrdersState.shown_page == 1
            ),
            el.span(OrdersState.shown_page, " of ", OrdersState.pages),
            parts.button(
                "Older",
                on_click=OrdersState.turn(1),
                disabled=OrdersState.shown_page == OrdersState.pages,
            ),
            class_name="row center",
        ),
    )


def _row(order: order_history.OrderRow) -> Row:
    status, look = _STATUS.get(order.status, order.status), ""
    if order.status != "fulfilled":
        look = "bad" if order.status == "failed" else "warn"
    if order.status == "fulfilled" and order.source != "payment":
        status = "Approved" if order.invoice_number else "Granted"
    if order.status == "processing" and order.invoice_number:
        status = "Invoice open"
    if order.disputed == "lost":
        status, look = "Taken back by the bank", "bad"
    elif order.disputed not in ("", "won", "warning_closed", "prevented"):
        status, look = "Questioned by the bank", "warn"
    elif order.refunded_amount:
        whole = order.refunded_amount >= order.amount_total
        status, look = "Refunded" if whole else "Refunded in part", "plain"
    refunded = show_money(order.refunded_amount, order.currency)
    return Row(
        f"/orders/{order.id}",
        _BOUGHT[order.kind],
        show_seats(order.seats),
        show_date(order.created_at),
        show_money(order.amount_total, order.currency),
        status,
        look,
        f"{refunded} refunded" if order.refunded_amount else "",
        order.receipt_url,
        order.invoice_pdf,
    )

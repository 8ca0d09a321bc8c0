"""The purchase page: the ways to pay."""

import reflex as rx

from grouplic.ui import parts
from grouplic.ui.pages.buy import BuyState

el = rx.el


def ways_to_pay() -> rx.Component:
    """By card at once, or through a finance department: by invoice, or with a quote."""
    return el.div(
        el.button(
            "Continue to payment",
            class_name="btn primary wide",
            on_click=BuyState.pay,
            disabled=BuyState.total == "",
        ),
        el.p(
            "By card, or another way that the payment page offers.", class_name="hint center-text"
        ),
        el.details(
            el.summary("Invoice or quote for a finance department"),
            parts.field(
                "Purchase order number",
                "purchase_number",
                hint="Printed on the invoice. Leave it empty if you have none.",
                value=BuyState.purchase_number,
                on_change=BuyState.set_purchase_number,
            ),
            el.p(
                "The seats appear when the invoice is paid.",
                class_name="hint",
            ),
            parts.button(
                "Send me an invoice",
                on_click=BuyState.pay_by_invoice,
                disabled=BuyState.total == "",
            ),
            _sent_before(),
            rx.cond(
                BuyState.quote_id == "",
                parts.button(
                    "Make a quote (PDF)",
                    on_click=BuyState.save_quote,
                    disabled=BuyState.total == "",
                ),
            ),
            class_name="finance",
        ),
        class_name="stack",
    )


def sign_in_to_pay() -> rx.Component:
    """What stands for the ways to pay before somebody has signed in."""
    return el.div(
        el.a(
            "Create an account to pay",
            href="/sign-up?next=" + BuyState.sign_in_path,
            class_name="btn primary wide",
        ),
        el.p(
            "or ",
            el.a("sign in", href="/sign-in?next=" + BuyState.sign_in_path),
            ". Your choice is kept.",
            class_name="hint center-text",
        ),
    )


def _sent_before() -> rx.Component:
    """The same was sent a moment ago: only who presses knows whether two are wanted."""
    return el.div(
        rx.cond(
            BuyState.sent_before != "",
            el.div(
                el.p(BuyState.sent_before),
                el.div(
                    parts.link_button("See that order", "/orders/" + BuyState.sent_order),
                    parts.button("Send a second invoice", on_click=BuyState.send_second),
                    class_name="row wrap",
                ),
                class_name="stack notice warn",
            ),
        ),
        role="alert",
        class_name="refusal",
    )

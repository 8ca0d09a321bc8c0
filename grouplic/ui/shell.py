"""What stands around every page: skip link, header, main, footer."""

from typing import Any

import reflex as rx

from grouplic.ui import parts
from grouplic.ui.who import WhoState

el = rx.el


def page(*content: rx.Component, current: str = "", narrow: bool = False) -> rx.Component:
    """Compose a page; ``current`` is the entry of the navigation it belongs to."""
    return el.div(
        el.a("Skip to content", href="#main", class_name="skip-link"),
        _header(current),
        el.main(*content, id="main", tab_index=-1, class_name="narrow" if narrow else ""),
        _footer(),
        class_name="site",
        # Says to scripts and tests that the page has heard from the server; before that, it shows
        # what the tab was shown last.
        data_ready=rx.cond(WhoState.ready & rx.State.is_hydrated, "true", "false"),
    )


def page_head(eyebrow: Any, title: Any, *actions: rx.Component) -> rx.Component:
    """The head of a page: where we are, its title, what can be done."""
    return el.div(
        el.div(el.p(eyebrow, class_name="eyebrow"), el.h1(title), class_name="grow"),
        *actions,
        class_name="page-head",
    )


def _header(current: str) -> rx.Component:
    return el.header(
        parts.brand(),
        el.nav(
            parts.nav_link("myTeaching", "/my-teaching", current),
            parts.nav_link("myLearning", "/my-learning", current),
            parts.nav_link("Modules", "/", current),
            parts.nav_link("Redeem", "/redeem", current),
            parts.nav_link("Help", "/help", current),
            aria_label="Main",
        ),
        el.div(_account(), class_name="who"),
        class_name="top",
    )


def _account() -> rx.Component:
    menu = el.details(
        el.summary(
            el.span(WhoState.name, class_name="hide-phone"),
            el.span(WhoState.initials, class_name="avatar", aria_hidden="true"),
            el.span("Your account", class_name="visually-hidden"),
        ),
        el.div(
            el.a("Account", href="/account"),
            rx.cond(WhoState.operates, el.a("Operator", href="/operator")),
            el.form(
                el.button("Sign out", type="submit"),
                action="/auth/sign-out",
                method="post",
                on_submit=None,
            ),
            class_name="panel",
        ),
        class_name="menu",
    )
    visitor = el.a("Sign in", href="/sign-in", class_name="sign-in")
    return rx.cond(
        WhoState.ready, rx.cond(WhoState.signed_in, menu, visitor), el.span(class_name="avatar")
    )


def _footer() -> rx.Component:
    return el.footer(
        el.span("Grouplic. Group licenses of online modules."),
        el.a("Redeem a key", href="/redeem"),
        el.a("Terms", href="/terms"),
        el.a("Privacy", href="/privacy"),
        el.a("Contact", href="/contact"),
        el.a("Help", href="/help"),
        el.button("Light or dark", type="button", class_name="link", on_click=rx.toggle_color_mode),
        class_name="foot",
    )

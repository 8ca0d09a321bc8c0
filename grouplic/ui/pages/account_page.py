"""The account page: name, address, password, where one is signed in, one's data, the way out."""

from typing import Any

import reflex as rx

from grouplic.ui import parts
from grouplic.ui.pages.account import AccountState, SessionLine
from grouplic.ui.pages.accounts import ReturnState, new_password_field
from grouplic.ui.shell import page, page_head
from grouplic.ui.who import WhoState

el = rx.el


def account() -> rx.Component:
    """The account page."""
    return page(
        page_head(WhoState.email, "Account"),
        rx.cond(AccountState.outcome != "", parts.notice("info", AccountState.outcome)),
        parts.refusal(AccountState.refusal),
        parts.when_loaded(
            AccountState.loaded,
            rx.cond(
                AccountState.must_change,
                _password(primary=True),
                el.div(
                    _name(),
                    _email(),
                    _password(),
                    _sessions(),
                    _data(),
                    _deletion(),
                    class_name="stack-wide",
                ),
            ),
            10,
        ),
        narrow=True,
    )


def confirm_email() -> rx.Component:
    """The page that a link to a new address opens; a button, so that no scanner uses it up."""
    return page(
        el.div(
            el.h1("Use this address?"),
            el.p("From then on you sign in with it, and all mail goes there."),
            parts.refusal(WhoState.form_message),
            _form(
                "confirm-email",
                el.input(type="hidden", name="token", value=ReturnState.token),
                parts.primary("Use this address", type="submit"),
            ),
            rx.cond(
                ~WhoState.signed_in,
                el.p(el.a("Sign in", href="/sign-in" + ReturnState.way_back)),
            ),
            class_name="card auth",
        )
    )


def _name() -> rx.Component:
    return el.section(
        el.h2("Name"),
        el.form(
            el.div(
                _named("First name", "first_name", AccountState.first_name, "given-name"),
                _named("Last name", "last_name", AccountState.last_name, "family-name"),
                class_name="account-grid",
            ),
            el.p("Certificates keep the name they were issued to.", class_name="hint"),
            el.div(
                parts.primary("Save the name", type="submit"),
                el.span(rx.cond(AccountState.saved, "Saved.", ""), role="status"),
                class_name="row",
            ),
            on_submit=AccountState.change_name,
            class_name="stack",
        ),
        class_name="card",
    )


def _email() -> rx.Component:
    return el.section(
        el.h2("Email"),
        el.p("You sign in with ", el.b(WhoState.email), "."),
        _refused("change-email"),
        _form(
            "change-email",
            el.div(
                parts.field(
                    "New address",
                    "email",
                    type="email",
                    required=True,
                    auto_complete="email",
                    default_value=AccountState.typed_email,
                ),
                _current("email-current"),
                class_name="account-grid",
            ),
            el.p("We mail a link there. Until you follow it, nothing changes.", class_name="hint"),
            el.button("Mail me a link", type="submit", class_name="btn"),
        ),
        class_name="card",
    )


def _password(primary: bool = False) -> rx.Component:
    return el.section(
        el.h2("Password"),
        _refused("change-password"),
        _form(
            "change-password",
            _current("password-current", "Current password"),
            new_password_field("New password"),
            el.button(
                "Change password", type="submit", class_name="btn primary" if primary else "btn"
            ),
        ),
        class_name="card",
    )


def _sessions() -> rx.Component:
    return el.section(
        el.h2("Where you are signed in"),
        el.ul(rx.foreach(AccountState.sessions, _session), class_name="shelf"),
        el.div(
            rx.cond(
                AccountState.sessions.length() > 1,
                parts.button("Sign out all others", on_click=AccountState.sign_out_others),
            ),
            el.form(
                el.button("Sign out everywhere", type="submit", class_name="btn danger"),
                action="/auth/sign-out-everywhere",
                method="post",
                on_submit=None,
            ),
            class_name="row wrap",
        ),
        class_name="card",
    )


def _session(row: rx.Var[SessionLine]) -> rx.Component:
    return el.li(
        el.div(el.b(row.browser), el.span(row.facts, class_name="hint"), class_name="grow"),
        rx.cond(
            row.is_this,
            el.span("This browser", class_name="chip"),
            parts.button(
                "Sign out",
                on_click=AccountState.sign_out_one(row.id),
                aria_label="Sign out " + row.browser,
            ),
        ),
    )


def _data() -> rx.Component:
    return el.section(
        el.h2("Your data"),
        el.p("Everything the site keeps about you, as one JSON file."),
        el.div(parts.download_link("Download my data", "/account/data.json", class_name="btn")),
        class_name="card",
    )


def _deletion() -> rx.Component:
    return el.section(
        el.h2("Delete the account"),
        el.p(
            "Your name, your address and your sign-ins are blanked for good. You leave your "
            "groups; seats you have used retire. Certificates stay valid and name nobody. "
            "This cannot be undone."
        ),
        _refused("delete-account"),
        el.details(
            el.summary("I want to delete my account"),
            _form(
                "delete-account",
                _current("delete-current"),
                el.button("Delete my account for good", type="submit", class_name="btn danger"),
            ),
            class_name="more",
        ),
        class_name="card",
    )


def _form(name: str, *content: rx.Component) -> rx.Component:
    return el.form(
        *content, action=f"/auth/{name}", method="post", on_submit=None, class_name="stack"
    )


def _refused(form: str) -> rx.Component:
    return parts.refusal(
        rx.cond(AccountState.refused_form == form, AccountState.form_message, "").to(str)
    )


def _current(identifier: str, label: str = "Your password") -> rx.Component:
    return parts.password_field(label, "current", "current-password", identifier)


def _named(label: str, name: str, value: Any, auto_complete: str) -> rx.Component:
    return parts.field(
        label,
        name,
        type="text",
        auto_complete=auto_complete,
        required=True,
        max_length=100,
        default_value=value,
        error=rx.cond(AccountState.refused_field == name, AccountState.refusal, ""),
    )

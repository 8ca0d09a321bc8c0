"""Sign-in, sign-up, passwords. Plain forms, posted over HTTP, set the cookie."""

from urllib.parse import quote

import reflex as rx

from grouplic.ui import parts, seam
from grouplic.ui.shell import page
from grouplic.ui.who import WhoState

el = rx.el


class ReturnState(rx.State):
    """Where a form goes back to, and the token of a mailed link, from the page's address."""

    next_path: str = ""
    query: str = ""
    token: str = ""
    way_back: str = ""
    outcome: str = ""
    loaded: bool = False

    @rx.event
    async def load(self) -> None:
        """Read them; the route that takes the form checks both."""
        self.next_path = seam.parameter(self, "next")
        self.query = f"?next={quote(self.next_path, safe='')}" if self.next_path else ""
        self.token = seam.parameter(self, "token")
        self.way_back = "?next=" + quote(seam.here(self), safe="")
        names = ("sent", "done", "signed_out", "erased")
        self.outcome = next((name for name in names if seam.parameter(self, name)), "")
        self.loaded = True


def sign_in() -> rx.Component:
    """The sign-in page."""
    return _form_page(
        "Welcome back.",
        "/auth/sign-in",
        _email(),
        _password("current-password"),
        parts.primary("Sign in", type="submit"),
        after=el.div(
            el.p(el.a("Forgot your password?", href="/forgot-password" + ReturnState.query)),
            el.p(
                "New here? ",
                el.a("Create an account", href="/sign-up" + ReturnState.query),
            ),
            class_name="after",
        ),
    )


def sign_up() -> rx.Component:
    """The sign-up page."""
    return _form_page(
        "Create your account.",
        "/auth/sign-up",
        *new_account_fields(),
        parts.primary("Create my account", type="submit"),
        after=el.div(
            el.p(
                "Have an account? ",
                el.a("Sign in", href="/sign-in" + ReturnState.query),
            ),
            el.p("You were given a key? ", el.a("Redeem it", href="/redeem")),
            class_name="after",
        ),
    )


def forgot_password() -> rx.Component:
    """The page that asks for a link."""
    return _form_page(
        "Forgot your password?",
        "/auth/forgot-password",
        rx.cond(
            ReturnState.outcome == "sent",
            parts.notice(
                "good",
                "If there is an account with this address, a link is on its way. "
                "It works for an hour.",
            ),
        ),
        _email(),
        parts.primary("Mail me a link", type="submit"),
        after=el.div(
            el.p(el.a("Back to sign-in", href="/sign-in" + ReturnState.query)), class_name="after"
        ),
    )


def reset_password() -> rx.Component:
    """The page that a mailed link opens."""
    return _form_page(
        "Choose a new password.",
        "/auth/reset-password",
        _with_token(
            "Ask for a new one",
            "/forgot-password",
            _password("new-password"),
            parts.primary("Save and sign in", type="submit"),
        ),
        after=_when_refused(
            el.a("Ask for a new link", href="/forgot-password" + ReturnState.query)
        ),
    )


def verify_email() -> rx.Component:
    """The page that proves a mailbox; a button, so that no mail scanner uses the link up."""
    return _form_page(
        "Confirm your email address.",
        "/auth/verify-email",
        rx.cond(
            ReturnState.outcome == "done",
            el.div(
                parts.notice("good", "Thank you. Your address is confirmed."),
                parts.link_button("Go to myLearning", "/my-learning", "primary"),
                class_name="stack",
            ),
            _with_token(
                "Go to the sign-in page",
                "/sign-in",
                parts.primary("Confirm my address", type="submit"),
            ),
        ),
        after=_when_refused(
            el.a("Sign in", href="/sign-in" + ReturnState.way_back),
            " · ",
            el.a("Forgot your password?", href="/forgot-password" + ReturnState.query),
        ),
    )


def new_account_fields() -> list[rx.Component]:
    """The fields of a new account, with what was typed before a refusal."""
    return [
        _named("First name", "first_name", WhoState.form_first_name, "given-name"),
        _named("Last name", "last_name", WhoState.form_last_name, "family-name"),
        _email(),
        _password("new-password"),
    ]


def new_password_field(label: str = "Password") -> rx.Component:
    """The field of a password that is being chosen."""
    return _password("new-password", label)


def _when_refused(*ways: rx.Component | str) -> rx.Component:
    """What else can be done once a link was refused."""
    return rx.cond(WhoState.form_message != "", el.div(el.p(*ways), class_name="after"))


def _with_token(instead: str, path: str, *content: rx.Component) -> rx.Component:
    """The content with the token of the link; a link that lost it says what to do instead."""
    return rx.cond(
        ReturnState.loaded & (ReturnState.token == ""),
        el.div(
            parts.notice("warn", "This link is not complete. Open it from the mail again."),
            el.p(el.a(instead, href=path)),
            class_name="stack",
        ),
        el.div(
            el.input(type="hidden", name="token", value=ReturnState.token),
            *content,
            class_name="stack",
        ),
    )


def _form_page(
    title: str, action: str, *content: rx.Component, after: rx.Component | None = None
) -> rx.Component:
    return page(
        el.div(
            el.h1(title),
            rx.cond(
                ReturnState.outcome == "signed_out",
                parts.notice("good", "You are signed out in every browser."),
            ),
            rx.cond(
                ReturnState.outcome == "erased",
                parts.notice("good", "Your account is deleted. Thank you for learning with us."),
            ),
            parts.refusal(WhoState.form_message),
            el.form(
                el.input(type="hidden", name="next", value=ReturnState.next_path),
                *content,
                action=action,
                method="post",
                on_submit=None,
                class_name="stack",
            ),
            after or el.span(),
            class_name="card auth",
        )
    )


def _email() -> rx.Component:
    return parts.field(
        "Email",
        "email",
        type="email",
        auto_complete="email",
        required=True,
        default_value=WhoState.form_email,
    )


def _named(label: str, name: str, value: rx.Var[str], auto_complete: str) -> rx.Component:
    return parts.field(
        label,
        name,
        type="text",
        auto_complete=auto_complete,
        required=True,
        max_length=100,
        default_value=value,
    )


def _password(auto_complete: str, label: str = "Password") -> rx.Component:
    hint = "At least 10 characters. Three or four unrelated words work well."
    return parts.password_field(
        label,
        "password",
        auto_complete,
        hint=hint if auto_complete == "new-password" else "",
    )

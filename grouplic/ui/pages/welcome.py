"""The page an invitation's link opens: choose a password, and the group is open."""

import reflex as rx

from grouplic.services import welcome as services
from grouplic.ui import parts, seam
from grouplic.ui.pages.accounts import new_password_field
from grouplic.ui.shell import page
from grouplic.ui.who import WhoState

el = rx.el


class WelcomeState(seam.Refusable, rx.State):
    """Whom the link invites."""

    token: str = ""
    email: str = ""
    first_name: str = ""
    last_name: str = ""
    group_name: str = ""
    confirms: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Read the link; nothing is used up by looking."""
        self.token = seam.parameter(self, "token")[:128]
        token = self.token

        def work():
            with seam.outside().database.writing() as session:
                return services.greeting(session, token, seam.outside().clock())

        self.group_name = ""
        greeting = await rx.run_in_thread(work)
        self.email, self.group_name = greeting.email, greeting.group_name
        self.first_name, self.last_name = greeting.first_name, greeting.last_name
        self.confirms = greeting.confirms


def welcome() -> rx.Component:
    """The page."""
    return page(
        el.div(
            rx.cond(WelcomeState.group_name == "", el.h1("Your invitation")),
            parts.refusal(
                rx.cond(WelcomeState.refusal != "", WelcomeState.refusal, WhoState.form_message)
            ),
            rx.cond(
                WelcomeState.group_name != "",
                _form(),
                rx.cond(
                    WelcomeState.refusal != "",
                    el.p(el.a("Sign in", href="/sign-in"), " · ", _forgot()),
                    parts.skeleton(),
                ),
            ),
            class_name="card auth",
        )
    )


def _forgot() -> rx.Component:
    return el.a("Forgot your password?", href="/forgot-password")


def _form() -> rx.Component:
    return el.div(
        el.p("Welcome to", class_name="eyebrow"),
        el.h1(WelcomeState.group_name),
        rx.cond(
            WelcomeState.confirms,
            parts.notice(
                "info",
                "Choosing a password confirms that this address is yours. It signs out every "
                "browser and voids every earlier password.",
            ),
        ),
        el.form(
            el.input(type="hidden", name="token", value=WelcomeState.token),
            parts.field(
                "Email", "email", type="email", read_only=True, default_value=WelcomeState.email
            ),
            _named("First name", "first_name", WelcomeState.first_name, "given-name"),
            _named("Last name", "last_name", WelcomeState.last_name, "family-name"),
            new_password_field(),
            parts.primary("Save and start", type="submit"),
            action="/auth/welcome",
            method="post",
            on_submit=None,
            class_name="stack",
        ),
        class_name="stack",
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
        key=name + value.to(str),
    )

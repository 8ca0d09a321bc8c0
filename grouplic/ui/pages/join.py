"""Following a join link: shown what it opens, then sign in, a new account, or one click."""

import reflex as rx

from grouplic.services import joining_by_link
from grouplic.services.join_links import Standing
from grouplic.ui import parts, seam
from grouplic.ui.pages import opening
from grouplic.ui.shell import page
from grouplic.ui.who import WhoState

el = rx.el


class JoinState(opening.Opening, rx.State):
    """What the link opens, and what this person can do about it."""

    secret: str = ""
    domains: str = ""
    standing: str = ""
    loaded: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Look the link up."""
        self.secret, self.standing = str(self.link)[:100], ""
        self.loaded = True
        await self._look_up()

    @rx.event
    @seam.shows_refusals
    async def join(self):
        """Take a seat as the signed-in person."""
        secret, address = self.secret, seam.network_address(self)
        await seam.flow(
            self, lambda outside, actor, _now: joining_by_link.join(outside, secret, actor, address)
        )
        return rx.redirect("/my-learning?joined=1")

    async def _look_up(self):
        secret, cookie = self.secret, seam.cookie_hash(self)
        address = seam.network_address(self)

        preview = await rx.run_in_thread(
            lambda: joining_by_link.look_up(
                seam.outside(), secret, opening.whoever_asks(cookie), address
            )
        )
        self._show(preview, f"/join/{secret}")
        self.domains = " or ".join(preview.domains)
        self.standing = str(preview.standing)


def join() -> rx.Component:
    """The page."""
    return page(
        el.div(
            el.div(
                el.p("You were given a join link.", class_name="eyebrow"),
                el.h1("See what it opens, and join."),
                opening.refused(JoinState),
                opening.learning_hint("Already in the group? "),
            ),
            el.div(
                parts.when_loaded(JoinState.loaded, rx.cond(JoinState.standing != "", _card())),
                aria_live="polite",
            ),
            class_name="redeem",
        )
    )


def _card() -> rx.Component:
    return opening.card(
        JoinState,
        rx.cond(
            JoinState.domains != "",
            el.p("For addresses at ", el.b(JoinState.domains), ".", class_name="hint"),
        ),
        rx.match(
            JoinState.standing,
            (str(Standing.MEMBER), opening.member("Nothing has changed.")),
            (str(Standing.WELCOME), opening.join_button("Join and start", JoinState.join)),
            (str(Standing.UNPROVEN), _unproven()),
            (str(Standing.WRONG_DOMAIN), _wrong_domain()),
            opening.new_account(
                JoinState, "/auth/join", "Create my account and join", token=JoinState.secret
            ),
        ),
    )


def _unproven() -> rx.Component:
    return el.div(
        parts.notice(
            "warn",
            "Confirm first that ",
            el.b(WhoState.email),
            " is yours: the link in the mail we sent you brings you back here.",
        ),
        opening.join_button("Mail me a new confirmation link", JoinState.join),
        class_name="stack",
    )


def _wrong_domain() -> rx.Component:
    return el.div(
        parts.notice("warn", "You are signed in as ", el.b(WhoState.email), "."),
        el.form(
            el.button("Sign out, and use another account", type="submit", class_name="btn wide"),
            action="/auth/sign-out",
            method="post",
            on_submit=None,
        ),
        el.p("Then open the link again.", class_name="hint"),
        class_name="stack",
    )

"""Following a join link: shown what it opens, then sign in, a new account, or one click."""

from dataclasses import dataclass

import reflex as rx

from grouplic.services import joining_by_link
from grouplic.services.actors import actor_of
from grouplic.services.join_links import Standing
from grouplic.ui import parts, seam
from grouplic.ui.pages.accounts import new_account_fields
from grouplic.ui.shell import page
from grouplic.ui.who import WhoState

el = rx.el


@dataclass(frozen=True)
class LinkOpens:
    """A module that the link opens."""

    title: str
    size: str


class JoinState(seam.Refusable, rx.State):
    """What the link opens, and what this person can do about it."""

    secret: str = ""
    way_back: str = ""
    group_name: str = ""
    leader: str = ""
    modules: list[LinkOpens] = []
    domains: str = ""
    standing: str = ""
    loaded: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Look the link up."""
        self.secret, self.standing = str(self.link)[:100], ""
        # As a parameter of another address.
        self.way_back = f"%2Fjoin%2F{self.secret}"
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

        def work():
            outside = seam.outside()
            with outside.database.reading() as session:
                actor = actor_of(session, cookie, outside.clock())
            return joining_by_link.look_up(outside, secret, actor, address)

        preview = await rx.run_in_thread(work)
        self.group_name, self.leader = preview.group_name, preview.leader_name
        self.modules = [
            LinkOpens(m.title, f"{m.lessons} lessons · {m.minutes} min") for m in preview.modules
        ]
        self.domains = " or ".join(preview.domains)
        self.standing = str(preview.standing)


def join() -> rx.Component:
    """The page."""
    return page(
        el.div(
            el.div(
                el.p("You were given a join link.", class_name="eyebrow"),
                el.h1("See what it opens, and join."),
                parts.refusal(
                    rx.cond(JoinState.refusal != "", JoinState.refusal, WhoState.form_message)
                ),
                el.p(
                    "Already in the group? ",
                    el.a("Go to myLearning", href="/my-learning"),
                    class_name="hint",
                ),
            ),
            el.div(
                parts.when_loaded(JoinState.loaded, rx.cond(JoinState.standing != "", _card())),
                aria_live="polite",
            ),
            class_name="redeem",
        )
    )


def _card() -> rx.Component:
    return el.aside(
        el.h2(JoinState.group_name),
        el.p(
            JoinState.leader,
            " invites you to these modules, and will see your progress and scores in them.",
        ),
        el.ul(
            rx.foreach(
                JoinState.modules,
                lambda module: el.li(el.b(module.title), el.span(module.size)),
            ),
            class_name="opens",
        ),
        rx.cond(
            JoinState.domains != "",
            el.p("For addresses at ", el.b(JoinState.domains), ".", class_name="hint"),
        ),
        rx.match(
            JoinState.standing,
            (str(Standing.MEMBER), _member()),
            (str(Standing.WELCOME), _button("Join and start")),
            (str(Standing.UNPROVEN), _unproven()),
            (str(Standing.WRONG_DOMAIN), _wrong_domain()),
            _new_account(),
        ),
        class_name="card",
    )


def _member() -> rx.Component:
    return el.div(
        parts.notice("info", "You are in this group already. Nothing has changed."),
        parts.link_button("Go to myLearning", "/my-learning", "primary wide"),
        class_name="stack",
    )


def _button(words: str) -> rx.Component:
    return el.button(words, class_name="btn primary wide", on_click=JoinState.join)


def _unproven() -> rx.Component:
    return el.div(
        parts.notice(
            "warn",
            "Confirm first that ",
            el.b(WhoState.email),
            " is yours: the link in the mail we sent you brings you back here.",
        ),
        _button("Mail me a new confirmation link"),
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


def _new_account() -> rx.Component:
    return el.form(
        el.input(type="hidden", name="token", value=JoinState.secret),
        *new_account_fields(),
        el.button("Create my account and join", type="submit", class_name="btn primary wide"),
        el.p(
            "Have an account? ",
            el.a("Sign in", href="/sign-in?next=" + JoinState.way_back),
            ", or ",
            el.a("get a new password", href="/forgot-password?next=" + JoinState.way_back),
            " if you forgot it. Both bring you back here.",
            class_name="hint center-text",
        ),
        action="/auth/join",
        method="post",
        on_submit=None,
        class_name="stack",
    )

"""Redeeming a key: typed, shown what it opens, then decided."""

from dataclasses import dataclass

import reflex as rx

from grouplic.domain import keys
from grouplic.services import redeeming
from grouplic.services.actors import actor_of
from grouplic.ui import parts, seam
from grouplic.ui.pages.accounts import new_account_fields
from grouplic.ui.shell import page
from grouplic.ui.who import WhoState

el = rx.el


@dataclass(frozen=True)
class Opens:
    """A module that the key opens."""

    title: str
    size: str


class RedeemState(seam.Refusable, rx.State):
    """The key being typed, and what it opens."""

    typed: str = ""
    key: str = ""
    group_name: str = ""
    leader: str = ""
    modules: list[Opens] = []
    already_in: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Take a key from the address, as a QR code gives it."""
        self.key, self.typed = "", seam.parameter(self, "key")[:64]
        if self.typed:
            await self._look_up()

    @rx.event
    @seam.shows_refusals
    async def type_key(self, typed: str):
        """Show what the key opens once it is whole."""
        self.typed, self.key = str(typed)[:64], ""
        whole = sum(symbol.isalnum() for symbol in self.typed) >= keys.LENGTH
        if whole:
            await self._look_up()

    @rx.event
    @seam.shows_refusals
    async def look_up(self, form: dict):
        """Look the key up because Enter was pressed."""
        self.typed, self.key = str(form.get("key", ""))[:64], ""
        await self._look_up()

    @rx.event
    @seam.shows_refusals
    async def redeem(self):
        """Take the seat as the signed-in person."""
        typed, address = self.key or self.typed, seam.network_address(self)
        await seam.flow(
            self, lambda outside, actor, _now: redeeming.redeem(outside, typed, actor, address)
        )
        return rx.redirect("/my-learning?joined=1")

    async def _look_up(self):
        typed, cookie = self.typed, seam.cookie_hash(self)
        address = seam.network_address(self)

        def work():
            outside = seam.outside()
            keys.read(typed)
            with outside.database.reading() as session:
                actor = actor_of(session, cookie, outside.clock())
            return redeeming.look_up(outside, typed, actor, address)

        preview = await rx.run_in_thread(work)
        self.key = keys.show(preview.code)
        self.group_name, self.leader = preview.group_name, preview.leader_name
        self.modules = [
            Opens(m.title, f"{m.lessons} lessons · {m.minutes} min") for m in preview.modules
        ]
        self.already_in = preview.already_in


def redeem() -> rx.Component:
    """The page."""
    return page(
        el.div(
            el.div(
                el.p("You were given an enrollment key?", class_name="eyebrow"),
                el.h1("Type it in, and you are in."),
                _key_form(),
                el.p(
                    "Capitals, spaces and dashes do not matter.", class_name="hint", id="key-hint"
                ),
                parts.refusal(
                    rx.cond(RedeemState.refusal != "", RedeemState.refusal, WhoState.form_message)
                ),
                el.p(
                    "Already in a group? ",
                    el.a("Go to myLearning", href="/my-learning"),
                    class_name="hint",
                ),
                parts.how_it_works("redeem-a-key", "Redeeming a key"),
            ),
            el.div(rx.cond(RedeemState.key != "", _card()), aria_live="polite"),
            class_name="redeem",
        ),
        current="Redeem",
    )


def _key_form() -> rx.Component:
    return el.form(
        el.label("Enrollment key", html_for="key"),
        el.input(
            id="key",
            name="key",
            class_name="key-field",
            auto_complete="off",
            auto_capitalize="characters",
            spell_check=False,
            placeholder="XXXX-XXXX-XXXX-XXXX",
            default_value=RedeemState.typed,
            on_change=RedeemState.type_key.debounce(250),
            aria_describedby="key-hint",
        ),
        el.button("Scan a QR code", type="button", class_name="btn", data_scan="redeem"),
        on_submit=RedeemState.look_up,
    )


def _card() -> rx.Component:
    return el.aside(
        el.span("Key accepted", class_name="chip"),
        el.h2(RedeemState.group_name),
        el.p(
            RedeemState.leader,
            " invites you to these modules, and will see your progress and scores in them.",
        ),
        el.ul(
            rx.foreach(
                RedeemState.modules,
                lambda module: el.li(el.b(module.title), el.span(module.size)),
            ),
            class_name="opens",
        ),
        rx.cond(
            RedeemState.already_in,
            el.div(
                parts.notice("info", "You are in this group already. The key stays unused."),
                parts.link_button("Go to myLearning", "/my-learning", "primary wide"),
                class_name="stack",
            ),
            rx.cond(
                WhoState.signed_in,
                el.button(
                    "Join and start", class_name="btn primary wide", on_click=RedeemState.redeem
                ),
                _new_account(),
            ),
        ),
        class_name="card",
    )


def _new_account() -> rx.Component:
    way_back = "%2Fredeem%3Fkey%3D" + RedeemState.key
    return el.form(
        el.input(type="hidden", name="key", value=RedeemState.key),
        *new_account_fields(),
        el.button("Create my account and start", type="submit", class_name="btn primary wide"),
        el.p(
            "or ",
            el.a("sign in", href="/sign-in?next=" + way_back),
            " and add it to your account. Forgot your password? ",
            el.a("Get a new one", href="/forgot-password?next=" + way_back),
            " and come back to this key.",
            class_name="hint center-text",
        ),
        action="/auth/redeem",
        method="post",
        on_submit=None,
        class_name="stack",
    )

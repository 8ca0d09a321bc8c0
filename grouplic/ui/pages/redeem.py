"""Redeeming a key: typed, shown what it opens, then decided."""

import reflex as rx

from grouplic.domain import keys
from grouplic.services import redeeming
from grouplic.ui import parts, seam
from grouplic.ui.pages import opening
from grouplic.ui.returning import has_returned
from grouplic.ui.shell import page
from grouplic.ui.who import WhoState

el = rx.el


class RedeemState(opening.Opening, rx.State):
    """The key being typed, and what it opens."""

    typed: str = ""
    key: str = ""
    already_in: bool = False
    unused: bool = True
    _asked: str = ""  # what Enter was pressed on

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Take a key from the address, as a QR code gives it."""
        if await has_returned(self):
            return
        self.key, self.typed = "", seam.parameter(self, "key")[:64]
        if self.typed:
            await self._look_up()

    @rx.event
    @seam.shows_refusals
    async def type_key(self, typed: str):
        """Show what the key opens once it is whole, or is what was asked for by Enter."""
        self.typed, self.key = str(typed)[:64], ""
        whole = sum(symbol.isalnum() for symbol in self.typed) >= keys.LENGTH
        # This comes a moment after the typing, and must not take back what Enter was answered.
        if whole or self.typed == self._asked:
            await self._look_up()

    @rx.event
    @seam.shows_refusals
    async def look_up(self, form: dict):
        """Look the key up because Enter was pressed."""
        self.typed, self.key = str(form.get("key", ""))[:64], ""
        self._asked = self.typed
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
            keys.read(typed)
            return redeeming.look_up(seam.outside(), typed, opening.whoever_asks(cookie), address)

        preview = await rx.run_in_thread(work)
        self.key = keys.show(preview.code)
        self.already_in, self.unused = preview.already_in, preview.unused
        self._show(preview, f"/redeem?key={self.key}")


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
                opening.refused(RedeemState),
                opening.learning_hint("Already in a group? "),
                parts.how_it_works("redeem-a-key", "Redeeming a key"),
            ),
            el.div(rx.cond(RedeemState.key != "", _card(), _what_happens()), aria_live="polite"),
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


def _what_happens() -> rx.Component:
    return el.div(
        parts.steps(
            ("Type, paste or scan it", "You find it on a card, in a mail or in a list."),
            ("See what it opens", "The modules, who leads the group, and what they will see."),
            ("Join and start", "Sign in, or create an account on the spot."),
            heading=el.h2,
        ),
        class_name="what-happens",
    )


def _card() -> rx.Component:
    return opening.card(
        RedeemState,
        rx.cond(
            RedeemState.already_in,
            opening.member(
                rx.cond(RedeemState.unused, "The key stays unused.", "Nothing has changed.")
            ),
            rx.cond(
                WhoState.signed_in,
                opening.join_button("Join and start", RedeemState.redeem),
                opening.new_account(
                    RedeemState,
                    "/auth/redeem",
                    "Create my account and start",
                    key=RedeemState.key,
                ),
            ),
        ),
        accepted=rx.cond(RedeemState.unused, "Key accepted", ""),
    )

"""The page that a mail's last line leads to: one button, and nothing happens before it."""

import reflex as rx

from grouplic.services.unsubscribing import look_at, read_link
from grouplic.ui import parts, seam
from grouplic.ui.shell import page

el = rx.el


class UnsubscribeState(seam.Refusable, rx.State):
    """What a link in a mail is about."""

    action: str = ""
    words: str = ""
    group_name: str = ""
    ended: bool = False
    loaded: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Read the link; whoever has the mail may, without signing in."""
        self.loaded = False
        kind, group, user, token = (
            seam.parameter(self, name) for name in ("kind", "group", "user", "token")
        )
        tokens = seam.outside().tokens
        subscription = read_link(kind, group, user, token, tokens)
        found = await seam.read_as_anyone(
            self, lambda session, _actor, _now: look_at(session, subscription)
        )
        self.action = subscription.path(tokens)
        self.words, self.group_name, self.ended = found.words, found.group_name, found.ended
        self.loaded = True


def unsubscribe_page() -> rx.Component:
    """The page."""
    return page(
        el.section(
            el.h1(rx.cond(UnsubscribeState.ended, "You are unsubscribed", "Unsubscribe")),
            parts.refusal(UnsubscribeState.refusal),
            rx.cond(
                UnsubscribeState.refusal == "",
                parts.when_loaded(
                    UnsubscribeState.loaded,
                    rx.cond(UnsubscribeState.ended, _ended(), _ask()),
                ),
            ),
            class_name="card auth",
        ),
        narrow=True,
    )


def _ask() -> rx.Component:
    return _form(
        el.p(
            "You will get no more ",
            UnsubscribeState.words,
            " from ",
            el.b(UnsubscribeState.group_name),
            ". Mails about your account and your purchases still come.",
        ),
        parts.primary("Unsubscribe", type="submit"),
    )


def _ended() -> rx.Component:
    return _form(
        el.p(
            "You get no more ",
            UnsubscribeState.words,
            " from ",
            el.b(UnsubscribeState.group_name),
            ".",
        ),
        el.input(type="hidden", name="again", value="1"),
        parts.button("Send them again", type="submit"),
    )


def _form(*content: rx.Component) -> rx.Component:
    return el.form(
        *content,
        action=UnsubscribeState.action,
        method="post",
        on_submit=None,
        class_name="stack",
    )

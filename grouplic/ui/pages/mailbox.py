"""The local mailbox: what would have been mailed, outside production."""

from dataclasses import dataclass

import reflex as rx

from grouplic.domain.refusals import NotFound
from grouplic.ui import parts, seam
from grouplic.ui.shell import page, page_head

el = rx.el


@dataclass(frozen=True)
class Letter:
    """A mail that landed here."""

    recipient: str
    subject: str
    lines: list[str]


class MailboxState(seam.Refusable, rx.State):
    """The newest mails."""

    letters: list[Letter] = []
    loaded: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Read them; there is no such page in production."""
        self.letters = []
        if seam.outside().in_production or not seam.outside().local_mailbox:
            raise NotFound
        letters = await rx.run_in_thread(seam.outside().read_mailbox)
        self.letters = [Letter(to, subject, text.split("\n")) for to, subject, text in letters]
        self.loaded = True


def mailbox() -> rx.Component:
    """The page."""
    return page(
        page_head("Outside production, mails land here", "Local mailbox"),
        parts.refusal(MailboxState.refusal),
        parts.when_loaded(
            MailboxState.loaded | (MailboxState.refusal != ""),
            rx.cond(
                MailboxState.letters.length() > 0,
                rx.foreach(MailboxState.letters, _letter),
                rx.cond(
                    MailboxState.refusal == "",
                    parts.empty_state(
                        "No mail yet",
                        "Invite somebody, or create an account: what would be mailed lands here.",
                        parts.link_button("Create an account", "/sign-up"),
                    ),
                ),
            ),
        ),
        narrow=True,
    )


def _letter(letter: rx.Var[Letter]) -> rx.Component:
    return el.article(
        el.p("To ", letter.recipient, class_name="eyebrow"),
        el.h2(letter.subject),
        el.pre(rx.foreach(letter.lines, _line)),
        class_name="card letter",
    )


def _line(line: rx.Var[str]) -> rx.Component:
    text = line.to(str)
    return el.span(rx.cond(text.startswith("http"), el.a(text, href=text), text), "\n")

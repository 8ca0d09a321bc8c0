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
    text: str


class MailboxState(seam.Refusable, rx.State):
    """The newest mails."""

    letters: list[Letter] = []

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Read them; there is no such page in production."""
        self.letters = []
        if seam.outside().in_production or not seam.outside().local_mailbox:
            raise NotFound
        letters = await rx.run_in_thread(seam.outside().read_mailbox)
        self.letters = [Letter(*letter) for letter in letters]


def mailbox() -> rx.Component:
    """The page."""
    return page(
        page_head("Outside production, mails land here", "Local mailbox"),
        parts.refusal(MailboxState.refusal),
        rx.foreach(
            MailboxState.letters,
            lambda letter: el.article(
                el.p("To ", letter.recipient, class_name="eyebrow"),
                el.h2(letter.subject),
                el.pre(letter.text),
                class_name="card letter",
            ),
        ),
        narrow=True,
    )

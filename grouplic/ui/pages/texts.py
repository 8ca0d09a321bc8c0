"""Terms, privacy and contact: the operator's own texts."""

import reflex as rx

from grouplic.ui import parts, seam
from grouplic.ui.prose import to_html
from grouplic.ui.shell import page

el = rx.el


class TextState(rx.State):
    """The text of the page that is open."""

    html: str = ""

    @rx.event
    async def load(self):
        """Read the operator's file."""
        name = self.router.url.path.strip("/")
        known = name if name in ("terms", "privacy", "contact") else "contact"
        texts = seam.outside().texts
        self.html = await rx.run_in_thread(lambda: to_html(texts.read(known)))


def text() -> rx.Component:
    """The page of one text."""
    return page(
        parts.when_loaded(
            TextState.html != "", el.div(rx.html(TextState.html), class_name="prose")
        ),
        narrow=True,
    )

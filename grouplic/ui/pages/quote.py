"""A saved quote: its prices, the PDF, and the address to pass on."""

import reflex as rx

from grouplic.services import saved_quotes
from grouplic.ui import parts, seam
from grouplic.ui.money import show_date, show_money
from grouplic.ui.pages.buy_paths import choice_path
from grouplic.ui.pages.buy_rows import Line, show_line
from grouplic.ui.shell import page, page_head

el = rx.el


class QuoteState(seam.Refusable, rx.State):
    """One saved quote."""

    quote_id: str = ""
    number: str = ""
    group_name: str = ""
    lines: list[Line] = []
    total: str = ""
    valid_until: str = ""
    address: str = ""
    choose_anew: str = ""

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Read it; one for a group that exists is for its leaders."""
        self.quote_id, self.choose_anew, quote_id = "", "", str(self.quote)

        def work(session, actor, now):
            return saved_quotes.quote_of(session, quote_id, actor, now)

        try:
            view = await seam.read_as_anyone(self, work)
        except saved_quotes.QuoteExpired as expired:
            self.choose_anew = choice_path(expired.kind, expired.group_id)
            raise
        quote = view.answer.quote
        self.number, self.group_name = view.number, view.group_name
        self.lines = [show_line(line, quote.currency) for line in quote.lines]
        self.total = show_money(quote.total, quote.currency)
        self.valid_until = show_date(view.valid_until)
        self.address = f"{seam.outside().public_url}/buy?quote={view.id}"
        self.quote_id = str(view.id)


def quote() -> rx.Component:
    """The page."""
    return page(
        parts.closed(
            QuoteState.refusal,
            rx.cond(
                QuoteState.choose_anew != "",
                parts.link_button("Choose again", QuoteState.choose_anew, "primary"),
                parts.link_button("Buy a group license", "/buy"),
            ),
        ),
        rx.cond(
            QuoteState.refusal == "",
            parts.when_loaded(QuoteState.quote_id != "", _quote()),
        ),
        current="Modules",
        narrow=True,
    )


def _quote() -> rx.Component:
    return el.div(
        page_head("Quote " + QuoteState.number, QuoteState.group_name),
        el.section(
            rx.foreach(
                QuoteState.lines,
                lambda line: el.div(
                    el.span(line.title, el.span(line.count, class_name="hint")),
                    el.span(line.amount),
                    class_name="line",
                ),
            ),
            el.div(el.span("Total"), el.b(QuoteState.total), class_name="line total"),
            el.p("These prices hold until ", QuoteState.valid_until, ".", class_name="hint"),
            class_name="card",
        ),
        el.section(
            el.h2("Pass it on"),
            el.p("Whoever opens this address buys the same at the same price."),
            el.code(QuoteState.address, class_name="address"),
            el.div(
                parts.download_link(
                    "Download the PDF",
                    "/quotes/" + QuoteState.quote_id + "/quote.pdf",
                    class_name="btn primary",
                ),
                parts.copy_button(QuoteState.address, "Copy the address"),
                parts.link_button("Buy it now", "/buy?quote=" + QuoteState.quote_id),
                class_name="row wrap pass-on",
            ),
            class_name="card",
        ),
        class_name="stack-wide",
    )

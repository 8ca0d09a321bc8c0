"""Handing keys out, and the batches that were: downloaded, printed or copied again on demand."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from grouplic.services import key_ledger
from grouplic.ui import parts, seam
from grouplic.ui.money import show_date, show_number
from grouplic.ui.numbers import written
from grouplic.ui.returning import has_returned
from grouplic.ui.sent_once import SentOnce, number_of_form

el = rx.el

_MOST_DIGITS = 6


@dataclass(frozen=True)
class BatchRow:
    """Keys that were handed out together."""

    id: str
    name: str
    says: str
    unused: int


class BatchesState(seam.Refusable, SentOnce, rx.State):
    """The batches of the group, a few at a time."""

    group_id: str = ""
    rows: list[BatchRow] = []
    number: int = 1
    older: bool = False
    done: str = ""

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Read the newest."""
        self.group_id = str(self.group)
        if not await has_returned(self):
            self.number, self.done = 1, ""
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def refresh(self):
        """Read them again, since something changed."""
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def turn(self, by: int):
        """Show older batches, or newer ones."""
        self.number = max(1, self.number + (1 if by == 1 else -1))
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def hand_out(self, form: dict):
        """Mark open seats as issued, and keep their keys together as a batch."""
        if self._was_sent(form):
            return
        typed, label = str(form.get("quantity", "")).strip(), str(form.get("label", ""))
        quantity = int(typed) if typed.isdecimal() and len(typed) <= _MOST_DIGITS else 0
        group_id = self.group_id
        handed = await seam.act(
            self,
            lambda session, actor, now: key_ledger.hand_out(
                session, group_id, quantity, actor, now, label
            ),
        )
        many = f"{show_number(len(handed))} keys are handed out. Download them under Batches."
        one = "1 key is handed out. Download it under Batches."
        self.done, self.number = one if len(handed) == 1 else many, 1
        self._is_done()
        await self._read()

    async def _read(self):
        group_id, number = self.group_id, self.number
        found, self.older = await seam.read(
            self,
            lambda session, actor, _now: key_ledger.batches(session, group_id, number, actor),
        )
        self.rows = [
            BatchRow(
                str(batch.id),
                batch.label or "Without a label",
                f"{show_date(batch.created_at)} · {batch.made_by} · "
                f"{show_number(batch.unused)} of {show_number(batch.quantity)} unused",
                batch.unused,
            )
            for batch in found
        ]


def hand_out_form(open_seats: rx.Var[int], issued: rx.Var[int]) -> rx.Component:
    """The form that hands keys out."""
    return el.section(
        el.h2("Hand keys out"),
        el.p(
            "A key opens one seat, for whoever redeems it. ",
            el.span(
                el.b(written(open_seats)),
                rx.cond(open_seats == 1, " seat open, ", " seats open, "),
                el.b(written(issued)),
                rx.cond(issued == 1, " key handed out.", " keys handed out."),
                role="status",
            ),
            class_name="hint",
        ),
        el.form(
            parts.field(
                "How many",
                "quantity",
                type="text",
                input_mode="numeric",
                default_value="1",
                required=True,
                error=rx.cond(BatchesState.refused_field == "quantity", BatchesState.refusal, ""),
            ),
            parts.field(
                "Label (optional)",
                "label",
                type="text",
                placeholder="Section B",
                max_length=60,
                error=rx.cond(BatchesState.refused_field == "label", BatchesState.refusal, ""),
            ),
            number_of_form(BatchesState),
            el.button("Hand out", type="submit", class_name="btn primary"),
            on_submit=BatchesState.hand_out,
            class_name="stack",
        ),
        rx.cond(BatchesState.refused_field == "", parts.refusal(BatchesState.refusal)),
        el.p(BatchesState.done, role="status", class_name="good-word"),
        class_name="card",
    )


def batches(show: Any) -> rx.Component:
    """The batches; ``show`` is the handler that shows one batch's keys."""
    return el.section(
        el.h2("Batches"),
        rx.cond(
            BatchesState.rows.length() > 0,
            el.ul(
                rx.foreach(BatchesState.rows, lambda row: _batch(row, show)),
                class_name="plain batches",
            ),
            el.p(
                "No batch yet. Keys that you hand out together stay together here.",
                class_name="hint",
            ),
        ),
        el.div(
            rx.cond(
                BatchesState.number > 1,
                el.button("Newer", class_name="btn small", on_click=BatchesState.turn(-1)),
            ),
            rx.cond(
                BatchesState.older,
                el.button("Older", class_name="btn small", on_click=BatchesState.turn(1)),
            ),
            class_name="row",
        ),
        class_name="card",
    )


def key_files(group_id: rx.Var[str], query: Any, label: Any) -> rx.Component:
    """The files of unused keys that ``query`` chooses: sheets, cards to print, all to copy."""
    base = "/keys/" + group_id + "/unused."
    return el.div(
        el.span(label, class_name="hint"),
        parts.download_link("CSV", base + "csv?" + query),
        parts.download_link("XLSX", base + "xlsx?" + query),
        parts.download_link("Cards, A4", base + "pdf?paper=a4&" + query),
        parts.download_link("Cards, Letter", base + "pdf?paper=letter&" + query),
        el.button(
            "Copy all", type="button", class_name="link", data_copy_from=base + "txt?" + query
        ),
        el.span(role="status", class_name="hint", data_copy_says=""),
        class_name="row wrap files",
    )


def _batch(row: rx.Var[BatchRow], show: Any) -> rx.Component:
    return el.li(
        el.div(
            el.button(row.name, class_name="link", type="button", on_click=show(row.id)),
            el.p(row.says, class_name="hint"),
        ),
        rx.cond(
            row.unused > 0,
            key_files(BatchesState.group_id, "batch=" + row.id, ""),
            el.p("Every key has been used or voided.", class_name="hint"),
        ),
    )

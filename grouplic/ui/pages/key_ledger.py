"""One page of a group's key ledger: which keys are shown, and which are chosen."""

from dataclasses import dataclass
from urllib.parse import urlencode

import reflex as rx

from grouplic.services import groups, key_ledger, key_voiding
from grouplic.services.key_filter import KeyFilter, KeyState
from grouplic.services.key_ledger import PAGE, LedgerRow
from grouplic.services.key_voiding import Chosen
from grouplic.ui import seam
from grouplic.ui.leading import led
from grouplic.ui.live import watch
from grouplic.ui.money import counted, show_date
from grouplic.ui.pages.key_batches import BatchesState
from grouplic.ui.returning import has_returned

STATES = (
    ("", "Any state"),
    (KeyState.OPEN, "Open"),
    (KeyState.ISSUED, "Handed out"),
    (KeyState.USED, "Used"),
    (KeyState.VOIDED, "Voided"),
)
_LOOKS = {
    KeyState.OPEN: "plain",
    KeyState.ISSUED: "warn",
    KeyState.USED: "",
    KeyState.VOIDED: "plain",
}
_WORDS = dict(STATES)


@dataclass(frozen=True)
class KeyRow:
    """One key of the ledger."""

    id: str
    seat: int
    text: str
    says: str
    look: str
    label: str
    since: str
    who: str
    email: str
    when: str
    live: bool


class KeysState(seam.Refusable, rx.State):
    """One page of the ledger, and which of its keys are chosen."""

    group_id: str = ""
    group_name: str = ""
    open: int = 0
    issued: int = 0
    rows: list[KeyRow] = []
    labels: list[str] = []
    total: int = 0
    number: int = 1
    last: bool = True
    state: str = ""
    label: str = ""
    batch: str = ""
    search: str = ""
    query: str = ""
    chosen: list[str] = []
    everything: bool = False
    warning: str = ""
    done: str = ""
    loaded: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Check the right, watch the group, and read the first page; a filter stays chosen."""
        group_id = str(self.group)
        group = await led(self, group_id, groups.May.MANAGE_PEOPLE)
        if group_id != self.group_id:
            self.state = self.label = self.batch = self.search = ""
        self.group_id, self.group_name = group_id, group.name
        if not await has_returned(self):
            self.number, self.done = 1, ""
            self._choose_none()
        watch(self, f"group:{group.id}", on=KeysState.refresh)
        await self._read()
        self.loaded = True
        return BatchesState.load

    @rx.event
    @seam.shows_refusals
    async def refresh(self):
        """Read it again, since something changed."""
        await self._read()
        return BatchesState.refresh

    @rx.event
    @seam.shows_refusals
    async def show_state(self, state: str):
        """Show keys in one state, or in any."""
        self.state = str(state) if state in _WORDS else ""
        await self._start_over()

    @rx.event
    @seam.shows_refusals
    async def show_label(self, label: str):
        """Show keys with one label, or with any."""
        self.label = str(label)[:60]
        await self._start_over()

    @rx.event
    @seam.shows_refusals
    async def show_batch(self, batch: str):
        """Show the keys of one batch, or of all."""
        self.batch = str(batch)[:36]
        await self._start_over()

    @rx.event
    @seam.shows_refusals
    async def find(self, words: str):
        """Show the keys that a fragment, a label, a name or an address finds."""
        self.search = str(words)[:100]
        await self._start_over()

    @rx.event
    @seam.shows_refusals
    async def turn(self, by: int):
        """Turn the page; what was chosen on the last one is let go."""
        self.number = max(1, self.number + (1 if by == 1 else -1))
        self._choose_none()
        await self._read()

    @rx.event
    async def choose_key(self, key_id: str):
        """Choose a key of this page, or let it go."""
        here = {row.id for row in self.rows}
        kept = {one for one in self.chosen if one in here}
        self.chosen = sorted(kept ^ ({str(key_id)} & here))
        self.everything, self.warning, self.done = False, "", ""

    @rx.event
    async def choose_page(self):
        """Choose every key of this page, or let all go."""
        whole = len(self.chosen) == len(self.rows)
        self._choose_none()
        self.chosen = [] if whole else [row.id for row in self.rows]
        self.done = ""

    @rx.event
    async def choose_all(self):
        """Choose every key that matches the filter, on whatever page."""
        self.everything, self.warning = True, ""

    @rx.event
    @seam.shows_refusals
    async def set_label(self, form: dict):
        """Give the chosen keys a label."""
        if not self.chosen:
            return  # pressed twice
        group_id, chosen, text = self.group_id, self._chosen(), str(form.get("new_label", ""))
        count = await seam.act(
            self,
            lambda session, actor, now: key_voiding.label(
                session, group_id, chosen, text, actor, now
            ),
        )
        self.done = f"{counted(count, 'key')} labeled."
        await self._changed()

    @rx.event
    @seam.shows_refusals
    async def ask_void(self):
        """Say what voiding would do."""
        group_id, chosen = self.group_id, self._chosen()
        voiding = await seam.read(
            self,
            lambda session, actor, _now: key_voiding.prospect(session, group_id, chosen, actor),
        )
        self.warning, self.done = voiding.sentence, ""

    @rx.event
    @seam.shows_refusals
    async def void(self):
        """Void the chosen keys."""
        if not self.warning:
            return  # pressed twice
        group_id, chosen = self.group_id, self._chosen()
        count = await seam.act(
            self,
            lambda session, actor, now: key_voiding.void(session, group_id, chosen, actor, now),
        )
        self.done = f"{counted(count, 'key')} voided."
        await self._changed()

    @rx.event
    async def keep(self):
        """Change nothing, and choose nothing."""
        self._choose_none()

    def _choose_none(self):
        self.chosen, self.everything, self.warning = [], False, ""

    def _chosen(self):
        return Chosen(self._wanted(), None if self.everything else tuple(self.chosen))

    def _wanted(self):
        return KeyFilter(self.state, self.label, self.batch, self.search)

    async def _start_over(self):
        self.number, self.done = 1, ""
        self._choose_none()
        await self._read()

    async def _changed(self):
        self._choose_none()
        await self._read()

    async def _read(self):
        group_id, wanted, number = self.group_id, self._wanted(), self.number

        def work(session, actor, _now):
            group = groups.led_group(session, actor, group_id, groups.May.MANAGE_PEOPLE)
            found = key_ledger.ledger(session, group.id, wanted, number, actor)
            return found, groups.seat_counts(session, group.id)

        found, counts = await seam.read(self, work)
        self.rows = [_shown(row) for row in found.rows]
        self.total, self.number, self.labels = found.total, found.page, found.labels
        self.last = found.page * PAGE >= found.total
        self.open, self.issued = counts.open, counts.issued
        named = {"label": self.label, "batch": self.batch, "search": self.search}
        self.query = urlencode({name: value for name, value in named.items() if value})


def _shown(row: LedgerRow) -> KeyRow:
    return KeyRow(
        id=str(row.id),
        seat=row.seat_number,
        text=row.text,
        says=_WORDS[row.state],
        look=_LOOKS[row.state],
        label=row.label,
        since=show_date(row.issued_at) if row.issued_at else "",
        who=row.redeemed_by,
        email=row.redeemed_email,
        when=show_date(row.redeemed_at) if row.redeemed_at else "",
        live=row.state in (KeyState.OPEN, KeyState.ISSUED),
    )

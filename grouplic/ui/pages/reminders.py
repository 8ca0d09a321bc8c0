"""Due dates and reminders: what their page knows, and what can be asked of it."""

from dataclasses import dataclass

import reflex as rx

from grouplic.domain.refusals import Refusal
from grouplic.services import due_dates, groups, reminders
from grouplic.services.reminder_needs import Need
from grouplic.ui import seam
from grouplic.ui.leading import led
from grouplic.ui.live import watch
from grouplic.ui.money import show_number
from grouplic.ui.returning import has_returned


@dataclass(frozen=True)
class DueRow:
    """A module with its due date."""

    id: str
    title: str
    due_on: str
    week_before: bool
    day_before: bool


class RemindersState(seam.RefusableByForm, rx.State):
    """The due dates of a group, and a reminder about to be sent."""

    group_id: str = ""
    group_name: str = ""
    rows: list[DueRow] = []
    need: str = str(Need.NOT_STARTED)
    mailed: int = 0
    left_out: str = ""
    letter: str = ""
    outcome: str = ""
    due_outcome: str = ""
    loaded: bool = False

    @rx.event
    @seam.shows_refusals
    async def enter(self):
        """Come to the page, with the choice of the link that led here."""
        if not await has_returned(self):
            who = seam.parameter(self, "who")
            self.need = who if who in set(Need) - {Need.DUE} else str(Need.NOT_STARTED)
            self.outcome = self.due_outcome = ""
        await self._load()

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Read it again."""
        await self._load()

    @rx.event
    @seam.shows_refusals
    async def choose_whom(self, need: str):
        """Choose whom to remind."""
        self.need = str(need)[:20]
        self.outcome = ""
        await self._preview()

    @rx.event
    @seam.shows_refusals
    async def set_due(self, form: dict):
        """Set the due date of a module, with its reminders."""
        sent = form if isinstance(form, dict) else {}
        group_id, module_id = self.group_id, str(sent.get("module", ""))
        days = [days for days in due_dates.DAYS_BEFORE if sent.get(f"before_{days}")]
        self.due_outcome = ""

        def work(session, actor, now):
            due_on = str(sent.get("due_on", ""))
            due_dates.set_due_date(session, group_id, module_id, due_on, days, actor, now)

        await seam.act(self, work)
        self.due_outcome = "The due date is set. Learners see it on myLearning."
        await self._load()

    @rx.event
    @seam.shows_refusals
    async def clear_due(self, module: str):
        """Take a due date away."""
        group_id, module_id = self.group_id, str(module)
        self.due_outcome = ""

        def work(session, actor, now):
            due_dates.clear_due_date(session, group_id, module_id, actor, now)

        await seam.act(self, work)
        self.due_outcome = "The due date is gone, and so are its reminders."
        await self._load()

    @rx.event
    @seam.shows_refusals
    async def send(self):
        """Remind them; nobody is left for whoever presses twice."""
        if not self.mailed:
            return
        group_id, need, self.outcome = self.group_id, self._need(), ""

        def work(session, actor, now):
            return reminders.remind(session, group_id, need, actor, now)

        sent = await seam.act(self, work)
        self.outcome = (
            "1 reminder is on its way."
            if sent == 1
            else f"{show_number(sent)} reminders are on their way."
        )
        await self._preview()

    async def _load(self):
        group_id = str(self.group)
        self.loaded, self.rows = False, []

        # The right comes first, then the watch, then the picture.
        group = await led(self, group_id, groups.May.MANAGE_PEOPLE)
        watch(self, f"group:{group_id}", on=RemindersState.load)
        self.group_id, self.group_name = group_id, group.name

        def work(session, actor, now):
            return due_dates.due_dates(session, group_id, actor, now)

        self.rows = [
            DueRow(
                str(due.module_id),
                due.title,
                due.due_on.isoformat() if due.due_on else "",
                7 in due.days_before or due.due_on is None,
                1 in due.days_before or due.due_on is None,
            )
            for due in await seam.read(self, work)
        ]
        await self._preview()
        self.loaded = True

    async def _preview(self):
        group_id, need = self.group_id, self._need()
        site = seam.outside().public_url

        def work(session, actor, now):
            return reminders.prospect(session, group_id, need, actor, now, site)

        found = await seam.read(self, work)
        self.mailed = found.mailed
        reasons = [
            (found.reminded_lately, "heard from you within 24 hours"),
            (found.unsubscribed, "wants none" if found.unsubscribed == 1 else "want none"),
        ]
        self.left_out = ", ".join(f"{number} {why}" for number, why in reasons if number)
        self.letter = seam.outside().letter_text(found.letter)

    def _need(self) -> Need:
        if self.need not in set(Need) - {Need.DUE}:
            raise Refusal("Choose whom to remind.")
        return Need(self.need)

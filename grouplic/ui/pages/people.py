"""Manage People: the group's learners, and what can be done about each."""

from dataclasses import dataclass

import reflex as rx

from grouplic.domain.refusals import Refusal
from grouplic.services import groups, invite_form, people_form
from grouplic.services.roster import Look, Person, Sort, Standing, roster
from grouplic.ui import seam
from grouplic.ui.live import watch
from grouplic.ui.money import show_date
from grouplic.ui.pages.waiting import WaitingState
from grouplic.ui.returning import has_returned
from grouplic.ui.typed_address import begin_anew

STANDINGS = {
    Standing.INVITED: ("Invited, never signed in", "plain"),
    Standing.MAIL_FAILED: ("Mail failed", "bad"),
    Standing.AWAITS: ("Awaits confirmation", "warn"),
    Standing.NOT_STARTED: ("Not started", "plain"),
    Standing.IN_PROGRESS: ("In progress", ""),
    Standing.COMPLETED: ("Completed", ""),
    Standing.FORMER: ("Has left", "plain"),
}
_WAYS = {
    "key": "by key",
    "invite": "invited",
    "upload": "uploaded",
    "join_link": "by join link",
    "demo": "demo",
}


@dataclass(frozen=True)
class PersonRow:
    """One person of the list, ready to show."""

    id: str
    enrollment: str
    name: str
    email: str
    seat: int
    joined: str
    way: str
    left: str
    percent: int
    activity: str
    state: str
    look: str
    error: str
    invitation: str
    correctable: bool


class PeopleState(seam.Refusable, rx.State):
    """One page of the group's people."""

    group_id: str = ""
    group_name: str = ""
    leads_all: bool = False
    rows: list[PersonRow] = []
    total: int = 0
    page_number: int = 1
    pages: int = 1
    search: str = ""
    sort: str = "name"
    descending: bool = False
    standing: str = ""
    loaded: bool = False
    outcome: str = ""
    undo: str = ""
    _undo_of: str = ""

    @rx.event
    async def enter(self):
        """Come to the page: what was looked for stays, what was done before is no news."""
        if not await has_returned(self):
            await begin_anew(self)
            self._tell("")
            (await self.get_state(WaitingState)).outcome = ""
        return PeopleState.load

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Check the right, watch the group, and read the page."""
        group_id = str(self.group)
        if group_id != self.group_id:
            self.search, self.sort, self.standing, self.descending = "", "name", "", False
            self.page_number = 1
        # Whoever is refused keeps nothing on the page, also when the right went away meanwhile.
        self.loaded, self.rows = False, []

        def check(session, actor, _now):
            group = groups.led_group(session, actor, group_id, groups.May.MANAGE_PEOPLE)
            return group, groups.rights_in(session, group_id, actor)

        group, rights = await seam.read(self, check)
        self.group_id, self.group_name = group_id, group.name
        self.leads_all = groups.May.DO_EVERYTHING in rights
        watch(self, f"group:{group.id}", f"mail:{group.id}", on=PeopleState.load)
        await self._read()
        self.loaded = True
        return WaitingState.load

    @rx.event
    @seam.shows_refusals
    async def find(self, text: str):
        """Search names and addresses."""
        self.search, self.page_number = str(text)[:100], 1
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def order_by(self, sort: str):
        """Order by a column; the same column again turns the order around."""
        chosen = str(sort)
        if chosen not in set(Sort):
            raise Refusal("The list cannot be sorted by this.")
        self.descending = not self.descending if chosen == self.sort else False
        self.sort, self.page_number = chosen, 1
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def filter_by(self, standing: str):
        """Show those who stand somewhere; an empty text is everyone who holds a seat."""
        chosen = str(standing)
        if chosen and chosen not in set(Standing):
            raise Refusal("There is no such state.")
        self.standing, self.page_number = chosen, 1
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def turn(self, by: int):
        """Turn a page."""
        self.page_number += 1 if by == 1 else -1
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def send_again(self, invitation: str):
        """Mail somebody's invitation again."""
        group_id, wanted = self.group_id, str(invitation)
        await seam.flow(
            self,
            lambda outside, actor, _now: invite_form.send_again(outside, group_id, wanted, actor),
        )
        self._tell("A mail with a new link is on its way; the earlier link is void.")
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def put_back(self, enrollment: str):
        """Give somebody who left a seat again; an empty text is whoever was removed last."""
        group_id, wanted = self.group_id, str(enrollment) or self._undo_of
        outcome = await seam.flow(
            self,
            lambda outside, actor, _now: people_form.put_back(outside, group_id, wanted, actor),
        )
        self._tell(outcome)
        await self._read()

    def _tell(self, outcome: str, undo: str = "", undo_of: str = ""):
        self.outcome, self.undo, self._undo_of = outcome, undo, undo_of

    async def _read(self):
        group_id = str(self.group)
        look = Look(
            self.search,
            Sort(self.sort),
            self.descending,
            Standing(self.standing) if self.standing else None,
            self.page_number,
        )
        found = await seam.read(
            self, lambda session, actor, _now: roster(session, group_id, actor, look)
        )
        self.rows = [_row(person) for person in found.people]
        self.total = found.total
        self.page_number, self.pages = found.page, found.pages


def _row(person: Person) -> PersonRow:
    words, look = STANDINGS[person.standing]
    return PersonRow(
        id=str(person.user_id),
        enrollment=str(person.enrollment_id),
        name=person.name,
        email=person.email,
        seat=person.seat_number,
        joined=show_date(person.joined_at),
        way=_WAYS[person.way],
        left=show_date(person.left_at) if person.left_at else "",
        percent=person.percent,
        activity=show_date(person.last_activity) if person.last_activity else "–",
        state=words,
        look=look,
        error=person.mail_error,
        invitation=str(person.invitation_id or ""),
        correctable=person.correctable,
    )

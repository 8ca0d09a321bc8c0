"""Upload a CSV File: what the page knows, and what can be done on it."""

import reflex as rx

from grouplic.domain.orders import OrderKind
from grouplic.domain.refusals import Refusal
from grouplic.domain.uploads import Overflow
from grouplic.services import drafts, groups, shop, undoing, uploads
from grouplic.services.seat_map import seat_map
from grouplic.services.shop import Wish
from grouplic.ui import seam
from grouplic.ui.leading import led
from grouplic.ui.live import watch
from grouplic.ui.money import show_date, show_money
from grouplic.ui.pages.upload_rows import FileRow, Receipt, file_row
from grouplic.ui.returning import has_returned

_SEPARATOR_WORDS = {"\t": "tabs", ";": "semicolons", ",": "commas", "|": "bars"}
_SHOW_SEATS = ("importing", "done", "undoing")


class UploadState(seam.Refusable, rx.State):
    """A file for this group: the newest, or the one that the address names."""

    group_id: str = ""
    group_name: str = ""
    named: str = ""
    most_bytes: int = 0
    upload_id: str = ""
    state: str = ""
    file: str = ""
    problem: str = ""
    understood: str = ""
    encoding: str = ""
    separator: str = ""
    header: str = ""
    ignored: str = ""
    names: list[str] = []
    places: dict[str, str] = {}
    preview: list[list[str]] = []
    total: int = 0
    new: int = 0
    known: int = 0
    members: int = 0
    look: int = 0
    needed: int = 0
    open: int = 0
    issued: int = 0
    takes_issued: bool = False
    price: str = ""
    settled: int = 0
    states: dict[str, int] = {}
    passwords: int = 0
    unjudged: int = 0
    can_undo: bool = False
    asks_undo: bool = False
    leave: int = 0
    stay: int = 0
    seats: str = ""
    sentence: str = ""
    taken: int = 0
    retired: int = 0
    rows: list[FileRow] = []
    earlier: list[Receipt] = []
    editing: str = ""
    shows_reading: bool = False
    shown: str = "all"
    number: int = 1
    last: bool = True
    loaded: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Check the right, watch the group's uploads, and read the file's rows."""
        group_id = str(self.group)
        group = await led(self, group_id, groups.May.MANAGE_PEOPLE)
        self.group_id, self.group_name = group_id, group.name
        self.named = seam.parameter(self, "upload")
        self.most_bytes = seam.outside().upload_limits.most_bytes
        if not await has_returned(self):
            self.shown, self.number, self.editing, self.asks_undo = "all", 1, "", False
        watch(self, f"uploads:{group.id}", f"group:{group.id}", on=UploadState.refresh)
        await self._read()
        self.loaded = True

    @rx.event
    @seam.shows_refusals
    async def refresh(self):
        """Read it again, since something changed."""
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def turn(self, by: int):
        """Turn the page of rows."""
        self.number = max(1, self.number + (1 if by == 1 else -1))
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def show_those(self, which: str):
        """Show all rows, or those that need a look."""
        self.shown, self.number = ("look" if which == "look" else "all"), 1
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def show_reading(self):
        """Show how the file was read, or put it away."""
        self.shows_reading = not self.shows_reading

    @rx.event
    @seam.shows_refusals
    async def edit(self, row_id: str):
        """Open the cells of one row, or close them."""
        self.editing = "" if self.editing == str(row_id) else str(row_id)
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def fix(self, row_id: str, name: str, typed: str):
        """Correct a cell in place."""
        row = next((row for row in self.rows if row.id == row_id), None)
        if row is None or getattr(row, _CELLS.get(name, "id"), None) == typed:
            return
        self.editing = row.id
        await self._fix(row.id, str(name), str(typed))

    @rx.event
    @seam.shows_refusals
    async def use_suggestion(self, row_id: str):
        """Take the corrected address."""
        row = next((row for row in self.rows if row.id == row_id), None)
        if row and row.suggestion:
            await self._fix(row.id, "user_email", row.suggestion)

    @rx.event
    @seam.shows_refusals
    async def drop_password(self, row_id: str):
        """Let a person have a login by mail instead of the password of the file."""
        await self._fix(str(row_id), "user_pass", "")

    @rx.event
    @seam.shows_refusals
    async def set_takes_issued(self, takes: bool):
        """Decide whether handed-out keys may stop working."""
        self.takes_issued = takes is True

    @rx.event
    @seam.shows_refusals
    async def import_what_fits(self):
        """Import as many rows as there are seats."""
        await self._confirm(Overflow.STOP)

    @rx.event
    @seam.shows_refusals
    async def import_and_wait(self):
        """Import, and put the rest on the waiting list."""
        await self._confirm(Overflow.WAIT)

    @rx.event
    @seam.shows_refusals
    async def ask_undo(self):
        """Say what an undo would do, or put the question away."""
        self.asks_undo = not self.asks_undo
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def undo(self):
        """Take the import back."""
        if not self.asks_undo:
            return  # pressed twice
        upload_id = self.upload_id
        await seam.act(
            self, lambda session, actor, now: undoing.undo(session, upload_id, actor, now)
        )
        self.asks_undo = False
        await self._read()

    async def _fix(self, row_id: str, name: str, typed: str):
        upload_id = self.upload_id
        await seam.flow(
            self,
            lambda outside, actor, _now: drafts.fix_cell(
                outside, upload_id, row_id, name, typed, actor
            ),
        )
        await self._read()

    async def _confirm(self, overflow: Overflow):
        if self.state == "importing":
            return  # pressed twice
        upload_id, takes_issued = self.upload_id, self.takes_issued
        await seam.act(
            self,
            lambda session, actor, now: drafts.confirm(
                session, upload_id, overflow, takes_issued, actor, now
            ),
        )
        self.editing, self.shown, self.number = "", "all", 1
        await self._read()

    async def _read(self):
        group_id, named = self.group_id or str(self.group), self.named
        shown, number, asks = self.shown, self.number, self.asks_undo

        def work(session, actor, now):
            view = uploads.view_upload(session, group_id, actor, now, named, shown, number)
            if view is None:
                return None, None, None, ""
            seats = seat_map(session, group_id, actor) if view.state in _SHOW_SEATS else None
            undo = undoing.prospect(session, view.id, actor) if asks and view.can_undo else None
            return view, seats, undo, _price(session, group_id, view, actor, now)

        view, seats, undo, self.price = await seam.read(self, work)
        if view is None:
            self.state = ""
            return
        if self.upload_id != str(view.id):
            self.takes_issued, self.editing, self.number = False, "", 1
        self._say_what_it_is(view)
        self._say_how_it_was_read(view.understood)
        # Where no column is known, somebody has to say which.
        self.shows_reading |= view.state == "refused" and bool(self.names)
        self._count(view)
        self._show_seats(seats)
        self.leave, self.stay = (undo.leave, undo.stay) if undo else (0, 0)
        self.rows = [file_row(row, view.state == "draft", self.editing) for row in view.rows]
        self.last = len(view.rows) < uploads.PAGE

    def _say_what_it_is(self, view: uploads.UploadView):
        self.upload_id, self.state, self.file = str(view.id), view.state, view.file_name
        self.problem, self.can_undo = view.refusal, view.can_undo
        self.asks_undo = self.asks_undo and view.can_undo
        self.earlier = [
            Receipt(str(one.id), one.file_name, show_date(one.at)) for one in view.earlier
        ]

    def _say_how_it_was_read(self, how: uploads.Understood):
        self.encoding, self.separator = how.encoding, how.separator
        self.header = "yes" if how.has_header else "no"
        words = [_SEPARATOR_WORDS.get(how.separator, ""), how.encoding]
        self.understood = ", ".join(word for word in words if word) or "Excel workbook"
        self.ignored, self.names = ", ".join(how.ignored), list(how.names)
        self.places = {name: str(place) for name, place in how.columns.items()}
        self.preview = [list(row) for row in how.preview]

    def _count(self, view: uploads.UploadView):
        self.total, self.needed = view.total, view.seats_needed
        self.open, self.issued = view.open_seats, view.issued_seats
        self.new, self.known = view.verdicts.get("new", 0), view.verdicts.get("account", 0)
        self.members = view.verdicts.get("member", 0)
        self.look = view.verdicts.get("invalid", 0) + view.verdicts.get("duplicate", 0)
        self.settled = view.total - view.states.get("pending", 0)
        self.states = dict(view.states)
        self.passwords, self.unjudged = view.passwords, view.unjudged

    def _show_seats(self, seats):
        self.seats, self.sentence = (seats.seats, seats.sentence) if seats else ("", "")
        self.taken, self.retired = (seats.taken, seats.retired) if seats else (0, 0)


_CELLS = {"user_email": "email", "first_name": "first_name", "last_name": "last_name"}


def _price(session, group_id: str, view: uploads.UploadView, actor, now) -> str:
    missing = view.seats_needed - view.open_seats
    if view.state != "draft" or missing < 1:
        return ""
    wish = Wish(OrderKind.ADD_SEATS, "", group_id, (), missing)
    try:
        quote = shop.answer(session, wish, actor, now, for_quote=True).quote
    except Refusal:
        return ""  # a leader for people only does not buy
    return show_money(quote.total, quote.currency)

"""The dashboard's answers and its table of learners: what the page knows, and what can be asked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import reflex as rx
from sqlmodel import Session

from grouplic.domain.performance import Order, Stand
from grouplic.services import groups, weekly_summaries
from grouplic.services.actors import Actor
from grouplic.services.looking import Looking
from grouplic.services.matrix import PAGE, Cell, LearnerRow, matrix
from grouplic.ui import seam
from grouplic.ui.moments import show_ago, show_score, show_time
from grouplic.ui.visitor import visitor

STANDS = {
    Stand.NOT_STARTED: ("Not started", "plain"),
    Stand.IN_PROGRESS: ("In progress", ""),
    Stand.STUCK: ("Stuck", "warn"),
    Stand.DONE: ("Completed", ""),
    Stand.FAILED: ("Failed", "bad"),
    Stand.AWAITS: ("Awaits confirmation", "plain"),
}


@dataclass(frozen=True)
class CellView:
    """One learner in one module, ready to show."""

    module: str
    stand: str
    words: str
    percent: int
    score: str
    more: str


@dataclass(frozen=True)
class RowView:
    """One learner, ready to show."""

    path: str
    name: str
    email: str
    percent: int
    score: str
    attempts: int
    time: str
    activity: str
    state: str
    look: str
    overdue: bool
    cells: list[CellView]


@dataclass(frozen=True)
class ModuleChoice:
    """A module to narrow the table to."""

    slug: str
    title: str


class ProgressState(seam.Refusable, rx.State):
    """One page of the learners, and the three answers above them."""

    group_id: str = ""
    rows: list[RowView] = []
    modules: list[ModuleChoice] = []
    found: int = 0
    page_number: int = 1
    pages: int = 1
    search: str = ""
    cut: str = ""
    order: str = str(Order.ACTIVITY)
    descending: bool = True
    module: str = ""
    by_module: bool = False
    query: str = ""
    learners: int = 0
    not_started: int = 0
    stuck: int = 0
    median: str = "–"
    manages: bool = False
    leads: bool = False
    weekly: bool = False
    loaded: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Read the class as it stands now; another group begins with everybody."""
        group_id = str(self.group)
        if group_id != self.group_id:
            self.search, self.cut, self.module, self.page_number = "", "", "", 1
            self.order, self.descending, self.loaded = str(Order.ACTIVITY), True, False
        seam.show(self, group_id=group_id)
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def find(self, text: str):
        """Search by name or address."""
        self.search, self.page_number = str(text)[:100], 1
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def cut_to(self, cut: str):
        """Show only some of the learners."""
        self.cut, self.page_number = str(cut)[:20], 1
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def narrow_to(self, module: str):
        """Show the figures of one module."""
        self.module, self.page_number = str(module)[:80], 1
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def sort_by(self, order: str):
        """Sort by a column; by the same again, the other way round."""
        again = self.order == str(order)
        self.descending = not self.descending if again else str(order) != Order.NAME
        self.order, self.page_number = str(order)[:20], 1
        await self._read()

    @rx.event
    @seam.shows_refusals
    async def turn(self, by: int):
        """Turn the pages."""
        self.page_number = max(1, self.page_number + (1 if by == 1 else -1))
        await self._read()

    @rx.event
    async def show_modules(self, shown: bool):
        """Show a column for each module, or the totals."""
        self.by_module = shown is True

    @rx.event
    @seam.shows_refusals
    async def want_summary(self, wanted: bool):
        """Begin or end the weekly summary by mail."""
        group_id = self.group_id

        def work(session, actor, now):
            weekly_summaries.set_summary(session, group_id, wanted is True, actor, now)

        await seam.act(self, work)
        self.weekly = wanted is True

    async def _read(self):
        group_id = self.group_id
        asked = {
            "search": self.search,
            "cut": self.cut,
            "order": self.order,
            "descending": str(self.descending),
            "module": self.module,
        }
        looking = Looking.read({**asked, "page": str(self.page_number)})
        # Whoever is refused keeps nothing on the page, also when the right went away meanwhile.
        try:
            shown = await seam.read(
                self,
                lambda session, actor, now: _read(session, group_id, looking, actor, now),
                # The rows are written as this visitor reads them.
                alike=("learners", group_id, looking, visitor()),
            )
        except Exception:
            self.rows, self.loaded = [], False
            raise
        seam.show(self, **shown, query=urlencode(asked), loaded=True)


def _read(
    session: Session, group_id: str, looking: Looking, actor: Actor, now: datetime
) -> dict[str, Any]:
    """Return what the page shows of the class, by the names of its variables."""
    read = matrix(session, group_id, looking, actor, now)
    klass, figures = read.klass, read.figures
    titles = [one.title for one in klass.modules]
    return {
        "manages": groups.May.MANAGE_PEOPLE in groups.rights_in(session, group_id, actor),
        "leads": groups.leads(session, klass.group.id, actor),
        "weekly": weekly_summaries.wants_summary(session, group_id, actor),
        "modules": [ModuleChoice(one.slug, one.title) for one in klass.modules],
        "rows": [_row(row, group_id, titles, klass.now) for row in read.rows],
        "found": read.found,
        "page_number": read.page,
        "pages": max(1, -(-read.found // PAGE)),
        "learners": figures.learners,
        "not_started": figures.stands[Stand.NOT_STARTED],
        "stuck": figures.stands[Stand.STUCK],
        "median": show_score(figures.median_score),
    }


def _row(row: LearnerRow, group_id: str, titles: list[str], now) -> RowView:
    words, look = STANDS[Stand(row.total.stand)]
    if row.stuck_at:
        words = f"Stuck on {row.stuck_at}"
    if row.mail_failed:
        words, look = "Mail failed", "bad"
    return RowView(
        path=f"/my-teaching/{group_id}/learners/{row.enrollment_id}",
        name=row.name,
        email=row.email if row.email != row.name else "",
        percent=row.total.percent,
        score=show_score(row.total.score),
        attempts=row.total.attempts,
        time=show_time(row.total.seconds),
        activity=show_ago(row.total.last_activity_at, now),
        state=words,
        look=look,
        overdue=row.overdue,
        cells=[_cell(cell, title, now) for cell, title in zip(row.cells, titles, strict=True)],
    )


def _cell(cell: Cell, title: str, now) -> CellView:
    tries = "1 attempt" if cell.attempts == 1 else f"{cell.attempts} attempts"
    more = [
        *([tries] if cell.attempts else []),
        *([show_time(cell.seconds)] if cell.seconds else []),
        *([show_ago(cell.last_activity_at, now)] if cell.last_activity_at else []),
    ]
    return CellView(
        module=title,
        stand=str(cell.stand),
        words=STANDS[Stand(cell.stand)][0],
        percent=cell.percent,
        score=show_score(cell.score) if cell.score is not None else "",
        more=" · ".join(more),
    )

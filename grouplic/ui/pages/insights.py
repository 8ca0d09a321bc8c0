"""What a class shows, ready to draw."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import reflex as rx
from sqlmodel import Session

from grouplic.domain.performance import Cut, Stand
from grouplic.services.actors import Actor
from grouplic.services.groups import May, led_group
from grouplic.services.insights import Insights, insights
from grouplic.services.looking import Looking
from grouplic.services.matrix import LearnerRow, learners_on
from grouplic.services.plotting import cumulated, score_bins
from grouplic.ui import plots, seam
from grouplic.ui.live import watch
from grouplic.ui.moments import show_ago, show_score
from grouplic.ui.money import counted, show_percent
from grouplic.ui.pages.progress import STANDS
from grouplic.ui.visitor import visitor

_MOST_NAMES = 10
_GATHER = 0.5  # seconds; reading a class of thousands takes a tenth of one
_SHOWN = (Stand.NOT_STARTED, Stand.IN_PROGRESS, Stand.STUCK, Stand.FAILED, Stand.DONE)


@dataclass(frozen=True)
class StopView:
    """A lesson at which people are stuck."""

    place: str
    module: str
    learners: int
    share: int


@dataclass(frozen=True)
class ChoiceView:
    """One answer to a question."""

    text: str
    times: int
    share: int
    right: bool


@dataclass(frozen=True)
class QuestionView:
    """A hard question."""

    module: str
    prompt: str
    sentence: str
    choices: list[ChoiceView]


@dataclass(frozen=True)
class ModuleView:
    """How a module stands."""

    title: str
    begun: int
    done: int
    failed: int
    score: str


@dataclass(frozen=True)
class NameView:
    """Somebody to look after."""

    name: str
    path: str
    more: str


class InsightsState(seam.Refusable, rx.State):
    """The plots of one group, live."""

    group_id: str = ""
    group_name: str = ""
    learners: int = 0
    stands: list[plots.Bar] = []
    stands_say: str = ""
    finishes: plots.Line = plots.line_of([])
    finish_points: list[plots.Point] = []
    finishes_say: str = ""
    finishes_note: str = ""
    scores: list[plots.Bar] = []
    scores_say: str = ""
    stops: list[StopView] = []
    stops_say: str = ""
    questions: list[QuestionView] = []
    questions_say: str = ""
    modules: list[ModuleView] = []
    not_started: list[NameView] = []
    stuck: list[NameView] = []
    loaded: bool = False

    @rx.event
    @seam.shows_refusals
    async def load(self):
        """Show what the class shows now, and watch it."""
        group_id = str(self.group)
        if group_id != self.group_id:
            self.loaded = False
        # Whoever is refused keeps nothing on the page, also when the right went away meanwhile.
        try:
            # The right comes first, then the watch, then the picture.
            await seam.read(
                self,
                lambda session, actor, _now: led_group(session, actor, group_id, May.SEE),
                alike=("right to see", group_id),
            )
            watch(self, f"group:{group_id}", on=InsightsState.load, gather=_GATHER)
            shown = await seam.read(
                self,
                lambda session, actor, now: _read(session, group_id, actor, now),
                # Its sentences are written as this visitor reads them.
                alike=("insights", group_id, visitor()),
            )
        except Exception:
            self.reset()
            raise
        seam.show(self, group_id=group_id, **shown, loaded=True)


def _read(session: Session, group_id: str, actor: Actor, now: datetime) -> dict[str, Any]:
    """Return what the page shows of the class, by the names of its variables."""
    found = insights(session, group_id, actor, now)
    return {
        "group_name": found.klass.group.name,
        **_drawn(found),
        "not_started": [
            NameView(row.name, _path(group_id, row), f"joined {show_ago(row.enrolled_at, now)}")
            for row in _first(session, found, Cut.NOT_STARTED)
        ],
        "stuck": [
            NameView(
                row.name,
                _path(group_id, row),
                f"{row.stuck_at}, {show_ago(row.total.last_activity_at, now)}",
            )
            for row in _first(session, found, Cut.STUCK)
        ],
    }


def _first(session: Session, found: Insights, cut: Cut) -> tuple[LearnerRow, ...]:
    rows, _found, _page = learners_on(session, found.klass, Looking(cut=cut), _MOST_NAMES)
    return rows


def _drawn(found: Insights) -> dict[str, Any]:
    counts = [(STANDS[one][0], found.figures.stands[one]) for one in _SHOWN]
    points = cumulated([one.days for one in found.finishes], found.figures.learners)
    most = max((stop.learners for stop in found.stops), default=1)
    return {
        "learners": found.figures.learners,
        "stands": plots.bars_of(counts),
        "stands_say": found.stands_say,
        "finishes": plots.line_of(points),
        "finishes_say": found.finishes_say,
        "finishes_note": found.finishes_note,
        "finish_points": [
            plots.Point(
                f"{counted(day, 'day')} after joining", f"{show_percent(round(100 * share))} of all"
            )
            for day, share in points[-50:]
        ],
        "scores": plots.bars_of(score_bins(found.figures.scores)),
        "scores_say": found.scores_say,
        "stops": [
            StopView(stop.place, stop.module, stop.learners, 100 * stop.learners // most)
            for stop in found.stops
        ],
        "stops_say": found.stops_say,
        "questions": [_question(one) for one in found.questions],
        "questions_say": found.questions_say,
        "modules": [
            ModuleView(one.title, one.begun, one.done, one.failed, show_score(one.score))
            for one in found.modules
        ],
    }


def _path(group_id: str, row) -> str:
    return f"/my-teaching/{group_id}/learners/{row.enrollment_id}"


def _question(question) -> QuestionView:
    return QuestionView(
        question.module,
        question.prompt,
        f"{show_percent(question.percent_right)} right, {question.answers} answers",
        [
            ChoiceView(one.text, one.times, 100 * one.times // question.answers, one.right)
            for one in question.choices
        ],
    )

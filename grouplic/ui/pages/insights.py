"""What a class shows, ready to draw."""

from dataclasses import dataclass

import reflex as rx

from grouplic.domain.performance import Cut, Order, Stand
from grouplic.services.insights import Insights, insights
from grouplic.services.looking import Looking
from grouplic.services.matrix import matrix
from grouplic.services.plotting import cumulated, score_bins
from grouplic.ui import plots, seam
from grouplic.ui.moments import show_ago, show_score
from grouplic.ui.money import show_percent
from grouplic.ui.pages.progress import STANDS

_MOST_NAMES = 10


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
    """The plots of one group."""

    group_id: str = ""
    group_name: str = ""
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
        """Read what the class shows now."""
        group_id = str(self.group)
        self.loaded = False

        def work(session, actor, now):
            found = insights(session, group_id, actor, now)
            names = {
                cut: matrix(
                    session, group_id, Looking(cut=cut, order=Order.ACTIVITY), actor, now
                ).rows
                for cut in (Cut.NOT_STARTED, Cut.STUCK)
            }
            return found, names

        found, names = await seam.read(self, work)
        self.group_id, self.group_name = group_id, found.klass.group.name
        self._draw(found)
        now = found.klass.now
        self.not_started = [
            NameView(row.name, _path(group_id, row), f"joined {show_ago(row.enrolled_at, now)}")
            for row in names[Cut.NOT_STARTED][:_MOST_NAMES]
        ]
        self.stuck = [
            NameView(
                row.name,
                _path(group_id, row),
                f"{row.stuck_at}, {show_ago(row.total.last_activity_at, now)}",
            )
            for row in names[Cut.STUCK][:_MOST_NAMES]
        ]
        self.loaded = True

    def _draw(self, found: Insights):
        shown = (Stand.NOT_STARTED, Stand.IN_PROGRESS, Stand.STUCK, Stand.FAILED, Stand.DONE)
        counts = [(STANDS[one][0], found.figures.stands[one]) for one in shown]
        self.stands, self.stands_say = plots.bars_of(counts), found.stands_say
        points = cumulated([one.days for one in found.finishes], found.figures.learners)
        self.finishes, self.finishes_say = plots.line_of(points), found.finishes_say
        self.finishes_note = found.finishes_note
        self.finish_points = [
            plots.Point(f"{day} days after joining", f"{show_percent(round(100 * share))} of all")
            for day, share in points[-50:]
        ]
        self.scores = plots.bars_of(score_bins(found.figures.scores))
        self.scores_say = found.scores_say
        most = max((stop.learners for stop in found.stops), default=1)
        self.stops = [
            StopView(stop.place, stop.module, stop.learners, 100 * stop.learners // most)
            for stop in found.stops
        ]
        self.stops_say, self.questions_say = found.stops_say, found.questions_say
        self.questions = [_question(one) for one in found.questions]
        self.modules = [
            ModuleView(one.title, one.begun, one.done, one.failed, show_score(one.score))
            for one in found.modules
        ]


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

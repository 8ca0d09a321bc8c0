"""What a class shows: where people stop, which questions are hard, when they finished."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import Session, col

from grouplic.domain.groups import Enrollment
from grouplic.domain.performance import Stand
from grouplic.domain.progress import EnrollmentProgress, EnrollmentSummary
from grouplic.services import wording
from grouplic.services.actors import Actor
from grouplic.services.groups import May, led_group
from grouplic.services.hard_questions import HardQuestion, hardest_questions
from grouplic.services.performance import Class, Figures, counted, figures, read_class, stand_of
from grouplic.services.stuck import stops

_MOST_PLACES = 8


@dataclass(frozen=True)
class Stop:
    """A lesson, or the quiz, at which so many are stuck."""

    module: str
    place: str
    learners: int


@dataclass(frozen=True)
class Finish:
    """How many days after joining one learner had completed all modules.

    ``before``: they had completed all of them when they joined. Nobody here knows when: day 0.
    """

    days: int
    before: bool = False


@dataclass(frozen=True)
class ModuleFigures:
    """How many learners are done with a module, failed it, or have begun; their mean best score."""

    title: str
    done: int
    failed: int
    begun: int
    score: int | None


@dataclass(frozen=True)
class Insights:
    """Everything the page draws, and what each drawing says."""

    klass: Class
    figures: Figures
    modules: tuple[ModuleFigures, ...]
    stops: tuple[Stop, ...]
    questions: tuple[HardQuestion, ...]
    finishes: tuple[Finish, ...]

    @property
    def finishes_say(self) -> str:
        """How fast the class finishes, in words."""
        days = sorted(finish.days for finish in self.finishes)
        if not days:
            return "Nobody has finished all modules yet"
        half = -(-self.figures.learners // 2)
        if self._finished_before >= half:
            return "Half had finished before they joined"
        if self._finished_before == len(days):
            return f"{len(days)} of {self.figures.learners} had finished before they joined"
        if len(days) >= half:
            return f"Half finished within {_days(days[half - 1])}"
        middle = _days(days[(len(days) - 1) // 2])
        if len(days) == 1:
            return f"1 of {self.figures.learners} has finished, within {middle}"
        return f"{len(days)} of {self.figures.learners} have finished, half of them within {middle}"

    @property
    def _finished_before(self) -> int:
        return sum(finish.before for finish in self.finishes)

    @property
    def finishes_note(self) -> str:
        """Who is in the plot without having finished here, in words; empty where nobody is."""
        before = self._finished_before
        if not before:
            return ""
        return (
            f"{wording.counted(before, 'learner')} had completed all modules before joining, and "
            f"{'counts' if before == 1 else 'count'} from the first day."
        )

    @property
    def scores_say(self) -> str:
        """How good the class is, in words."""
        median_score = self.figures.median_score
        if median_score is None:
            return "Nobody has taken a quiz yet"
        return f"Half score {wording.show_percent(median_score)} or more"

    @property
    def stops_say(self) -> str:
        """Where people stop, in words."""
        if not self.stops:
            return "Nobody is stuck"
        worst, stuck = self.stops[0], self.figures.stands[Stand.STUCK]
        where = f"“{worst.place}” of {worst.module}"
        if stuck == 1:
            return f"1 learner is stuck at {where}"
        if worst.learners == stuck:
            return f"{stuck} learners are stuck at {where}"
        if 2 * worst.learners > stuck:
            return f"{stuck} learners are stuck, most of them at {where}"
        return f"{stuck} learners are stuck, at different lessons"

    @property
    def stands_say(self) -> str:
        """How far the class is, in words."""
        learners = self.figures.learners
        if not learners:
            return "Nobody holds a seat yet"
        started = learners - self.figures.stands[Stand.NOT_STARTED]
        if not started:
            return "Nobody has started yet"
        done = self.figures.stands[Stand.DONE]
        finished = f"{done} {'is' if done == 1 else 'are'} done" if done else "nobody is done yet"
        return f"{started} of {learners} {'has' if started == 1 else 'have'} started, {finished}"

    @property
    def questions_say(self) -> str:
        """Which question is the hardest, in words."""
        if not self.questions:
            return "No question stands out yet"
        right = wording.show_percent(self.questions[0].percent_right)
        return f"Only {right} get the hardest question right"


def insights(session: Session, group_id: UUID | str, actor: Actor, now: datetime) -> Insights:
    """Return what the class shows; refuse who does not lead the group."""
    klass = read_class(session, led_group(session, actor, group_id, May.SEE), now)
    return Insights(
        klass,
        figures(session, klass),
        _module_figures(session, klass),
        _stops(session, klass),
        hardest_questions(session, klass),
        _finishes(session, klass),
    )


def _module_figures(session: Session, klass: Class) -> tuple[ModuleFigures, ...]:
    progress = EnrollmentProgress
    rows = session.execute(
        select(
            col(progress.module_id),
            func.count().filter(col(progress.state) == str(Stand.DONE)),
            func.count().filter(col(progress.state) == str(Stand.FAILED)),
            func.count(),
            func.avg(col(progress.best_score)),
        )
        .join(Enrollment, col(Enrollment.id) == col(progress.enrollment_id))
        .where(
            col(Enrollment.group_id) == klass.group.id,
            col(Enrollment.ended_at).is_(None),
            col(Enrollment.awaits_claim).is_(False),
        )
        .group_by(col(progress.module_id))
    )
    found = {row[0]: row[1:] for row in rows}
    figures_of = {one.id: found.get(one.id, (0, 0, 0, None)) for one in klass.modules}
    return tuple(
        ModuleFigures(one.title, done, failed, begun, None if mean is None else round(mean))
        for one in klass.modules
        for done, failed, begun, mean in [figures_of[one.id]]
    )


def _days(days: int) -> str:
    return "a day" if days <= 1 else f"{days} days"


def _stops(session: Session, klass: Class) -> tuple[Stop, ...]:
    stuck = select(col(EnrollmentSummary.enrollment_id)).where(
        col(EnrollmentSummary.group_id) == klass.group.id,
        counted(klass.group.id),
        stand_of(klass) == str(Stand.STUCK),
    )
    stop = stops(col(EnrollmentProgress.enrollment_id).in_(stuck))
    rows = session.execute(
        select(stop.c.module_id, stop.c.number, stop.c.title, func.count().label("learners"))
        .group_by(stop.c.module_id, stop.c.lesson_id, stop.c.number, stop.c.title)
        .order_by(func.count().desc(), stop.c.module_id, stop.c.number)
        .limit(_MOST_PLACES)
    )
    titles = {module.id: module.title for module in klass.modules}
    return tuple(
        Stop(
            titles.get(module_id, ""),
            f"Lesson {number}: {title}" if number else "Quiz",
            learners,
        )
        for module_id, number, title, learners in rows
    )


def _finishes(session: Session, klass: Class) -> tuple[Finish, ...]:
    # What was completed before joining has no day here: whoever had all of it has no day at all.
    last = func.max(col(EnrollmentProgress.completed_at))
    rows = session.execute(
        select(last, col(Enrollment.enrolled_at))
        .select_from(EnrollmentSummary)
        .join(Enrollment, col(Enrollment.id) == col(EnrollmentSummary.enrollment_id))
        .join(EnrollmentProgress, col(EnrollmentProgress.enrollment_id) == col(Enrollment.id))
        .where(
            col(EnrollmentSummary.group_id) == klass.group.id,
            counted(klass.group.id),
            stand_of(klass) == str(Stand.DONE),
            col(EnrollmentProgress.module_id).in_([one.id for one in klass.modules]),
        )
        .group_by(col(Enrollment.id), col(Enrollment.enrolled_at))
        .order_by(last)
    )
    return tuple(
        Finish((at - enrolled_at).days) if at else Finish(0, before=True)
        for at, enrolled_at in rows
    )

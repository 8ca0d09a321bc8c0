"""How pages, actions, imports and downloads grow with the group: `make growth`.

One SQLite database holds a group of each size; they take turns, so that whatever else the machine
does meets all of them. Writes a table into RESULTS.md and the plot beside it.
"""

import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

from sqlmodel import Session, col, select

from bench import databases, files
from bench.figures import machine
from bench.growth_plot import PLOT, draw_plot
from bench.pages import median
from bench.results import write_section
from grouplic.adapters.database import Database
from grouplic.domain.catalog import Lesson, Module
from grouplic.domain.groups import Enrollment, EnrollmentKey
from grouplic.domain.progress import EnrollmentSummary
from grouplic.services import (
    first_steps,
    groups,
    insights,
    joining,
    key_cards,
    key_ledger,
    learner_record,
    learning,
    report_pdf,
    reports,
    roster,
    waiting,
)
from grouplic.services.actors import Actor
from grouplic.services.key_files import read_sheet
from grouplic.services.key_filter import EVERY_KEY, KeyFilter
from grouplic.services.looking import Looking
from grouplic.services.matrix import matrix
from grouplic.services.seat_map import seat_map
from tests.big_class import MODULES, a_large_group, fill_class
from tests.cast import actor

SIZES = (10, 100, 1_000, 10_000, 100_000)
_ROUNDS, _FEW = 7, 3
_LINEAR = 1.15  # an exponent above it is more than noise on a straight line
_FLAT = 0.15


@dataclass
class Stage:
    """A group that is full and has learned, one as large whose seats are open, and a learner."""

    database: Database
    now: datetime
    size: int
    leader: Actor
    full: UUID
    open: UUID
    enrollment: UUID
    lessons: list[tuple[Actor, str]]
    newcomers: list[Actor]
    codes: list[str]
    times: dict[str, list[float]] = field(default_factory=dict)
    opened: list[tuple[Actor, str]] = field(default_factory=list)

    def read(self, use: Callable[[Session], object]) -> None:
        """Do it in a reading transaction."""
        with self.database.reading() as session:
            use(session)

    def write(self, use: Callable[[Session], object]) -> None:
        """Do it in a writing transaction."""
        with self.database.writing() as session:
            use(session)


Act = Callable[[Stage], object]

PAGES: dict[str, Act] = {
    "dashboard": lambda at: at.read(
        lambda s: (
            groups.led_group(s, at.leader, at.full, groups.May.SEE),
            groups.modules_of(s, at.full),
            seat_map(s, at.full, at.leader),
            first_steps.first_steps(s, at.full, at.leader),
            matrix(s, at.full, Looking(), at.leader, at.now),
        )
    ),
    "people": lambda at: at.read(
        lambda s: (
            roster.roster(s, at.full, at.leader, roster.Look()),
            waiting.waiting_list(s, at.full, at.leader),
        )
    ),
    "matrix, searched": lambda at: at.read(
        lambda s: matrix(s, at.full, Looking(search="number7"), at.leader, at.now)
    ),
    "insights": lambda at: at.read(lambda s: insights.insights(s, at.full, at.leader, at.now)),
    "keys": lambda at: at.read(
        lambda s: (
            key_ledger.ledger(s, at.full, EVERY_KEY, 1, at.leader),
            key_ledger.batches(s, at.full, 1, at.leader),
        )
    ),
    "one learner": lambda at: at.read(
        lambda s: learner_record.learner_record(s, at.full, at.enrollment, at.leader, at.now)
    ),
    "myTeaching": lambda at: at.read(lambda s: groups.groups_led_by(s, at.leader)),
    "myLearning": lambda at: at.read(lambda s: learning.my_modules(s, at.lessons[0][0], at.now)),
}
ACTIONS: dict[str, Act] = {
    "look at a key": lambda at: at.read(
        lambda s: joining.preview_key(s, at.codes[-1], at.newcomers[-1], at.now)
    ),
    "redeem it": lambda at: at.write(
        lambda s: joining.redeem(s, at.codes.pop(), at.newcomers.pop(), at.now)
    ),
    "open a lesson": lambda at: at.write(lambda s: _open_lesson(s, at)),
    "mark it done": lambda at: at.write(lambda s: _mark_done(s, at)),
}
FILES: dict[str, Act] = {
    "learners.csv": lambda at: _all(reports.as_csv, at),
    "learners.xlsx": lambda at: _all(reports.as_xlsx, at),
    "report.pdf (400 learners at most)": lambda at: _report(at),
    "cards of keys (2,000 at most)": lambda at: _cards(at),
    "dry run of a file": lambda at: files.dry_run(at.database, at.size),
    "import of a file": lambda at: files.importing(at.database, at.size, passwords=False),
}


def _open_lesson(session: Session, at: Stage) -> None:
    learner, lesson = at.lessons.pop()
    learning.open_lesson(session, learner, MODULES[0], lesson, at.now)
    at.opened.append((learner, lesson))


def _mark_done(session: Session, at: Stage) -> None:
    learner, lesson = at.opened.pop()
    learning.complete_lesson(session, learner, MODULES[0], lesson, at.now)


def _all(write: Callable[..., object], at: Stage) -> None:
    with at.database.reading() as session:
        klass = reports.class_to_report(session, at.full, at.leader, at.now)
    for _ in write(at.database, klass, Looking()):  # type: ignore[attr-defined]
        pass


def _report(at: Stage) -> None:
    with at.database.reading() as session:
        found = insights.insights(session, at.full, at.leader, at.now)
        most = report_pdf.MOST_LEARNERS
        part = reports.part_to_report(session, found.klass, Looking(), most)
    report_pdf.as_pdf(found, part)


def _cards(at: Stage) -> None:
    with at.database.reading() as session:
        wanted = KeyFilter("", "cards")
        sheet = read_sheet(session, at.open, wanted, at.leader, "https://learn.example")
    key_cards.as_pdf(sheet)


def _build(database: Database, size: int) -> Stage:
    now = datetime.now(UTC)
    with database.writing() as session:
        leader = actor(session, f"leader-{size}", now)
        newcomers = [actor(session, f"newcomer-{size}-{n}", now) for n in range(_ROUNDS)]
    full = fill_class(database, leader, size, now).group_id
    with database.writing() as session:
        handed = min(size, key_cards.MOST_CARDS)
        open_group = a_large_group(session, leader, now, size + _ROUNDS, MODULES[:1]).id
        key_ledger.hand_out(session, open_group, handed, leader, now, "cards")
    with database.reading() as session:
        unissued = (EnrollmentKey.group_id == open_group, col(EnrollmentKey.issued_at).is_(None))
        codes = session.exec(select(EnrollmentKey.code).where(*unissued).limit(_ROUNDS)).all()
        idle = select(EnrollmentSummary.enrollment_id).where(
            EnrollmentSummary.group_id == full, EnrollmentSummary.modules_started == 0
        )
        learners = session.exec(
            select(Enrollment).where(col(Enrollment.id).in_(idle)).limit(_ROUNDS)
        ).all()
        slugs = select(Lesson.slug).join(Module, col(Module.id) == col(Lesson.module_id))
        lessons = session.exec(slugs.where(Module.slug == MODULES[0])).all()
    work = [(replace(leader, user_id=one.user_id), slug) for one in learners for slug in lessons]
    return Stage(
        *(database, now, size, leader, full, open_group),
        *(learners[0].id, work, newcomers, list(codes)),
    )


def _take_turns(stages: list[Stage], acts: dict[str, Act], rounds: int) -> None:
    for name, act in acts.items():
        for _ in range(rounds):
            for stage in stages:
                began = time.perf_counter()
                act(stage)
                stage.times.setdefault(name, []).append(time.perf_counter() - began)
        print(f"{name}: {', '.join(_short(stage, name) for stage in stages)}", flush=True)


def _short(stage: Stage, name: str) -> str:
    seconds = median(stage.times[name])
    return f"{seconds:.1f} s" if seconds >= 1 else f"{1000 * seconds:.1f} ms"


def exponent(stages: list[Stage], name: str) -> float:
    """Return k where the time grows as size to the k, over the upper half of the sizes."""
    upper = _upper(stages)
    first, last = (median(stage.times[name]) for stage in (upper[0], upper[-1]))
    return math.log(last / first) / math.log(upper[-1].size / upper[0].size)


def _upper(stages: list[Stage]) -> list[Stage]:
    return stages[-max(2, -(-len(stages) // 2)) :]


def _row(stages: list[Stage], name: str) -> str:
    power = exponent(stages, name)
    words = "flat" if power < _FLAT else "as the group" if power > 0.85 else "slower than the group"
    words = "**faster than the group**" if power > _LINEAR else words
    cells = [_short(stage, name) for stage in stages]
    return f"| {name} | {' | '.join(cells)} | {power:.2f} | {words} |"


def _text(stages: list[Stage]) -> str:
    sizes = " | ".join(f"{stage.size:,}" for stage in stages)
    rows = [_row(stages, name) for name in (*PAGES, *ACTIONS, *FILES)]
    half = _upper(stages)[0].size
    return f"""{machine()}
Groups of {stages[0].size:,} to {stages[-1].size:,} seats in one SQLite database; medians of
{_ROUNDS} rounds, {_FEW} for files. Pages are what the services read for the first picture. The
exponent k says that the time grows as size to the k, from {half:,} seats on.

![How each grows with the group]({PLOT.name})

| | {sizes} | k | grows |
|---|{"---|" * len(stages)}---|---|
{chr(10).join(rows)}"""


def main(arguments: list[str]) -> None:
    """Measure groups up to the size named, or all; ``little`` writes nothing."""
    little = "little" in arguments
    largest = next(
        (int(one) for one in arguments if one.isdecimal()), 1_000 if little else SIZES[-1]
    )
    with databases.sqlite() as database:
        stages = []
        for size in SIZES:
            if size <= largest:
                began = time.perf_counter()
                stages.append(_build(database, size))
                print(f"{size:,} seats built in {time.perf_counter() - began:.0f} s", flush=True)
        for acts, rounds in ((PAGES, _ROUNDS), (ACTIONS, _ROUNDS), (FILES, 1 if little else _FEW)):
            _take_turns(stages, acts, rounds)
    if little:
        print(_text(stages))
        return
    draw_plot(
        {
            kind: list(acts)
            for kind, acts in (("pages", PAGES), ("actions", ACTIONS), ("files", FILES))
        },
        [stage.size for stage in stages],
        lambda name: [median(stage.times[name]) for stage in stages],
    )
    write_section("Growth", _text(stages))


if __name__ == "__main__":
    main(sys.argv[1:])

"""A site full of people: courses with open dashboards, and a journal of all that is done."""

import asyncio
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import col, select

from grouplic.adapters.database import Database
from grouplic.domain.groups import EnrollmentKey
from grouplic.domain.people import User
from grouplic.services import sessions
from grouplic.services.catalog import ModuleText, load
from tests.cast import a_group, actor
from tests.running.tab import Tab

SHOWN = "a joining, shown by each dashboard"


@dataclass
class Journal:
    """When each action began and how long it took, in seconds; polite refusals; errors."""

    times: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    refused: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    redeemed: set[str] = field(default_factory=set)

    def note(self, action: str, began: float) -> None:
        """An action that began then is over."""
        self.times[action].append((began, time.monotonic() - began))

    def ended(self, since: float, until: float) -> list[float]:
        """Return how long everything took that learners brought to an end in that time."""
        every = (one for action, times in self.times.items() if action != SHOWN for one in times)
        return [seconds for began, seconds in every if since <= began + seconds < until]


@dataclass
class Course:
    """A group: its module, its dashboards, its unused keys, how many have surely joined."""

    group_id: str
    module: ModuleText
    leader_cookie: str
    codes: list[str]
    dashboards: list[Tab] = field(default_factory=list)
    joined: int = 0
    watchers: set[asyncio.Task[None]] = field(default_factory=set)

    def has_joined(self, journal: Journal) -> None:
        """One more has; note when each dashboard shows it."""
        self.joined += 1
        for tab in self.dashboards:
            task = asyncio.create_task(_see(tab, self.joined, journal))
            self.watchers.add(task)
            task.add_done_callback(self.watchers.discard)


async def _see(tab: Tab, joined: int, journal: Journal) -> None:
    began = time.monotonic()
    try:
        await tab.until(lambda page: page["group_state"]["taken"] >= joined)
    except TimeoutError:
        journal.errors.append("a dashboard does not show who joined")
    journal.note(SHOWN, began)


@dataclass
class School:
    """Courses and signed-in learners of a running site."""

    site: str
    modules: list[ModuleText]
    courses: list[Course]
    learners: list[str]
    journal: Journal = field(default_factory=Journal)

    async def close(self) -> None:
        """Wait until every dashboard shows who joined, and close them."""
        for course in self.courses:
            await asyncio.gather(*course.watchers)
            await asyncio.gather(*(tab.close() for tab in course.dashboards))

    async def open_dashboards(self, number: int) -> None:
        """Open so many, spread over the courses, a few at a time."""
        wanted = [self.courses[place % len(self.courses)] for place in range(number)]
        for start in range(0, number, 20):
            await asyncio.gather(*(self._dashboard(one) for one in wanted[start : start + 20]))

    async def _dashboard(self, course: Course) -> None:
        group = course.group_id
        tab = Tab(self.site, f"/my-teaching/{group}", course.leader_cookie, group=group)
        began = time.monotonic()
        await tab.open()
        await tab.until(lambda page: page.get("group_state", {}).get("bought"))
        self.journal.note("open a dashboard", began)
        course.dashboards.append(tab)


def found_school(
    database: Database, site: str, modules: list[ModuleText], courses: int, learners: int
) -> School:
    """Make the courses with seats for all, and sign everybody in; each takes every module once."""
    now = datetime.now(UTC)
    with database.writing() as session:
        load(session, modules, now)
        people = [
            User(
                email=f"learner-{number}@school.org",
                email_key=f"learner-{number}@school.org",
                first_name="Bob",
                last_name=f"Number{number}",
                created_at=now,
                email_verified_at=now,
            )
            for number in range(learners)
        ]
        session.add_all(people)
        session.flush()
        cookies = [_sign_in(session, person) for person in people]
    seats = 1 + -(-learners // courses) * len(modules)
    made = [_course(database, modules, number, seats) for number in range(courses)]
    return School(site, modules, made, cookies)


def _course(database: Database, modules: list[ModuleText], number: int, seats: int) -> Course:
    now, module = datetime.now(UTC), modules[number % len(modules)]
    with database.writing() as session:
        leader = actor(session, f"leader-{number}", now)
    with database.writing() as session:
        group = a_group(session, leader, now, seats, (module.slug,))
        session.flush()
        codes = select(EnrollmentKey.code).where(col(EnrollmentKey.group_id) == group.id)
        cookie = _sign_in(session, session.get_one(User, leader.user_id))
        return Course(str(group.id), module, cookie, list(session.exec(codes)))


def _sign_in(session: Any, person: User) -> str:
    now = datetime.now(UTC)
    return f"grouplic={sessions.open_session(session, person, 'a crowd', timedelta(hours=4), now)}"

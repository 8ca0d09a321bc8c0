"""The site under load, and beyond what it bears: `make load`, or `make load BENCH=60` for a minute.

One process with SQLite. People have a page each and do one thing at a time, with a pause between;
those who play them share the machine with the site.
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from bench.bounded import at_most, reason
from bench.crowd import Crowd, Spell, modules
from bench.figures import machine, percentile
from bench.pages import Site
from bench.results import write_section
from bench.sites import one_process
from grouplic.settings import Settings
from tests.running.school import Journal, School, found_school

DASHBOARDS, LEARNERS, CROWD = 500, 200, 800
_COURSES, _MODULES = 48, 24
_PAUSE = 6.0  # seconds between two actions of a learner: reading takes longer
_ROOM = Settings.model_fields["events_at_once"].default
_LIMIT = 1.0  # seconds; what 95 of 100 actions may last for the load to be borne
_RAMP = (6.0, 4.0, 2.5, 1.5, 1.0, 0.6, 0.4)
_PATIENCE = 900  # seconds for all but the steady load
_STEP, _PEAK, _MOST_REST = 15.0, 30.0, 120.0


@dataclass
class Report:
    """What happened, as it is written down."""

    opening: str = ""
    memory: str = ""
    steady: Spell | None = None
    actions: str = ""
    ramp: str = ""
    peak: str = ""
    recovery: str = ""
    errors: str = ""


async def measure(site: Site, seconds: float, share: float = 1.0) -> Report:
    """Take all figures; ``share`` makes the crowd smaller, to try the script."""
    dashboards, learners, crowd = (int(n * share) for n in (DASHBOARDS, LEARNERS, CROWD))
    report = Report()
    school = await asyncio.to_thread(
        found_school, site.database, site.server.address, modules(_MODULES), _COURSES, crowd
    )
    await _open(site, school, dashboards, report)
    people = Crowd(site, school, _PAUSE)
    people.come(learners)
    await people.spell(_PAUSE)  # until all are there
    report.steady = await people.spell(seconds)
    report.actions = "\n".join(_rows(school.journal))
    report.memory += f"; {site.memory / 1024:,.0f} MB after the load"
    _say(f"{learners} learners: {report.steady.words}")
    await _beyond(people, crowd, report)
    await people.leave()
    kinds = sorted(set(school.journal.errors))[:5]
    report.errors = f"{len(school.journal.errors)}" + (f" ({'; '.join(kinds)})" if kinds else "")
    return report


async def _open(site: Site, school: School, dashboards: int, report: Report) -> None:
    before, began = site.memory, time.monotonic()
    await school.open_dashboards(dashboards)
    report.opening = f"{dashboards} dashboards opened in {time.monotonic() - began:.0f} s"
    each = (site.memory - before) / dashboards
    report.memory = (
        f"{before / 1024:,.0f} MB before the first page; {site.memory / 1024:,.0f} MB with "
        f"{dashboards} dashboards, {each:,.0f} KB each"
    )
    _say(f"{report.opening}; {report.memory}")


async def _beyond(people: Crowd, crowd: int, report: Report) -> None:
    borne = await _ramp(people, report)
    people.come(crowd - people.size)
    people.pause = people.size / (2 * borne)
    peak = await people.spell(_PEAK)
    report.peak = (
        f"{people.size} learners who would do {2 * borne:.0f} actions/s if they were never kept "
        f"waiting: {peak.words}"
    )
    _say(report.peak)
    people.pause = people.size / (borne / 2)
    report.recovery = await _recovery(people)
    _say(report.recovery)


async def _ramp(people: Crowd, report: Report) -> float:
    borne, rows = 0.0, []
    for pause in _RAMP:
        people.pause = pause
        await people.spell(pause)
        spell = await people.spell(_STEP)
        rows.append(f"| {people.size / pause:.0f}/s | {spell.words} |")
        _say(rows[-1])
        if spell.p95 > _LIMIT or spell.refused:
            break
        borne = spell.rate
    report.ramp = "\n".join(rows)
    return borne or spell.rate


async def _recovery(people: Crowd) -> str:
    began = time.monotonic()
    while time.monotonic() - began < _MOST_REST:
        spell = await people.spell(2)
        if spell.p95 <= _LIMIT and not spell.refused:
            after = time.monotonic() - began
            return (
                f"at half of what is borne, p95 was below {_LIMIT:.0f} s again {after:.0f} s later"
            )
    return f"p95 was still {spell.p95:.1f} s after {_MOST_REST:.0f} s"


def _rows(journal: Journal) -> Iterator[str]:
    for action, times in journal.times.items():
        lasted = [1000 * seconds for _, seconds in times]
        cells = [f"{percentile(lasted, share):,.0f}" for share in (50, 95, 99)]
        yield f"| {action} | {len(lasted):,} | {' | '.join(cells)} |"


def _text(report: Report, seconds: float) -> str:
    assert report.steady
    return f"""{machine()}
One process with SQLite; {DASHBOARDS} open dashboards in {_COURSES} groups, {LEARNERS} learners
who redeem keys, read and take quizzes for {seconds:.0f} s with {_PAUSE:.0f} s between two actions.
Those who play the people share the machine.

- {report.opening}.
- Memory of the server: {report.memory}.
- {report.steady.words}.
- Errors, the overload included: {report.errors}.

| action | times | p50, ms | p95, ms | p99, ms |
|---|---|---|---|---|
{report.actions}

**More and more**, until p95 is over {_LIMIT:.0f} s or somebody is refused:

| asked | what happened |
|---|---|
{report.ramp}

**Twice what it bears**, for {_PEAK:.0f} s: {report.peak}.

**Afterwards**: {report.recovery}."""


def _say(line: str) -> None:
    print(line, flush=True)


def main(arguments: list[str]) -> None:
    """Measure for so many seconds; ``little`` tries the script and writes nothing."""
    little = "little" in arguments
    seconds = float(next((one for one in arguments if one.isdecimal()), 10 if little else 300))
    share = 0.1 if little else 1.0
    try:
        with (
            at_most(int(seconds) + _PATIENCE),
            one_process(EVENTS_AT_ONCE=str(int(share * _ROOM))) as site,
        ):
            text = _text(asyncio.run(measure(site, seconds, share)), seconds)
    except Exception as problem:
        text = f"{machine()}\n\n**failed**: {reason(problem)}"
    _say(text)
    if not little:
        write_section("Load", text)


if __name__ == "__main__":
    main(sys.argv[1:])

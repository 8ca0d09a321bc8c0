"""Many people on one site for a while: what they waited for, and what the site needed."""

import asyncio
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.figures import percentile
from bench.pages import Site
from grouplic.adapters.catalog_files import read_catalog
from grouplic.services.catalog import ModuleText
from tests.running.learner import Learner
from tests.running.school import School

_CATALOG = Path(__file__).parent.parent / "catalog"


def modules(number: int) -> list[ModuleText]:
    """Return so many modules as long as the example ones: their texts again and again."""
    texts = read_catalog(_CATALOG)
    slugs = [f"module-{place}" for place in range(number)]
    return [
        replace(
            texts[place % len(texts)], slug=slug, position=place + 1, content_hash=slug, tiers=()
        )
        for place, slug in enumerate(slugs)
    ]


@dataclass(frozen=True)
class Spell:
    """A while with the same crowd: actions a second, their 95th percentile, what was used."""

    seconds: float
    rate: float
    p95: float  # seconds
    refused: int
    errors: int
    server_cores: float
    crowd_cores: float

    @property
    def words(self) -> str:
        """The spell in a line."""
        return (
            f"{self.rate:.0f} actions/s, p95 {1000 * self.p95:,.0f} ms, {self.refused} refused, "
            f"{self.errors} errors; the server used {self.server_cores:.2f} cores, those who "
            f"play the people {self.crowd_cores:.2f}"
        )


class Crowd:
    """Learners on a site whose dashboards are open. ``pause`` lies between their actions."""

    def __init__(self, site: Site, school: School, pause: float) -> None:
        self.site, self.school, self.pause = site, school, pause
        self._stop = asyncio.Event()
        self._living: list[asyncio.Task[None]] = []

    @property
    def size(self) -> int:
        """How many learners have come."""
        return len(self._living)

    def come(self, number: int) -> None:
        """Let so many more begin."""
        for place in range(self.size, self.size + number):
            learner = Learner(self.school, place, lambda: self.pause)
            self._living.append(asyncio.create_task(learner.live(self._stop)))

    async def spell(self, seconds: float) -> Spell:
        """Let them go on for so long."""
        journal, meter = self.school.journal, _Meter(self.site)
        refused, errors, began = len(journal.refused), len(journal.errors), time.monotonic()
        await asyncio.sleep(seconds)
        over = time.monotonic()
        lasted = journal.ended(began, over)
        return Spell(
            over - began,
            len(lasted) / (over - began),
            percentile(lasted, 95) if lasted else float("inf"),
            len(journal.refused) - refused,
            len(journal.errors) - errors,
            *meter.cores(),
        )

    async def leave(self) -> None:
        """Let everybody finish what they are doing, and close all pages."""
        self._stop.set()
        await asyncio.gather(*self._living)
        await self.school.close()


@dataclass
class _Meter:
    site: Site
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._server, self._crowd = self._used()

    def cores(self) -> tuple[float, float]:
        seconds, (server, crowd) = time.monotonic() - self.began, self._used()
        return (server - self._server) / seconds, (crowd - self._crowd) / seconds

    def _used(self) -> tuple[float, float]:
        times = [process.cpu_times() for process in self.site.processes]
        return sum(one.user + one.system for one in times), time.process_time()

"""/healthz for a load balancer, /metrics for Prometheus; figures only for whoever has the token."""

import hmac
import os
from asyncio import gather, timeout, to_thread
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TypeVar

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from grouplic.services.backlog import Backlog, Waiting, backlog
from grouplic.services.outside import Outside

Answer = TypeVar("Answer")

_PATIENCE = 5.0  # seconds
_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True)
class Vitals:
    """What the routes ask beside the database. Without a token, nobody gets figures.

    ``redis_answers`` raises when Redis is needed and gone; ``open_pages`` counts this worker's.
    """

    token: str
    redis_answers: Callable[[], bool]
    open_pages: Callable[[], int]


def health_routes(outside: Outside, vitals: Vitals) -> list[Route]:
    """Return the routes."""

    async def healthz(request: Request) -> Response:
        work, redis = await gather(_ask(lambda: _look(outside)), _ask(vitals.redis_answers))
        well = bool(work and redis)
        body: dict[str, object] = {"status": "ok" if well else "failing"}
        if _may_see(request, vitals.token):
            body |= {"database": bool(work), "redis": bool(redis), "worker": os.getpid()}
            body |= asdict(work) if work else {}
        return JSONResponse(body, 200 if well else 503, {"Cache-Control": "no-store"})

    async def metrics(request: Request) -> Response:
        if not _may_see(request, vitals.token):
            return PlainTextResponse("Not found", 404)
        own = _own(outside, vitals)
        text = await to_thread(lambda: exposition(_look(outside), own))
        return Response(text, headers={"Content-Type": _TYPE, "Cache-Control": "no-store"})

    return [
        Route("/healthz", healthz, methods=["GET"]),
        Route("/metrics", metrics, methods=["GET"]),
    ]


@dataclass(frozen=True)
class Own:
    """A worker's own figures: its open pages, how long a step waits, whom it has turned away."""

    open_pages: int
    wait: float  # seconds
    refused: Mapping[str, int]


def exposition(work: Backlog, own: Own) -> bytes:
    """Return Prometheus' text: what waits, the same from every worker; and this process's own."""
    registry = CollectorRegistry()
    registry.register(_Figures(work, own))
    ProcessCollector(registry=registry)
    return generate_latest(registry)


class _Figures:
    def __init__(self, work: Backlog, own: Own) -> None:
        self._work, self._own = work, own

    def collect(self) -> Iterable[Metric]:
        """Yield the figures; the registry asks for them."""
        yield from _waiting("mails_due", "Mails that are due", self._work.mails)
        yield from _waiting("imports", "Imports under way", self._work.imports)
        yield from _waiting("orders_unsettled", "Orders not yet settled", self._work.orders)
        yield _gauge("mails_given_up", "Mails given up after many tries", self._work.mails_given_up)
        yield _own_gauge("open_pages", "Open pages of a worker", self._own.open_pages)
        yield _own_gauge("wait_seconds", "What a step waits for its turn", self._own.wait)
        refused = CounterMetricFamily(
            "grouplic_refused", "Told to come back later", labels=["pid", "what"]
        )
        for what, number in self._own.refused.items():
            refused.add_metric([str(os.getpid()), what], number)
        yield refused


def _waiting(name: str, what: str, waiting: Waiting) -> Iterable[Metric]:
    yield _gauge(name, what, waiting.number)
    yield _gauge(f"{name}_oldest_seconds", f"{what}: age of the oldest", waiting.oldest)


def _own_gauge(name: str, what: str, value: float) -> Metric:
    gauge = GaugeMetricFamily(f"grouplic_{name}", what, labels=["pid"])
    gauge.add_metric([str(os.getpid())], value)
    return gauge


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(f"grouplic_{name}", what, value=value)


def _own(outside: Outside, vitals: Vitals) -> Own:
    rooms = {
        "events": outside.events,
        "requests": outside.requests,
        "pages": outside.pages,
        "visits": outside.visits,
    }
    refused = {what: room.refused for what, room in rooms.items()}
    return Own(vitals.open_pages(), outside.lateness.wait, refused)


def _look(outside: Outside) -> Backlog:
    with outside.database.reading() as session:
        return backlog(session, outside.clock())


async def _ask(question: Callable[[], Answer]) -> Answer | None:
    try:
        async with timeout(_PATIENCE):
            return await to_thread(question)
    except Exception:
        return None


def _may_see(request: Request, token: str) -> bool:
    sent = request.headers.get("authorization", "").removeprefix("Bearer ")
    return bool(token) and hmac.compare_digest(sent.encode(), token.encode())

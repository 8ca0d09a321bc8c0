"""What a load balancer, Prometheus and a stranger get to see."""

import os
from datetime import datetime, timedelta
from types import SimpleNamespace

from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.testclient import TestClient

from grouplic.adapters.database import Database
from grouplic.domain.records import Mail
from grouplic.http.health import Vitals, health_routes
from grouplic.services.lateness import Lateness
from grouplic.services.room import Room
from tests.cast import Cast

TOKEN = "a-long-token"
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}


def site(database: Database, now: datetime, token: str = TOKEN, redis: bool = True) -> TestClient:
    def answers() -> bool:
        if not redis:
            raise ConnectionError
        return True

    late, full = Lateness(1.0), Room(0, refused=4)
    late.note(0.25, 0)
    rooms = {"events": full, "requests": Room(1), "pages": Room(1), "visits": Room(1)}
    outside = SimpleNamespace(database=database, clock=lambda: now, lateness=late, **rooms)
    return TestClient(Starlette(routes=health_routes(outside, Vitals(token, answers, lambda: 3))))


def refusals(text: str) -> dict[str, float]:
    families = text_string_to_metric_families(text)
    samples = [sample for family in families for sample in family.samples]
    return {one.labels["what"]: one.value for one in samples if one.name.endswith("refused_total")}


def figures(text: str) -> dict[str, float]:
    families = text_string_to_metric_families(text)
    return {sample.name: sample.value for family in families for sample in family.samples}


def test_a_stranger_learns_that_it_is_well_and_nothing_more(
    database: Database, now: datetime
) -> None:
    visitor = site(database, now)
    assert visitor.get("/healthz").json() == {"status": "ok"}
    assert visitor.get("/metrics").status_code == 404
    guess = {"Authorization": "Bearer guess"}
    assert visitor.get("/healthz", headers=guess).json() == {"status": "ok"}
    assert visitor.get("/metrics", headers=guess).status_code == 404


def test_without_a_token_in_the_settings_nobody_sees_figures(
    database: Database, now: datetime
) -> None:
    visitor = site(database, now, token="")
    for header in ("", "Bearer ", "Bearer"):
        assert visitor.get("/metrics", headers={"Authorization": header}).status_code == 404


def test_the_figures_say_what_waits_and_for_how_long(
    database: Database, cast: Cast, now: datetime
) -> None:
    with database.writing() as session:
        for age, state in ((90, "queued"), (10, "queued"), (-60, "queued"), (500, "failed")):
            due = now - timedelta(seconds=age)
            session.add(
                Mail(address="x@y.org", template="t", state=state, due_at=due, created_at=due)
            )
    monitor = site(database, now)
    seen = figures(monitor.get("/metrics", headers=AUTHORIZED).text)
    assert seen["grouplic_mails_due"] == 2
    assert seen["grouplic_mails_due_oldest_seconds"] == 90
    assert seen["grouplic_mails_given_up"] == 1
    assert seen["grouplic_imports"] == seen["grouplic_orders_unsettled"] == 0
    assert seen["grouplic_open_pages"] == 3
    assert seen["grouplic_wait_seconds"] == 0.25
    refused = refusals(monitor.get("/metrics", headers=AUTHORIZED).text)
    assert refused == {"events": 4, "requests": 0, "pages": 0, "visits": 0}
    assert seen["process_resident_memory_bytes"] > 1_000_000

    health = monitor.get("/healthz", headers=AUTHORIZED).json()
    assert health["mails"] == {"number": 2, "oldest": 90}
    assert health["worker"] == os.getpid()


def test_redis_gone_is_a_failure(database: Database, now: datetime) -> None:
    answer = site(database, now, redis=False).get("/healthz", headers=AUTHORIZED)
    assert answer.status_code == 503
    assert (answer.json()["database"], answer.json()["redis"]) == (True, False)


def test_the_database_gone_is_a_failure(now: datetime) -> None:
    nowhere = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    answer = site(nowhere, now).get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"status": "failing"})

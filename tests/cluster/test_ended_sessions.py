"""Tabs whose states are in a real Redis: emptied when their session ends, on whichever worker."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from grouplic.adapters.database import Database
from grouplic.services import sessions
from tests.attack.listening import ListeningTab
from tests.cast import Cast
from tests.cluster.conftest import SEATS, session_of
from tests.coroutines import run
from tests.running.servers import RedisServer, Server, serving

OF_HERS = ("Alice", "alice@northlab.org", "Northlab autumn intake")


async def dashboard(site: str, stage: Cast, cookie: str, token: str = "") -> ListeningTab:
    """Open the group's dashboard, in the tab of that name if there is one."""
    group = str(stage.group_id)
    tab = ListeningTab(site, f"/my-teaching/{group}", cookie, group=group)
    tab.token = token or tab.token
    return await tab.open()


async def shown(tab: ListeningTab) -> str:
    """Return the tab's name once it shows the seats."""
    await tab.until(lambda page: page.get("group_state", {}).get("bought") == SEATS)
    return tab.token


def test_a_tab_kept_in_redis_is_empty_for_whoever_comes_next(
    tmp_path: Path, shared_database: Database, redis: RedisServer, stage: Cast
) -> None:
    url = shared_database.engine.url.render_as_string(hide_password=False)
    site = Server(tmp_path, url, REDIS_URL=redis.url, WORKERS="2")
    alice, charlie = (session_of(shared_database, name) for name in ("alice", "charlie"))

    async def story() -> tuple[str, dict[str, str]]:
        after: dict[str, str] = {}
        hers = await dashboard(site.address, stage, alice)
        token = await shown(hers)
        before = "".join(hers.heard)
        await hers.close()
        # Her own tab comes back, to whichever worker, with all it had been shown.
        again = await dashboard(site.address, stage, alice, token)
        await shown(again)
        await again.close()

        for who, cookie in (("Charlie", charlie), ("nobody", "")):
            tab = await dashboard(site.address, stage, cookie, token)
            await tab.answered()
            after[who] = "".join(tab.heard)
            await tab.close()

        ended = await dashboard(site.address, stage, alice)
        await shown(ended)
        ended.heard.clear()
        await asyncio.to_thread(end_sessions, shared_database, stage)
        await ended.knock_everywhere()
        after["her own, ended"] = "".join(ended.heard)
        await ended.close()
        return before, after

    with serving(site):
        before, after = run(story())

    assert [word for word in OF_HERS if word in before] == list(OF_HERS)
    leaks = {who: [word for word in OF_HERS if word in heard] for who, heard in after.items()}
    assert leaks == {who: [] for who in after}


def end_sessions(database: Database, stage: Cast) -> None:
    with database.writing() as session:
        sessions.end_sessions(session, stage.alice.user_id, datetime.now(UTC))

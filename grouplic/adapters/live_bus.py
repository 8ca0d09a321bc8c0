"""The live bus: what a commit touched reaches every watcher, in this worker and in the others."""

import asyncio
import json
import logging
import threading
from collections.abc import Callable, Sequence

from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

log = logging.getLogger(__name__)

_CHANNEL = "grouplic:touched"
_COALESCE = 0.02  # seconds in which a burst of commits becomes one redraw
_RECONNECT = 1.0
_PATIENCE = 2.0  # seconds; whoever has just committed waits for no more

Deliver = Callable[[Sequence[str]], None]


class LiveBus:
    """Knows which browser watches which topics; one per worker process.

    ``announce`` may be called from any thread. With a Redis address, announcements reach all
    workers; a worker that loses Redis goes on with its own, and once Redis is back it counts
    everything that is watched as touched, since it cannot know what it has missed.
    """

    def __init__(self, redis_url: str = "") -> None:
        self._redis_url = redis_url
        self._redis = _publisher(redis_url) if redis_url else None
        self._watched: dict[str, frozenset[str]] = {}
        self._pending: set[str] = set()
        self._guard = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake: asyncio.Event | None = None

    def watch(self, token: str, topics: frozenset[str]) -> None:
        """Let the browser tab ``token`` watch exactly these topics from now on."""
        with self._guard:
            if topics:
                self._watched[token] = topics
            else:
                self._watched.pop(token, None)

    def announce(self, topics: frozenset[str]) -> None:
        """Say that ``topics`` have changed. Called after the commit."""
        if self._redis is not None:
            try:
                self._redis.publish(_CHANNEL, json.dumps(sorted(topics)))
                return
            except RedisError:
                log.warning("Redis is not reachable; other workers hear of this change later")
        self._hear(topics)

    def ping(self) -> None:
        """Ask Redis, where one is used, for a sign of life; raises when it gives none."""
        if self._redis is not None:
            self._redis.ping()

    async def pump(self, deliver: Deliver, alive: Callable[[], set[str]]) -> None:
        """Tell the watching tabs that are ``alive`` of each change, until cancelled."""
        self._loop, self._wake = asyncio.get_running_loop(), asyncio.Event()
        listener = asyncio.create_task(self._listen()) if self._redis_url else None
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                try:
                    deliver(self._due(alive()))
                except Exception:
                    log.exception("Could not tell the watching tabs of a change")
                await asyncio.sleep(_COALESCE)
        finally:
            if listener:
                listener.cancel()

    def _due(self, alive: set[str]) -> list[str]:
        with self._guard:
            touched, self._pending = frozenset(self._pending), set()
            for token in self._watched.keys() - alive:
                del self._watched[token]
            return [token for token, topics in self._watched.items() if topics & touched]

    def _hear(self, topics: frozenset[str]) -> None:
        with self._guard:
            self._pending |= topics
        if self._loop and self._wake:
            self._loop.call_soon_threadsafe(self._wake.set)

    async def _listen(self) -> None:
        while True:
            try:
                async with AsyncRedis.from_url(self._redis_url).pubsub() as channel:
                    await channel.subscribe(_CHANNEL)
                    self._hear(self._all_watched())
                    async for message in channel.listen():
                        if message["type"] == "message":
                            self._hear(frozenset(json.loads(message["data"])))
            except RedisError:
                log.warning("Lost Redis; listening again in a moment")
                await asyncio.sleep(_RECONNECT)

    def _all_watched(self) -> frozenset[str]:
        with self._guard:
            return frozenset().union(*self._watched.values())


def _publisher(redis_url: str) -> Redis:
    # By default the library would try for seconds, and the pages would wait with it.
    once_more = Retry(NoBackoff(), 1)
    return Redis.from_url(
        redis_url, retry=once_more, socket_connect_timeout=_PATIENCE, socket_timeout=_PATIENCE
    )

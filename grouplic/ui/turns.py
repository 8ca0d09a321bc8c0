"""Whose turn it is when much is asked at once: people's first, then pages redrawn by themselves."""

import asyncio
from collections.abc import Sequence
from contextvars import ContextVar

from reflex.app import App
from reflex.event import Event
from reflex.middleware import Middleware
from reflex.state import BaseState, StateUpdate
from reflex_base.event.context import EventContext

_REDRAWS_AT_ONCE = 8
_PATIENCE = 2.0  # seconds; a tab that is busy with something long keeps no place for longer

_redraws: set[str] = set()
_wanted: dict[str, Sequence[Event]] = {}
_tasks: set[asyncio.Task[None]] = set()
_places = asyncio.Semaphore(_REDRAWS_AT_ONCE)
_may_be_refused: ContextVar[bool] = ContextVar("may_be_refused", default=False)


class Turns(Middleware):
    """Notes for each event whether a person asked for it, or a change that their page watches."""

    async def preprocess(self, app: App, state: BaseState, event: Event) -> StateUpdate | None:
        """Note it, and let every event pass."""
        current = EventContext.get()
        _may_be_refused.set(not _redraws & {current.txid, current.parent_txid})
        return None


def may_be_refused() -> bool:
    """Return whether the current event may be refused for want of room.

    Not what a person did not ask for: it waits. And not what has begun: half of it may be done.
    """
    return _may_be_refused.get()


def has_begun() -> None:
    """From now on the current event is carried through."""
    _may_be_refused.set(False)


def redraw(app: App, token: str, events: Sequence[Event]) -> None:
    """Run the events of a watching tab when there is a place, soon.

    Few tabs are redrawn at once, and one that waits is redrawn once, however often it is asked
    for: a page that changes faster than it can be shown is shown less often, and nothing piles up.
    """
    waits = token in _wanted
    _wanted[token] = events
    if not waits:
        task = asyncio.create_task(_draw(app, token))
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)


async def _draw(app: App, token: str) -> None:
    async with _places:
        events = _wanted.pop(token)
        under_way = [await app.event_processor.enqueue(token, event) for event in events]
        _redraws.update(one.txid for one in under_way)
        over = asyncio.gather(*(one.wait_all() for one in under_way), return_exceptions=True)
        await asyncio.wait({over}, timeout=_PATIENCE)
        _redraws.difference_update(one.txid for one in under_way)

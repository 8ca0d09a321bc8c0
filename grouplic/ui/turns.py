"""Whose turn it is when much is asked at once: people's first, then pages redrawn by themselves."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar

from reflex.app import App
from reflex.event import Event
from reflex.middleware import Middleware
from reflex.state import BaseState, StateUpdate
from reflex_base.event.context import EventContext

_REDRAWS_AT_ONCE = 8
_PATIENCE = 2.0  # seconds; a tab that is busy with something long keeps no place for longer

Result = TypeVar("Result")


@dataclass(frozen=True)
class Pulse:
    """One change, as the tabs that watch it are told of it: what they read alike is read once."""

    read: dict[Hashable, asyncio.Future[Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Due:
    """What a tab has to run since something changed, for as long as that ``stands``."""

    events: Sequence[Event]
    stands: Callable[[], bool]


_redraws: dict[str, tuple[Pulse, Due]] = {}
_wanted: dict[str, tuple[Callable[[], Due | None], Pulse]] = {}
_tasks: set[asyncio.Task[None]] = set()
_places = asyncio.Semaphore(_REDRAWS_AT_ONCE)
_may_be_refused: ContextVar[bool] = ContextVar("may_be_refused", default=False)
_pulse: ContextVar[Pulse | None] = ContextVar("pulse", default=None)


class Turns(Middleware):
    """Notes for each event whether a person asked for it, or a change that their page watches.

    A redraw whose page was left while it waited is dropped: it would watch that page again.

    ``paying`` are the events that always get their turn, as few as there are: who pays should not
    have to ask whether they have paid.
    """

    def __init__(self, paying: Collection[str] = ()) -> None:
        self._paying = paying

    async def preprocess(self, app: App, state: BaseState, event: Event) -> StateUpdate | None:
        """Note it, and let every event pass but a redraw that is too late."""
        current = EventContext.get()
        redraw = _redraws.get(current.txid) or _redraws.get(current.parent_txid or "")
        _pulse.set(redraw[0] if redraw else None)
        _may_be_refused.set(redraw is None and event.name not in self._paying)
        return StateUpdate() if redraw and not redraw[1].stands() else None


def may_be_refused() -> bool:
    """Return whether the current event may be refused for want of room.

    Not what a person did not ask for: it waits. And not what has begun: half of it may be done.
    """
    return _may_be_refused.get()


def is_redraw() -> bool:
    """Return whether the current event runs because something changed, and nobody asked for it."""
    return _pulse.get() is not None


def has_begun() -> None:
    """From now on the current event is carried through."""
    _may_be_refused.set(False)


async def once(key: Hashable, work: Callable[[], Awaitable[Result]]) -> Result:
    """Return what ``work`` returns; tabs redrawn for the same change share it by its key.

    It began after they were told of the change, so none of them is shown less than it was told of.
    """
    pulse = _pulse.get()
    if pulse is None:
        return await work()
    if key not in pulse.read:
        pulse.read[key] = asyncio.ensure_future(work())
    return await asyncio.shield(pulse.read[key])


def redraw(
    app: App,
    token: str,
    due: Callable[[], Due | None],
    pulse: Pulse,
    gather: float = 0.0,
) -> None:
    """Run what is ``due`` in a watching tab when there is a place, soon.

    Few tabs are redrawn at once, and one that waits is redrawn once, however often it is asked
    for: a page that changes faster than it can be shown is shown less often, and nothing piles up.
    One that takes long to read waits ``gather`` seconds for what else may change. What is due is
    asked only then: the tab may have gone on to another page.
    """
    waits = token in _wanted
    _wanted[token] = due, pulse
    if not waits:
        task = asyncio.create_task(_draw(app, token, gather))
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)


async def _draw(app: App, token: str, gather: float) -> None:
    if gather:
        await asyncio.sleep(gather)
    async with _places:
        ask, pulse = _wanted.pop(token)
        if (due := ask()) is None:
            return
        under_way = [await app.event_processor.enqueue(token, event) for event in due.events]
        _redraws.update((one.txid, (pulse, due)) for one in under_way)
        over = asyncio.gather(*(one.wait_all() for one in under_way), return_exceptions=True)
        await asyncio.wait({over}, timeout=_PATIENCE)
        for one in under_way:
            del _redraws[one.txid]

"""Whether a page is loaded again only because its connection was lost: nobody loses their place."""

from typing import Any

import reflex as rx
from reflex.app import App
from reflex.event import Event
from reflex.middleware import Middleware
from reflex.state import BaseState, StateUpdate
from reflex_base.event.context import EventContext

from grouplic.ui import seam

_STATE = "reflex___state____state"
_CONNECTED = f"{_STATE}.hydrate_and_load"
_TURNED_TO = f"{_STATE}.reflex___state____on_load_internal_state.on_load_internal"


class StayState(rx.State):
    """Where the tab was loaded last, and whether it is loaded there once more."""

    _at: str = ""
    _returned: bool = False


async def has_returned(state: rx.State) -> bool:
    """Return whether the page being loaded has been open in this tab all the time."""
    return (await state.get_state(StayState))._returned


def is_opened(payload: Any) -> bool:
    """Return whether a page says by this that it was opened, and not that it is back.

    One that has just been opened says what it was built with; later it has more.
    """
    return isinstance(payload, dict) and bool(payload.get("hashes"))


class Returns(Middleware):
    """Tells a connection that is back from a page that is opened."""

    async def preprocess(self, app: App, state: BaseState, event: Event) -> StateUpdate | None:
        """Note it, and let every event pass."""
        connected = event.name == _CONNECTED
        # After a connection, the framework asks itself for the page's loading.
        if connected or (event.name == _TURNED_TO and not EventContext.get().parent_txid):
            noted = await state.get_state(StayState)
            here = seam.here(state)
            same = connected and not is_opened(event.payload)
            noted._returned, noted._at = same and noted._at == here, here
        return None

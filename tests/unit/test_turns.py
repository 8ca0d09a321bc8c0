"""Pages redrawn by themselves: how often, when much changes at once."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from grouplic.ui import turns
from tests.coroutines import run


class Processor:
    """Notes what is drawn; each drawing is over at once."""

    def __init__(self) -> None:
        self.drawn: list[str] = []

    async def enqueue(self, token: str, event: str) -> Any:
        self.drawn.append(event)
        return SimpleNamespace(txid=f"{token} {len(self.drawn)}", wait_all=self._nothing)

    async def _nothing(self) -> None:
        """Nothing is left to wait for."""


@pytest.mark.parametrize(("gather", "drawings"), [(0.0, 3), (0.2, 1)])
def test_a_page_that_takes_long_to_read_is_drawn_once_for_what_changes_in_a_while(
    gather: float, drawings: int
) -> None:
    processor = Processor()
    app: Any = SimpleNamespace(event_processor=processor)

    async def work() -> None:
        for number in range(3):
            events: list[Any] = [f"change {number}"]
            due = turns.Due(events, lambda: True)
            turns.redraw(app, "a tab", lambda due=due: due, turns.Pulse(), gather)
            # Whatever can be drawn by now is drawn.
            for _ in range(10):
                await asyncio.sleep(0)
        await asyncio.gather(*turns._tasks)

    run(work())
    assert len(processor.drawn) == drawings
    assert processor.drawn[-1] == "change 2"

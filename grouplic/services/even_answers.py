"""Answers after a fixed while, so that nobody learns by their time what was found."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class EvenAnswers:
    """``seconds`` are longer than anything takes that is done before the answer."""

    seconds: float
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    def due(self) -> float:
        """Return when what is asked for now may be answered."""
        return self.clock() + self.seconds

    async def wait(self, due: float) -> None:
        """Wait until then, however soon the work was done."""
        await self.sleep(max(0.0, due - self.clock()))

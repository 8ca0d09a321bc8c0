"""People who go on whatever happens to the site, and write down what it told them."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

import httpx
import socketio.exceptions

from tests.running.tab import Tab
from tests.running.visitor import Visitor

SEATS_OF_AN_ORDER = 3
_LOST = (
    httpx.TransportError,
    httpx.HTTPStatusError,
    OSError,
    TimeoutError,
    socketio.exceptions.ConnectionError,
)


@dataclass
class Journal:
    """What the site has acknowledged: keys redeemed and by whom, groups that were paid for."""

    redeemed: dict[str, str] = field(default_factory=dict)
    paid: list[str] = field(default_factory=list)
    unanswered: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def size(self) -> int:
        """How much was acknowledged."""
        return len(self.redeemed) + len(self.paid)

    def note_redeemed(self, code: str, email: str) -> None:
        """The site has said that the key was redeemed."""
        with self.changed:
            self.redeemed[code] = email
            self.changed.notify_all()

    def note_paid(self, group: str) -> None:
        """The payment page has taken the money."""
        with self.changed:
            self.paid.append(group)
            self.changed.notify_all()

    def note_unanswered(self) -> None:
        """Nobody knows what became of it."""
        with self.changed:
            self.unanswered += 1

    def wait_for(self, size: int, patience: float = 120) -> None:
        """Wait until so much was acknowledged."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.size >= size, patience), "nothing goes on"


class Crowd:
    """Learners with a key each, and buyers with a group each, until they are told to stop."""

    def __init__(self, site: str, codes: list[str], learners: int = 3, buyers: int = 1) -> None:
        self.journal = Journal()
        self._site, self._codes = site, iter(codes)
        self._names, self._guard = count(1), threading.Lock()
        self._learners, self._buyers = learners, buyers
        self._stopped = threading.Event()

    @contextmanager
    def at_work(self) -> Iterator[Journal]:
        """Let them go on until the block ends."""
        with ThreadPoolExecutor(self._learners + self._buyers) as pool:
            work = [
                *(pool.submit(self._go_on, self._redeem) for _ in range(self._learners)),
                *(pool.submit(self._go_on, self._buy) for _ in range(self._buyers)),
            ]
            try:
                yield self.journal
            finally:
                self._stopped.set()
        for one in work:
            one.result()

    def _go_on(self, act: Callable[[], bool]) -> None:
        while not self._stopped.is_set():
            try:
                if not act():
                    return
            except _LOST:
                self.journal.note_unanswered()
                self._stopped.wait(0.05)  # as somebody who presses the button again

    def _redeem(self) -> bool:
        with self._guard:
            code = next(self._codes, None)
        if code is None:
            return False
        visitor = Visitor(self._site)
        if visitor.redeem(code):
            self.journal.note_redeemed(code, visitor.email)
        else:
            self._stopped.wait(0.5)  # as somebody who is told to try again later
        return True

    def _buy(self) -> bool:
        with self._guard:
            group = f"Group {next(self._names)}"
        visitor = Visitor(self._site)
        visitor.sign_up()
        page = asyncio.run(_order(self._site, visitor.cookie, group))
        if httpx.post(page, data={"action": "pay"}, timeout=30, verify=False).status_code == 303:
            self.journal.note_paid(group)
        return True


async def _order(site: str, cookie: str, group: str) -> str:
    name = group.replace(" ", "%20")
    path = f"/buy?modules=writing&seats={SEATS_OF_AN_ORDER}&name={name}"
    tab = Tab(site, path, cookie)
    try:
        async with asyncio.timeout(20):
            await tab.open()
            await tab.until(lambda page: page.get("buy_state", {}).get("total"))
            await tab.do("buy____buy_state.pay")
            await tab.until(lambda _: tab.redirects)
    finally:
        await tab.close()
    return tab.redirects[-1]

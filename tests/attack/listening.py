"""A running site to attack by its socket, and a tab that keeps every word it hears."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from grouplic.adapters.database import Database
from grouplic.ui.doors import FRAMEWORK
from grouplic.ui.open_doors import OPEN_DOORS
from tests.payloads import payload_of
from tests.running.servers import Server
from tests.running.tab import Tab

OF_THE_FRAMEWORK: dict[str, dict[str, Any]] = {
    "set_is_hydrated": {"value": True},
    "update_vars_internal": {"vars": {}},
    "handle_frontend_exception": {"info": "x", "component_stack": "x"},
}
_PAGES = "reflex___state____state.grouplic___ui___pages___"


def usual_payload(name: str) -> dict[str, Any]:
    """Return what a page of ours sends to any handler that is open to clients."""
    if name in FRAMEWORK:
        return OF_THE_FRAMEWORK.get(name.rpartition(".")[2], {})
    return payload_of(name)


@dataclass(frozen=True)
class Running:
    """A server and the database below it."""

    server: Server
    database: Database

    @property
    def address(self) -> str:
        """Where it is."""
        return self.server.address

    def logged(self) -> str:
        """Return what it has written so far."""
        return self.server.log.read_text(errors="replace")


class ListeningTab(Tab):
    """Keeps the updates as they came."""

    def __init__(self, *where: str, **arguments: str) -> None:
        super().__init__(*where, **arguments)
        self.heard: list[str] = []

    def _hear(self, update: dict[str, Any]) -> None:
        self.heard.append(repr(update))
        super()._hear(update)

    async def knock_everywhere(self) -> None:
        """Send an event to every handler there is, and wait until the last one was answered.

        But for the local mailbox: it is everybody's, and in production there is none.
        """
        for name in (*FRAMEWORK, *OPEN_DOORS):
            if "mailbox" in name:
                continue
            await self.send(name, usual_payload(name))
        await self.answered()

    async def answered(self) -> None:
        """Wait until everything that was sent has been answered; events are answered in order."""
        reference = uuid4().hex[:16]
        self._path = f"/error?reference={reference}"
        await self.send(f"{_PAGES}errors____error_state.load", {})
        await self.until(lambda page: page.get("error_state", {}).get("reference") == reference)

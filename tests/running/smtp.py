"""A real SMTP server that remembers what it took."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes

from aiosmtpd.controller import Controller

from tests.running.servers import free_port


class MailServer:
    """``taken`` holds every copy of every mail, by its Message-ID."""

    def __init__(self) -> None:
        self.port = free_port()
        self.taken: dict[str, list[bytes]] = defaultdict(list)

    async def handle_DATA(self, _server, _session, envelope) -> str:  # type: ignore[no-untyped-def]
        identifier = message_from_bytes(envelope.content)["Message-ID"]
        self.taken[str(identifier)].append(envelope.content)
        return "250 OK"


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Run one on a port of its own."""
    server = MailServer()
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()

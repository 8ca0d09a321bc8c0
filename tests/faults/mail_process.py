"""A worker of the outbox as a process of its own, to be killed: `… DATABASE_URL SMTP_PORT`.

Its clock runs twenty times as fast, so that leases and repeats, which take minutes, are soon due.
"""

import asyncio
import sys
from datetime import UTC, datetime

from grouplic.adapters.database import Database
from grouplic.adapters.mail.sending import Smtp
from grouplic.adapters.mail.worker import Outbox, send_forever
from grouplic.adapters.secrets import DerivedTokens

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)  # every process has the same time
_FASTER = 20


def clock() -> datetime:
    """Return the time of this story."""
    return _EPOCH + (datetime.now(UTC) - _EPOCH) * _FASTER


def main(url: str, port: int) -> None:
    """Send for ever."""
    sender = "Grouplic <hello@g.example>"
    smtp, tokens = Smtp("127.0.0.1", port), DerivedTokens("a secret")
    asyncio.run(send_forever(Outbox(Database(url), smtp, sender, tokens, "https://l.ex", clock)))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))

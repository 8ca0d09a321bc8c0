"""Events: a snapshot of an object for each thing that happens, and a delivery of it."""

import json
import sqlite3
import time
from dataclasses import dataclass
from typing import Any

import stripe

from grouplic.adapters.local_stripe.config import LocalStripeConfig
from grouplic.adapters.local_stripe.errors import no_such
from grouplic.adapters.local_stripe.faults import Faults, current_faults
from grouplic.adapters.local_stripe.identifiers import new_id
from grouplic.adapters.local_stripe.objects import Body

_QUIET_SECONDS = 1.0


@dataclass(frozen=True)
class Cause:
    """The API request that made something happen; the payment page is none."""

    id: str | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True)
class Change:
    """A transaction in which objects change and events follow."""

    connection: sqlite3.Connection
    config: LocalStripeConfig
    now: int
    cause: Cause = Cause()

    def happened(self, type: str, subject: Body) -> None:
        """Record the event and let it be delivered, as the faults of the moment want it."""
        event = self._event(type, subject)
        self.connection.execute(
            "INSERT INTO events (id, type, created, body) VALUES (?, ?, ?, ?)",
            (event["id"], type, self.now, json.dumps(event)),
        )
        if self.config.webhook_url:
            _enqueue(self.connection, event["id"], current_faults(self.connection))

    def _event(self, type: str, subject: Body) -> Body:
        return {
            "id": new_id("evt_"),
            "object": "event",
            "api_version": stripe.api_version,
            "created": self.now,
            "data": {"object": subject},
            "livemode": False,
            "pending_webhooks": 0,
            "request": {"id": self.cause.id, "idempotency_key": self.cause.idempotency_key},
            "type": type,
        }


def load_event(connection: sqlite3.Connection, identifier: str) -> Body:
    """Return the event; refuse with 404 when there is none."""
    row = connection.execute("SELECT body FROM events WHERE id = ?", (identifier,)).fetchone()
    if row is None:
        raise no_such("event", identifier)
    return with_pending(connection, json.loads(row["body"]))


def with_pending(connection: sqlite3.Connection, event: Body) -> Body:
    """Return the event with the number of endpoints that have not yet taken it."""
    row = connection.execute(
        "SELECT 1 FROM deliveries WHERE event_id = ? AND state = 'waiting'", (event["id"],)
    ).fetchone()
    return {**event, "pending_webhooks": 1 if row else 0}


def _enqueue(connection: sqlite3.Connection, event_id: str, faults: Faults) -> None:
    # Deliveries keep the machine's time: a signature must be fresh to the one who receives it.
    now = time.time()
    hold = max(faults.delay_seconds, _QUIET_SECONDS) if faults.reorder else faults.delay_seconds
    row: dict[str, Any] = {
        "event": event_id,
        "state": "dropped" if faults.drop else "waiting",
        "held": faults.reorder,
        "now": now,
        "due": now + hold,
    }
    for _ in range(1 + faults.duplicate):
        connection.execute(
            "INSERT INTO deliveries (event_id, state, held, since, due) "
            "VALUES (:event, :state, :held, :now, :due)",
            row,
        )
    if faults.reorder:
        # All that are held fall due together, once it has been quiet, and go newest first.
        connection.execute(
            "UPDATE deliveries SET due = :due WHERE state = 'waiting' AND held AND attempts = 0",
            row,
        )

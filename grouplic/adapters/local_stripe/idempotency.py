"""Idempotency keys: a repeated request gets the first answer again, for 24 hours.

Source: https://docs.stripe.com/api/idempotent_requests
"""

import sqlite3
import time
from dataclasses import dataclass

from grouplic.adapters.local_stripe.errors import ApiError
from grouplic.adapters.local_stripe.store import Store

_KEPT_SECONDS = 24 * 3600
_LEASE_SECONDS = 60.0  # after which a request that never ended, as after a crash, may be repeated


@dataclass(frozen=True)
class KeyedRequest:
    """A request with an idempotency key; ``fingerprint`` stands for its parameters."""

    key: str
    path: str
    fingerprint: str
    request_id: str


@dataclass(frozen=True)
class Kept:
    """The answer that the first request with a key got."""

    status: int
    body: str
    request_id: str


def claim(store: Store, request: KeyedRequest, now: int) -> Kept | None:
    """Claim the key and return None, or return the answer of the first request with it.

    Refuses other parameters or another path under the same key, and a key in flight (409).
    """
    if len(request.key) > 255:
        raise ApiError("Idempotency keys can be at most 255 characters long.")
    with store.writing() as connection:
        connection.execute("DELETE FROM idempotency WHERE created <= ?", (now - _KEPT_SECONDS,))
        row = connection.execute(
            "SELECT * FROM idempotency WHERE key = ?", (request.key,)
        ).fetchone()
        if row is None:
            _insert(connection, request, now)
            return None
        _refuse_another(row, request)
        if row["status"] is not None:
            return Kept(row["status"], row["body"], row["request_id"])
        _take_over(connection, row, request)
        return None


def finish(connection: sqlite3.Connection, request: KeyedRequest, status: int, body: str) -> None:
    """Keep the answer, in the transaction of what it answers."""
    connection.execute(
        "UPDATE idempotency SET status = ?, body = ? WHERE key = ? AND request_id = ?",
        (status, body, request.key, request.request_id),
    )


def release(store: Store, request: KeyedRequest) -> None:
    """Give the key back: the request did nothing, and its answer is not kept."""
    with store.writing() as connection:
        connection.execute(
            "DELETE FROM idempotency WHERE key = ? AND request_id = ? AND status IS NULL",
            (request.key, request.request_id),
        )


def _insert(connection: sqlite3.Connection, request: KeyedRequest, now: int) -> None:
    connection.execute(
        "INSERT INTO idempotency (key, fingerprint, path, request_id, created, claimed_until) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (
            request.key,
            request.fingerprint,
            request.path,
            request.request_id,
            now,
            time.time() + _LEASE_SECONDS,
        ),
    )


def _take_over(connection: sqlite3.Connection, row: sqlite3.Row, request: KeyedRequest) -> None:
    if row["claimed_until"] > time.time():
        raise ApiError(
            "There is currently another in-progress request using this Idempotency Key (that "
            "probably means you submitted twice, and the other request is still going through): "
            f"{request.key}. Please try again later.",
            status=409,
            type="idempotency_error",
            code="idempotency_key_in_use",
        )
    connection.execute(
        "UPDATE idempotency SET request_id = ?, claimed_until = ? WHERE key = ?",
        (request.request_id, time.time() + _LEASE_SECONDS, request.key),
    )


def _refuse_another(row: sqlite3.Row, request: KeyedRequest) -> None:
    if row["path"] != request.path:
        raise ApiError(
            "Keys for idempotent requests can only be used for the same endpoint they were first "
            f"used for ('{row['path']}' vs '{request.path}'). Try using a key other than "
            f"'{request.key}' if you meant to execute a different request.",
            type="idempotency_error",
        )
    if row["fingerprint"] != request.fingerprint:
        raise ApiError(
            "Keys for idempotent requests can only be used with the same parameters they were "
            f"first used with. Try using a key other than '{request.key}' if you meant to execute "
            "a different request.",
            type="idempotency_error",
        )

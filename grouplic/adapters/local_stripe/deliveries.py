"""Webhooks: every event is sent, signed, over real HTTP, again and again until it is taken.

Source: https://docs.stripe.com/webhooks#verify-manually
"""

import asyncio
import hashlib
import hmac
import json
import logging
import sqlite3
import time
from dataclasses import dataclass

import httpx

from grouplic.adapters.local_stripe.config import LocalStripeConfig
from grouplic.adapters.local_stripe.sessions import expire_overdue
from grouplic.adapters.local_stripe.store import Store

log = logging.getLogger(__name__)

_POLL_SECONDS = 0.05
_TIMEOUT_SECONDS = 10.0
# Longer than a send can take: while the claim lasts, nobody else sends the same delivery.
_LEASE_SECONDS = 30.0
_FIRST_RETRY_SECONDS = 0.25
_LONGEST_RETRY_SECONDS = 60.0
_GIVE_UP_SECONDS = 3 * 24 * 3600  # as Stripe does

_NEXT = """
SELECT seq FROM deliveries
WHERE state = 'waiting' AND due <= :now AND claimed_until <= :now
ORDER BY due, CASE WHEN held THEN -seq ELSE seq END LIMIT 1
"""
_CLAIM = f"""
UPDATE deliveries SET claimed_until = :until, attempts = attempts + 1 WHERE seq = ({_NEXT})
RETURNING seq, attempts, since, (SELECT body FROM events WHERE id = event_id) AS body
"""


@dataclass(frozen=True)
class Delivery:
    """One claimed delivery of an event; ``attempt`` counts from one and names the claim."""

    seq: int
    attempt: int
    since: float
    event: str


async def deliver_forever(config: LocalStripeConfig) -> None:
    """Deliver events and expire sessions until cancelled. Several processes may do so at once."""
    store = await asyncio.to_thread(Store, config.database_path)
    async with httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, trust_env=False) as client:
        while True:
            try:
                busy = await _deliver_next(config, store, client)
            except sqlite3.Error:
                log.exception("The local payment page's file cannot be used; trying again")
                busy = False
            if not busy:
                await asyncio.sleep(_POLL_SECONDS)


def signature(payload: str, secret: str, timestamp: int) -> str:
    """Return the Stripe-Signature of a payload: HMAC-SHA256 over the time and the payload."""
    signed = f"{timestamp}.{payload}".encode()
    return f"t={timestamp},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


async def _deliver_next(config: LocalStripeConfig, store: Store, client: httpx.AsyncClient) -> bool:
    await asyncio.to_thread(expire_overdue, store, config)
    delivery = await asyncio.to_thread(_claim, store)
    if delivery is None:
        return False
    try:
        answer = await _send(config, client, delivery)
    except asyncio.CancelledError:
        # The next process shall not have to wait until the claim runs out.
        _retry(store, delivery, "interrupted", time.time())
        raise
    await asyncio.to_thread(_settle, store, delivery, answer)
    return True


async def _send(config: LocalStripeConfig, client: httpx.AsyncClient, delivery: Delivery) -> str:
    payload = _payload(delivery)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": signature(payload, config.webhook_secret, int(time.time())),
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }
    try:
        # The timeout of the client is for each read; this one is for the whole exchange.
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            response = await client.post(config.webhook_url, content=payload, headers=headers)
        return str(response.status_code)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
        return type(error).__name__


def _payload(delivery: Delivery) -> str:
    return json.dumps({**json.loads(delivery.event), "pending_webhooks": 1}, indent=2)


def _claim(store: Store) -> Delivery | None:
    now = time.time()
    with store.reading() as connection:
        # Asked without the write lock, which the payment page needs more often.
        if connection.execute(_NEXT, {"now": now}).fetchone() is None:
            return None
    with store.writing() as connection:
        row = connection.execute(_CLAIM, {"now": now, "until": now + _LEASE_SECONDS}).fetchone()
    return Delivery(row["seq"], row["attempts"], row["since"], row["body"]) if row else None


def _settle(store: Store, delivery: Delivery, answer: str) -> None:
    if len(answer) == 3 and answer.startswith("2"):
        _end(store, delivery, "delivered", answer)
    elif time.time() - delivery.since > _GIVE_UP_SECONDS:
        _end(store, delivery, "given_up", answer)
    else:
        wait = _FIRST_RETRY_SECONDS * 2 ** min(delivery.attempt - 1, 10)
        _retry(store, delivery, answer, time.time() + min(wait, _LONGEST_RETRY_SECONDS))


def _end(store: Store, delivery: Delivery, state: str, answer: str) -> None:
    with store.writing() as connection:
        connection.execute(
            "UPDATE deliveries SET state = ?, answer = ? WHERE seq = ? AND attempts = ?",
            (state, answer, delivery.seq, delivery.attempt),
        )


def _retry(store: Store, delivery: Delivery, answer: str, due: float) -> None:
    log.info("A webhook was not taken (%s); it is sent again", answer)
    with store.writing() as connection:
        connection.execute(
            "UPDATE deliveries SET due = ?, claimed_until = 0, answer = ? "
            "WHERE seq = ? AND attempts = ?",
            (due, answer, delivery.seq, delivery.attempt),
        )

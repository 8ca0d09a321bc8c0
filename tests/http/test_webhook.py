"""The webhook, verified by the real SDK."""

import hashlib
import hmac
import json
import time
from datetime import UTC, datetime

import pytest

from grouplic.adapters.stripe_events import SignedEvents

SECRET = "whsec_a_test"
NOW = datetime.now(UTC)


def payload(identifier: str = "evt_1", kind: str = "checkout.session.completed") -> bytes:
    return json.dumps(
        {
            "id": identifier,
            "object": "event",
            "type": kind,
            "api_version": "2026-10-28.endive",
            "created": int(time.time()),
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "data": {"object": {"id": "cs_1", "object": "checkout.session"}},
        }
    ).encode()


def sign(body: bytes, secret: str = SECRET, age: int = 0) -> str:
    stamp = int(time.time()) - age
    mac = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256)
    return f"t={stamp},v1={mac.hexdigest()}"


def test_a_signed_event_is_read() -> None:
    event = SignedEvents((SECRET,)).verify(payload(), sign(payload()), NOW)

    assert event is not None
    assert (event.id, event.checkout_id) == ("evt_1", "cs_1")


def test_an_event_about_something_else_names_no_checkout() -> None:
    body = payload().replace(b"checkout.session", b"customer")
    event = SignedEvents((SECRET,)).verify(body, sign(body), NOW)

    assert event is not None
    assert event.checkout_id is None


@pytest.mark.parametrize(
    "signature",
    ["", "nonsense", "t=1,v1=00", sign(payload(), "whsec_another"), sign(payload(), age=3600)],
    ids=["missing", "nonsense", "forged", "another secret", "an hour old"],
)
def test_a_bad_signature_is_refused(signature: str) -> None:
    assert SignedEvents((SECRET,)).verify(payload(), signature, NOW) is None


def test_an_empty_secret_accepts_nothing() -> None:
    assert SignedEvents(("",)).verify(payload(), sign(payload(), ""), NOW) is None


def test_two_secrets_are_valid_while_one_is_rolled() -> None:
    both = SignedEvents(("whsec_new", SECRET))

    assert both.verify(payload(), sign(payload()), NOW) is not None
    assert both.verify(payload(), sign(payload(), "whsec_new"), NOW) is not None


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b"\xff\x00", b"x" * 1_000_000])
def test_what_is_no_event_is_refused_even_when_signed(body: bytes) -> None:
    assert SignedEvents((SECRET,)).verify(body, sign(body), NOW) is None

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


def test_an_event_from_the_future_is_taken_and_its_id_is_the_guard() -> None:
    # The SDK holds a time only against the past; that it counts once is the stored id's work.
    assert SignedEvents((SECRET,)).verify(payload(), sign(payload(), age=-3600), NOW) is not None


def test_an_event_at_the_edge_of_the_tolerance_is_taken_and_one_past_it_is_not() -> None:
    signed = SignedEvents((SECRET,))

    assert signed.verify(payload(), sign(payload(), age=290), NOW) is not None
    assert signed.verify(payload(), sign(payload(), age=310), NOW) is None


@pytest.mark.parametrize(
    ("kind", "subject", "about"),
    [
        ("invoice.paid", {"object": "invoice", "id": "in_1"}, ("invoice_id", "in_1")),
        ("charge.refunded", {"object": "charge", "payment_intent": "pi_1"}, ("payment_id", "pi_1")),
        ("refund.failed", {"object": "refund", "payment_intent": "pi_1"}, ("payment_id", "pi_1")),
        (
            "charge.dispute.closed",
            {"object": "dispute", "payment_intent": "pi_1"},
            ("payment_id", "pi_1"),
        ),
    ],
)
def test_an_event_says_what_it_is_about(
    kind: str, subject: dict[str, str], about: tuple[str, str]
) -> None:
    body = json.dumps({**json.loads(payload("evt_1", kind)), "data": {"object": subject}}).encode()
    event = SignedEvents((SECRET,)).verify(body, sign(body), NOW)

    assert event is not None
    assert getattr(event, about[0]) == about[1]
    assert event.checkout_id is None

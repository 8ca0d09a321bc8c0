"""What the API demands of a request, seen through the SDK."""

from typing import Any

import httpx
import pytest
import stripe

from grouplic.adapters.local_stripe import idempotency
from grouplic.adapters.local_stripe.store import Store
from tests.local_stripe.conftest import KEY, Shop, basket, line


def test_a_wrong_key_is_refused(shop: Shop) -> None:
    base = shop.config.page_base
    stranger = stripe.StripeClient("sk_test_of_somebody_else", base_addresses={"api": base})
    with pytest.raises(stripe.AuthenticationError) as refused:
        stranger.v1.checkout.sessions.list()
    assert refused.value.http_status == 401
    assert "of_somebody" not in str(refused.value)


@pytest.mark.parametrize("kind", ["checkout.sessions", "payment_intents", "charges", "events"])
def test_what_is_not_there_is_missing(shop: Shop, kind: str) -> None:
    service: Any = shop.client.v1
    for name in kind.split("."):
        service = getattr(service, name)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        service.retrieve("none")
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"success_url": None}, "parameter_missing", "success_url"),
        ({"line_items": [{"quantity": 1}]}, "parameter_missing", "line_items[0][price_data]"),
        ({"colour": "red"}, "parameter_unknown", "colour"),
        ({"metadata": {"order": "x" * 501}}, None, "metadata[order]"),
        ({"expires_at": 1}, None, "expires_at"),
        ({"customer": "cus_none"}, "resource_missing", "customer"),
        (
            {"line_items": [line("Rust", "rust", -1, 1)]},
            "parameter_invalid_integer",
            "line_items[0][price_data][unit_amount]",
        ),
    ],
)
def test_wrong_parameters_are_named(
    shop: Shop, change: dict[str, Any], code: str | None, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.start(**change)
    assert refused.value.http_status == 400
    assert (refused.value.code, refused.value.param) == (code, param)


def test_times_outside_half_an_hour_and_a_day_are_refused(shop: Shop) -> None:
    now = shop.config.timestamp()
    for seconds in (1799, 86401):
        with pytest.raises(stripe.InvalidRequestError):
            shop.start(expires_at=now + seconds)
    for seconds in (1800, 86400):
        assert shop.start(expires_at=now + seconds).expires_at == now + seconds


def test_a_repeated_key_gives_the_first_session(shop: Shop) -> None:
    first, again = _create(shop, basket()), _create(shop, basket())
    assert first.id == again.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert first.last_response.headers["Request-Id"] != again.last_response.headers["Request-Id"]
    shop.clock.move(hours=24)
    assert _create(shop, basket()).id != first.id


def test_a_key_is_for_one_request(shop: Shop) -> None:
    _create(shop, basket())
    with pytest.raises(stripe.IdempotencyError) as refused:
        _create(shop, {**basket(), "client_reference_id": "order-2"})
    assert refused.value.http_status == 400
    with pytest.raises(stripe.IdempotencyError):
        shop.client.v1.customers.create({}, {"idempotency_key": "order-1"})


def test_a_refused_parameter_does_not_use_up_the_key(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        _create(shop, {**basket(), "expires_at": 1})
    assert _create(shop, basket()).status == "open"


def test_a_key_in_flight_is_a_conflict(shop: Shop) -> None:
    session = shop.start()
    path = f"/v1/checkout/sessions/{session.id}/expire"
    # What the API does first for a request that then takes long.
    nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    running = idempotency.KeyedRequest("expire-1", path, nothing, "req_running")
    idempotency.claim(Store(shop.config.database_path), running, shop.config.timestamp())
    with pytest.raises(stripe.APIError) as refused:
        shop.client.v1.checkout.sessions.expire(session.id, {}, {"idempotency_key": "expire-1"})
    assert refused.value.http_status == 409
    assert refused.value.json_body["error"]["code"] == "idempotency_key_in_use"


def test_what_cannot_be_expanded_is_refused(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        shop.read(shop.start(), "metadata.order")


def test_an_unknown_address_answers_as_the_api(shop: Shop) -> None:
    answer = httpx.get(shop.config.page("/v1/payouts"), headers={"Authorization": f"Bearer {KEY}"})
    assert answer.status_code == 404
    assert answer.json()["error"]["type"] == "invalid_request_error"


def _create(shop: Shop, params: dict[str, Any]) -> Any:
    options: Any = {"idempotency_key": "order-1"}
    return shop.client.v1.checkout.sessions.create(params, options)  # type: ignore[arg-type]

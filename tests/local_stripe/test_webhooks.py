"""Webhooks as they arrive, also late, twice, out of order and never."""

import threading
from collections import Counter
from contextlib import ExitStack

import httpx
import pytest
import stripe

from tests.local_stripe.conftest import KEY, SECRET, Shop
from tests.local_stripe.serving import free_port, served, site, wait_until


def test_a_webhook_is_signed_as_stripe_signs(shop: Shop) -> None:
    session = shop.start()
    shop.client.v1.checkout.sessions.expire(session.id)
    payload, signature = wait_until(lambda: shop.receiver.received)[0]
    event = stripe.Webhook.construct_event(payload, signature, SECRET)
    assert (event.type, event.data.object.id) == ("checkout.session.expired", session.id)
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(payload + b" ", signature, SECRET)


def test_a_refused_webhook_is_sent_again(shop: Shop) -> None:
    shop.receiver.refusals = 2
    shop.client.v1.checkout.sessions.expire(shop.start().id)
    shop.wait_for("checkout.session.expired")
    wait_until(lambda: _delivered(shop) == ["checkout.session.expired"])
    assert shop.client.v1.events.list().data[0].pending_webhooks == 0


def test_duplicates_arrive_with_one_id(shop: Shop) -> None:
    shop.faults(duplicate=2)
    shop.client.v1.checkout.sessions.expire(shop.start().id)
    wait_until(lambda: len(shop.receiver.received) == 3)
    assert len({event.id for event in shop.events()}) == 1


def test_reordered_events_arrive_newest_first(shop: Shop) -> None:
    session = shop.start()
    shop.faults(reorder=True)
    shop.press(session, "later")
    shop.settle(session, "succeed")
    shop.wait_for("checkout.session.completed", "checkout.session.async_payment_succeeded")
    types = shop.event_types()
    assert types.index("checkout.session.async_payment_succeeded") < types.index(
        "checkout.session.completed"
    )


def test_dropped_events_are_only_listed(shop: Shop) -> None:
    shop.faults(drop=True)
    dropped = shop.start()
    shop.client.v1.checkout.sessions.expire(dropped.id)
    shop.faults()
    sent = shop.start()
    shop.client.v1.checkout.sessions.expire(sent.id)
    wait_until(lambda: _delivered(shop))
    assert [event.data.object.id for event in shop.events()] == [sent.id]
    missed = shop.client.v1.events.list(
        {"types": ["checkout.session.*"], "delivery_success": False}
    )
    assert [event.data.object.id for event in missed.data] == [dropped.id]


def test_a_delayed_event_is_overtaken(shop: Shop) -> None:
    late, prompt = shop.start(), shop.start()
    shop.faults(delay_seconds=1)
    shop.client.v1.checkout.sessions.expire(late.id)
    shop.faults()
    shop.client.v1.checkout.sessions.expire(prompt.id)
    wait_until(lambda: len(shop.receiver.received) == 2)
    assert [event.data.object.id for event in shop.events()] == [prompt.id, late.id]


def test_three_servers_deliver_each_event_once(shop: Shop) -> None:
    sessions = [shop.start() for _ in range(12)]
    with ExitStack() as others:
        for _ in range(2):
            others.enter_context(served(site(shop.config, shop.receiver), free_port()))
        expire = shop.client.v1.checkout.sessions.expire
        threads = [threading.Thread(target=expire, args=(each.id,)) for each in sessions]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wait_until(lambda: len(_delivered(shop)) == len(sessions))
    ids = Counter(event.data.object.id for event in shop.events())
    assert ids == {session.id: 1 for session in sessions}


def test_events_are_listed_newest_first_and_paged(shop: Shop) -> None:
    sessions = [shop.start() for _ in range(5)]
    for session in sessions:
        shop.client.v1.checkout.sessions.expire(session.id)
    created = {"gte": shop.config.timestamp()}
    events = shop.client.v1.events.list({"limit": 2, "created": created})
    found = [event.data.object.id for event in events.auto_paging_iter()]
    assert found == [session.id for session in reversed(sessions)]
    assert shop.client.v1.events.retrieve(events.data[0].id).type == "checkout.session.expired"
    assert not shop.client.v1.events.list({"created": {"lt": created["gte"]}}).data


def test_faults_need_the_key_and_make_sense(shop: Shop) -> None:
    address = shop.config.page("/control/faults")
    assert httpx.post(address, json={"drop": True}).status_code == 401
    headers = {"Authorization": f"Bearer {KEY}"}
    assert httpx.post(address, json={"drop": "yes"}, headers=headers).status_code == 400
    shop.faults(duplicate=1, reorder=True)
    assert httpx.get(address, headers=headers).json() == {
        "duplicate": 1,
        "reorder": True,
        "delay_seconds": 0.0,
        "drop": False,
    }


def _delivered(shop: Shop) -> list[str]:
    events = shop.client.v1.events.list({"delivery_success": True, "limit": 100})
    return [event.type for event in events.data]

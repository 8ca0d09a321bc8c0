"""Pressed twice before the page has heard of the first: it happens once, and nothing is refused."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func
from sqlmodel import select

from grouplic.domain.after_sale import Refund
from grouplic.domain.groups import KeyBatch
from grouplic.domain.orders import Order
from grouplic.services import checkout, overseeing
from grouplic.services.outside import Outside
from tests.attack.stage import HYDRATE, STATE, Heard, Tabs, new_tab, wired
from tests.attack.tenants import Tenants
from tests.coroutines import run
from tests.services.payments import Provider

Deed = tuple[str, dict[str, Any]]


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def shop(site: Outside, provider: Provider) -> Iterator[Outside]:
    """The site, whose payments are made at the provider of the tests."""
    with wired(replace(site, payments=provider)) as outside:  # type: ignore[arg-type]
        yield outside


def press_twice(tenants: Tenants, who: str, path: str, *deeds: Deed, **arguments: str) -> Heard:
    """Open a page, do all of that, the last of it twice, and return what came back then."""

    async def work() -> Heard:
        tab = new_tab()
        async with Tabs().running() as tabs:

            async def knock(name: str, payload: dict[str, Any]) -> Heard:
                cookie = tenants.cookie(who)
                heard = await tabs.knock(tab, name, payload, cookie, path, **arguments)
                assert heard.bugs == []
                return heard

            await knock(HYDRATE, {"hashes": ["what the page was built with"]})
            for name, payload in deeds:
                await knock(f"{STATE}.grouplic___ui___pages___{name}", payload)
            return await knock(f"{STATE}.grouplic___ui___pages___{deeds[-1][0]}", deeds[-1][1])

    heard = run(work())
    for shown in heard.vars.values():
        assert not shown.get("refusal")
    return heard


def grantable(outside: Outside, tenants: Tenants) -> str:
    with outside.database.reading() as session:
        olive = tenants.people["olive"].actor
        return overseeing.oversee_group(session, tenants.group_id, olive).grantable[0][0]


def number_of(outside: Outside, table: Any) -> int:
    with outside.database.reading() as session:
        return session.exec(select(func.count()).select_from(table)).one()


def test_one_invoice_is_sent(shop: Outside, tenants: Tenants, provider: Provider) -> None:
    path = f"/buy?group={tenants.group_id}&add=seats&seats=3"

    heard = press_twice(tenants, "alice", path, ("buy____buy_state.pay_by_invoice", {}))

    (invoice,) = provider.invoices.values()
    assert heard.redirects == [f"/orders/{invoice.order_id}"]


def test_the_payment_page_stays_open_and_money_is_given_back_once(
    shop: Outside, tenants: Tenants, provider: Provider
) -> None:
    path = f"/buy?group={tenants.group_id}&add=seats&seats=3"
    heard = press_twice(tenants, "alice", path, ("buy____buy_state.pay", {}))
    (opened,) = provider.checkouts.values()
    assert (opened.status, heard.redirects) == ("open", [opened.url])

    provider.pay(opened.id)
    checkout.reconcile(shop.database, shop.payments, shop.clock())
    order = opened.order_id
    path = f"/operator/orders/{order}"
    form = {"what": "amount", "amount": "1.00", "reason": "asked for it", "form_id": "form-0"}
    give_back = ("operator_order_state____order_oversight_state.give_back", {"form": form})

    press_twice(tenants, "olive", path, give_back, order=order)

    assert number_of(shop, Refund) == 1


def test_keys_and_grants_are_given_once_and_an_outcome_stays(
    site: Outside, tenants: Tenants
) -> None:
    group = tenants.group_id
    batches, orders = number_of(site, KeyBatch), number_of(site, Order)
    pages = f"/my-teaching/{group}"

    form = {"quantity": "1", "label": "", "form_id": "form-0"}
    hand_out = ("key_batches____batches_state.hand_out", {"form": form})
    press_twice(tenants, "alice", f"{pages}/keys", hand_out, group=group)
    assert number_of(site, KeyBatch) == batches + 1

    form = {"quantity": "5", "reason": "a present", "form_id": "form-0"}
    grant = ("group_oversight_state____group_oversight_state.grant", {"form": form})
    press_twice(tenants, "olive", f"/operator/groups/{group}", grant, group=group)
    assert number_of(site, Order) == orders + 1

    form = {"module": grantable(site, tenants), "reason": "a present", "form_id": "form-0"}
    grant = ("group_oversight_state____group_oversight_state.grant_module", {"form": form})
    heard = press_twice(tenants, "olive", f"/operator/groups/{group}", grant, group=group)
    assert "outcome" not in heard.vars.get("group_oversight_state", {})
    assert number_of(site, Order) == orders + 2

    paste = ("invite____invite_state.paste", {"form": {"people": "Gil <gil@new.org>"}})
    send = ("invite____invite_state.send", {})
    heard = press_twice(tenants, "alice", f"{pages}/invite", paste, send, group=group)
    assert "outcome" not in heard.vars.get("invite_state", {})

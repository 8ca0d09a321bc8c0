"""What the pages of a purchase say where it did not go as planned."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import select

from grouplic.domain.after_sale import Difference, DifferenceKind
from grouplic.domain.catalog import Module
from grouplic.domain.groups import Group
from grouplic.domain.orders import OrderKind, PayBy
from grouplic.services import checkout, granting, orders, refunds, saved_quotes
from grouplic.services.differences import note_difference
from grouplic.services.outside import Outside
from grouplic.services.shop import Wish
from tests.attack.stage import HYDRATE, STATE, Heard, Tabs, new_tab
from tests.attack.tenants import Tenants
from tests.attack.test_pressed_twice import provider, shop
from tests.coroutines import run
from tests.services.payments import Provider

__all__ = ["provider", "shop"]

_STATES = f"{STATE}.grouplic___ui___pages___"
BUY = f"{_STATES}buy____buy_state"
OVERSIGHT = f"{_STATES}group_oversight_state____group_oversight_state"
OPENED = {"hashes": ["what the page was built with"]}
GIVE_BACK = f"{_STATES}operator_order_state____order_oversight_state.give_back"


def opened(tenants: Tenants, who: str, path: str, state: str, **arguments: str) -> dict[str, Any]:
    """Open a page, and return what its state shows."""

    async def work() -> Heard:
        async with Tabs().running() as tabs:
            cookie = tenants.cookie(who)
            return await tabs.knock(new_tab(), HYDRATE, OPENED, cookie, path, **arguments)

    heard = run(work())
    assert heard.bugs == []
    return heard.vars[state]


def more_seats(tenants: Tenants) -> Wish:
    return Wish(OrderKind.ADD_SEATS, group_id=tenants.group_id, seats=2)


def test_a_quote_for_a_license_that_is_over_shows_no_price(site: Outside, tenants: Tenants) -> None:
    now, alice = site.clock(), tenants.people["alice"].actor
    with site.database.writing() as session:
        saved = saved_quotes.save_quote(session, more_seats(tenants), alice, now)
        path = f"/buy?quote={saved.id}"
    assert opened(tenants, "alice", path, "buy_state")["total"]

    with site.database.writing() as session:
        session.get_one(Group, UUID(tenants.group_id)).ends_at = now - timedelta(days=1)
    shown = opened(tenants, "alice", path, "buy_state")
    assert not shown.get("total")
    assert "Renew the group first" in shown["hint"]
    assert shown["choose_anew"] == f"/buy?group={tenants.group_id}&add=seats"


@pytest.mark.parametrize("where", ["/buy", "/quotes"])
@pytest.mark.parametrize("who", ["alice", "dora", "learner", "olive", ""])
def test_an_expired_quote_leads_its_groups_leader_and_nobody_else_to_the_groups_purchases(
    site: Outside, tenants: Tenants, where: str, who: str
) -> None:
    made, alice = site.clock() - saved_quotes.VALID, tenants.people["alice"].actor
    with site.database.writing() as session:
        quote = str(saved_quotes.save_quote(session, more_seats(tenants), alice, made).id)
    if where == "/buy":
        shown = opened(tenants, who, f"/buy?quote={quote}", "buy_state")
    else:
        shown = opened(tenants, who, f"/quotes/{quote}", "quote_state", quote=quote)

    of_group = f"/buy?group={tenants.group_id}&add=seats"
    assert (shown.get("choose_anew") == of_group) == (who == "alice")
    assert ("expired" in shown["refusal"]) == (who == "alice")
    assert who == "alice" or tenants.group_id not in repr(shown)


def test_an_overcharge_is_said_to_the_buyer_and_to_the_operator_in_money(
    site: Outside, tenants: Tenants
) -> None:
    now, alice = site.clock(), tenants.people["alice"].actor
    with site.database.writing() as session:
        order = orders.place(session, more_seats(tenants), alice, now)
        facts = {"overcharged": 123456, "counted_on": "another"}
        note_difference(session, DifferenceKind.OVERCHARGED, "both", now, order.id, **facts)
        session.flush()
        (difference,) = session.exec(select(Difference.id)).all()
    path = f"/orders/{order.id}"
    assert opened(tenants, "alice", path, "order_state", order=str(order.id))["overcharged"] == (
        "$1,234.56"
    )
    path = f"/operator/differences/{difference}"
    seen = opened(tenants, "olive", path, "difference_state", difference=str(difference))
    assert seen["facts"] == ["overcharged: $1,234.56", "counted on: another"]


def test_an_order_by_invoice_leads_back_to_the_same_with_its_purchase_number(
    site: Outside, tenants: Tenants
) -> None:
    now, alice = site.clock(), tenants.people["alice"].actor
    with site.database.writing() as session:
        wish = more_seats(tenants)
        order = orders.place(session, wish, alice, now, PayBy.INVOICE, "PO 7")
    shown = opened(tenants, "alice", f"/orders/{order.id}", "order_state", order=str(order.id))
    assert shown["purchase_number"] == "PO 7"
    assert shown["again"].endswith("&po=PO+7")


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"what": "all", "seats": "1", "amount": ""}, "a number of seats and chose something else"),
        ({"what": "seats", "seats": "1", "amount": "5"}, "an amount and chose something else"),
        ({"seats": "1"}, "Choose what is given back"),
    ],
)
def test_money_is_not_given_back_where_a_form_contradicts_itself(
    shop: Outside, tenants: Tenants, provider: Provider, form: dict[str, str], said: str
) -> None:
    alice = tenants.people["alice"].actor
    sold = checkout.start_checkout(
        shop.database, provider, more_seats(tenants), alice, shop.clock()
    )
    provider.pay(sold.id)
    checkout.reconcile(shop.database, provider, shop.clock())
    order = sold.order_id

    async def work() -> Heard:
        tab, path = new_tab(), f"/operator/orders/{order}"
        async with Tabs().running() as tabs:
            for name, payload in (
                (HYDRATE, OPENED),
                (GIVE_BACK, {"form": {**form, "reason": "Asked to", "form_id": "form-0"}}),
            ):
                heard = await tabs.knock(
                    tab, name, payload, tenants.cookie("olive"), path, order=order
                )
        return heard

    assert said in run(work()).vars["order_oversight_state"]["refusal"]
    assert provider.refund_requests == 0


def test_a_purchase_says_when_it_was_paid_that_it_was_refunded_and_what_the_bank_did(
    shop: Outside, tenants: Tenants, provider: Provider
) -> None:
    alice, olive = tenants.people["alice"].actor, tenants.people["olive"].actor
    wish, now = more_seats(tenants), shop.clock()
    sold = checkout.start_checkout(shop.database, provider, wish, alice, now)
    provider.pay(sold.id)
    checkout.reconcile(shop.database, provider, shop.clock())
    order = UUID(sold.order_id)
    path = f"/orders/{order}"
    shown = opened(tenants, "alice", path, "order_state", order=str(order))
    assert shown["paid"] == shown["ordered"] != ""
    assert not shown.get("is_refunded")

    refunds.refund(shop.database, provider, order, olive, "Asked to", shop.clock())
    assert opened(tenants, "alice", path, "order_state", order=str(order))["is_refunded"]
    payment = f"pi_{sold.id}"
    provider.dispute(payment, "lost", shop.clock())
    refunds.note_payment(shop.database, provider.read_payment(payment), shop.clock())
    group = tenants.group_id
    listed = opened(tenants, "alice", f"/my-teaching/{group}/orders", "orders_state", group=group)
    assert listed["rows"][0].status == "Taken back by the bank"


def test_an_open_invoice_is_called_so_to_operators(
    shop: Outside, tenants: Tenants, provider: Provider
) -> None:
    alice, now = tenants.people["alice"].actor, shop.clock()
    order = checkout.order_on_invoice(
        shop.database, provider, more_seats(tenants), "PO 7", 30, alice, now
    )
    path = f"/operator/orders/{order}"
    seen = opened(tenants, "olive", path, "order_oversight_state", order=str(order))
    facts = {fact.name: fact.text for fact in seen["facts"]}
    assert (facts["Status"], facts["Purchase order"]) == ("invoice open · by invoice", "PO 7")


def a_year_to_renew(shop: Outside, tenants: Tenants) -> None:
    """Let Alice's group end in a month, and what it has last for a year."""
    with shop.database.writing() as session:
        for module in session.exec(select(Module)):
            module.license_months = 12
        group = session.get_one(Group, UUID(tenants.group_id))
        group.ends_at = shop.clock() + timedelta(days=30)


@pytest.mark.parametrize("press", ["pay", "pay_by_invoice", "save_quote"])
def test_a_renewal_that_somebody_else_bought_meanwhile_is_shown_before_another_is_sold(
    shop: Outside, tenants: Tenants, provider: Provider, press: str
) -> None:
    a_year_to_renew(shop, tenants)
    wish = Wish(OrderKind.RENEWAL, group_id=tenants.group_id)
    path, cookie = f"/buy?group={tenants.group_id}&add=renewal", tenants.cookie("alice")

    async def work() -> list[Heard]:
        tab = new_tab()
        async with Tabs().running() as tabs:
            first = await tabs.knock(tab, HYDRATE, OPENED, cookie, path)
            with shop.database.writing() as session:
                olive = tenants.people["olive"].actor
                granting.grant_to_group(session, wish, olive, "A gift", shop.clock())
            presses = [await tabs.knock(tab, f"{BUY}.{press}", {}, cookie, path) for _ in range(2)]
        return [first, *presses]

    opened_then, refused, done = run(work())
    assert [heard.bugs for heard in (opened_then, refused, done)] == [[], [], []]
    assert "was renewed just now until" in refused.vars["buy_state"]["refusal"]
    assert refused.vars["buy_state"]["until"] != opened_then.vars["buy_state"]["until"]
    assert refused.redirects == []
    # Whoever has seen that, and goes on, means another year.
    assert len(done.redirects) == 1
    assert len(provider.checkouts) + len(provider.invoices) == (press != "save_quote")


def test_an_operator_who_renews_what_somebody_else_renewed_meanwhile_sees_the_new_end_first(
    shop: Outside, tenants: Tenants
) -> None:
    a_year_to_renew(shop, tenants)
    wish = Wish(OrderKind.RENEWAL, group_id=tenants.group_id)
    path, cookie = f"/operator/groups/{tenants.group_id}", tenants.cookie("olive")
    form = {"form": {"reason": "A gift", "form_id": "form-0"}}

    async def work() -> list[Heard]:
        tab = new_tab()
        async with Tabs().running() as tabs:
            await tabs.knock(tab, HYDRATE, OPENED, cookie, path, group=tenants.group_id)
            with shop.database.writing() as session:
                olive = tenants.people["olive"].actor
                granting.grant_to_group(session, wish, olive, "A gift", shop.clock())
            grant = f"{OVERSIGHT}.grant_time"
            return [await tabs.knock(tab, grant, form, cookie, path) for _ in range(2)]

    refused, done = (heard.vars["group_oversight_state"] for heard in run(work()))
    assert "was renewed just now until" in refused["refusal"]
    assert refused["ends"] != done["ends"]
    assert done["outcome"] == f"Renewed: access ends on {done['ends']}."


def test_who_orders_the_same_by_invoice_on_another_page_is_asked_and_is_sent_a_second_one(
    shop: Outside, tenants: Tenants, provider: Provider
) -> None:
    path = f"/buy?group={tenants.group_id}&add=seats&seats=2"

    async def work() -> list[Heard]:
        async with Tabs().running() as tabs:

            async def press(tab: str, *names: str) -> list[Heard]:
                cookie = tenants.cookie("alice")
                await tabs.knock(tab, HYDRATE, OPENED, cookie, path)
                return [await tabs.knock(tab, f"{BUY}.{name}", {}, cookie, path) for name in names]

            first = await press(new_tab(), "pay_by_invoice")
            # Pressed twice, the answer is still for one.
            second = await press(new_tab(), "pay_by_invoice", "send_second", "send_second")
            return first + second

    sent, asked, *seconds = run(work())
    (first, second) = provider.invoices.values()
    assert sent.redirects == [f"/orders/{first.order_id}"]
    assert asked.redirects == []
    assert "invoice F-1 was sent" in asked.vars["buy_state"]["sent_before"]
    assert asked.vars["buy_state"]["sent_order"] == first.order_id
    assert [heard.redirects for heard in seconds] == [[f"/orders/{second.order_id}"]] * 2


def test_the_question_about_a_second_invoice_is_gone_with_another_choice(
    shop: Outside, tenants: Tenants, provider: Provider
) -> None:
    wish, alice = more_seats(tenants), tenants.people["alice"].actor
    checkout.order_on_invoice(shop.database, provider, wish, "", 30, alice, shop.clock())
    path = f"/buy?group={tenants.group_id}&add=seats&seats=2"

    async def work() -> list[Heard]:
        tab, cookie = new_tab(), tenants.cookie("alice")
        async with Tabs().running() as tabs:
            await tabs.knock(tab, HYDRATE, OPENED, cookie, path)
            deeds: list[tuple[str, dict[str, str]]] = [
                ("pay_by_invoice", {}),
                ("set_purchase_number", {"number": ""}),
                ("set_purchase_number", {"number": "PO 7"}),
            ]
            return [
                await tabs.knock(tab, f"{BUY}.{name}", payload, cookie, path)
                for name, payload in deeds
            ]

    asked, same, other = (heard.vars.get("buy_state", {}) for heard in run(work()))
    assert asked["sent_before"]
    assert "sent_before" not in same
    assert other["sent_before"] == ""
    assert len(provider.invoices) == 1

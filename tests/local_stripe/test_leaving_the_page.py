"""A leader who leaves the payment page, with the whole way there and back: SDK, page, database."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import pytest

from grouplic.adapters.database import Database
from grouplic.adapters.stripe_payments import StripePayments
from grouplic.domain.orders import OrderKind
from grouplic.services import checkout, groups, orders
from grouplic.services.ports import Checkout
from grouplic.services.shop import Wish
from tests.cast import Cast
from tests.local_stripe.conftest import KEY, Shop


class Till:
    """Alice at the till: she orders the module, and comes to the payment page or leaves it."""

    def __init__(self, shop: Shop, database: Database, cast: Cast, now: datetime) -> None:
        self.shop, self.database, self.cast, self.now = shop, database, cast, now
        self.payments = StripePayments(KEY, "http://shop.example", shop.config.page_base)

    def order(self) -> Checkout:
        """Go to the payment page."""
        wish = Wish(OrderKind.ADD_MODULES, group_id=str(self.cast.group_id), modules=("privacy",))
        return checkout.start_checkout(
            self.database, self.payments, wish, self.cast.alice, self.now
        )

    def press(self, opened: Checkout, action: str) -> str:
        """Press a button on a page that is open in a tab, and return what comes."""
        return self.shop.browser.post(opened.url, data={"action": action}).text

    def come_back(self, opened: Checkout) -> orders.OrderView:
        """Open the order's page, which asks how it stands."""
        return checkout.resume_checkout(
            self.database, self.payments, opened.order_id, self.cast.alice, self.now
        )

    def modules(self) -> list[str]:
        """Return what the group has."""
        with self.database.reading() as session:
            return [one.slug for one in groups.modules_of(session, self.cast.group_id)]

    def paid(self) -> int:
        """Return how many payments the provider has taken."""
        return len(self.shop.client.v1.charges.list().data)


@pytest.fixture
def till(shop: Shop, database: Database, cast: Cast, now: datetime) -> Iterator[Till]:
    return Till(shop, database, cast, now)


def test_the_page_that_was_left_is_the_one_to_go_on_with(till: Till) -> None:
    opened = till.order()
    till.press(opened, "close")
    view = till.come_back(opened)
    assert (view.status, view.checkout_url) == ("pending", opened.url)
    till.press(opened, "pay")
    assert till.come_back(opened).status == "fulfilled"
    assert (till.modules(), till.paid()) == (["writing", "privacy"], 1)


def test_started_again_the_first_page_takes_no_money(till: Till) -> None:
    first = till.order()
    till.press(first, "close")
    second = till.order()
    # The first tab is still there, and its button is pressed as well.
    assert "expired" in till.press(first, "pay")
    till.press(second, "pay")

    assert till.come_back(first).status == "expired"
    assert till.come_back(second).status == "fulfilled"
    assert (till.modules(), till.paid()) == (["writing", "privacy"], 1)


def test_cancelled_it_takes_no_money_and_can_be_ordered_again(till: Till) -> None:
    first = till.order()
    view = checkout.cancel_checkout(
        till.database, till.payments, UUID(first.order_id), till.cast.alice, till.now
    )
    assert view.status == "expired"
    assert "expired" in till.press(first, "pay")
    till.press(second := till.order(), "pay")
    assert till.come_back(second).status == "fulfilled"
    assert till.paid() == 1

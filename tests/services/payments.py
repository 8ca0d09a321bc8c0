"""A payment provider to tell what to do, at the adapter's edge."""

from dataclasses import dataclass, field, replace
from uuid import UUID

from grouplic.services.ports import Checkout, CheckoutRequest, PaidLine


@dataclass
class Provider:
    """Keeps checkouts in memory. ``pay`` and the others are what a buyer does."""

    checkouts: dict[str, Checkout] = field(default_factory=dict)
    asked: int = 0

    def create_customer(self, user_id: UUID, email: str, name: str) -> str:
        return f"cus_{user_id}"

    def start(self, request: CheckoutRequest) -> Checkout:
        checkout = Checkout(
            id=f"cs_{request.order_id}",
            url="https://pay.example/",
            order_id=str(request.order_id),
            status="open",
            payment="unpaid",
            currency=request.currency,
            amount_total=sum(line.unit_amount * line.quantity for line in request.lines),
            payment_failed=False,
            receipt_url="",
            lines=tuple(PaidLine(line.module_slug, line.quantity) for line in request.lines),
        )
        return self.checkouts.setdefault(checkout.id, checkout)

    def read(self, checkout_id: str) -> Checkout:
        self.asked += 1
        return self.checkouts[checkout_id]

    def expire(self, checkout_id: str) -> Checkout:
        if self.checkouts[checkout_id].status == "open":
            self._set(checkout_id, status="expired")
        return self.checkouts[checkout_id]

    def pay(self, checkout_id: str) -> None:
        self._set(checkout_id, status="complete", payment="paid")

    def pay_later(self, checkout_id: str) -> None:
        self._set(checkout_id, status="complete", payment="unpaid")

    def fail(self, checkout_id: str) -> None:
        self._set(checkout_id, status="complete", payment="unpaid", payment_failed=True)

    def _set(self, checkout_id: str, **changes: object) -> None:
        self.checkouts[checkout_id] = replace(self.checkouts[checkout_id], **changes)

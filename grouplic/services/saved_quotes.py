"""Quotes at fixed prices: made for a finance department, opened again within 30 days."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from grouplic.domain.catalog import Module
from grouplic.domain.groups import Group
from grouplic.domain.orders import OrderKind, SavedQuote
from grouplic.domain.people import User
from grouplic.domain.quotes import Priced, Quote, QuoteLine
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.services import pricing
from grouplic.services.actors import Actor
from grouplic.services.groups import led_group
from grouplic.services.identifiers import id_of
from grouplic.services.recording import record
from grouplic.services.shop import (
    Answer,
    Wish,
    answer,
    clean_group_name,
    refuse_second_renewal,
)

VALID = timedelta(days=30)


class QuoteExpired(Refusal):
    """The quote's days are over. It names the purchase, for whoever may open it: ``group_id`` is
    empty for a new group.
    """

    def __init__(self, saved: SavedQuote) -> None:
        super().__init__("This quote has expired. Choose again to see today's prices.")
        self.kind, self.group_id = saved.kind, str(saved.group_id or "")


@dataclass(frozen=True)
class QuoteView:
    """A saved quote as its page and its PDF show it."""

    id: UUID
    number: str
    kind: str
    group_id: str
    group_name: str
    made_by: str
    made_for: str
    answer: Answer
    created_at: datetime
    valid_until: datetime

    @property
    def wish(self) -> Wish:
        """The purchase that the quote opens."""
        slugs = tuple(line.module.slug for line in self.answer.quote.lines)
        return Wish(
            OrderKind(self.kind),
            self.group_name,
            self.group_id,
            slugs,
            self.answer.quote.seats,
            str(self.id),
        )


def save_quote(session: Session, wish: Wish, actor: Actor, now: datetime) -> SavedQuote:
    """Keep today's prices of the wish for 30 days. Refuses what could not be bought either."""
    priced = answer(session, replace(wish, quote_id=""), actor, now)
    saved = SavedQuote(
        made_by_id=actor.user_id,
        group_id=priced.group.id if priced.group else None,
        group_name=priced.group_name,
        kind=wish.kind,
        seats=priced.quote.seats,
        currency=priced.quote.currency,
        lines=[
            {"module": line.module.slug, "unit_amount": line.unit_amount}
            for line in priced.quote.lines
        ],
        license_months=priced.term.months,
        license_until=priced.term.until,
        created_at=now,
        valid_until=now + VALID,
    )
    session.add(saved)
    session.flush()
    record(session, "quote_saved", now, actor.user_id, saved.group_id, quote=str(saved.id))
    return saved


def quote_of(
    session: Session, quote_id: UUID | str, actor: Actor | None, now: datetime
) -> QuoteView:
    """Return a quote that is still valid; refuse one that is not, as ``QuoteExpired``.

    Whoever has the address of one for a new group may open it; one for a group that exists is for
    its leaders, expired or not.
    """
    saved = session.get(SavedQuote, id_of("quote", quote_id))
    if saved is None:
        raise NotFound("quote")
    group: Group | None = None
    if saved.group_id:
        if actor is None:
            raise Refusal("Please sign in as the group's leader to open this quote.")
        group = led_group(session, actor, saved.group_id)
    if saved.valid_until <= now:
        raise QuoteExpired(saved)
    maker = session.get_one(User, saved.made_by_id)
    return QuoteView(
        saved.id,
        number_of(saved),
        saved.kind,
        str(saved.group_id or ""),
        saved.group_name,
        maker.name,
        maker.email,
        Answer(group, saved.group_name, _quote(session, saved), saved.term),
        saved.created_at,
        saved.valid_until,
    )


def redeem_quote(session: Session, wish: Wish, actor: Actor, now: datetime) -> Answer:
    """Return the saved quote's prices for the same purchase; the caller holds the group's row.

    Refuses it for another purchase, and for a group whose seats, modules or end have changed since:
    seats without a module would be the result, or time at the price of less. Nothing is added to a
    group whose term has ended, and none is renewed twice.
    """
    view = quote_of(session, wish.quote_id, actor, now)
    if (wish.kind, wish.group_id) != (view.kind, view.group_id):
        raise Refusal("This quote is for another purchase.")
    lines = view.answer.quote.lines
    if view.answer.group:
        _refuse_ended(view, view.answer.group, now)
        _refuse_changed(session, view, {line.module.slug for line in lines})
        return view.answer
    return replace(view.answer, group_name=clean_group_name(wish.group_name or view.group_name))


def number_of(saved: SavedQuote) -> str:
    """Return what people call the quote by: its day, and the end of its identifier."""
    return f"Q-{saved.created_at:%Y%m%d}-{saved.id.hex[-6:].upper()}"


def _refuse_ended(view: QuoteView, group: Group, now: datetime) -> None:
    if view.kind != OrderKind.RENEWAL and group.has_ended(now):
        raise Refusal(
            f"Access to {group.name} has ended since this quote was made, so what it adds would "
            "open nothing. Renew the group first, then choose again."
        )


def _refuse_changed(session: Session, view: QuoteView, slugs: set[str]) -> None:
    group = view.answer.group
    assert group is not None  # noqa: S101  (the caller has looked)
    owned = pricing.owned_modules(session, group.id)
    changed = {
        OrderKind.ADD_SEATS: slugs != owned,
        OrderKind.ADD_MODULES: bool(slugs & owned)
        or view.answer.quote.seats != pricing.seats_to_charge(session, group.id),
        OrderKind.RENEWAL: view.answer.quote.seats != pricing.seats_to_charge(session, group.id),
    }
    if view.kind == OrderKind.RENEWAL:
        refuse_second_renewal(session, group)
    renewed = pricing.renewed_since(session, group.id, view.created_at)
    if changed.get(OrderKind(view.kind)) or renewed:
        raise Refusal("The group has changed since this quote was made. Choose again.")


def _quote(session: Session, saved: SavedQuote) -> Quote:
    amounts = {line["module"]: int(line["unit_amount"]) for line in saved.lines}
    modules = session.exec(
        select(Module)
        .where(col(Module.slug).in_(sorted(amounts)))
        .order_by(col(Module.position), col(Module.slug))
    ).all()
    if len(modules) < len(amounts):
        raise Refusal("One of these modules is no longer for sale. Choose again.", "modules")
    lines = tuple(
        QuoteLine(
            Priced(module.id, module.slug, module.title, module.price_amount, saved.currency),
            saved.seats,
            amounts[module.slug],
        )
        for module in modules
    )
    return Quote(saved.currency, saved.seats, lines)

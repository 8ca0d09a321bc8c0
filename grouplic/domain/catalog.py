"""Modules as they are sold, and what is inside them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from grouplic.domain.base import new_id, one_of
from grouplic.domain.quotes import Tier
from grouplic.domain.terms import Term


class TierBasis(StrEnum):
    """What reaches a volume price: the seats of the order, or with those the group has."""

    ORDER = "order"
    CUMULATIVE = "cumulative"


class Module(SQLModel, table=True):
    """An online course unit that is sold per seat. ``price_amount`` is in minor units.

    ``price_tiers`` are pairs of a number of seats and the price from there on, in order.
    """

    __tablename__ = "module"
    __table_args__ = (
        CheckConstraint("price_amount >= 0", name="price_not_negative"),
        one_of("tier_basis", TierBasis),
        CheckConstraint("license_months IS NULL OR license_until IS NULL", name="license_one_term"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    slug: str = Field(max_length=80, unique=True)
    title: str = Field(max_length=160)
    summary: str = Field(default="", max_length=1000)
    audience: str = Field(default="", max_length=500)
    outcomes: list[str] = Field(default_factory=list, sa_type=JSON)
    position: int = 0
    price_amount: int
    price_currency: str = Field(max_length=3)
    price_tiers: list[list[int]] = Field(default_factory=list, sa_type=JSON)
    tier_basis: str = Field(default=TierBasis.ORDER, max_length=16)
    license_months: int | None = None
    license_until: datetime | None = None
    license_prorated: bool = False
    pass_mark: int = 80
    attempts: int | None = None
    time_limit: int | None = None
    for_sale: bool = True
    content_hash: str = Field(default="", max_length=64)

    @property
    def tiers(self) -> tuple[Tier, ...]:
        """The volume prices, from the fewest seats on."""
        return tuple(Tier(seats, amount) for seats, amount in self.price_tiers)

    @property
    def term(self) -> Term:
        """How long a license of this module lasts."""
        return Term(self.license_months, self.license_until)


class Lesson(SQLModel, table=True):
    """One page of a module, in Markdown. ``removed`` lessons stay for the progress made in them."""

    __tablename__ = "lesson"
    __table_args__ = (UniqueConstraint("module_id", "slug", name="uq_lesson_module_slug"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    module_id: UUID = Field(foreign_key="module.id", index=True)
    slug: str = Field(max_length=80)
    position: int
    title: str = Field(max_length=160)
    minutes: int
    markdown: str
    removed: bool = False


class Question(SQLModel, table=True):
    """One question of a module's quiz; ``body`` holds the answers and stays on the server."""

    __tablename__ = "question"
    __table_args__ = (UniqueConstraint("module_id", "slug", name="uq_question_module_slug"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    module_id: UUID = Field(foreign_key="module.id", index=True)
    slug: str = Field(max_length=80)
    position: int
    kind: str = Field(max_length=16)
    prompt: str
    body: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    removed: bool = False

"""Help: its articles, and whether they helped."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from grouplic.domain.base import new_id

LONGEST_REMARK = 500


@dataclass(frozen=True)
class Article:
    """One page of help. ``order`` is its place within the category."""

    slug: str
    title: str
    category: str
    order: int
    summary: str
    markdown: str


class HelpVote(SQLModel, table=True):
    """Whether an article helped one reader; ``voter`` is a hash, so that it names nobody."""

    __tablename__ = "help_vote"
    __table_args__ = (UniqueConstraint("article", "voter", name="uq_help_vote_once"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    article: str = Field(max_length=80)
    voter: str = Field(max_length=64)
    helpful: bool
    missing: str = Field(default="", max_length=LONGEST_REMARK)
    voted_at: datetime

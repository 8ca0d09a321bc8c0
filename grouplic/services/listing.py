"""Lists of the whole site, for operators: columns, one page of rows, how many there are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlmodel import Session

from grouplic.services.actors import Actor, require_operator

PAGE = 50
_LONGEST_SEARCH = 200


@dataclass(frozen=True)
class Money:
    """An amount in minor units of a currency."""

    amount: int
    currency: str


@dataclass(frozen=True)
class Day:
    """A moment of which only the day matters."""

    at: datetime


@dataclass(frozen=True)
class Prices:
    """What a seat costs, and from how many seats on it costs less."""

    one: Money
    tiers: tuple[tuple[int, Money], ...] = ()


Cell = str | int | datetime | Day | Money | Prices | None


@dataclass(frozen=True)
class ListedRow:
    """One row: its cells in the order of the columns, and the page that shows more of it."""

    id: str
    cells: tuple[Cell, ...]
    path: str = ""


@dataclass(frozen=True)
class Listing:
    """A page of a list. ``filters`` are the values that ``only`` may take."""

    columns: tuple[str, ...]
    filters: tuple[str, ...]
    rows: tuple[ListedRow, ...]
    total: int


@dataclass(frozen=True)
class SiteList:
    """A list as it is asked for.

    ``query`` selects what ``row`` turns into a row; ``searched`` are the columns a search looks in,
    ``filtered`` the one that a filter compares. ``order`` ends with a unique column.
    """

    title: str
    columns: tuple[str, ...]
    query: Callable[[], Select[Any]]
    row: Callable[[Any], ListedRow]
    searched: Sequence[Any]
    order: Sequence[Any]
    filtered: Any = None
    filters: tuple[str, ...] = ()

    def page(
        self, session: Session, actor: Actor, search: str = "", only: str = "", page: int = 1
    ) -> Listing:
        """Return a page of the list; refuse everyone but operators."""
        require_operator(actor)
        query = self._narrowed(search, only)
        total = session.execute(select(func.count()).select_from(query.subquery())).scalar_one()
        rows = session.execute(self._ordered(query).offset(PAGE * (max(page, 1) - 1)).limit(PAGE))
        return Listing(self.columns, self.filters, tuple(self.row(row) for row in rows), total)

    def every(self, session: Session, actor: Actor, search: str = "", only: str = "") -> Any:
        """Yield every row that is searched for, a few hundred at a time; only for operators."""
        require_operator(actor)
        rows = session.execute(
            self._ordered(self._narrowed(search, only)).execution_options(yield_per=500)
        )
        return (self.row(row) for row in rows)

    def _narrowed(self, search: str, only: str) -> Select[Any]:
        query = self.query()
        if only in self.filters:
            query = query.where(self.filtered == only)
        if words := search.strip()[:_LONGEST_SEARCH]:
            query = query.where(or_(*(_contains(column, words) for column in self.searched)))
        return query

    def _ordered(self, query: Select[Any]) -> Select[Any]:
        return query.order_by(*self.order)


def _contains(column: Any, words: str) -> ColumnElement[bool]:
    return func.lower(column).contains(words.lower(), autoescape=True)

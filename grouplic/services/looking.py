"""What a leader looks for in a class."""

from dataclasses import dataclass
from typing import Any

from grouplic.domain.performance import Cut, Order

_LONGEST_SEARCH = 100


@dataclass(frozen=True)
class Looking:
    """What a leader looks for. ``module`` is the slug of the one to show figures of, if any."""

    search: str = ""
    cut: Cut | None = None
    order: Order = Order.ACTIVITY
    descending: bool = True
    page: int = 1
    module: str = ""

    @classmethod
    def read(cls, sent: dict[str, Any]) -> "Looking":
        """Return what was asked for; anything that cannot be asked for is left out."""
        cut, order, page = (str(sent.get(name, "")) for name in ("cut", "order", "page"))
        return cls(
            # PostgreSQL holds no text with a zero, and refuses to look for one.
            search=str(sent.get("search", "")).replace("\x00", "").strip()[:_LONGEST_SEARCH],
            cut=Cut(cut) if cut in set(Cut) else None,
            order=Order(order) if order in set(Order) else Order.ACTIVITY,
            descending=str(sent.get("descending", "True")) not in ("False", "false", "0", ""),
            page=max(1, int(page)) if page.isdecimal() and len(page) < 6 else 1,
            module=str(sent.get("module", ""))[:80],
        )

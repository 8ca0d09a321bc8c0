"""Addresses of the purchase page."""

from urllib.parse import urlencode
from uuid import UUID

from grouplic.domain.orders import OrderKind

KINDS = {
    "seats": OrderKind.ADD_SEATS,
    "modules": OrderKind.ADD_MODULES,
    "renewal": OrderKind.RENEWAL,
}
_ADDING = {kind: adding for adding, kind in KINDS.items()}


def adding_of(kind: str) -> str:
    """Return what the page's address calls a purchase for a group; nothing for a new group."""
    return _ADDING.get(OrderKind(kind), "")


def choice_path(kind: str, group_id: UUID | str) -> str:
    """Return where a purchase of this kind is chosen: for its group, or a new one."""
    if not group_id:
        return "/buy"
    return f"/buy?{urlencode({'group': str(group_id), 'add': adding_of(kind)})}"

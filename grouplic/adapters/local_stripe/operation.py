"""One operation of the API, and what several of them share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from grouplic.adapters.local_stripe import objects
from grouplic.adapters.local_stripe.events import Change
from grouplic.adapters.local_stripe.objects import Body, Filter, Page
from grouplic.adapters.local_stripe.parameters import Hash


@dataclass(frozen=True)
class Call:
    """A checked request: the transaction it runs in, its parameters and the id in its path."""

    change: Change
    params: dict[str, Any]
    id: str = ""


@dataclass(frozen=True)
class Operation:
    """One method on one path."""

    method: str
    path: str
    parameters: Hash
    answer: Callable[[Call], Body]


def retrieve(kind: str) -> Callable[[Call], Body]:
    """Return the operation that answers with one object of a kind."""
    return lambda call: objects.load(call.change.connection, kind, call.id)


def listed(call: Call, url: str, wanted: Filter) -> Body:
    """Return a page of the objects that are wanted, newest first."""
    wanted.created("CAST(body ->> 'created' AS INTEGER)", call.params.get("created"))
    found, has_more = objects.newest(call.change.connection, "objects", wanted, page(call.params))
    return objects.listing(url, found, has_more)


def page(params: dict[str, Any]) -> Page:
    """Return which part of a list is wanted."""
    names = ("limit", "starting_after", "ending_before")
    return Page(**{name: params[name] for name in names if name in params})

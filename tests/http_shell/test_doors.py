"""What the doors let through, beyond who may knock."""

import os
from typing import Any

os.environ.setdefault("__REFLEX_SKIP_COMPILE", "1")

import pytest
from reflex.event import Event

from grouplic.grouplic import app
from grouplic.ui.doors import FRAMEWORK, Doors, registered_handlers
from grouplic.ui.open_doors import OPEN_DOORS
from tests.coroutines import run
from tests.payloads import payload_of

_OF_THE_FRAMEWORK: dict[str, dict[str, Any]] = {
    "set_is_hydrated": {"value": True},
    "update_vars_internal": {"vars": {}},
    "handle_frontend_exception": {"info": "x", "component_stack": "x"},
}
_PAGES = "reflex___state____state.grouplic___ui___pages___"
LOOK_UP = f"{_PAGES}redeem____redeem_state.look_up"
TURN = f"{_PAGES}people____people_state.turn"
VOTE = f"{_PAGES}help____vote_state.vote"
PAIRS = "__reflex_form_data__"
FIND = f"{_PAGES}people____people_state.find"
HYDRATE = "reflex___state____state.hydrate_and_load"


def passes(name: str, payload: dict[str, Any]) -> bool:
    doors = Doors(OPEN_DOORS)
    refused = doors.preprocess(app, None, Event(name=name, payload=payload))  # type: ignore[arg-type]
    return run(refused) is None


@pytest.mark.parametrize("name", sorted(FRAMEWORK | OPEN_DOORS.keys()))
def test_every_listed_door_opens(name: str) -> None:
    usual = payload_of(name) if name in OPEN_DOORS else {}
    assert passes(name, _OF_THE_FRAMEWORK.get(name.rsplit(".", 1)[1], usual))


@pytest.mark.parametrize("name", sorted(registered_handlers() - FRAMEWORK - OPEN_DOORS.keys()))
def test_every_other_handler_stays_shut(name: str) -> None:
    assert not passes(name, {})


def test_a_declared_argument_passes_and_another_does_not() -> None:
    assert passes(HYDRATE, {"vars": {}})
    assert not passes(HYDRATE, {"vars": {}, "self": {}})


def test_a_missing_argument_is_refused() -> None:
    assert passes(FIND, {"text": ""})
    assert not passes(FIND, {})


@pytest.mark.parametrize(
    ("name", "argument", "right", "wrong"),
    [
        (FIND, "text", ["", "Ann"], [None, 1, True, [], {}]),
        (TURN, "by", [1, -1], ["1", True, None, 1.5, 10**12, [], {}]),
        (VOTE, "helpful", [True, False], [1, "true", None, []]),
        (LOOK_UP, "form", [{}, {"key": "x"}, {"key": ["x"], "on": True}], ["x", 5, None, []]),
        (LOOK_UP, "form", [{PAIRS: []}, {PAIRS: [["key", "x"]]}], [{PAIRS: "x"}, {PAIRS: [["x"]]}]),
        (
            LOOK_UP,
            "form",
            [],
            [{PAIRS: [[1, "x"]]}, {PAIRS: [["key", {}]]}, {PAIRS: [], "key": ""}],
        ),
        (LOOK_UP, "form", [{"key": None}], [{"key": {}}, {"key": 5}, {"key": [[]]}]),
        (HYDRATE, "hashes", [None, [], ["x"]], ["x", [1], {"x": 1}]),
    ],
)
def test_an_argument_of_another_kind_is_refused(
    name: str, argument: str, right: list[Any], wrong: list[Any]
) -> None:
    assert all(passes(name, {argument: value}) for value in right)
    assert not any(passes(name, {argument: value}) for value in wrong)


def test_a_browser_stores_nothing_for_the_site() -> None:
    assert not passes(HYDRATE, {"vars": {"state.password": "x"}})


def test_what_is_nested_without_end_is_refused() -> None:
    nested: Any = "x"
    for _ in range(50_000):
        nested = [nested]
    assert not passes(HYDRATE, {"vars": {"x": nested}})


def test_too_large_a_payload_is_refused() -> None:
    assert passes(FIND, {"text": "x" * 190_000})
    assert not passes(FIND, {"text": "x" * 200_001})


@pytest.mark.parametrize("symbol", ["\0", "\ud800"])
def test_a_null_or_half_a_symbol_is_refused_wherever_it_stands(symbol: str) -> None:
    assert passes(LOOK_UP, {"form": {"key": ["b"]}})
    for form in ({"key": f"b{symbol}"}, {"key": [symbol]}, {symbol: "b"}):
        assert not passes(LOOK_UP, {"form": form})

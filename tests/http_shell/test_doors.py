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

HYDRATE = "reflex___state____state.hydrate_and_load"


def passes(name: str, payload: dict[str, Any]) -> bool:
    doors = Doors(OPEN_DOORS)
    refused = doors.preprocess(app, None, Event(name=name, payload=payload))  # type: ignore[arg-type]
    return run(refused) is None


@pytest.mark.parametrize("name", sorted(FRAMEWORK | OPEN_DOORS.keys()))
def test_every_listed_door_opens(name: str) -> None:
    assert passes(name, {})


@pytest.mark.parametrize("name", sorted(registered_handlers() - FRAMEWORK - OPEN_DOORS.keys()))
def test_every_other_handler_stays_shut(name: str) -> None:
    assert not passes(name, {})


def test_a_declared_argument_passes_and_another_does_not() -> None:
    assert passes(HYDRATE, {"vars": {}})
    assert not passes(HYDRATE, {"vars": {}, "self": {}})


def test_too_large_a_payload_is_refused() -> None:
    assert not passes(HYDRATE, {"vars": {"a": "x" * 200_001}})


def test_a_null_character_is_refused_wherever_it_stands() -> None:
    assert passes(HYDRATE, {"vars": {"a": ["b"]}})
    for payload in ({"vars": {"a": ["b\0"]}}, {"vars": {"\0": "b"}}, {"vars": "\0"}):
        assert not passes(HYDRATE, payload)

"""Faults of delivery that Stripe warns of, to be switched on: late, twice, out of order, never."""

import json
import sqlite3
from dataclasses import asdict, dataclass, fields
from typing import Any

from grouplic.adapters.local_stripe.errors import ParameterError

_MOST_DUPLICATES = 20
_LONGEST_DELAY = 3600


@dataclass(frozen=True)
class Faults:
    """How new events are delivered.

    ``duplicate`` is how many more times each is sent. With ``reorder``, events wait until it has
    been quiet for a second (or for ``delay_seconds``, if longer) and go newest first.
    ``delay_seconds`` is how long each waits. With ``drop``, none is ever sent.
    """

    duplicate: int = 0
    reorder: bool = False
    delay_seconds: float = 0.0
    drop: bool = False


def faults_from(wanted: Any) -> Faults:
    """Return the faults of a JSON object; what it leaves out is off. Refuse anything else."""
    names = {fault.name for fault in fields(Faults)}
    if not isinstance(wanted, dict) or not wanted.keys() <= names:
        raise ParameterError(f"Send a JSON object with any of: {', '.join(sorted(names))}.")
    faults = Faults(**wanted)
    if type(faults.reorder) is not bool or type(faults.drop) is not bool:
        raise ParameterError("reorder and drop are true or false.")
    if type(faults.duplicate) is not int or not 0 <= faults.duplicate <= _MOST_DUPLICATES:
        raise ParameterError(f"duplicate is an integer of 0 to {_MOST_DUPLICATES}.")
    if type(faults.delay_seconds) not in (int, float) or not (
        0 <= faults.delay_seconds <= _LONGEST_DELAY
    ):
        raise ParameterError(f"delay_seconds is a number of 0 to {_LONGEST_DELAY}.")
    return faults


def current_faults(connection: sqlite3.Connection) -> Faults:
    """Return the faults that are switched on."""
    row = connection.execute("SELECT body FROM faults").fetchone()
    return Faults(**json.loads(row["body"])) if row else Faults()


def set_faults(connection: sqlite3.Connection, faults: Faults) -> None:
    """Switch to exactly these faults; events from now on are delivered with them."""
    connection.execute(
        "INSERT OR REPLACE INTO faults (only_row, body) VALUES (1, ?)",
        (json.dumps(asdict(faults)),),
    )

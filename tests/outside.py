"""The adapters for a test: a fresh database, a clock that stands, hashes that cost nothing."""

from dataclasses import replace
from datetime import datetime

from grouplic import wiring
from grouplic.adapters.attempt_limits import AttemptLimits
from grouplic.adapters.database import Database
from grouplic.adapters.password_hashing import Argon2Hasher
from grouplic.services.even_answers import EvenAnswers
from grouplic.services.outside import Outside
from grouplic.settings import Settings

SITE = "https://learn.example"


def outside_of(database: Database, now: datetime, **limits: str) -> Outside:
    """Return what use cases need from outside; ``limits`` are settings such as "3/minute"."""
    chosen = {
        name: field.default
        for name, field in Settings.model_fields.items()
        if name.endswith(("_per_account", "_per_address", "_per_leader"))
    }
    return replace(
        wiring.outside(),
        database=database,
        hasher=Argon2Hasher(memory_kib=64, passes=1),
        attempts=AttemptLimits(chosen | limits),
        clock=lambda: now,
        public_url=SITE,
        cookie_name="grouplic",
        secure_cookie=False,
        even_answers=EvenAnswers(0),
    )

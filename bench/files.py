"""Imports and dry runs, beside what they cannot be faster than."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from re import findall
from typing import Any
from uuid import UUID, uuid4

from email_validator import validate_email

from grouplic.adapters.database import Database
from grouplic.adapters.password_hashing import Argon2Hasher
from grouplic.domain.uploads import Upload, UploadState
from tests.big_class import a_large_group
from tests.cast import Cast
from tests.concurrency.mixed import offer
from tests.model.stage import Stage, uploading

_CLIENT = Path(".web/build/client")


def hashes(number: int) -> float:
    """Return the seconds that so many bare password hashes take on all cores."""
    hasher = Argon2Hasher()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return _seconds(lambda: list(pool.map(hasher.hash, map(str, range(number)))))


def importing(database: Database, rows: int, passwords: bool) -> float:
    """Return the seconds from the confirmed file to the last learner."""
    stage, lines = _stage(database, rows), _lines(rows, passwords)
    with uploading(stage, Argon2Hasher()) as site:
        site.confirm(site.upload(*lines))
        return _seconds(site.work)


def dry_run(database: Database, rows: int) -> float:
    """Return the seconds from the file's bytes to a verdict on every row, each with a password."""
    stage, lines = _stage(database, 10), _lines(rows, passwords=True)
    with uploading(stage, Argon2Hasher()) as site:
        return _seconds(lambda: site.upload(*lines))


def validating(rows: int) -> float:
    """Return the seconds that email-validator alone takes for as many addresses."""

    def validate() -> None:
        for number in range(rows):
            validate_email(f"person{number}@northlab.org", check_deliverability=False)

    return _seconds(validate)


def confirmed(database: Database, rows: int) -> Callable[[], UUID]:
    """Return what confirms a file with passwords, for a running site to import."""
    stage, lines = _stage(database, rows), _lines(rows, passwords=True)
    with uploading(stage, Argon2Hasher()) as site:
        upload = site.upload(*lines)

    def confirm() -> UUID:
        site.confirm(upload)
        return upload

    return confirm


def wait_for(database: Database, upload_id: UUID) -> None:
    """Wait until a running site has imported the file."""
    while True:
        with database.reading() as session:
            if session.get_one(Upload, upload_id).state == UploadState.DONE:
                return
        time.sleep(0.2)


def script_size(page: str) -> float:
    """Return the kilobytes of JavaScript, gzipped, that a page names before it can be used."""
    html = (_CLIENT / f"{page}.html").read_text(encoding="utf-8")
    names = set(findall(r'"(/assets/[^"]+\.js)"', html))
    return sum((_CLIENT / f"{name[1:]}.gz").stat().st_size for name in names) / 1024


def _stage(database: Database, seats: int) -> Stage:
    prize = offer(database, 1, 0, datetime.now(UTC))
    with database.writing() as session:
        group = a_large_group(session, prize.leader, prize.now, seats, ("writing",))
    nobody: Any = prize.leader
    return Stage(database, Cast(prize.leader, nobody, nobody, nobody, group.id), prize.now)


def _lines(rows: int, passwords: bool) -> list[str]:
    file = uuid4().hex[:8]
    password = "copper lantern {}" if passwords else ""
    return [
        f"person{number}@{file}.org,{password.format(number)},Ann,Lee" for number in range(rows)
    ]


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began

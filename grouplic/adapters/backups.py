"""Backup and restore: SQLite by its online backup, PostgreSQL by its own tools."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, make_url


class BackupProblem(Exception):
    """The backup or restore was not made; nothing was changed. The message says why."""


def backup(database_url: str, file: Path) -> None:
    """Write the whole database into ``file`` while the site goes on; refuse a file that exists."""
    if file.exists():
        raise BackupProblem(f"{file} exists; a backup never overwrites another.")
    url = make_url(database_url)
    unfinished = file.with_name(f"{file.name}.unfinished")
    if url.get_backend_name() == "sqlite":
        _copy(Path(str(url.database)), unfinished)
    else:
        _run(url, "pg_dump", "--format=custom", "--no-owner", f"--file={unfinished}")
    unfinished.replace(file)


def restore(database_url: str, file: Path, replace: bool = False) -> None:
    """Bring the database back to ``file``, with the site stopped.

    Refuses to replace a database that holds something unless ``replace`` is set.
    """
    if not file.exists():
        raise BackupProblem(f"{file} does not exist.")
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        _restore_sqlite(Path(str(url.database)), file, replace)
    else:
        clean = ["--clean", "--if-exists"] if replace else []
        options = ["--no-owner", "--single-transaction", "--exit-on-error", *clean]
        _run(url, "pg_restore", *options, f"--dbname={url.database}", str(file))


def _restore_sqlite(target: Path, file: Path, replace: bool) -> None:
    if target.exists() and not replace:
        raise BackupProblem(f"{target} exists; say --replace to give up what it holds.")
    arriving = target.with_name(f"{target.name}.arriving")
    arriving.unlink(missing_ok=True)
    _copy(file, arriving)
    # What an older database left beside it would be taken for a part of this one.
    for ending in ("-wal", "-shm"):
        target.with_name(target.name + ending).unlink(missing_ok=True)
    arriving.replace(target)


def _copy(source: Path, target: Path) -> None:
    if not source.exists():
        raise BackupProblem(f"{source} does not exist.")
    target.unlink(missing_ok=True)
    try:
        with (
            closing(sqlite3.connect(f"file:{source}?mode=rw", uri=True)) as one,
            closing(sqlite3.connect(target)) as other,
        ):
            one.backup(other)
            (verdict,) = other.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.DatabaseError as problem:
        verdict = str(problem)
    if verdict != "ok":
        target.unlink(missing_ok=True)
        raise BackupProblem(f"{source} is damaged: {verdict}")
    with target.open("rb") as written:
        os.fsync(written.fileno())


def _run(url: URL, program: str, *options: str) -> None:
    path = shutil.which(program)
    if path is None:
        raise BackupProblem(f"{program} is not on PATH; it comes with PostgreSQL's client.")
    connection = {
        "PGHOST": url.host or str(url.query.get("host", "")),
        "PGPORT": str(url.port or url.query.get("port", "")),
        "PGUSER": url.username or "",
        # Not as an argument, where every user of the machine could read it.
        "PGPASSWORD": str(url.password or ""),
        "PGDATABASE": url.database or "",
    }
    environment = {**os.environ, **{name: value for name, value in connection.items() if value}}
    done = subprocess.run(  # noqa: S603  (PostgreSQL's own tool, no shell)
        [path, *options], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupProblem(f"{program} ended with {done.returncode}: {done.stderr.strip()}")

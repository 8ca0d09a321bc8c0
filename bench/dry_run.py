"""How long a dry run takes: `python -m bench.dry_run [rows]`, on a SQLite database of its own."""

import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

from grouplic.adapters.database import Database
from grouplic.adapters.secrets import FernetVault
from grouplic.services import receiving
from grouplic.services.sheets import Limits, Reading
from tests.cast import invite_the_cast
from tests.conftest import migrate
from tests.services.test_admission import NoLimits

_MOST_SECONDS = 8.0


def main(rows: int = 100_000) -> int:
    """Print the seconds; return 1 when they are more than design.md's number for 100,000 rows."""
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        migrate(url)
        database = Database(url)
        cast = invite_the_cast(database, now)
        outside = SimpleNamespace(
            database=database,
            vault=FernetVault("a secret"),
            attempts=NoLimits(),
            clock=lambda: now,
            upload_limits=Limits(),
        )
        data = _file(rows)
        start, busy = time.perf_counter(), time.process_time()
        receiving.receive(outside, str(cast.group_id), data, "x.csv", Reading(), cast.alice)
        seconds, busy = time.perf_counter() - start, time.process_time() - busy
        database.engine.dispose()
    print(
        f"{rows:,} rows, each with a password: {seconds:.1f} s, of which the processor was busy "
        f"{busy:.1f} s (target {_MOST_SECONDS} s)"
    )
    return int(seconds > _MOST_SECONDS)


def _file(rows: int) -> bytes:
    lines = ["user_email,user_pass,first_name,last_name"]
    lines += [f"person{n}@northlab.org,copper lantern {n},Émile,Zoë" for n in range(rows)]
    return "\r\n".join(lines).encode()


if __name__ == "__main__":
    raise SystemExit(main(*(int(argument) for argument in sys.argv[1:])))

"""A worker of uploads as a process of its own, to be killed: `python -m … DATABASE_URL`."""

import asyncio
import sys
from datetime import UTC, datetime
from types import SimpleNamespace

from grouplic.adapters.database import Database
from grouplic.adapters.password_hashing import Argon2Hasher
from grouplic.adapters.secrets import FernetVault
from grouplic.adapters.upload_worker import work_forever
from grouplic.services.sheets import Limits
from tests.services.test_admission import NoLimits


def outside_of(url: str) -> SimpleNamespace:
    """Return what uploads need, with the real clock; every process has the same key."""
    return SimpleNamespace(
        database=Database(url),
        hasher=Argon2Hasher(memory_kib=1024, passes=1),
        vault=FernetVault("a secret"),
        attempts=NoLimits(),
        clock=lambda: datetime.now(UTC),
        upload_limits=Limits(),
    )


if __name__ == "__main__":
    asyncio.run(work_forever(outside_of(sys.argv[1])))

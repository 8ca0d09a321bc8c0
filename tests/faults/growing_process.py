"""A process that may write no larger files for a while: `… DATABASE_URL GROUP_ID`."""

import os
import resource
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from grouplic.adapters.database import Database
from grouplic.domain.groups import Group
from grouplic.domain.records import AuditEvent
from grouplic.domain.refusals import OutOfReach

_SMALL = 400_000  # bytes; the log of one large transaction is more


def main(url: str, group_id: UUID) -> None:
    """Run into the limit, read on, and write again when there is room."""
    database = Database(url)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = os.path.getsize(Path(url.removeprefix("sqlite:///")))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + _SMALL, limits[1]))
    try:
        _write(database, "note", 4_000)
    except OutOfReach:
        print("refused")
    with database.reading() as session:
        if session.get(Group, group_id):
            print("reads")
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    _write(database, "note after", 1)
    print("writes again")


def _write(database: Database, kind: str, times: int) -> None:
    with database.writing() as session:
        for number in range(times):
            session.add(
                AuditEvent(kind=kind, at=datetime.now(UTC), facts={"text": f"{number}" * 500})
            )
            session.flush()


if __name__ == "__main__":
    main(sys.argv[1], UUID(sys.argv[2]))

"""What a test of uploads needs from outside, and the steps of a leader who uploads."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from uuid import UUID

from grouplic.adapters.database import Database
from grouplic.adapters.password_hashing import Argon2Hasher
from grouplic.adapters.secrets import FernetVault
from grouplic.domain.uploads import Overflow
from grouplic.services import background, drafts, importing, receiving, uploads
from grouplic.services.sheets import Limits, Reading
from grouplic.services.uploads import UploadView
from tests.cast import Cast
from tests.services.test_admission import NoLimits

SECRET = "copper lantern meadow"
WEAK = "password123456"


@dataclass
class Site:
    """What an import needs from outside, with a clock that can be moved."""

    outside: SimpleNamespace
    cast: Cast

    def upload(self, *lines: str) -> UUID:
        data = "\n".join(["user_email,user_pass,first_name,last_name", *lines]).encode()
        return receiving.receive(
            self.outside, str(self.cast.group_id), data, "staff.csv", Reading(), self.cast.alice
        )

    def view(self) -> UploadView:
        with self.outside.database.reading() as session:
            view = uploads.view_upload(
                session, self.cast.group_id, self.cast.alice, self.outside.clock()
            )
        assert view is not None
        return view

    def confirm(self, upload_id: UUID, overflow: Overflow = Overflow.STOP) -> None:
        with self.outside.database.writing() as session:
            drafts.confirm(
                session, upload_id, overflow, False, self.cast.alice, self.outside.clock()
            )

    def work(self) -> None:
        with pools() as work:
            while background.work_once(self.outside, work):
                pass

    def fix(self, upload_id: UUID, row: int, name: str, typed: str) -> None:
        found = self.view().rows[row]
        drafts.fix_cell(self.outside, upload_id, found.id, name, typed, self.cast.alice)


@contextmanager
def pools() -> Iterator[importing.Pools]:
    """Open threads for both kinds of slow work."""
    with ThreadPoolExecutor(2) as threads:
        yield importing.Pools(threads, threads)


def site_of(database: Database, cast: Cast, now: datetime) -> Site:
    """Return a site whose hashes are quick and whose clock stands."""
    outside = SimpleNamespace(
        database=database,
        hasher=Argon2Hasher(memory_kib=8, passes=1),
        vault=FernetVault("a secret"),
        attempts=NoLimits(),
        clock=lambda: now,
        upload_limits=Limits(),
    )
    return Site(outside, cast)

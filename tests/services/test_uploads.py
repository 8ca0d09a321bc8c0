"""Uploads: judged, confirmed, imported; every row once, whatever stops in between."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest
from sqlmodel import select

from grouplic.adapters.database import Database
from grouplic.adapters.password_hashing import Argon2Hasher
from grouplic.adapters.secrets import FernetVault
from grouplic.domain.groups import Enrollment
from grouplic.domain.people import User
from grouplic.domain.records import AuditEvent, Mail
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.domain.uploads import Overflow, Upload, UploadRow
from grouplic.services import importing, leaving, uploads
from grouplic.services.sheets import Reading
from grouplic.services.uploads import UploadView
from tests.cast import Cast, seat_states
from tests.services.test_admission import NoLimits

SECRET = "copper lantern meadow"


@dataclass
class Site:
    """What an import needs from outside, with a clock that can be moved."""

    outside: SimpleNamespace
    cast: Cast

    def upload(self, *lines: str) -> UUID:
        data = "\n".join(["user_email,user_pass,first_name,last_name", *lines]).encode()
        return uploads.receive(
            self.outside, str(self.cast.group_id), data, "staff.csv", Reading(), self.cast.alice
        )

    def view(self) -> UploadView:
        with self.outside.database.reading() as session:
            view = uploads.newest(session, self.cast.group_id, self.cast.alice)
        assert view is not None
        return view

    def confirm(self, upload_id: UUID, overflow: Overflow = Overflow.STOP) -> None:
        with self.outside.database.writing() as session:
            uploads.confirm(
                session, upload_id, overflow, False, self.cast.alice, self.outside.clock()
            )

    def work(self) -> None:
        with ThreadPoolExecutor(2) as hashing:
            while importing.work_once(self.outside, hashing):
                pass


@pytest.fixture
def site(database: Database, cast: Cast, now: datetime) -> Site:
    outside = SimpleNamespace(
        database=database,
        hasher=Argon2Hasher(memory_kib=8, passes=1),
        vault=FernetVault("a secret"),
        attempts=NoLimits(),
        clock=lambda: now,
    )
    return Site(outside, cast)


def test_a_dry_run_names_every_problem_at_once_and_changes_nothing(site: Site) -> None:
    site.upload(
        "new@x.org,,Ann,Lee",
        "bob@northlab.org,,Bob,Marsh",
        "new@x.org,,Ann,Lee",
        "deniz@northlab,,,",
        "c@gmial.com,,,",
        "e@x.org,short,,",
    )
    view = site.view()
    assert [(row.line, row.verdict, row.problem) for row in view.rows] == [
        (2, "new", ""),
        (3, "account", ""),
        (4, "duplicate", "Same as line 2, skipped"),
        (5, "invalid", "The part after @ has no dot"),
        (6, "new", ""),
        (7, "invalid", "The password has fewer than 10 characters"),
    ]
    assert view.rows[4].suggestion == "c@gmail.com"
    assert (view.seats_needed, view.open_seats) == (3, 3)
    with site.outside.database.reading() as session:
        assert session.exec(select(Mail)).all() == []
        assert session.exec(select(User).where(User.email_key == "new@x.org")).first() is None


def test_confirmed_rows_become_learners_and_the_receipt_says_who(site: Site) -> None:
    upload_id = site.upload(
        "new@x.org,,Ann,Lee", "bob@northlab.org,,,", "bad", "p@x.org,1234567890,,"
    )
    site.confirm(upload_id)
    site.work()

    view = site.view()
    assert (view.state, view.states) == ("done", {"added": 2, "failed": 2})
    with site.outside.database.reading() as session:
        assert seat_states(session, site.cast.group_id) == ["taken", "taken", "open"]
        templates = sorted(session.exec(select(Mail.template)))
    assert templates == ["invite_added", "invite_new"]


def test_a_supplied_password_rests_encrypted_is_hashed_and_must_be_changed(site: Site) -> None:
    upload_id = site.upload(f"new@x.org,{SECRET},Ann,Lee")
    stored = everything(site)
    assert SECRET not in stored
    assert site.view().passwords == 1
    site.confirm(upload_id)
    site.work()
    assert site.view().passwords == 0
    assert SECRET not in everything(site)
    with site.outside.database.reading() as session:
        ann = session.exec(select(User).where(User.email_key == "new@x.org")).one()
    assert site.outside.hasher.matches(SECRET, ann.password_hash)
    assert ann.must_change_password
    assert ann.verified_at is None


def everything(site: Site) -> str:
    with site.outside.database.reading() as session:
        return repr([session.exec(select(t)).all() for t in (UploadRow, User, Mail, AuditEvent)])


def test_a_password_waits_a_day_and_then_the_row_gets_a_minted_one(
    site: Site, now: datetime
) -> None:
    upload_id = site.upload(f"new@x.org,{SECRET},Ann,Lee")
    site.outside.clock = lambda: now + timedelta(hours=23)
    assert importing.forget_old_secrets(site.outside) == 0
    site.outside.clock = lambda: now + timedelta(hours=25)
    assert importing.forget_old_secrets(site.outside) == 1
    site.confirm(upload_id)
    site.work()
    assert site.view().states == {"added": 1}


def test_an_existing_account_keeps_its_password_and_name(site: Site) -> None:
    upload_id = site.upload(f"bob@northlab.org,{SECRET},Robert,X")
    site.confirm(upload_id)
    site.work()
    with site.outside.database.reading() as session:
        bob = session.get_one(User, site.cast.bob.user_id)
    assert (bob.first_name, bob.password_hash, bob.must_change_password) == ("Bob", None, False)


def test_the_same_file_twice_costs_no_seat(site: Site) -> None:
    for _ in range(2):
        site.confirm(site.upload("new@x.org,,Ann,Lee"))
        site.work()
    assert site.view().states == {"present": 1}
    with site.outside.database.reading() as session:
        assert seat_states(session, site.cast.group_id) == ["taken", "open", "open"]


def test_more_rows_than_seats_go_in_file_order_and_the_rest_wait(site: Site, now: datetime) -> None:
    upload_id = site.upload(*(f"p{number}@x.org,,," for number in range(5)))
    site.confirm(upload_id, Overflow.WAIT)
    site.work()
    assert site.view().states == {"added": 3, "waiting": 2}
    with site.outside.database.writing() as session:
        first = session.exec(select(User).where(User.email_key == "p0@x.org")).one()
        leaving.remove(session, site.cast.group_id, first.id, site.cast.alice, now)
    assert [row.state for row in site.view().rows] == [*["added"] * 4, "waiting"]


def test_without_a_waiting_list_the_rest_fails_with_the_reason(site: Site) -> None:
    site.confirm(site.upload(*(f"p{number}@x.org,,," for number in range(4))))
    site.work()
    assert site.view().rows[3].outcome == "No seat was left"


def test_a_fixed_row_is_judged_anew(site: Site) -> None:
    upload_id = site.upload("new@x.org,,,", "deniz@northlab,,,")
    row = site.view().rows[1]
    with site.outside.database.writing() as session:
        uploads.fix_row(session, upload_id, row.id, "new@x.org", site.cast.alice)
    assert site.view().rows[1].problem == "Same as line 2, skipped"
    with site.outside.database.writing() as session:
        uploads.fix_row(session, upload_id, row.id, "deniz@northlab.org", site.cast.alice)
    assert site.view().rows[1].verdict == "new"


def test_a_worker_that_dies_between_chunks_leaves_its_rows_to_the_next(
    site: Site, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.confirm(site.upload("a@x.org,,,", "b@x.org,,,", "c@x.org,,,"))
    claimed = importing._claim(site.outside)
    assert claimed is not None
    with ThreadPoolExecutor(1) as hashing:
        assert not importing.work_once(site.outside, hashing)  # the dead one's lease still runs
    site.outside.clock = lambda: now + importing.LEASE
    site.work()
    assert site.view().states == {"added": 3}
    with site.outside.database.reading() as session:
        assert len(session.exec(select(Enrollment)).all()) == 3
        assert len(session.exec(select(Mail)).all()) == 3


def test_confirming_twice_is_refused(site: Site) -> None:
    upload_id = site.upload("a@x.org,,,")
    site.confirm(upload_id)
    with pytest.raises(Refusal, match="being imported already"):
        site.confirm(upload_id)


def test_a_file_that_cannot_be_read_is_kept_as_its_reason(site: Site) -> None:
    uploads.receive(
        site.outside, str(site.cast.group_id), b"%PDF-1.7", "x.pdf", Reading(), site.cast.alice
    )
    assert (site.view().state, "PDF" in site.view().refusal) == ("refused", True)


def test_an_outsider_uploads_reads_and_confirms_nothing(site: Site, now: datetime) -> None:
    upload_id = site.upload("a@x.org,,,")
    charlie, database = site.cast.charlie, site.outside.database
    with pytest.raises(NotFound):
        uploads.receive(
            site.outside, str(site.cast.group_id), b"email\na@x.org", "x", Reading(), charlie
        )
    with database.writing() as session:
        with pytest.raises(NotFound):
            uploads.newest(session, site.cast.group_id, charlie)
        with pytest.raises(NotFound):
            uploads.confirm(session, upload_id, Overflow.STOP, False, charlie, now)
        with pytest.raises(NotFound):
            uploads.rows_that_need_a_look(session, upload_id, charlie)
    with database.reading() as session:
        assert len(session.exec(select(Upload)).all()) == 1

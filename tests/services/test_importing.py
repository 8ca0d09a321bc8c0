"""Imports: every row once, whatever stops in between, and a receipt that says who."""

from dataclasses import dataclass
from datetime import datetime

import pytest
from sqlmodel import select

from grouplic.adapters.database import Database
from grouplic.domain.groups import Enrollment
from grouplic.domain.people import User
from grouplic.domain.records import Mail
from grouplic.domain.refusals import Refusal
from grouplic.domain.uploads import Overflow, UploadState
from grouplic.services import background, drafts, importing, leases, leaving
from grouplic.services.upload_tables import receipt
from tests.cast import Cast, seat_states
from tests.services.upload_site import SECRET, WEAK, Site, pools, site_of


@dataclass
class SlowHasher:
    """Takes so long over a hash that another worker leases the upload meanwhile."""

    site: Site
    until: datetime

    def hash(self, _password: str) -> str:
        self.site.outside.clock = lambda: self.until
        assert leases.take_lease(self.site.outside, UploadState.IMPORTING)
        return "a hash"


@pytest.fixture
def site(database: Database, cast: Cast, now: datetime) -> Site:
    return site_of(database, cast, now)


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


def test_what_was_not_judged_before_confirming_is_judged_by_the_import(site: Site) -> None:
    site.confirm(site.upload(f"a@x.org,{WEAK},,", f"b@x.org,{SECRET},,"))
    site.work()
    assert [row.state for row in site.view().rows] == ["failed", "added"]
    assert "easy to guess" in site.view().rows[0].outcome or "words" in site.view().rows[0].outcome


def test_issued_seats_go_only_when_the_leader_says_so(site: Site, now: datetime) -> None:
    from grouplic.services import key_ledger

    with site.outside.database.writing() as session:
        key_ledger.hand_out(session, site.cast.group_id, 2, site.cast.alice, now)
    rows = [f"p{number}@x.org,,," for number in range(3)]
    upload_id = site.upload(*rows)
    assert (site.view().open_seats, site.view().issued_seats) == (1, 2)
    with site.outside.database.writing() as session:
        drafts.confirm(session, upload_id, Overflow.STOP, True, site.cast.alice, now)
    site.work()
    assert site.view().states == {"added": 3}


def test_the_receipt_names_everybody_with_what_became_of_them(site: Site) -> None:
    upload_id = site.upload("a@x.org,,,", "bob@northlab.org,,,", "bad,,,", "a@x.org,,,")
    site.confirm(upload_id)
    site.work()
    with site.outside.database.reading() as session:
        rows = receipt(session, upload_id, site.cast.alice)
    assert [(row[0], row[4], row[5]) for row in rows] == [
        (2, "added", "Account made, seat taken"),
        (3, "added", "Added to the existing account"),
        (4, "failed", "There is no @"),
        (5, "skipped", "Same as line 2, skipped"),
    ]


def test_rows_whose_passwords_are_all_refused_take_no_seat(site: Site) -> None:
    site.confirm(site.upload(f"a@x.org,{WEAK},,", f"b@x.org,{WEAK},,"))
    site.work()
    assert (site.view().state, site.view().states) == ("done", {"failed": 2})
    with site.outside.database.reading() as session:
        assert seat_states(session, site.cast.group_id) == ["open", "open", "open"]
        assert session.exec(select(Mail)).all() == []


def test_a_chunk_hashes_a_hundred_passwords_and_leaves_the_rest_to_the_next(site: Site) -> None:
    rows = [f"p{number}@x.org,{SECRET} {number},," for number in range(102)]
    site.confirm(site.upload(*rows))
    with pools() as work:
        assert importing.import_chunk(site.outside, work)
        assert site.view().states == {"added": 3, "failed": 97, "pending": 2}
        assert importing.import_chunk(site.outside, work)
    assert site.view().states == {"added": 3, "failed": 99}


def test_a_worker_that_loses_its_lease_while_it_hashes_writes_nothing(
    site: Site, now: datetime
) -> None:
    site.confirm(site.upload(f"a@x.org,{SECRET},,"))
    site.outside.hasher = SlowHasher(site, now + leases.LEASE)
    with pools() as work:
        assert importing.import_chunk(site.outside, work)
    assert site.view().states == {"pending": 1}
    with site.outside.database.reading() as session:
        assert seat_states(session, site.cast.group_id) == ["open", "open", "open"]
        assert session.exec(select(Mail)).all() == []


def test_a_worker_that_dies_between_chunks_leaves_its_rows_to_the_next(
    site: Site, now: datetime
) -> None:
    site.confirm(site.upload("a@x.org,,,", "b@x.org,,,", "c@x.org,,,"))
    assert leases.take_lease(site.outside, UploadState.IMPORTING)
    with pools() as work:
        assert not background.work_once(site.outside, work)  # the dead one's lease still runs
    site.outside.clock = lambda: now + leases.LEASE
    site.work()
    assert site.view().states == {"added": 3}
    with site.outside.database.reading() as session:
        assert len(session.exec(select(Enrollment)).all()) == 3
        assert len(session.exec(select(Mail)).all()) == 3


def test_a_worker_whose_lease_was_lost_writes_nothing(site: Site, now: datetime) -> None:
    site.confirm(site.upload("a@x.org,,,"))
    slow = leases.take_lease(site.outside, UploadState.IMPORTING)
    assert slow is not None
    site.outside.clock = lambda: now + leases.LEASE
    assert leases.take_lease(site.outside, UploadState.IMPORTING)
    with site.outside.database.writing() as session:
        assert leases.hold(session, slow) is None


def test_a_slow_worker_keeps_its_lease_while_it_hashes(site: Site, now: datetime) -> None:
    from concurrent.futures import Future

    site.confirm(site.upload("a@x.org,,,"))
    lease = leases.take_lease(site.outside, UploadState.IMPORTING)
    assert lease is not None
    site.outside.clock = lambda: now + leases.LEASE / 2
    hash_under_way: Future[str] = Future()
    renewed = leases._renew(site.outside, lease)
    hash_under_way.set_result("done")
    assert renewed is not None
    assert leases.wait_for(site.outside, renewed, [hash_under_way]) == renewed
    site.outside.clock = lambda: now + leases.LEASE
    assert leases.take_lease(site.outside, UploadState.IMPORTING) is None


def test_confirming_twice_is_refused(site: Site) -> None:
    upload_id = site.upload("a@x.org,,,")
    site.confirm(upload_id)
    with pytest.raises(Refusal, match="being imported already"):
        site.confirm(upload_id)

"""Uploads: judged, corrected, confirmed, imported; every row once, whatever stops in between."""

import csv
import io
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlmodel import select

from grouplic.adapters.attempt_limits import AttemptLimits
from grouplic.adapters.database import Database
from grouplic.domain.people import User
from grouplic.domain.records import AuditEvent, Mail
from grouplic.domain.refusals import NotFound, Refusal
from grouplic.domain.uploads import Overflow, Upload, UploadRow, UploadState
from grouplic.services import background, drafts, receiving, uploads
from grouplic.services.password_judging import forget_old_secrets, judge_chunk
from grouplic.services.sheets import FIELDS, Limits, Reading
from grouplic.services.tables import csv_bytes
from grouplic.services.upload_tables import receipt, rows_that_need_a_look
from tests.cast import Cast
from tests.services.upload_site import SECRET, WEAK, Site, pools, site_of


@pytest.fixture
def site(database: Database, cast: Cast, now: datetime) -> Site:
    return site_of(database, cast, now)


def test_a_dry_run_names_every_problem_at_once_and_changes_nothing(site: Site) -> None:
    site.upload(
        "new@x.org,,Ann,Lee",
        "bob@northlab.org,,Bob,Marsh",
        "new@x.org,,Ann,Lee",
        "deniz@northlab,,,",
        "c@gmial.com,,,",
        f"f g@northlab,short,{'x' * 101},L\x07ee",
    )
    view = site.view()
    assert [(row.line, row.verdict, row.problems) for row in view.rows] == [
        (2, "new", ()),
        (3, "account", ()),
        (4, "duplicate", ("Same as line 2, skipped",)),
        (5, "invalid", ("The part after @ has no dot",)),
        (6, "new", ()),
        (
            7,
            "invalid",
            (
                "A space is in the address",
                "The part after @ has no dot",
                "The first name has more than 100 characters",
                "A hidden character is in the last name",
                "Choose a password of at least 10 characters.",
            ),
        ),
    ]
    assert view.rows[4].suggestion == "c@gmail.com"
    assert (view.seats_needed, view.open_seats) == (3, 3)
    with site.outside.database.reading() as session:
        assert session.exec(select(Mail)).all() == []
        assert session.exec(select(User).where(User.email_key == "new@x.org")).first() is None


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
    assert forget_old_secrets(site.outside) == 0
    site.outside.clock = lambda: now + timedelta(hours=25)
    assert forget_old_secrets(site.outside) == 1
    assert site.view().rows[0].problems == (drafts.RESTED_A_DAY,)
    site.confirm(upload_id)
    site.work()
    assert site.view().states == {"added": 1}


def test_a_fixed_address_is_judged_anew_and_so_are_the_rows_that_repeat_it(site: Site) -> None:
    upload_id = site.upload("new@x.org,,,", "deniz@northlab,,,", "new@x.org,,,")
    site.fix(upload_id, 1, "user_email", "mailto:new@x.org")
    assert [row.problems for row in site.view().rows[1:]] == [("Same as line 2, skipped",)] * 2
    site.fix(upload_id, 0, "user_email", "deniz@northlab.org")
    assert [(row.verdict, row.problems) for row in site.view().rows] == [
        ("new", ()),
        ("new", ()),
        ("duplicate", ("Same as line 3, skipped",)),
    ]


def test_names_and_a_refused_password_are_fixed_in_place(site: Site) -> None:
    upload_id = site.upload(
        f"a@x.org,short,{'x' * 101},Lee", f"b@x.org,{SECRET},Bo,", "c@x.org,123,,"
    )
    site.fix(upload_id, 0, "first_name", "Ann")
    assert site.view().rows[0].problems == ("Choose a password of at least 10 characters.",)
    with pytest.raises(Refusal, match="attacker's list"):
        site.fix(upload_id, 0, "user_pass", "1234567890")
    site.fix(upload_id, 0, "user_pass", SECRET)
    site.fix(upload_id, 2, "user_pass", "")
    assert [(row.verdict, row.has_password) for row in site.view().rows] == [
        ("new", True),
        ("new", True),
        ("new", False),
    ]


def test_a_bad_address_keeps_its_good_password_until_it_is_fixed(site: Site) -> None:
    upload_id = site.upload(f"deniz@northlab,{SECRET},,")
    site.fix(upload_id, 0, "user_email", "deniz@northlab.org")
    site.confirm(upload_id)
    site.work()
    with site.outside.database.reading() as session:
        deniz = session.exec(select(User).where(User.email_key == "deniz@northlab.org")).one()
    assert site.outside.hasher.matches(SECRET, deniz.password_hash)


def test_passwords_are_judged_in_the_background_and_the_reason_stands_at_the_row(
    site: Site,
) -> None:
    upload_id = site.upload(f"a@x.org,{WEAK},,", f"b@x.org,{SECRET},,", "c@x.org,,,")
    assert (site.view().unjudged, site.view().verdicts) == (2, {"new": 3})
    with pools() as work:
        assert judge_chunk(site.outside, work)
        assert not judge_chunk(site.outside, work)
    view = site.view()
    assert (view.unjudged, view.verdicts) == (0, {"new": 2, "invalid": 1})
    assert view.rows[0].password_refused
    assert "Three or four unrelated words work well." in view.rows[0].problems[0]
    site.fix(upload_id, 0, "user_pass", "")
    assert site.view().verdicts == {"new": 3}


def test_columns_can_be_chosen_where_none_is_recognized(site: Site) -> None:
    data = b"contact;kind\na@x.org;copper lantern\n"
    group, alice = str(site.cast.group_id), site.cast.alice
    receiving.receive(site.outside, group, data, "x.csv", Reading(), alice)
    view = site.view()
    assert (view.state, view.understood.names) == ("refused", ("contact", "kind"))
    assert view.understood.preview == (("a@…", "co…"),)

    chosen = Reading(columns=(("user_email", 0), ("first_name", None)))
    receiving.receive(site.outside, group, data, "x.csv", chosen, alice)
    view = site.view()
    assert (view.state, view.understood.columns) == ("draft", {"user_email": 0})
    assert view.understood.preview == (("a@x.org", "co…"),)


def test_a_new_draft_takes_the_place_of_the_one_before(site: Site) -> None:
    site.upload(f"a@x.org,{SECRET},,")
    site.upload("b@x.org,,,")
    with site.outside.database.reading() as session:
        assert [row.email for row in session.exec(select(UploadRow))] == ["b@x.org"]
        assert len(session.exec(select(Upload)).all()) == 1


def test_the_settings_limits_hold(site: Site) -> None:
    site.outside.upload_limits = Limits(most_bytes=200, most_rows=2)
    site.upload("a@x.org,,,", "b@x.org,,,", "c@x.org,,,")
    assert site.view().refusal == "The file has more than 2 rows. Split it."


def test_bad_rows_come_back_with_reasons_and_can_be_uploaded_again(site: Site) -> None:
    upload_id = site.upload(f"deniz@northlab,{SECRET},=Deniz,Ak", "a@x.org,,,")
    with site.outside.database.reading() as session:
        rows = rows_that_need_a_look(session, upload_id, site.cast.alice)
    data = b"".join(csv_bytes((*FIELDS, "line", "reason"), rows))
    assert SECRET.encode() not in data
    (row,) = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert row["first_name"] == "'=Deniz"  # data, and no formula
    assert row["reason"] == "The part after @ has no dot"

    group, alice = str(site.cast.group_id), site.cast.alice
    receiving.receive(site.outside, group, data, "again.csv", Reading(), alice)
    (again,) = site.view().rows
    assert (again.first_name, again.problems) == ("=Deniz", ("The part after @ has no dot",))


def test_a_file_that_cannot_be_read_is_kept_as_its_reason(site: Site) -> None:
    receiving.receive(
        site.outside, str(site.cast.group_id), b"%PDF-1.7", "x.pdf", Reading(), site.cast.alice
    )
    assert (site.view().state, "PDF" in site.view().refusal) == ("refused", True)


def test_an_outsider_uploads_reads_fixes_and_confirms_nothing(site: Site, now: datetime) -> None:
    upload_id = site.upload("a@x.org,,,")
    row_id = site.view().rows[0].id
    charlie, database, group = site.cast.charlie, site.outside.database, str(site.cast.group_id)
    for refused in (
        lambda: receiving.may_upload(site.outside, group, charlie),
        lambda: receiving.refuse(site.outside, group, "x", "x", charlie),
        lambda: receiving.receive(site.outside, group, b"email\na@x.org", "x", Reading(), charlie),
        lambda: drafts.fix_cell(site.outside, upload_id, row_id, "user_email", "b@x.org", charlie),
        lambda: drafts.fix_cell(site.outside, upload_id, row_id, "user_pass", "", charlie),
    ):
        with pytest.raises(NotFound):
            refused()
    with database.writing() as session:
        for refused in (
            lambda: uploads.view_upload(session, group, charlie, now),
            lambda: uploads.view_upload(session, group, charlie, now, str(upload_id)),
            lambda: drafts.confirm(session, upload_id, Overflow.STOP, False, charlie, now),
            lambda: rows_that_need_a_look(session, upload_id, charlie),
            lambda: receipt(session, upload_id, charlie),
        ):
            with pytest.raises(NotFound):
                refused()
    assert site.view().rows[0].email == "a@x.org"


def test_nothing_is_found_under_another_id(site: Site) -> None:
    upload_id = site.upload("a@x.org,,,")
    for row_id in (uuid4(), "nonsense"):
        with pytest.raises(NotFound):
            drafts.fix_cell(
                site.outside, upload_id, row_id, "user_email", "b@x.org", site.cast.alice
            )


def test_passwords_of_a_reading_that_was_cut_short_are_forgotten_too(site: Site) -> None:
    upload_id = site.upload(f"ann@new.org,{SECRET},Ann,Lee")
    with site.outside.database.writing() as session:
        session.get_one(Upload, upload_id).state = UploadState.READING  # and the server dies
    start = site.outside.clock()
    for later in (timedelta(minutes=11), timedelta(days=1)):
        site.outside.clock = lambda later=later: start + later
        background.tidy_up(site.outside)
    with site.outside.database.reading() as session:
        assert session.exec(select(UploadRow.password_secret)).all() == [None]


def test_file_after_file_is_no_oracle_for_who_has_an_account(site: Site) -> None:
    site.outside.attempts = AttemptLimits({"lookups_per_leader": "2/hour"})
    site.upload("a@x.org", "b@x.org", "c@x.org")  # as many as there are seats
    site.upload("A@x.org", "b@x.org", "c@x.org")  # the same file, read in another way
    assert site.view().state == "draft"
    site.upload("d@x.org", "e@x.org")
    assert site.view().state == "draft"
    site.upload("f@x.org")
    assert (site.view().state, site.view().total) == ("refused", 0)
    assert "more than the 2" in site.view().refusal

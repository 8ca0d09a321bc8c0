"""Any bytes whatever give a dry run or a refusal, and change nothing else."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import func, select

from grouplic.adapters.database import Database
from grouplic.domain.groups import Enrollment, EnrollmentKey, Seat
from grouplic.domain.joins import Invitation, Waiting
from grouplic.domain.people import User
from grouplic.domain.records import Mail
from grouplic.services import receiving
from grouplic.services.sheets import FIELDS, Reading
from tests.cast import invite_the_cast
from tests.conftest import NOW
from tests.services.upload_site import Site, site_of
from tests.unit.test_sheets import FILES, HEADER, PEOPLE, WRITERS

_LEFT_ALONE = (User, Enrollment, Seat, EnrollmentKey, Invitation, Waiting, Mail)
_ORIGINALS = [*FILES.values(), *(write([HEADER, *PEOPLE]) for write in WRITERS.values())]


@pytest.fixture(scope="module")
def site(module_database: Database) -> Site:
    return site_of(module_database, invite_the_cast(module_database, NOW), NOW)


def counts(site: Site) -> list[int]:
    with site.outside.database.reading() as session:
        return [session.exec(select(func.count()).select_from(one)).one() for one in _LEFT_ALONE]


damaged = st.tuples(
    st.sampled_from(_ORIGINALS), st.binary(max_size=12), st.integers(0, 6000), st.integers(0, 40)
).map(lambda made: made[0][: made[2]] + made[1] + made[0][made[2] + made[3] :])
readings = st.builds(
    Reading,
    st.sampled_from(["", "utf-8", "utf-16", "windows-1252", "mac-roman", "nonsense"]),
    st.sampled_from(["", ",", ";", "\t", "|", "nonsense"]),
    st.sampled_from(["", "yes", "no"]),
    st.lists(
        st.tuples(st.sampled_from([*FIELDS, "nonsense"]), st.none() | st.integers(0, 999)),
        max_size=4,
    ).map(tuple),
)


# A file of this size takes milliseconds; five seconds are the limit of the promise.
@given(st.binary(max_size=3000) | st.text(max_size=500).map(str.encode) | damaged, readings)
@settings(
    deadline=timedelta(seconds=5),
    max_examples=200,  # on each kind of database
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_bytes_whatever_give_a_dry_run_or_a_refusal(
    site: Site, data: bytes, reading: Reading
) -> None:
    before = counts(site)
    receiving.receive(
        site.outside, str(site.cast.group_id), data, "any.csv", reading, site.cast.alice
    )
    view = site.view()
    assert (view.state == "draft" and view.total > 0) or (view.state == "refused" and view.refusal)
    assert counts(site) == before

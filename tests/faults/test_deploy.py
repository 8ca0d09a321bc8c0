"""A new version takes over in the middle of an import: it goes on, and each row is done once."""

import shutil
import time
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect
from sqlmodel import select

from alembic import command
from grouplic.adapters.database import Database
from grouplic.adapters.secrets import FernetVault
from grouplic.domain.uploads import Overflow, Upload, UploadState
from grouplic.services import drafts, receiving
from grouplic.services.sheets import Reading
from grouplic.settings import DEVELOPMENT_SECRET
from tests.cast import Cast, invite_the_cast
from tests.concurrency.import_process import outside_of
from tests.concurrency.test_imports_survive_a_kill import OPEN_SEATS, check_every_row_once, settled
from tests.conftest import ROOT
from tests.model.rules import broken_rules
from tests.running.servers import PATIENCE, Server, serving, wait_until

pytestmark = pytest.mark.timeout(900)

PEOPLE = 400


@pytest.mark.short_form_on("postgres")
def test_the_old_version_stops_and_the_new_one_goes_on(database_url: str, tmp_path: Path) -> None:
    outside, now = outside_of(database_url), datetime.now(UTC)
    outside.vault = FernetVault(DEVELOPMENT_SECRET)
    cast = invite_the_cast(outside.database, now, seats=PEOPLE + OPEN_SEATS)
    old, new = Server(tmp_path, database_url), Server(tmp_path, database_url)
    next_version = write_a_migration(database_url, tmp_path)
    with serving(old):
        upload = begin(outside, cast, now)
        wait_until(lambda: settled(outside, upload) > 0)
        # The new version's migration comes first, while the old one is at work.
        command.upgrade(next_version, "next")
        began = time.monotonic()
        old.stop()
        assert time.monotonic() - began < PATIENCE
        done_by_the_old_one = settled(outside, upload)
        assert done_by_the_old_one < PEOPLE  # or it was not in the middle
        with outside.database.reading() as session:
            assert broken_rules(session) == []
        with serving(new):
            wait_until(lambda: state(outside.database, upload) == UploadState.DONE, 240)
    check_every_row_once(outside, cast.group_id, upload, PEOPLE)
    assert inspect(outside.database.engine).has_table("novelty")
    outside.database.engine.dispose()


def begin(outside, cast: Cast, now: datetime):  # type: ignore[no-untyped-def]
    """Confirm a file with a password for each, whose hashes take a while."""
    lines = [f"p{n}@x.org,copper lantern meadow,P{n},Person" for n in range(PEOPLE)]
    data = "\n".join(["user_email,user_pass,first_name,last_name", *lines]).encode()
    group = str(cast.group_id)
    upload = receiving.receive(outside, group, data, "staff.csv", Reading(), cast.alice)
    with outside.database.writing() as session:
        drafts.confirm(session, upload, Overflow.STOP, False, cast.alice, now)
    return upload


def state(database: Database, upload) -> str:  # type: ignore[no-untyped-def]
    with database.reading() as session:
        return session.exec(select(Upload.state).where(Upload.id == upload)).one()


def write_a_migration(url: str, folder: Path) -> Config:
    """Write one of the kind that is allowed: what it adds, the old version does not miss."""
    scripts = folder / "alembic"
    shutil.copytree(ROOT / "alembic", scripts)
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("script_location", str(scripts))
    config.attributes["url"] = url
    (scripts / "versions" / "next.py").write_text(
        dedent('''\
        """The next version."""

        import sqlalchemy as sa
        from alembic import op

        revision = "next"
        down_revision = HEADS
        branch_labels = depends_on = None


        def upgrade():
            op.create_table("novelty", sa.Column("id", sa.Integer, primary_key=True))
            for table in ("upload_row", "enrollment", "seat"):
                op.add_column(table, sa.Column("novelty", sa.String(20), nullable=True))
                op.create_index(f"ix_{table}_novelty", table, ["novelty"])
        ''').replace("HEADS", repr(_head(config)))
    )
    return config


def _head(config: Config) -> str:
    head = ScriptDirectory.from_config(config).get_current_head()
    assert head
    return head

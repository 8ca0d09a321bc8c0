"""A migration runs while the version before is at work: what that could stumble over is found."""

from pathlib import Path
from textwrap import dedent, indent

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from scripts.only_adding import EXCEPTIONS, findings

FIRST = """
op.create_table(
    "thing",
    sa.Column("id", sa.Integer(), primary_key=True),
    sa.Column("name", sa.String(20)),
    sa.Column("owner", sa.Integer()),
)
op.create_index("ix_thing_name", "thing", ["name"])
op.create_check_constraint("ck_thing_named", "thing", "name <> ''")
"""


def found_in(folder: Path, second: str) -> list[str]:
    """Write two migrations, and return what is found in the second."""
    for name, before, body in (("a", None, FIRST), ("b", "a", second)):
        head = f'revision, down_revision = "{name}", {before!r}\n\n\ndef upgrade():\n'
        text = "import sqlalchemy as sa\nfrom alembic import op\n\n" + head
        file = folder / "versions" / f"{name}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text + indent(dedent(body).strip(), "    ") + "\n")
    found = findings(ScriptDirectory(str(folder)))
    assert all(one.startswith("b: ") for one in found)
    return [one.removeprefix("b: ") for one in found]


@pytest.mark.parametrize(
    ("second", "found"),
    [
        ('op.drop_table("thing")', "drops thing"),
        ('op.rename_table("thing", "other")', "renames thing"),
        ('op.drop_constraint("ck_thing_named", "thing")', "drops ck_thing_named"),
        ('op.drop_index("ix_thing_name", "thing")', "drops the index ix_thing_name"),
        (
            'op.create_index("uq_thing_name", "thing", ["name"], unique=True)',
            "binds what is written to thing: uq_thing_name",
        ),
        ('op.execute("ALTER TABLE thing DROP COLUMN name")', "executes ALTER TABLE thing DROP"),
    ],
)
def test_what_the_version_before_could_stumble_over_is_found(
    tmp_path: Path, second: str, found: str
) -> None:
    assert found_in(tmp_path, second) == [found]


@pytest.mark.parametrize(
    ("second", "found"),
    [
        ('drop_column({}"name")', "drops thing.name"),
        ('alter_column({}"name", new_column_name="title")', "changes thing.name"),
        ('alter_column({}"name", type_=sa.Text())', "changes thing.name"),
        ('alter_column({}"name", nullable=False)', "changes thing.name"),
        (
            'add_column({}sa.Column("size", sa.Integer(), nullable=False))',
            "adds thing.size, which wants a value",
        ),
        (
            'create_check_constraint("ck_thing_short", {}"length(name) < 9")',
            "binds what is written to thing: ck_thing_short",
        ),
        (
            'create_unique_constraint("uq_thing_name", {}["name"])',
            "binds what is written to thing: uq_thing_name",
        ),
        (
            'create_foreign_key("fk_thing_owner", {}"thing", ["owner"], ["id"])',
            "binds what is written to thing: fk_thing_owner",
        ),
    ],
)
def test_a_batch_which_sqlite_needs_is_no_way_around_it(
    tmp_path: Path, second: str, found: str
) -> None:
    assert found_in(tmp_path, "op." + second.format('"thing", ')) == [found]
    batched = 'with op.batch_alter_table("thing") as batch:\n    batch.' + second.format("")
    assert found_in(tmp_path, batched) == [found]


def test_what_adds_passes(tmp_path: Path) -> None:
    assert not found_in(
        tmp_path,
        """
        op.create_table("other", sa.Column("id", sa.Integer(), primary_key=True))
        op.add_column("thing", sa.Column("note", sa.String(20)))
        op.add_column("thing", sa.Column("size", sa.Integer(), nullable=False, server_default="0"))
        op.add_column("thing", sa.Column("other_id", sa.Integer()))
        op.create_check_constraint("ck_thing_size", "thing", "size >= 0")
        op.create_unique_constraint("uq_thing_other", "thing", ["other_id"])
        op.create_foreign_key("fk_thing_other", "thing", "other", ["other_id"], ["id"])
        op.create_index("ix_thing_owner", "thing", ["owner"])
        op.drop_index("ix_thing_name", "thing")
        op.create_index("ix_thing_name", "thing", ["name", "owner"])
        op.execute("UPDATE thing SET size = 1")
        """,
    )


def test_our_own_migrations_only_add_and_every_exception_is_one() -> None:
    assert set(findings(ScriptDirectory.from_config(Config("alembic.ini")))) == set(EXCEPTIONS)

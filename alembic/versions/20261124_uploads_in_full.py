"""uploads in full

Revision: 0005
After: 0004

A preview of what was understood, why a supplied password is not used, and an index of the
passwords that have yet to be judged.
"""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_UNJUDGED = sa.text("NOT password_judged")


def upgrade() -> None:
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.add_column(sa.Column("preview", sa.JSON(), nullable=False, server_default="[]"))

    # A password that was never judged, and is gone, is judged by whoever has no use for it.
    op.execute(
        "UPDATE upload_row SET password_judged = true "
        "WHERE NOT password_judged AND password_secret IS NULL"
    )
    with op.batch_alter_table("upload_row", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "password_note",
                sqlmodel.sql.sqltypes.AutoString(length=300),
                nullable=False,
                server_default="",
            )
        )
        batch_op.create_check_constraint(
            "only_a_secret_is_judged", "password_judged OR password_secret IS NOT NULL"
        )
        batch_op.create_index(
            "ix_upload_row_unjudged",
            ["upload_id"],
            unique=False,
            sqlite_where=_UNJUDGED,
            postgresql_where=_UNJUDGED,
        )
        batch_op.create_index(
            "ix_upload_row_address", ["upload_id", "email_key", "line"], unique=False
        )


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")

"""help and sandbox

Revision: 0009
After: 0008
"""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "help_vote",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("article", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("voter", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("helpful", sa.Boolean(), nullable=False),
        sa.Column("missing", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
        sa.Column("voted_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_vote")),
        sa.UniqueConstraint("article", "voter", name="uq_help_vote_once"),
    )
    with op.batch_alter_table("learning_group", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "first_steps_dismissed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True
            )
        )
        batch_op.add_column(sa.Column("sandbox_of_id", sa.Uuid(), nullable=True))
        batch_op.create_unique_constraint(
            batch_op.f("uq_learning_group_sandbox_of_id"), ["sandbox_of_id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_learning_group_sandbox_of_id_user_account"),
            "user_account",
            ["sandbox_of_id"],
            ["id"],
        )


def downgrade() -> None:
    with op.batch_alter_table("learning_group", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_learning_group_sandbox_of_id_user_account"), type_="foreignkey"
        )
        batch_op.drop_constraint(batch_op.f("uq_learning_group_sandbox_of_id"), type_="unique")
        batch_op.drop_column("sandbox_of_id")
        batch_op.drop_column("first_steps_dismissed_at")
    op.drop_table("help_vote")

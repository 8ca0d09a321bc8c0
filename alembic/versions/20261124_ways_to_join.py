"""ways to join

Revision: 0002
After: 0001

New columns have a default in the database, so that the previous version can go on writing.
"""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "join_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("token_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
        sa.Column("cap", sa.Integer(), nullable=False),
        sa.Column("expires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("domains", sa.JSON(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.CheckConstraint("cap >= 1", name=op.f("ck_join_link_cap_positive")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["learning_group.id"], name=op.f("fk_join_link_group_id_learning_group")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_join_link_made_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_join_link")),
        sa.UniqueConstraint("group_id", name=op.f("uq_join_link_group_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_join_link_token_hash")),
    )
    op.create_table(
        "key_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=False),
        sa.Column("label", sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_key_batch_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["learning_group.id"], name=op.f("fk_key_batch_group_id_learning_group")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_key_batch_made_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_batch")),
    )
    with op.batch_alter_table("key_batch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_key_batch_group_id"), ["group_id"], unique=False)

    with op.batch_alter_table("enrollment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("join_link_id", sa.Uuid(), nullable=True))
        batch_op.add_column(
            sa.Column("awaits_claim", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.create_index(
            batch_op.f("ix_enrollment_join_link_id"), ["join_link_id"], unique=False
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_enrollment_join_link_id_join_link"),
            "join_link",
            ["join_link_id"],
            ["id"],
        )

    with op.batch_alter_table("enrollment_key", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "label",
                sqlmodel.sql.sqltypes.AutoString(length=60),
                nullable=False,
                server_default="",
            )
        )
        batch_op.add_column(sa.Column("batch_id", sa.Uuid(), nullable=True))
        batch_op.create_index(batch_op.f("ix_enrollment_key_batch_id"), ["batch_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_enrollment_key_batch_id_key_batch"), "key_batch", ["batch_id"], ["id"]
        )

    with op.batch_alter_table("group_leader", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "role",
                sqlmodel.sql.sqltypes.AutoString(length=16),
                nullable=False,
                server_default="everything",
            )
        )
        batch_op.create_check_constraint(
            "role_known", "role IN ('everything', 'people', 'reports')"
        )
        batch_op.add_column(
            sa.Column("awaits_claim", sa.Boolean(), nullable=False, server_default=sa.false())
        )

    with op.batch_alter_table("mail", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_mail_state_known"), type_="check")
        batch_op.create_check_constraint(
            "state_known", "state IN ('queued', 'sending', 'sent', 'failed', 'withdrawn')"
        )

    op.create_table(
        "upload",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
        sa.Column("encoding", sqlmodel.sql.sqltypes.AutoString(length=24), nullable=False),
        sa.Column("separator", sqlmodel.sql.sqltypes.AutoString(length=2), nullable=False),
        sa.Column("header", sa.JSON(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("ignored", sa.JSON(), nullable=False),
        sa.Column("refusal", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(length=12), nullable=False),
        sa.Column("overflow", sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
        sa.Column("takes_issued", sa.Boolean(), nullable=False),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(length=1000), nullable=False),
        sa.Column("leased_until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("confirmed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("finished_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("undone_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.CheckConstraint("overflow IN ('stop', 'wait')", name=op.f("ck_upload_overflow_known")),
        sa.CheckConstraint(
            "state IN ('refused', 'reading', 'draft', 'importing', 'done', 'undoing', 'undone')",
            name=op.f("ck_upload_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["user_account.id"], name=op.f("fk_upload_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["learning_group.id"], name=op.f("fk_upload_group_id_learning_group")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
    )
    with op.batch_alter_table("upload", schema=None) as batch_op:
        batch_op.create_index("ix_upload_group_created", ["group_id", "created_at"], unique=False)
        batch_op.create_index("ix_upload_state", ["state"], unique=False)

    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("enrollment_id", sa.Uuid(), nullable=True),
        sa.Column("leader_id", sa.Uuid(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("mail_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
        sa.Column("address", sqlmodel.sql.sqltypes.AutoString(length=320), nullable=False),
        sa.Column("first_name", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("last_name", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(length=1000), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("link_hash", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True),
        sa.Column("password_digest", sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True),
        sa.Column("expires_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("used_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("shown_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("ended_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("invited_by_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'key') = (key_id IS NOT NULL)", name=op.f("ck_invitation_key_of_key")
        ),
        sa.CheckConstraint(
            "kind = 'key' OR user_id IS NOT NULL", name=op.f("ck_invitation_reaches_someone")
        ),
        sa.CheckConstraint(
            "kind IN ('login', 'added', 'claim', 'key')", name=op.f("ck_invitation_kind_known")
        ),
        sa.CheckConstraint("generation >= 1", name=op.f("ck_invitation_generation_positive")),
        sa.CheckConstraint(
            "used_at IS NULL OR link_hash IS NOT NULL", name=op.f("ck_invitation_used_link")
        ),
        sa.ForeignKeyConstraint(
            ["enrollment_id"],
            ["enrollment.id"],
            name=op.f("fk_invitation_enrollment_id_enrollment"),
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["learning_group.id"], name=op.f("fk_invitation_group_id_learning_group")
        ),
        sa.ForeignKeyConstraint(
            ["invited_by_id"],
            ["user_account.id"],
            name=op.f("fk_invitation_invited_by_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["enrollment_key.id"], name=op.f("fk_invitation_key_id_enrollment_key")
        ),
        sa.ForeignKeyConstraint(
            ["leader_id"], ["group_leader.id"], name=op.f("fk_invitation_leader_id_group_leader")
        ),
        sa.ForeignKeyConstraint(["mail_id"], ["mail.id"], name=op.f("fk_invitation_mail_id_mail")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_invitation_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("link_hash", name=op.f("uq_invitation_link_hash")),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(
            "ix_invitation_by_created", ["invited_by_id", "created_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_invitation_enrollment_id"), ["enrollment_id"], unique=False
        )
        batch_op.create_index(
            "ix_invitation_group_created", ["group_id", "created_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_invitation_user_id"), ["user_id"], unique=False)

    op.create_table(
        "upload_row",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("upload_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("email", sqlmodel.sql.sqltypes.AutoString(length=400), nullable=False),
        sa.Column("email_key", sqlmodel.sql.sqltypes.AutoString(length=400), nullable=False),
        sa.Column("first_name", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("last_name", sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
        sa.Column("password_secret", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("password_judged", sa.Boolean(), nullable=False),
        sa.Column("verdict", sqlmodel.sql.sqltypes.AutoString(length=12), nullable=False),
        sa.Column("problem", sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
        sa.Column("suggestion", sqlmodel.sql.sqltypes.AutoString(length=320), nullable=False),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
        sa.Column("outcome", sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
        sa.Column("enrollment_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "password_secret IS NULL OR state = 'pending'",
            name=op.f("ck_upload_row_no_secret_after_import"),
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'added', 'present', 'waiting', 'skipped', 'failed', "
            "'undone', 'kept')",
            name=op.f("ck_upload_row_state_known"),
        ),
        sa.CheckConstraint(
            "verdict IN ('new', 'account', 'member', 'duplicate', 'invalid')",
            name=op.f("ck_upload_row_verdict_known"),
        ),
        sa.ForeignKeyConstraint(
            ["enrollment_id"],
            ["enrollment.id"],
            name=op.f("fk_upload_row_enrollment_id_enrollment"),
        ),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["upload.id"], name=op.f("fk_upload_row_upload_id_upload")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload_row")),
        sa.UniqueConstraint("upload_id", "line", name="uq_upload_row_line"),
    )
    with op.batch_alter_table("upload_row", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_upload_row_enrollment_id"), ["enrollment_id"], unique=False
        )
        batch_op.create_index("ix_upload_row_state", ["upload_id", "state", "line"], unique=False)
        batch_op.create_index(
            "ix_upload_row_verdict", ["upload_id", "verdict", "line"], unique=False
        )

    op.create_table(
        "waiting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("upload_row_id", sa.Uuid(), nullable=True),
        sa.Column("email", sqlmodel.sql.sqltypes.AutoString(length=320), nullable=False),
        sa.Column("email_key", sqlmodel.sql.sqltypes.AutoString(length=320), nullable=False),
        sa.Column("first_name", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("last_name", sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(length=1000), nullable=False),
        sa.Column("way", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.Column("added_by_id", sa.Uuid(), nullable=False),
        sa.Column("added_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("enrolled_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("ended_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.CheckConstraint("email_key = lower(email_key)", name=op.f("ck_waiting_email_key_lower")),
        sa.CheckConstraint(
            "enrolled_at IS NULL OR ended_at IS NOT NULL", name=op.f("ck_waiting_enrolled_is_over")
        ),
        sa.ForeignKeyConstraint(
            ["added_by_id"], ["user_account.id"], name=op.f("fk_waiting_added_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["learning_group.id"], name=op.f("fk_waiting_group_id_learning_group")
        ),
        sa.ForeignKeyConstraint(
            ["upload_row_id"], ["upload_row.id"], name=op.f("fk_waiting_upload_row_id_upload_row")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting")),
    )
    with op.batch_alter_table("waiting", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_waiting_upload_row_id"), ["upload_row_id"], unique=False
        )
        batch_op.create_index(
            "uq_waiting_live",
            ["group_id", "email_key"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )


def downgrade() -> None:
    raise NotImplementedError("Restore the backup that was made before the upgrade.")

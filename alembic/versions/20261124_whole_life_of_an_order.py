"""whole life of an order

Revision: 0007
After: 0006

New columns have a default in the database, so that the previous version can go on writing.
"""

import sqlalchemy as sa
import sqlmodel

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "task_run",
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_task_run")),
    )
    op.create_table(
        "saved_quote",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=True),
        sa.Column("group_name", sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("currency", sqlmodel.sql.sqltypes.AutoString(length=3), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("license_months", sa.Integer(), nullable=True),
        sa.Column("license_until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("valid_until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["learning_group.id"], name=op.f("fk_saved_quote_group_id_learning_group")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_saved_quote_made_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_quote")),
    )
    with op.batch_alter_table("saved_quote", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_saved_quote_group_id"), ["group_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_saved_quote_made_by_id"), ["made_by_id"], unique=False)

    op.create_table(
        "term_reminder",
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("ends_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["learning_group.id"],
            name=op.f("fk_term_reminder_group_id_learning_group"),
        ),
        sa.PrimaryKeyConstraint("group_id", "ends_at", "days", name=op.f("pk_term_reminder")),
    )
    op.create_table(
        "difference",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(length=32), nullable=False),
        sa.Column("subject", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("found_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("settled_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("settled_by_id", sa.Uuid(), nullable=True),
        sa.Column("note", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
        sa.CheckConstraint(
            "kind IN ('partial_refund', 'refunded_modules', 'seats_still_owed', 'refund_failed', "
            "'dispute_lost', 'approved_unpaid', 'unknown_payment', 'amount', 'seats', "
            "'refunded_amount', 'paid_twice')",
            name=op.f("ck_difference_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["purchase_order.id"], name=op.f("fk_difference_order_id_purchase_order")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by_id"],
            ["user_account.id"],
            name=op.f("fk_difference_settled_by_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_difference")),
    )
    with op.batch_alter_table("difference", schema=None) as batch_op:
        batch_op.create_index(
            "ix_difference_settled_found", ["settled_at", "found_at"], unique=False
        )
        batch_op.create_index(
            "uq_difference_open",
            ["kind", "subject"],
            unique=True,
            sqlite_where=sa.text("settled_at IS NULL"),
            postgresql_where=sa.text("settled_at IS NULL"),
        )

    op.create_table(
        "dispute",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(length=255), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
        sa.Column("answer_by", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("opened_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("changed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["purchase_order.id"], name=op.f("fk_dispute_order_id_purchase_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
    )
    with op.batch_alter_table("dispute", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dispute_order_id"), ["order_id"], unique=False)

    op.create_table(
        "refund",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("state", sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(length=500), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("applied_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('requested', 'pending', 'succeeded', 'failed')",
            name=op.f("ck_refund_state_known"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refund_amount_positive")),
        sa.CheckConstraint(
            "seats IS NULL OR seats >= 0", name=op.f("ck_refund_seats_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_refund_made_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["purchase_order.id"], name=op.f("fk_refund_order_id_purchase_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("provider_id", name=op.f("uq_refund_provider_id")),
    )
    with op.batch_alter_table("refund", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_refund_order_id"), ["order_id"], unique=False)

    with op.batch_alter_table("learning_group", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("low_seats_level", sa.Integer(), nullable=False, server_default="0")
        )

    with op.batch_alter_table("module", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("price_tiers", sa.JSON(), nullable=False, server_default="[]")
        )
        batch_op.add_column(
            sa.Column(
                "tier_basis",
                sqlmodel.sql.sqltypes.AutoString(length=16),
                nullable=False,
                server_default="order",
            )
        )
        batch_op.add_column(sa.Column("license_months", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("license_until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True)
        )
        batch_op.create_check_constraint(
            "tier_basis_known", "tier_basis IN ('order', 'cumulative')"
        )
        batch_op.create_check_constraint(
            "license_one_term", "license_months IS NULL OR license_until IS NULL"
        )
        batch_op.add_column(
            sa.Column("license_prorated", sa.Boolean(), nullable=False, server_default=sa.false())
        )

    with op.batch_alter_table("payment_event", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("invoice_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True)
        )
        batch_op.add_column(
            sa.Column("payment_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True)
        )

    with op.batch_alter_table("purchase_order", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "pay_by",
                sqlmodel.sql.sqltypes.AutoString(length=16),
                nullable=False,
                server_default="card",
            )
        )
        batch_op.add_column(
            sa.Column("payment_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True)
        )
        batch_op.add_column(
            sa.Column("invoice_id", sqlmodel.sql.sqltypes.AutoString(), nullable=True)
        )
        batch_op.add_column(
            sa.Column(
                "invoice_number",
                sqlmodel.sql.sqltypes.AutoString(),
                nullable=False,
                server_default="",
            )
        )
        batch_op.add_column(
            sa.Column("invoice_url", sqlmodel.sql.sqltypes.AutoString(), nullable=True)
        )
        batch_op.add_column(
            sa.Column("invoice_pdf", sqlmodel.sql.sqltypes.AutoString(), nullable=True)
        )
        batch_op.add_column(
            sa.Column(
                "purchase_number",
                sqlmodel.sql.sqltypes.AutoString(length=40),
                nullable=False,
                server_default="",
            )
        )
        batch_op.add_column(sa.Column("due_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
        batch_op.add_column(
            sa.Column("discount_amount", sa.Integer(), nullable=False, server_default="0")
        )
        batch_op.add_column(
            sa.Column("tax_amount", sa.Integer(), nullable=False, server_default="0")
        )
        batch_op.add_column(
            sa.Column("refunded_amount", sa.Integer(), nullable=False, server_default="0")
        )
        batch_op.add_column(sa.Column("license_months", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("license_until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True)
        )
        batch_op.add_column(sa.Column("quote_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("approved_by_id", sa.Uuid(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "reason",
                sqlmodel.sql.sqltypes.AutoString(length=500),
                nullable=False,
                server_default="",
            )
        )
        batch_op.add_column(
            sa.Column("paid_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True)
        )
        batch_op.drop_constraint(batch_op.f("ck_purchase_order_kind_known"), type_="check")
        batch_op.create_check_constraint(
            "kind_known", "kind IN ('new_group', 'add_seats', 'add_modules', 'renewal')"
        )
        batch_op.create_check_constraint("pay_by_known", "pay_by IN ('card', 'invoice')")
        batch_op.create_check_constraint("refunded_not_negative", "refunded_amount >= 0")
        batch_op.create_index(
            batch_op.f("ix_purchase_order_payment_id"), ["payment_id"], unique=False
        )
        batch_op.create_unique_constraint(
            batch_op.f("uq_purchase_order_invoice_id"), ["invoice_id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_purchase_order_quote_id_saved_quote"),
            "saved_quote",
            ["quote_id"],
            ["id"],
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_purchase_order_approved_by_id_user_account"),
            "user_account",
            ["approved_by_id"],
            ["id"],
        )

    with op.batch_alter_table("seat", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("owed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True)
        )
        batch_op.create_index("ix_seat_changed_at", ["changed_at"], unique=False)
        batch_op.create_check_constraint("owed_is_taken", "owed_at IS NULL OR state = 'taken'")

    op.execute(
        "UPDATE purchase_order SET paid_at = fulfilled_at "
        "WHERE status = 'fulfilled' AND source = 'payment'"
    )


def downgrade() -> None:
    with op.batch_alter_table("seat", schema=None) as batch_op:
        batch_op.drop_index("ix_seat_changed_at")
        batch_op.drop_column("owed_at")

    with op.batch_alter_table("purchase_order", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_purchase_order_approved_by_id_user_account"), type_="foreignkey"
        )
        batch_op.drop_constraint(
            batch_op.f("fk_purchase_order_quote_id_saved_quote"), type_="foreignkey"
        )
        batch_op.drop_constraint(batch_op.f("uq_purchase_order_invoice_id"), type_="unique")
        batch_op.drop_index(batch_op.f("ix_purchase_order_payment_id"))
        batch_op.drop_column("paid_at")
        batch_op.drop_column("reason")
        batch_op.drop_column("approved_by_id")
        batch_op.drop_column("quote_id")
        batch_op.drop_column("license_until")
        batch_op.drop_column("license_months")
        batch_op.drop_column("refunded_amount")
        batch_op.drop_column("tax_amount")
        batch_op.drop_column("discount_amount")
        batch_op.drop_column("due_at")
        batch_op.drop_column("purchase_number")
        batch_op.drop_column("invoice_pdf")
        batch_op.drop_column("invoice_url")
        batch_op.drop_column("invoice_number")
        batch_op.drop_column("invoice_id")
        batch_op.drop_column("payment_id")
        batch_op.drop_column("pay_by")

    with op.batch_alter_table("payment_event", schema=None) as batch_op:
        batch_op.drop_column("payment_id")
        batch_op.drop_column("invoice_id")

    with op.batch_alter_table("module", schema=None) as batch_op:
        batch_op.drop_column("license_prorated")
        batch_op.drop_column("license_until")
        batch_op.drop_column("license_months")
        batch_op.drop_column("tier_basis")
        batch_op.drop_column("price_tiers")

    with op.batch_alter_table("learning_group", schema=None) as batch_op:
        batch_op.drop_column("low_seats_level")

    with op.batch_alter_table("refund", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_refund_order_id"))

    op.drop_table("refund")
    with op.batch_alter_table("dispute", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_dispute_order_id"))

    op.drop_table("dispute")
    with op.batch_alter_table("difference", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_difference_open",
            sqlite_where=sa.text("settled_at IS NULL"),
            postgresql_where=sa.text("settled_at IS NULL"),
        )
        batch_op.drop_index("ix_difference_settled_found")

    op.drop_table("difference")
    op.drop_table("term_reminder")
    with op.batch_alter_table("saved_quote", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_saved_quote_made_by_id"))
        batch_op.drop_index(batch_op.f("ix_saved_quote_group_id"))

    op.drop_table("saved_quote")
    op.drop_table("task_run")

"""what an order counts on

Revision: 0011
After: 0010

The previous version writes orders without it; they count on nothing.
"""

import sqlalchemy as sa

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_KINDS = (
    "partial_refund",
    "refunded_modules",
    "seats_still_owed",
    "refund_failed",
    "dispute_lost",
    "approved_unpaid",
    "unknown_payment",
    "amount",
    "seats",
    "refunded_amount",
    "paid_twice",
)


def upgrade() -> None:
    with op.batch_alter_table("purchase_order", schema=None) as batch_op:
        batch_op.add_column(sa.Column("counts_on", sa.JSON(), nullable=True))
    _know((*_KINDS, "overcharged"))


def downgrade() -> None:
    op.execute("DELETE FROM difference WHERE kind = 'overcharged'")
    _know(_KINDS)
    # Not as a batch: on SQLite that would drop the table, to which others refer.
    op.drop_column("purchase_order", "counts_on")


def _know(kinds: tuple[str, ...]) -> None:
    allowed = ", ".join(f"'{kind}'" for kind in kinds)
    name = op.f("ck_difference_kind_known")
    with op.batch_alter_table("difference", schema=None) as batch_op:
        batch_op.drop_constraint(name, type_="check")
        batch_op.create_check_constraint(name, f"kind IN ({allowed})")

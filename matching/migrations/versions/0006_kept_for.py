"""Certificates that name their successor; indexes by which notices are found whose time is over."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OF_NO_POST = {  # index: which notices stand in it, the oldest first
    "read_notices_by_age": "post_id IS NULL AND read_at IS NOT NULL",
    "unread_notices_by_age": "post_id IS NULL AND read_at IS NULL",
}


def upgrade() -> None:
    with op.batch_alter_table("certificate") as batch_op:
        batch_op.add_column(sa.Column("replaced_by", sa.String(length=40), nullable=True))
    for name, which in OF_NO_POST.items():
        op.create_index(name, "notice", ["at"], sqlite_where=sa.text(which), postgresql_where=sa.text(which))


def downgrade() -> None:
    for name in OF_NO_POST:
        op.drop_index(name, "notice")
    with op.batch_alter_table("certificate") as batch_op:
        batch_op.drop_column("replaced_by")

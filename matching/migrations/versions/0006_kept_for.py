"""Certificates that name their successor; notices of no post are found by their age."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("certificate") as batch_op:
        batch_op.add_column(sa.Column("replaced_by", sa.String(length=40), nullable=True))
    op.drop_index("notices_of_post", "notice")
    op.create_index("notices_of_post", "notice", ["post_id", "at"])


def downgrade() -> None:
    op.drop_index("notices_of_post", "notice")
    op.create_index("notices_of_post", "notice", ["post_id"])
    with op.batch_alter_table("certificate") as batch_op:
        batch_op.drop_column("replaced_by")

"""When members are to be at activities, where matching finds it; from the lists that there are."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
LISTED = """
INSERT INTO engagement (activity_id, person_id, root_id, request_id, starts_at, ends_at)
SELECT activity.id, attendance.person_id, activity.root_id, activity.request_id, activity.starts_at,
       CASE WHEN attendance.left_at < activity.ends_at THEN attendance.left_at ELSE activity.ends_at END
FROM activity JOIN attendance ON attendance.activity_id = activity.id
WHERE activity.state IN ('planned', 'held')
  AND (attendance.left_at IS NULL OR attendance.left_at > activity.starts_at)
"""
LEADING = """
INSERT INTO engagement (activity_id, person_id, root_id, request_id, starts_at, ends_at)
SELECT activity.id, activity.lead_id, activity.root_id, activity.request_id, activity.starts_at, activity.ends_at
FROM activity
WHERE activity.state IN ('planned', 'held') AND NOT EXISTS (
  SELECT 1 FROM attendance WHERE attendance.activity_id = activity.id AND attendance.person_id = activity.lead_id)
"""


def upgrade() -> None:
    op.create_table(
        "engagement",
        sa.Column("activity_id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("root_id", BIG, nullable=False),
        sa.Column("request_id", BIG, nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_engagement_hours_in_order")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_engagement_person_id")),
        sa.PrimaryKeyConstraint("activity_id", "person_id", name=op.f("pk_engagement")),
    )
    op.create_index("engagements_by_time", "engagement", ["root_id", "starts_at"])
    op.create_index(op.f("ix_engagement_person_id"), "engagement", ["person_id"])
    op.execute(LISTED)
    op.execute(LEADING)


def downgrade() -> None:
    op.drop_table("engagement")

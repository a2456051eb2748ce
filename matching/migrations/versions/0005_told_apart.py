"""Notices about what hangs on no request: a declaration that was decided, an activity one is on the list of."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BEFORE = ("step_id", "post_id", "agreement_id")
NEW = ("declared_id", "activity_id")
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("notice") as batch_op:
        for column in NEW:
            batch_op.add_column(sa.Column(column, BIG, nullable=True))
    for column in NEW:
        given = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            _index(column), "notice", ["person_id", column, "words"], unique=True, sqlite_where=given,
            postgresql_where=given,
        )  # fmt: skip
    _about_one_of((*BEFORE, *NEW))


def downgrade() -> None:
    op.execute("DELETE FROM notice WHERE declared_id IS NOT NULL OR activity_id IS NOT NULL")
    _about_one_of(BEFORE)
    for column in NEW:
        op.drop_index(_index(column), "notice")
    with op.batch_alter_table("notice") as batch_op:
        for column in NEW:
            batch_op.drop_column(column)


def _index(column: str) -> str:
    return f"told_of_{column.removesuffix('_id')}"


def _about_one_of(columns: tuple[str, ...]) -> None:
    one_thing = " + ".join(f"CASE WHEN {column} IS NULL THEN 0 ELSE 1 END" for column in columns) + " = 1"
    with op.batch_alter_table("notice") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_notice_about_one_thing"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_notice_about_one_thing"), one_thing)
